"""Pages about the people of the firm and of clients."""
