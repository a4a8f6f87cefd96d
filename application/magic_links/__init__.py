"""Personal links that open one ask for one person."""
