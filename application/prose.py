"""Texts of several lines as a front door that writes HTML shows them."""

from adapters.markdown import told

__all__ = ["told"]
