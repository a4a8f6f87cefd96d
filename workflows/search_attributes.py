"""Search attributes: the one list that registration, verification and the workflows read."""

from collections.abc import Iterable
from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

from domain.engagement.decide import next_moment
from domain.engagement.state import Engagement

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


def of_engagement(state: Engagement) -> Shown:
    """What an operator searches an engagement by, named as registered."""
    waits = {person for ask in state.open_asks() for person in ask.asked}
    waits |= {role for ask in state.open_asks() for voter in ask.silent for role in voter.roles}
    return {
        STAGE.name: state.stage.value,
        CLIENT.name: state.client,
        KIND.name: state.kind.value,
        PLAYBOOK.name: f"{state.playbook.name} {state.playbook.version}",
        WAITS_FOR.name: sorted(waits),
        VACANT.name: sorted(state.vacancies),
        DUE.name: next_moment(state),
        VALUE.name: float(state.price.quote.price) if state.price else None,
    }


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
