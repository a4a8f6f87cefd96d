"""The front doors: each parses, finds who is asking, calls one application function, renders."""
