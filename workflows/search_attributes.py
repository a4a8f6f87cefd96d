"""Search attributes: the one list that registration, verification and the workflows read."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

from domain.asks.holder import AskHolder
from domain.change_order.order import ChangeOrder
from domain.engagement.aggregate import Engagement
from domain.next_steps.model import whom_it_waits_for
from domain.shared.text import cut

STAGE = SearchAttributeKey.for_keyword("InterlockStage")
CLIENT = SearchAttributeKey.for_keyword("InterlockClient")
KIND = SearchAttributeKey.for_keyword("InterlockKind")
PLAYBOOK = SearchAttributeKey.for_keyword("InterlockPlaybook")
WAITS_FOR = SearchAttributeKey.for_keyword_list("InterlockWaitsFor")
VACANT = SearchAttributeKey.for_keyword_list("InterlockVacant")
DUE = SearchAttributeKey.for_datetime("InterlockDue")
VALUE = SearchAttributeKey.for_float("InterlockValue")

ALL: tuple[SearchAttributeKey[Any], ...] = (STAGE, CLIENT, KIND, PLAYBOOK, WAITS_FOR, VACANT, DUE, VALUE)

Shown = dict[str, Any]

# Bytes that a visibility store keeps of a keyword.
MAX_KEYWORD = 255
# Bytes of all names in a list: the engine takes 2 kB a value and fails the whole task for one byte more.
MAX_LIST = 1500


def _keyword(text: str) -> str:
    return cut(text, MAX_KEYWORD)


def _keywords(texts: Iterable[str]) -> list[str]:
    """As many as the engine takes, in order."""
    kept, room = [], MAX_LIST
    for text in texts:
        word = _keyword(text)
        room -= len(word.encode()) + 4
        if room < 0:
            break
        kept.append(word)
    return kept


def of_engagement(state: Engagement, due: datetime | None) -> Shown:
    """What an operator searches an engagement by, by registered name; `due` is when its next timed change is due."""
    return {
        STAGE.name: state.stage.value,
        CLIENT.name: _keyword(state.client),
        KIND.name: state.kind.value,
        PLAYBOOK.name: _keyword(f"{state.playbook.name} {state.playbook.version}"),
        WAITS_FOR.name: _waits_for(state),
        VACANT.name: _keywords(sorted(state.vacancies)),
        DUE.name: due,
        VALUE.name: _figure(state.price_now),
    }


def _figure(amount: Decimal | None) -> float | None:
    return float(amount) if amount is not None else None


def of_order(order: ChangeOrder, due: datetime | None) -> Shown:
    """The same for a change order: its stage is its status, its value its price."""
    return {
        STAGE.name: order.status.value,
        CLIENT.name: _keyword(order.brief.client),
        KIND.name: order.kind.value,
        PLAYBOOK.name: _keyword(f"{order.playbook.name} {order.playbook.version}"),
        WAITS_FOR.name: _waits_for(order),
        DUE.name: due,
        VALUE.name: float(order.brief.facts.price),
    }


def _waits_for(state: AskHolder) -> list[str]:
    """The people who owe a next step or may take it, and the roles that owe it; none while the clock is paused."""
    steps = tuple(whom_it_waits_for(state))
    people = {person_id for step in steps for person_id in (step.who, *step.others)}
    return _keywords(sorted(people | {step.role for step in steps if step.role}))


def updates(
    before: Shown, after: Shown, keys: Iterable[SearchAttributeKey[Any]] = ALL
) -> list[SearchAttributeUpdate[Any]]:
    """Only what changed: each upsert is an event in the history."""
    changed = []
    for key in keys:
        value = after.get(key.name)
        if before.get(key.name) != value:
            unset = value is None or value == []
            changed.append(key.value_unset() if unset else key.value_set(value))
    return changed
