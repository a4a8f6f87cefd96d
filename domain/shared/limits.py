"""How many rows a list may have and how long a text may be, for the API and for files alike."""

KIB = 1024
# Beyond it, whole numbers do not survive JSON unchanged; no counter comes near it.
MAX_WHOLE = 2**53
# Rows of one list of an engagement: needs, promises, packages, milestones, requirements, purchases, hours.
MAX_ROWS = 200
# Assumptions or risks of a package.
MAX_TEXTS = 50
# Bytes (`text.bytes_of`) of one estimate's assumptions and risks for a package: `engagement/size/limits.py` keeps room.
MAX_PACKAGE_TEXT_BYTES = 1024
# Bytes of why a package was returned apart from others, as an engagement keeps it: the ask has the whole reason.
MAX_RETURN_NOTE_BYTES = 256
# Bytes of risks and assumptions shown beside a deal that is to be decided: the deal itself has all of them.
MAX_DEAL_CONTEXT_BYTES = 24 * 1024
# Bytes of why a promise was not kept, and of the note on a task that is done.
MAX_REASON_BYTES = 500
# Bytes of why a role is vacant, as an engagement keeps it: the fact has the whole reason.
MAX_VACANCY_REASON_BYTES = 600
# Bytes of a text that an ask or a fact has in full, as an engagement keeps it for longer.
#
# These are the words with which a role was accepted or a waiver given, the statement that there is no plan, and the
# text of a task once it is done.
MAX_KEPT_TEXT_BYTES = 1024
# Bytes of the note on a delivered milestone.
MAX_MILESTONE_TEXT_BYTES = 1024
# Bytes of the texts of an answer's conditions together: the same.
MAX_CONDITION_TEXT_BYTES = 4096
# Open conditions beyond which nothing more is asked that may bring others.
MAX_CONDITIONS = 200
MAX_CHANGE_LINES = 50
# Percent.
MAX_CONTINGENCY = 100


# How many met conditions and settled potential changes an engagement keeps: the ledger has all of them.
KEPT_DONE = 20


# Bytes of a reason for a return, and of why a score is low: the ask that was answered has the whole.
MAX_RETURN_EXCERPT = 512
