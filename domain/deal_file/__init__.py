"""A deal as it is written down in a file."""
