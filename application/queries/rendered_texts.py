"""Texts of several lines, and documents, for entry points that write HTML."""

from adapters.documents.markdown import document, told

__all__ = ["document", "told"]
