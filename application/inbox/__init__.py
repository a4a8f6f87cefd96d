"""Requests from a channel that must be answered at once: stored first, carried out afterwards, once."""
