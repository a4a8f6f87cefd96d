"""Bringing changes of the directory to the engagements."""
