"""Signed heads: the outcome of each hour, and what operators are told if the record differs from a head."""

from datetime import UTC, datetime
from enum import StrEnum

from domain.notifications.operators import INSTALLATION, Notices, to_operators
from domain.shared.remedy_actions import RemedyAction
from domain.shared.streams import OF_THE_FIRM, stream_label
from domain.shared.text import capitalized


class Taken(StrEnum):
    """The outcome of an hour."""

    KEPT = "kept"
    NOTHING_NEW = "nothing was added"
    CONTRADICTED = "contradicted"
    NOT_SIGNED = "not signed"


# The outcomes while the record is what was written; any other text begins with why no head was kept.
SOUND = frozenset({Taken.KEPT, Taken.NOTHING_NEW})


def unlike_signed(stream: str, others: int, signed_at: datetime) -> str:
    """What is wrong, in a sentence; `others` counts the streams that are not named."""
    whose = f"The {stream}" if stream in OF_THE_FIRM else f"{capitalized(stream_label(stream))} ({stream})"
    more = f" and {others} other{'s' if others > 1 else ''}" if others else ""
    are = "are" if others else "is"
    moment = f"{signed_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return f"{whose}{more} {are} not what was signed at {moment}."


def contradicted_notices(stream: str, what: str, signed_at: datetime) -> Notices:
    """Told once for each stream and head: a record that stays broken is no news each hour."""
    text = (
        f"{what} Facts were cut off or changed, or an older copy of the record was put back. No signed head is kept "
        "until the record again contains what was signed. To see what differs, and how to repair it, run: "
        f"{RemedyAction.VERIFY_RECORD.about()}"
    )
    return to_operators("damage", stream, f"{stream}:unlike_signed:{signed_at:%Y-%m-%dT%H:%M:%S}", text)


def agreed_notices(at: datetime) -> Notices:
    """What operators are told when that is over."""
    text = "The record again contains what the newest signed head says. Signed heads are kept again."
    return to_operators("damage", INSTALLATION, f"{INSTALLATION}:as_signed:{at:%Y-%m-%dT%H:%M:%S}", text)
