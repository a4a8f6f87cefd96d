"""What forms of next steps share: what each carries, and what it is rendered from and validated against."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel
from slack_sdk.models.blocks import Block

from api.slack import forms
from api.slack.forms import Values, fitting
from application.commands.next_steps import Deed
from domain.directory.candidates import Candidate
from domain.directory.directory import Directory
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.commands import ReviseChange, SubmitChange
from domain.engagement.pricing.commands import ProposePrice
from domain.next_steps.card import StepCard
from domain.next_steps.choices import Do
from domain.next_steps.references import StepRefText

M = TypeVar("M", bound=BaseModel)

# The callback id of a form that does a step.
STEP = "do step"
MAX_ROWS, MAX_ITEMS = 5, 40


class StepForm(BaseModel):
    """What a form carries: the act or vacancy it is about, what it does, and whether it was opened from App Home."""

    step: StepRefText
    do: Do
    at_home: bool = False
    basis: str = ""
    """Digest of what was shown and will be overwritten: it must be unchanged on submission."""
    previewed: ProposePrice | SubmitChange | ReviseChange | None = None
    """A price or change whose approvers have been previewed."""


class About(NamedTuple):
    """What a form is rendered from and validated against."""

    card: StepCard
    state: Engagement
    subject: str
    """What the act is about; for a vacancy, the role."""
    directory: Directory
    now: datetime
    candidates: tuple[Candidate, ...] = ()
    sees_terms: bool = False
    """True for those who may see the terms that the seller intended."""


# Renders the fields of a form.
Fields = Callable[[About], Iterator[Block]]
# Turns input into the commands that do the step. Raises FormInvalid.
Reads = Callable[[About, Values], Deed]


def reason(label: str) -> Fields:
    """A form with only a reason."""

    def fields(_: About) -> Iterator[Block]:
        yield forms.words("reason", label, hint="It is recorded with your name.")

    return fields


def fit(make: type[M], given: dict[str, Any], names: dict[str, str]) -> M:
    """Validates input as this model. Raises FormInvalid, at the fields that `names` maps the model's own fields to."""
    made: M = fitting(make, given, names)
    return made
