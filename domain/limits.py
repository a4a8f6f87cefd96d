"""How many rows a list may have and how much one answer may say, for the API and for files alike."""

KIB = 1024
MAX_WHOLE = 2**53
"""Beyond it no whole number passes JSON unchanged; no counter comes near it."""
MOST_ROWS = 200
"""Rows of one list of an engagement: needs, promises, packages, milestones, requirements, purchases, hours."""
MOST_TEXTS = 50
"""Assumptions or risks of a package."""
MOST_SAID_OF_A_PACKAGE = 1024
"""Bytes (`words.bytes_of`) of what one estimate says a package assumes and risks: `engagement/bounds.py` keeps room."""
MOST_KEPT_OF_A_RETURN = 256
"""Bytes of why a package came back apart from others, as an engagement keeps it: the whole reason is in the ask."""
MOST_BESIDE_A_DEAL = 24 * 1024
"""Bytes of risks and of what is assumed, as they stand beside a deal that is to be decided: the deal itself has all."""
MOST_WHY_NOT = 500
"""Bytes of why a promise was not kept, and of what is said to a task that is done."""
MOST_WHY_UNHELD = 600
"""Bytes of why nobody holds a role, as an engagement keeps it: the whole reason stands in the fact."""
MAX_KEPT_OF_WORDS = 1024
"""Bytes of words that an ask or a fact has whole, where an engagement keeps them for longer.

Those in which a role was accepted or its waiver was given, those by which somebody said that there is no plan, and
what a task was once it is done.
"""
MOST_SAID_OF_A_MILESTONE = 1024
"""Bytes of what is said with a milestone that is reached."""
MOST_SAID_AS_CONDITIONS = 4096
"""Bytes of the texts of an answer's conditions together: the same."""
MOST_CONDITIONS = 200
"""Open conditions with which nothing more is asked that may bring others."""
MOST_CHANGE_LINES = 50
MOST_CONTINGENCY = 100
"""Percent."""
