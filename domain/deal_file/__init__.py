"""A deal as written in a file."""
