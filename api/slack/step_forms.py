"""Forms for doing acts owed and filling vacancies: what each needs, and how its input becomes commands.

A form is rendered from the engagement as it is when it opens, and validated against the engagement as it is when it is
sent. The commands themselves decide what is valid.
"""

from collections.abc import Callable, Iterable, Iterator

from pydantic import BaseModel
from slack_sdk.models.blocks import Block, SectionBlock
from slack_sdk.models.views import View

from adapters.slack.step_cards import command_on
from adapters.slack.text import bounded, plain
from api.slack import delivery_fields, forms, scope_fields
from api.slack.changes import change_fields, change_of, is_whole, route_shown
from api.slack.delivery_fields import expected
from api.slack.forms import FormInvalid, Values
from api.slack.price_fields import terms
from api.slack.step_fields import STEP, About, Fields, Reads, StepForm
from application.commands.next_steps import Deed, MakeDraft
from application.queries.change_preview import ChangeDraft, ChangePreview
from domain.engagement.changes.commands import ReviseChange, SubmitChange
from domain.engagement.closing.commands import ResumeEngagement
from domain.engagement.delivery.commands import HoursWorked
from domain.engagement.documents.commands import SendDocument, TakeRequirements
from domain.engagement.needs.commands import RestateNeeds
from domain.next_steps.choices import Do, StepChoice
from domain.shared.values import digest

# Callback ids of a price and a change that are previewed first.
PRICE, CHANGE = "price step", "change step"
# Steps that submit a change order, which is previewed first.
OF_CHANGES = frozenset({Do.SUBMIT, Do.REVISE})
FIELDS: dict[Do, Fields] = {
    Do.PROPOSE: terms,
    Do.PROPOSE_ANOTHER: terms,
    **scope_fields.FIELDS,
    **delivery_fields.FIELDS,
}
READS: dict[Do, Reads] = {**scope_fields.READS, **delivery_fields.READS}


def form(about: About, choice: StepChoice, *, at_home: bool) -> View:
    """Renders the form of a choice."""
    carried = StepForm(step=about.card.ref, do=choice.do, at_home=at_home, basis=_basis(about, choice.do))
    title = bounded(choice.label, 24)
    blocks: list[Block] = [SectionBlock(text=plain(f"{about.card.title}\n{about.card.engagement_title}"))]
    if choice.do in OF_CHANGES:
        blocks += _change(about)
    else:
        blocks += FIELDS[choice.do](about)
    if choice.do in {Do.PROPOSE, Do.PROPOSE_ANOTHER}:
        return forms.modal(PRICE, title, "Preview it", blocks, carried)
    if choice.do in OF_CHANGES:
        return forms.modal(CHANGE, title, "Show the route", blocks, carried)
    return forms.modal(STEP, title, SUBMITS.get(choice.do, "Send"), blocks, carried)


def deed_of(about: About, carried: StepForm, values: Values) -> Deed:
    """Parses the input into the deed that does the step. Raises FormInvalid, at fields of the form."""
    first = next(iter(values), "")
    if carried.basis != _basis(about, carried.do):
        raise FormInvalid({first: "Somebody has changed this in the meantime. Cancel, and open the form again."})
    try:
        return READS[carried.do](about, values)
    except FormInvalid as wrong:
        raise FormInvalid({name if name in values else first: said for name, said in wrong.errors.items()}) from None


def _basis(about: About, do: Do) -> str:
    """A digest of what a form shows and overwrites; empty for one that only adds."""
    shown = WRITTEN_OVER.get(do)
    return digest([one.model_dump(mode="json") for one in shown(about)])[:16] if shown else ""


# Deeds of buttons that need no input.
PLAIN: dict[Do, Deed] = {
    Do.RESTATE: RestateNeeds(),
    Do.TAKE_REQUIREMENTS: TakeRequirements(),
    Do.DRAFT_SOW: MakeDraft(document="sow"),
    Do.SEND_SOW: SendDocument(document="sow"),
    Do.DRAFT_BRD: MakeDraft(document="brd"),
    Do.SEND_BRD: SendDocument(document="brd"),
    Do.RESUME: ResumeEngagement(),
}

SUBMITS = {
    Do.HAND_OVER: "Hand over",
    Do.EXPECT: "Ask the client again",
    Do.DELIVER: "Deliver it",
    Do.TAKE_BACK: "Take it back",
    Do.CLOSE: "Close it",
    Do.CANCEL: "End it",
    Do.NAME_HOLDER: "Ask them",
}


WRITTEN_OVER: dict[Do, Callable[[About], Iterable[BaseModel]]] = {
    Do.CORRECT_NEEDS: lambda about: about.state.needs.values(),
    Do.CLARIFY: lambda about: about.state.packages.values(),
    Do.CHOOSE: lambda about: about.state.estimates,
    Do.REQUIREMENTS: lambda about: about.state.requirements.values(),
    Do.EXPECT: expected,
    Do.HOURS: lambda about: [HoursWorked(item=one, hours=given) for one, given in about.state.actual_hours.items()],
}


def _change(about: About) -> Iterator[Block]:
    """The fields of a change order; for one that was returned, prefilled, with the reason."""
    n = _revised(about)
    if n is None:
        yield from change_fields(about.directory)
        return
    facts = about.state.changes[n].facts
    if about.card.sent_back:
        yield SectionBlock(text=plain(about.card.sent_back))
    if not is_whole(facts):
        lost = (
            "It has more than this form can show, and sending it from here keeps only what is shown below. To keep "
            "everything:"
        )
        yield SectionBlock(text=plain(f"{lost} {command_on(about.card)}"))
    yield from change_fields(about.directory, facts)


def _revised(about: About) -> int | None:
    """The number of the change being revised; None if a potential one is submitted."""
    return int(about.subject.removeprefix("C")) if about.subject.startswith("C") else None


def submitted_by(about: About, values: Values) -> SubmitChange | ReviseChange:
    """Parses the change order. Raises FormInvalid."""
    engagement = {"engagement": {"engagement": {"selected_option": {"value": about.state.id}}}}
    change, n = change_of({**values, **engagement}).change, _revised(about)
    return SubmitChange(change=change, potential=about.subject) if n is None else ReviseChange(n=n, change=change)


def draft_of(command: SubmitChange | ReviseChange) -> ChangeDraft:
    """The same as a draft, to preview its route."""
    if isinstance(command, ReviseChange):
        return ChangeDraft(change=command.change, revises=command.n)
    return ChangeDraft(change=command.change, potential=command.potential)


def change_preview(
    about: About, command: SubmitChange | ReviseChange, preview: ChangePreview, *, at_home: bool
) -> View:
    """Shows who would have to approve a change, before it is submitted. Raises FormInvalid."""
    do = Do.SUBMIT if isinstance(command, SubmitChange) else Do.REVISE
    carried = StepForm(step=about.card.ref, do=do, at_home=at_home, previewed=command)
    return route_shown(preview, command.change.title, STEP, carried)
