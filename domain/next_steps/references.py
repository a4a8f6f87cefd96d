"""References to an act owed, a vacancy, a condition or a change from outside its engagement: on cards, in messages."""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from domain.engagement.aggregate import Engagement
from domain.engagement.roles.values import Vacancy
from domain.engagement.tasks.values import Task
from domain.next_steps.acts_owed import ActKind, ActOwed
from domain.shared.errors import NotFound
from domain.shared.remedy_actions import RemedyAction
from domain.shared.values import AskId, EngagementId, Moment, Value

_REF = re.compile(
    r"(?P<engagement>[A-Z]{2,8}-[0-9]{4}-[0-9]{4,9})/(?P<kind>act|vacancy|task|change):(?P<what>[^@]+)(?:@(?P<since>[0-9T]+)Z)?"
)
_SINCE = "%Y%m%dT%H%M%S%f"

# A written reference: `ENG-2026-0042/act:deliver_milestone:M1@20261130T093000000000Z`.
StepRefText = Annotated[str, Field(pattern=f"^{_REF.pattern}$", max_length=160)]


class StepRef(Value):
    """A permanent reference: an act or a vacancy that comes up again later has another `since`."""

    engagement_id: EngagementId
    kind: Literal["act", "vacancy", "task", "change"]
    what: str
    """The act's id, the role, the condition's id, or the change's number."""
    since: Moment | None
    """None for a condition or a change, whose numbers are never reused."""

    def __str__(self) -> str:
        since = f"@{self.since.astimezone(UTC):{_SINCE}}Z" if self.since else ""
        return f"{self.engagement_id}/{self.kind}:{self.what}{since}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Parses a written reference. Raises NotFound."""
        found = _REF.fullmatch(text)
        if found is None:
            raise NotFound(
                "Next step not found.", remedy="Check what waits for you.", action=RemedyAction.SHOW_NEXT_STEPS
            )
        try:
            if found["kind"] == "act":
                ActKind(found["what"].partition(":")[0])  # raises ValueError for an unknown act
            since = datetime.strptime(found["since"], _SINCE).replace(tzinfo=UTC) if found["since"] else None
        except ValueError:
            raise NotFound(
                "Next step not found.", remedy="Check what waits for you.", action=RemedyAction.SHOW_NEXT_STEPS
            ) from None
        said = {"engagement_id": found["engagement"], "kind": found["kind"], "what": found["what"], "since": since}
        return cls.model_validate(said)

    @classmethod
    def is_one(cls, text: str) -> bool:
        """True if a text can be read as a reference."""
        try:
            cls.read(text)
        except NotFound:
            return False
        return True

    @staticmethod
    def fits(text: str) -> bool:
        """True if a text has the form of a reference, and not of an ask's id."""
        return _REF.fullmatch(text) is not None


def ask_in(step: str) -> AskId | None:
    """The ask that a step is, given as messages and cards name it; None for the written reference of another step."""
    return None if StepRef.fits(step) else AskId(step)


def act_ref(state: Engagement, act: ActOwed) -> StepRef:
    """The reference of an act owed."""
    return StepRef(engagement_id=state.id, kind="act", what=act.id, since=act.since)


def vacancy_ref(state: Engagement, vacancy: Vacancy) -> StepRef:
    """The reference of a vacancy."""
    return StepRef(engagement_id=state.id, kind="vacancy", what=vacancy.role, since=vacancy.since)


def task_ref(state: Engagement, task: Task) -> StepRef:
    """The reference of a condition."""
    return StepRef(engagement_id=state.id, kind="task", what=task.id, since=None)


def change_ref(state: Engagement, n: int) -> StepRef:
    """The reference of a change, for those who are only told of it."""
    return StepRef(engagement_id=state.id, kind="change", what=str(n), since=None)


def act_of(state: Engagement, ref: StepRef) -> ActOwed | None:
    """The act that a reference names, or None once it is no longer owed."""
    act = state.acts.get(ref.what) if ref.kind == "act" else None
    return act if act is not None and act.since == ref.since else None


def vacancy_of(state: Engagement, ref: StepRef) -> Vacancy | None:
    """The vacancy that a reference names, or None once the role is filled."""
    vacancy = state.vacancies.get(ref.what) if ref.kind == "vacancy" and not state.is_over else None
    return vacancy if vacancy is not None and vacancy.since == ref.since else None


def task_of(state: Engagement, ref: StepRef) -> Task | None:
    """The condition that a reference names, or None once it is met."""
    task = state.tasks.get(ref.what) if ref.kind == "task" and not state.is_over else None
    return task if task is not None and not task.done else None
