"""When a message may reach a person: what they can act on, at once; all else during their working hours.

An ask waits in every inbox from the moment it is opened, so its card is no intrusion: it is there when they look. A
reminder, an escalation or a piece of news is meant to be noticed, and keeps to its reader's working hours.
"""

from datetime import datetime, timedelta

from domain.notifications.addresses import OLD_ADDRESS
from domain.shared.calendar import Calendar

# Kinds that are the ask itself, or that an operator or someone whose address changed must hear at any hour.
AT_ONCE = frozenset(
    {"ask", "act", "task", "question", "answer", "quarantine", "new_deals", "redo", "damage", OLD_ADDRESS}
)
MINUTE = timedelta(minutes=1)


def earliest(kind: str, calendar: Calendar, now: datetime) -> datetime:
    """When a message of this kind may be sent: now, or when the reader's next working day opens."""
    if kind in AT_ONCE:
        return now
    hours = calendar.hours_of(calendar.local_day(now))
    if hours is not None and hours[0] <= now < hours[1]:
        return now
    return calendar.after(now, 1) - MINUTE
