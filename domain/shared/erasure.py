"""Which texts may be erased at a person's lawful request: those of engagements that have ended.

A running workflow carries its texts in its state and in its history, and copies some of them into later facts: an ask
quotes the need that it is about. Erased in the record alone, they would come back with the next fact.

Weighed: a command that makes each workflow forget them too. Its history keeps them all the same, what is being decided
would change after it was shown, and a hash that was approved would match nothing. So the engagement ends first.
"""

from collections.abc import Iterable, Sequence

from domain.engagement.aggregate import Engagement
from domain.shared.errors import Refusal, Rule, Waiting
from domain.shared.remedy_actions import RemedyAction

HOW_IT_ENDS = (
    f"The engagement manager ends it ({RemedyAction.CLOSE_DEAL.about()} or {RemedyAction.CANCEL_DEAL.about()}), or "
    f"sales until the SOW is signed ({RemedyAction.LOSE_DEAL.about()}). Then erase these texts; or leave its facts out "
    f"now, and name the others: {RemedyAction.ERASE_IN_FACTS.about()}."
)
FORM = "{id} ({title}) is in {stage}"


class EngagementRuns(Refusal):
    rule, title = Rule.THE_RECORD_STANDS, "Texts of a running engagement cannot be erased"


def has_ended(state: Engagement) -> bool:
    """True once no workflow of the engagement runs: it is over, and so is each of its change orders."""
    return state.is_over and not any(change.status.is_open for change in state.changes.values())


def require_ended(states: Iterable[Engagement]) -> None:
    """Raises EngagementRuns, which names each engagement that has not ended and who can end it."""
    running = tuple(state for state in states if not has_ended(state))
    if running:
        raise EngagementRuns(
            f"{_listed(running)}. The workflow keeps the texts until it ends, and would write them again.",
            remedy=HOW_IT_ENDS,
            waits_for=tuple(map(_who_ends, running)),
        )


def _listed(running: Sequence[Engagement]) -> str:
    stages = ((state, state.stage.value.replace("_", " ")) for state in running)
    return "; ".join(FORM.format(id=state.id, title=state.title, stage=stage) for state, stage in stages)


def _who_ends(state: Engagement) -> Waiting:
    return Waiting(ask_id=state.id, who=state.cast.name(state.manager), role="who can end it")
