"""What operators are told: quarantines, stops, damage, and what they can do."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Literal

from domain.directory.directory import Directory
from domain.notifications.holds import HOLD
from domain.record.facts import Message
from domain.shared.remedy_actions import RemedyAction
from domain.shared.streams import stream_label
from domain.shared.text import capitalized, fitting
from domain.shared.values import digest

OPERATORS = frozenset({"administrator", "ops"})
OperatorKind = Literal["quarantine", "new_deals", "redo", "damage"]
# Stands in for the stream in messages that are about the whole installation.
INSTALLATION = "installation"

RECONCILE, VERIFY = RemedyAction.RECONCILE.about(), RemedyAction.VERIFY_RECORD.about()

SET_BACK = (
    "The record was older than the workflow engine, and has been refilled from the engine's history. That history "
    "only covers engagements. Repeat what else was done since that copy of the record:"
)
# What an operator does about a record that is not what was written.
WAY_BACK = (
    "What was edited of engagements, their words or heads comes back without a loss: stop, put an older copy of the "
    f"record alone back (not Temporal's), start, run {RECONCILE}, and do again what it lists. A "
    f"damaged directory in force: {RemedyAction.IMPORT_HERE.about()}; one that a later one has followed is named from "
    "then on, and nothing more is to be done about it. The read model alone: "
    f"{RemedyAction.REBUILD.about()}. (docs/operations.md, 'Is the record whole?')"
)
# What must be done again after a restore: what only the record knew, or what the engine brings back.
TO_REDO = (
    "revoke tokens again (POST /api/v1/tokens/revoke), and create again those that were created",
    f"import the directory again ({RemedyAction.IMPORT_PEOPLE.about()}), and deactivate again whoever left",
    f"add again the clients, people and addresses that were added or corrected ({RemedyAction.ADD_CLIENT.about()})",
    f"record again who is away ({RemedyAction.RECORD_ABSENCE.about()})",
    f"record again who answers for whom ({RemedyAction.NOTE_DELEGATE.about()})",
    f"publish the playbook again ({RemedyAction.PUBLISH_PLAYBOOK.about()})",
    "erase again what was erased: its texts came back with the history",
    f"run {VERIFY}: if directory, playbooks or erasures were signed, it says which heads to move away",
)

# Messages, once the directory says to whom.
Notices = Callable[[Directory], tuple[Message, ...]]


class StopCause(StrEnum):
    """Why no new deals are accepted."""

    FOREIGN_ENGINE = "foreign_engine"
    EMPTIED_ENGINE = "emptied_engine"
    NUMBER_BEHIND = "number_behind"


# Kinds of message that say whether something is paused: of several about one thing only the newest is still true.
PAUSES = frozenset({"quarantine", "new_deals", HOLD})


# In the key of a message that a quarantine began, and not of one that it is over.
OF_QUARANTINE = ":quarantined:"


def quarantine_notices(stream: str, why: str, at: datetime, *, is_new: bool = True) -> Notices:
    """What operators are told when a stream is quarantined: with the details, which no one else is told.

    `is_new`: it began at this moment; otherwise the start is not known.
    """
    what, since = capitalized(stream_label(stream)), f" since {_moment(at)}" if is_new else ""
    text = (
        f"{what} ({stream}) is quarantined{since}: {why}. "
        "Nothing can be done in it, and what is shown of it may be older "
        f"than what people were told, or missing, until an operator runs: {RECONCILE}"
    )
    return to_operators("quarantine", stream, f"{stream}{OF_QUARANTINE}{_second(at)}", text)


def healed_notices(stream: str, what: str, at: datetime) -> Notices:
    """What operators are told when that is over."""
    which = capitalized(stream_label(stream))
    text = f"{which} ({stream}) is no longer quarantined, and work in it continues. {capitalized(what)}."
    return to_operators("quarantine", stream, f"{stream}:healed:{_second(at)}", text)


def stopped_notices(cause: StopCause, why: str, at: datetime) -> Notices:
    """What operators are told when no new deals are accepted any more."""
    if cause is StopCause.FOREIGN_ENGINE:
        what = f"Nothing is done in either. To see what to do, run: {RECONCILE}"
        text = f"All work is paused since {_moment(at)}: {why} {what}"
    else:
        others = "Running deals continue, except those that are quarantined."
        text = f"New deals are paused since {_moment(at)}: {why} {others} Run: {RECONCILE}"
    return to_operators("new_deals", INSTALLATION, f"{INSTALLATION}:stopped:{cause.value}:{_second(at)}", text)


def resumed_notices(at: datetime) -> Notices:
    """What operators are told when that is over."""
    text = "New deals can be started again."
    return to_operators("new_deals", INSTALLATION, f"{INSTALLATION}:resumed:{_second(at)}", text)


def redo_notices(at: datetime) -> Notices:
    """What operators must do again after a restored record was refilled from the engine: once for each run."""
    text = f"{SET_BACK} {'; '.join(TO_REDO)}."
    return to_operators("redo", INSTALLATION, f"{INSTALLATION}:redo:{_second(at)}", text)


def damage_notices(what: str, at: datetime) -> Notices:
    """What operators are told of stored data that is not what was written: once a day while people run into it."""
    text = (
        f"Stored data is damaged. {what} It is not shown, and nothing is decided on it. To see all that is damaged, "
        f"run: {VERIFY}. It says how it is mended."
    )
    return to_operators("damage", INSTALLATION, f"{INSTALLATION}:damage:{digest(what)[:16]}:{at:%Y-%m-%d}", text)


def to_operators(kind: OperatorKind, stream: str, key: str, text: str) -> Notices:
    """One message to each of the operators."""

    def notices(directory: Directory) -> tuple[Message, ...]:
        people = sorted({person_id for role, person_id in directory.house_roles.items() if role in OPERATORS})
        return tuple(
            Message(key=f"{key}:{person_id}", to=person_id, kind=kind, stream=stream, text=fitting(text))
            for person_id in people
        )

    return notices


def _moment(at: datetime) -> str:
    """In UTC: the operators may be in different zones."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _second(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}"
