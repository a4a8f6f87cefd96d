"""The sample deals, played whole, told by what was asked, bound and decided, and without a word that people read."""

from collections.abc import Iterator
from typing import Any

from domain.asks.facts_shown import facts_shown
from domain.asks.holder import AskHolder
from domain.asks.model import Ask
from domain.asks.subject_texts import ENGLISH_NOW
from domain.change_order import decide as order_door
from domain.change_order.order import ChangeOrder, TakeBrief
from domain.change_order.permissions import ENGAGEMENT
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.briefing import brief_for
from domain.engagement.policies import apply_policies
from domain.shared.transaction import CLOCK, Actor, Transaction
from tests.domain.story import FILES, MONDAY, Story

# Of how many steps of a life the state of one is kept.
EVERY = 9


def asks_of(story: Story) -> Iterator[tuple[AskHolder, Ask]]:
    for of in (story.state, *story.orders.values()):
        yield from ((of, ask) for ask in of.asks.values())


def played() -> dict[str, Any]:
    """By deal, each ask with what it binds and how it ended, and the kinds of all facts in order."""
    found: dict[str, Any] = {}
    for deal in FILES:
        story, asks = Story(deal), dict[str, Any]()
        for _ in story.rest:
            for _, ask in asks_of(story):
                asks[ask.id] = [ask.kind.value, ask.subject, ask.facts, ask.subject_hash, ask.outcome.value]
        found[deal] = {"asks": asks, "facts": [fact.event.kind for fact in story.facts]}
    return found


def states() -> list[dict[str, Any]]:
    """States of these lives, as an engine keeps them."""
    found: list[dict[str, Any]] = []
    for deal in FILES:
        story = Story(deal)
        for n, _ in enumerate(story.rest):
            if n % EVERY == 0:
                orders = [order.model_dump(mode="json") for order in story.orders.values()]
                now = story.now.isoformat()
                found.append({"now": now, "engagement": story.state.model_dump(mode="json"), "orders": orders})
    return found


def stirred(kept: list[dict[str, Any]]) -> list[str]:
    """What would happen in states that are at rest, had they been kept by another version: nothing, where all is well.

    Nobody does anything in it, and no time passes; change orders are told once more how they stand.
    """
    found: list[str] = []
    for one in kept:
        now = MONDAY.fromisoformat(one["now"])
        state = Engagement.model_validate(one["engagement"])
        transaction = Transaction(state, Actor(person_id=CLOCK, channel=CLOCK), now)
        apply_policies(transaction)
        found += [type(event).__name__ for event in transaction.events]
        for order in map(ChangeOrder.model_validate, one["orders"]):
            told = TakeBrief(brief=brief_for(state, order.brief.n))
            decided = order_door.decide(order, told, Actor(person_id=CLOCK, channel=ENGAGEMENT), now)
            found += [name for event in decided.events if (name := type(event).__name__) != "BriefTaken"]
    return found


def texts() -> dict[str, Any]:
    """What somebody reads of a life, to see that it is altered."""
    story = Story("halden")
    story.play()
    asks = [facts_shown(of.cast, ask.kind, ask.facts) for of, ask in asks_of(story)]
    return {"asks": asks, "version": ENGLISH_NOW}
