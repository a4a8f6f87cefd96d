"""How many rows a list may have and how much one answer may say, for the API and for files alike."""

KIB = 1024
# Beyond it no whole number passes JSON unchanged; no counter comes near it.
MAX_WHOLE = 2**53
# Rows of one list of an engagement: needs, promises, packages, milestones, requirements, purchases, hours.
MAX_ROWS = 200
# Assumptions or risks of a package.
MAX_TEXTS = 50
# Bytes (`words.bytes_of`) of what one estimate says a package assumes and risks: `engagement/bounds.py` keeps room.
MAX_PACKAGE_TEXT_BYTES = 1024
# Bytes of why a package came back apart from others, as an engagement keeps it: the whole reason is in the ask.
MAX_RETURN_NOTE_BYTES = 256
# Bytes of risks and of what is assumed, as they stand beside a deal that is to be decided: the deal itself has all.
MAX_DEAL_CONTEXT_BYTES = 24 * 1024
# Bytes of why a promise was not kept, and of what is said to a task that is done.
MAX_REASON_BYTES = 500
# Bytes of why nobody holds a role, as an engagement keeps it: the whole reason stands in the fact.
MAX_VACANCY_REASON_BYTES = 600
# Bytes of words that an ask or a fact has whole, where an engagement keeps them for longer.
#
# Those in which a role was accepted or its waiver was given, those by which somebody said that there is no plan, and
# what a task was once it is done.
MAX_KEPT_TEXT_BYTES = 1024
# Bytes of what is said with a milestone that is reached.
MAX_MILESTONE_TEXT_BYTES = 1024
# Bytes of the texts of an answer's conditions together: the same.
MAX_CONDITION_TEXT_BYTES = 4096
# Open conditions with which nothing more is asked that may bring others.
MAX_CONDITIONS = 200
MAX_CHANGE_LINES = 50
# Percent.
MAX_CONTINGENCY = 100


# So many conditions that were met stay, and potential changes that were settled: the ledger has all of them.
KEPT_DONE = 20


# Bytes of it, and of why a score is low: the ask that was so answered has the whole.
MAX_RETURN_EXCERPT = 512
