"""Events of an engagement as a whole: started, moved to a stage, ended, facts voided, reconciled."""

from typing import Literal

from domain.engagement.aggregate import Engagement
from domain.engagement.closing.values import Closing
from domain.playbook.model import Stage
from domain.shared.text import TextToTell
from domain.shared.transaction import Event
from domain.shared.values import PersonId


class EngagementStarted(Event):
    """The first event: the engagement as it was opened."""

    kind: Literal["EngagementStarted"] = "EngagementStarted"
    engagement: Engagement

    def evolve(self, state: Engagement) -> Engagement:  # noqa: ARG002 -- nothing stood before
        return self.engagement


class FactsVoided(Event):
    """Facts from `first` to `last` do not count: the engagement is as it was before them.

    They were written by a worker that was lost before Temporal recorded them, and whoever caused them got no answer.
    """

    kind: Literal["FactsVoided"] = "FactsVoided"
    first: int
    last: int
    engagement: Engagement

    def evolve(self, state: Engagement) -> Engagement:  # noqa: ARG002 -- what stood before is void
        return self.engagement


class StageEntered(Event):
    """The first closed gate is now this one; upstream changes may bring back an earlier one."""

    kind: Literal["StageEntered"] = "StageEntered"
    stage: Stage

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(stage=self.stage, qualified=state.qualified or self.stage is not Stage.QUALIFY)


class EngagementEnded(Event):
    """Lost, cancelled or closed."""

    kind: Literal["EngagementEnded"] = "EngagementEnded"
    stage: Stage
    because: TextToTell | None = None

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(stage=self.stage, ended_because=self.because, vacancies={}, proposals={}, followups=())


class SoldForAnother(Event):
    """Somebody acted for the seller as a seller: from now on they may judge nothing of the deal."""

    kind: Literal["SoldForAnother"] = "SoldForAnother"
    person_id: PersonId

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(sold_for=(*state.sold_for, self.person_id))


class EngagementReconciled(Event):
    """What closing calculated."""

    kind: Literal["EngagementReconciled"] = "EngagementReconciled"
    closing: Closing

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(closing=self.closing)


AnyLifecycleEvent = (
    EngagementStarted | FactsVoided | StageEntered | EngagementEnded | SoldForAnother | EngagementReconciled
)
