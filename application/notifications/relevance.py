"""What a message in the outbox says when it is sent: what is true then, or nothing.

Decided once, for every channel: what has ended since is dropped, of several about one thing to one person the newest is
sent, what is on hold waits, and an act owed is told with its due time and owner of that moment.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from adapters.db.outbox import OutboxEntry
from application.commands.asks import place_of
from application.context import Interlock
from application.notifications.cards import card_of
from application.off_loop import off_loop
from domain.asks.card import Card
from domain.asks.model import Outcome
from domain.engagement.aggregate import Engagement
from domain.next_steps.references import StepRef, act_of
from domain.notifications.acts_owed import told_of_act
from domain.notifications.relevance import TO_BE_DONE, Relevance, has_gone, is_asked_anew, relevance_of
from domain.record.facts import Aggregate
from domain.shared.errors import NotFound, PermissionDenied
from domain.shared.streams import engagement_of, engagement_stream
from domain.shared.text import fitting
from domain.shared.values import ASK_FORM, AskId, PersonId

# Prefix of the status of a dropped message in the outbox, followed by why.
NOT_TOLD = "not told: "
TOLD_BY_ITS_OWN = f"{NOT_TOLD}its own ask tells it"
NEWER = f"{NOT_TOLD}there is a newer message about it"
ENOUGH = f"{NOT_TOLD}as many reminders of this engagement as its playbook allows reached them today"
ENDED_BEFORE = f"{NOT_TOLD}{Relevance.ENDED.value}"
PASSED_ON = f"{NOT_TOLD}{Relevance.PASSED_ON.value}"
ASKED_ANEW = f"{NOT_TOLD}they are asked the same again"
ELSEWHERE = f"{NOT_TOLD}they had left, or were with another client, before it was told"
_SEQ = re.compile(r"#(\d+):")


class ToTell(NamedTuple):
    """What is sent: the words, and the ask as its reader is shown it now, if it is about one that concerns them."""

    text: str
    card: Card | None = None


class LeftOut(NamedTuple):
    """Nothing is sent, and why."""

    how: str


class Rests(NamedTuple):
    """Nothing is sent yet, and why."""

    because: str


class Edited(NamedTuple):
    """The row is not what was written, so no one can say what it is about. How that shows."""

    how: str


async def as_things_stand(app: Interlock, message: OutboxEntry, now: datetime) -> ToTell | LeftOut | Rests | Edited:
    """What to send for this message now. Raises IntegrityBroken if what it is about cannot be read."""
    if not _is_about_something(message):
        return Edited("its row was edited: it is about no ask and no next step")
    if message.kind == "question":
        return LeftOut(TOLD_BY_ITS_OWN)
    found = await off_loop(lambda: _stands(app, message, now))
    if not isinstance(found, ToTell) or message.ask_id is None:
        return found
    card = await _card(app, message.ask_id, message.to)
    if message.kind in TO_BE_DONE and card is not None and card.outcome is not Outcome.OPEN:
        return LeftOut(ENDED_BEFORE)
    return found._replace(card=card)


def _stands(app: Interlock, message: OutboxEntry, now: datetime) -> ToTell | LeftOut | Rests:
    state, engagement = _aggregate(app, message), app.read.engagement(engagement_of(message.stream))
    if engagement is not None and has_gone(app.registry.directory(), engagement, state, message.to):
        return LeftOut(ELSEWHERE)
    stands = relevance_of(state, message) if state is not None else Relevance.CURRENT
    why = _why_left_out(app, state, message, stands, now)
    if why is not None:
        return LeftOut(why)
    return Rests(f"{message.stream} is on hold") if stands is Relevance.ON_HOLD else ToTell(_words(state, message))


def _why_left_out(
    app: Interlock, state: Aggregate | None, message: OutboxEntry, stands: Relevance, now: datetime
) -> str | None:
    if stands in {Relevance.ENDED, Relevance.PASSED_ON}:
        return f"{NOT_TOLD}{stands.value}"
    if message.kind == "outcome" and state is not None and _was_asked_anew(app, state, message):
        return ASKED_ANEW
    if _has_newer(state, message, app.outbox.waiting_alike(message)):
        return NEWER
    return ENOUGH if message.kind == "reminder" and _is_enough_today(app, message, now) else None


def _was_asked_anew(app: Interlock, state: Aggregate, message: OutboxEntry) -> bool:
    ask = app.read.ask(message.ask_id) if message.ask_id is not None else None
    return ask is not None and is_asked_anew(state, ask, message.to)


def _is_about_something(message: OutboxEntry) -> bool:
    """False if it names an ask or a step in an invalid form. What it names may be long over."""
    is_step = message.step is None or StepRef.is_one(message.step)
    return is_step and (message.ask_id is None or re.search(ASK_FORM, message.ask_id) is not None)


def _aggregate(app: Interlock, message: OutboxEntry) -> Aggregate | None:
    """What the message is about, as the read model has it; None for a digest, or for messages to operators."""
    if message.step is not None:
        return app.read.engagement(StepRef.read(message.step).engagement_id)
    if message.ask_id is None:
        return None
    place = place_of(message.ask_id)
    if place.change is None:
        return app.read.engagement(place.engagement_id)
    return app.read.change_order(place.engagement_id, place.change)


def _is_enough_today(app: Interlock, message: OutboxEntry, now: datetime) -> bool:
    """True if the playbook's maximum of reminders of the engagement reached this person on their current day."""
    state = app.read.engagement(engagement_of(message.stream))
    if state is None:
        return False
    calendar = state.cast.calendar_of(message.to)
    begun = calendar.day_begins(calendar.local_day(now))
    told = app.outbox.told_since(message.to, message.kind, engagement_stream(state.id), begun)
    return told >= state.playbook.limits.reminders_a_day


def _has_newer(state: Aggregate | None, message: OutboxEntry, alike: Iterable[OutboxEntry]) -> bool:
    """True if a later message about the same thing waits for the same person, and is still relevant."""
    told_still = {Relevance.CURRENT, Relevance.ON_HOLD}
    return any(
        _place(other) > _place(message) and (state is None or relevance_of(state, other) in told_still)
        for other in alike
    )


def _place(message: OutboxEntry) -> tuple[datetime, int, str]:
    """Orders messages by age: facts that were written together have their numbers."""
    return message.created_at, fact_of(message), message.key


def fact_of(message: OutboxEntry) -> int:
    """The number of the fact that wrote a message; 0 for one that no fact wrote."""
    seq = _SEQ.search(message.key)
    return int(seq[1]) if seq else 0


def _words(state: Aggregate | None, message: OutboxEntry) -> str:
    """What was written; for an act owed, what is true now."""
    if message.step is None or not isinstance(state, Engagement):
        return message.text
    act = act_of(state, StepRef.read(message.step))
    return fitting(told_of_act(state, act, message.kind, message.to)) if act is not None else message.text


async def _card(app: Interlock, ask_id: AskId, person_id: PersonId) -> Card | None:
    try:
        return await card_of(app, ask_id, person_id)
    except (NotFound, PermissionDenied):
        return None
