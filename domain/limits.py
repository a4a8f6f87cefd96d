"""How many rows a list may have, for the API and for files alike: what a file holds is what the API takes."""

MOST_ROWS = 200
"""Rows of one list of an engagement: needs, promises, packages, milestones, requirements, purchases, hours."""
MOST_TEXTS = 50
"""Assumptions or risks of a package."""
MOST_CHANGE_LINES = 50
MOST_CONTINGENCY = 100
"""Percent."""
