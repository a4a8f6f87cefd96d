"""Texts of several lines, and documents, as a front door that writes HTML shows them."""

from adapters.documents.markdown import document, told

__all__ = ["document", "told"]
