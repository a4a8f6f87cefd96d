"""What forms of next steps share: what each carries, and what it is drawn from and read against."""

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

# The callback id of a form that does something.
STEP = "do step"
MAX_ROWS, MAX_ITEMS = 5, 40


class StepForm(BaseModel):
    """What a form carries: about which act or vacancy, what it does, and whether it was opened from App Home."""

    step: StepRefText
    do: Do
    at_home: bool = False
    basis: str = ""
    """What was shown that is written over: sent back, it must be so still."""
    previewed: ProposePrice | SubmitChange | ReviseChange | None = None
    """A price, or a change, of which was shown who would have to approve it."""


class About(NamedTuple):
    """What a form is drawn from and read against."""

    card: StepCard
    state: Engagement
    subject: str
    """What the act is about; of a vacancy the role."""
    directory: Directory
    now: datetime
    candidates: tuple[Candidate, ...] = ()
    sees_terms: bool = False
    """True for whoever sees what the seller has in mind."""


# Draws what a form wants.
Fields = Callable[[About], Iterator[Block]]
# Makes of what was filled in what does it. Raises FormInvalid.
Reads = Callable[[About, Values], Deed]


def reason(label: str) -> Fields:
    """A form that wants a reason alone."""

    def fields(_: About) -> Iterator[Block]:
        yield forms.words("reason", label, hint="It is recorded with your name.")

    return fields


def fit(make: type[M], given: dict[str, Any], names: dict[str, str]) -> M:
    """What was filled in as this model. Raises FormInvalid, at the fields that `names` gives to the model's own."""
    made: M = fitting(make, given, names)
    return made
