"""Renders App Home: what waits for me or is overdue with others, my engagements, vacancies, absences.

It lives next to its handlers, not in `adapters/slack`: it answers whoever opens it, is composed of query results, and
nothing else posts it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from pydantic import BaseModel
from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, ContextBlock, HeaderBlock, SectionBlock
from slack_sdk.models.views import View

from adapters.console_commands import command_of
from adapters.slack.cards import OPEN, Pressed, divided
from adapters.slack.step_cards import DONE_BY, step_buttons
from adapters.slack.text import bounded, plain
from api.slack import forms
from api.slack.forms import PEOPLE
from application.queries.asks import AskPage
from application.queries.engagements import EngagementLineView, EngagementPage
from application.queries.my_steps import AwaitedView, MyStepPage, MyStepView
from application.queries.people import AnswersForView, PersonView
from application.queries.vacancies import VacancyLineView, VacancyPage
from domain.asks.model import AskKind, listed
from domain.next_steps.choices import MEET, StepChoice, act_choices, vacancy_choices
from domain.next_steps.references import StepRef
from domain.playbook.model import role_label
from domain.shared.calendar import day_shown
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import sentence
from domain.shared.values import Day, PersonId

AWAY, LET, BACK, TAKE_BACK = "away", "let", "back", "take back"
# Of each list; Slack's limit is a hundred blocks.
MAX_STEPS, MAX_OTHERS, MAX_LATE = 20, 10, 5
# Characters of the reason why something is owed again; its card has the full text.
MAX_REASON = 500
# The command that lists what a page has no room for.
ALL_OF_THEM = command_of(RemedyAction.SHOW_NEXT_STEPS.about())


class Shown(NamedTuple):
    """The content of a home."""

    asks: AskPage
    steps: MyStepPage
    engagements: EngagementPage
    vacancies: VacancyPage
    me: PersonView


class Ends(BaseModel):
    """What a button that cancels something carries."""

    first: Day
    to: PersonId | None = None


def home(shown: Shown) -> View:
    """Renders the home as a view."""
    parts = [
        [*_incomplete(shown), *_title("Waits for me"), *_steps(shown), *_late(shown.steps), *_awaited(shown.steps)],
        [*_title("My engagements"), *_engagements(shown.engagements)],
        [*_title("Vacancies of my function"), *_vacancies(shown.vacancies)],
        [*_title("While I am away"), *_absences(shown.me)],
    ]
    return View(type="home", blocks=divided(parts))


def _title(text: str) -> Iterator[Block]:
    yield HeaderBlock(text=plain(text, 150))


def _nothing(text: str) -> Iterator[Block]:
    yield ContextBlock(elements=[plain(text)])


def _incomplete(shown: Shown) -> Iterator[Block]:
    """Why there may be more than is shown, said once."""
    pages = (shown.asks, shown.engagements, shown.vacancies)
    for why in dict.fromkeys(page.incomplete for page in pages if page.incomplete):
        yield from _nothing(why)


def _steps(shown: Shown) -> Iterator[Block]:
    """Everything that waits for me, overdue items first, with the buttons that do it."""
    hashes = {ask.id: ask.subject_hash for ask in shown.asks.items}
    for step in shown.steps.items:
        yield from _step(step, shown.me.id, hashes)
    if shown.steps.more:
        yield from _nothing(f"There is more: do these first, or see `{ALL_OF_THEM}`.")
    if not shown.steps.items:
        yield from _nothing("Nothing waits for you.")


def _late(page: MyStepPage) -> Iterator[Block]:
    """What others owe and has escalated to me, with the command that helps; nothing if there is none."""
    if not page.late:
        return
    yield from _title("Overdue with others")
    for step in page.late[:MAX_LATE]:
        place = f"{step.engagement_id} {step.title}"
        yield SectionBlock(text=plain(f"{step.what}\n{_due(step)} With {step.owner.name}. {place}\n{step.command}"))
    if page.more_late or len(page.late) > MAX_LATE:
        yield from _nothing(f"More is overdue with others: see `{ALL_OF_THEM}`.")


def _awaited(page: MyStepPage) -> Iterator[Block]:
    """Whose answer I wait for; nothing if there is none."""
    if not page.awaited:
        return
    yield from _title("I wait for")
    lines = [f"{listed(ask.who) or 'Somebody to be named'}, {_until(ask)}: {ask.what}" for ask in page.awaited]
    more = ["And for more: see the digest."] if page.more_awaited else []
    yield SectionBlock(text=plain("\n".join((*lines, *more))))


def _until(ask: AwaitedView) -> str:
    return f"due {ask.due_shown}" if ask.due_shown else "paused"


def _due(step: MyStepView) -> str:
    if step.held_until is not None:
        return f"On hold until {day_shown(step.held_until)}{', which has come' if step.hold_has_come else ''}."
    by = "Paused" if step.paused else f"{'OVERDUE since' if step.overdue else 'Due'} {step.due_shown}"
    return f"{by}; yours since {step.since_shown}." if step.is_own else f"{by}; open since {step.since_shown}."


def _step(step: MyStepView, me: str, hashes: Mapping[str, str]) -> Iterator[Block]:
    whose = f" For {step.owner.name}." if step.owner.id != me else ""
    who = f"\nCould take it: {', '.join(one.name for one in step.candidates)}." if step.candidates else ""
    stopped = "\nStopped by a technical fault; the operators are working on it." if step.stopped else ""
    choices = () if step.stopped else _choices(step)
    why = f"\n{bounded(step.reason, MAX_REASON)}" if step.reason else ""
    how = f"\n{step.how}" if step.vacancy is not None and step.how else ""
    by = "" if choices or step.ask_id or step.stopped else f"\n{DONE_BY} {step.command}"
    text = plain(f"{step.what}\n{_due(step)}{whose} {step.engagement_id} {step.title}{who}{why}{how}{by}{stopped}")
    if step.stopped:
        yield SectionBlock(text=text)
        return
    if step.ask_id is not None and step.ask_id in hashes:
        value = Pressed(ask_id=step.ask_id, subject_hash=hashes[step.ask_id]).value
        yield SectionBlock(text=text, accessory=ButtonElement(text=plain("Open", 75), action_id=OPEN, value=value))
        return
    yield SectionBlock(text=text)
    yield from step_buttons(_ref(step), choices)


def _choices(step: MyStepView) -> tuple[StepChoice, ...]:
    if step.held_until is not None and step.vacancy is None:
        return ()  # each would be refused
    if step.act is not None:
        return act_choices(step.act, prepared=bool(step.prepared), unchanged=step.unchanged)
    if step.task is not None:
        return (MEET,)
    return vacancy_choices(step.vacancy) if step.vacancy is not None else ()


def _ref(step: MyStepView) -> str:
    """The reference of an act, a vacancy or a condition."""
    if step.task is not None:
        return str(StepRef(engagement_id=step.engagement_id, kind="task", what=step.task, since=None))
    kind, what = ("act", step.act) if step.act else ("vacancy", step.vacancy)
    return str(
        StepRef.model_validate({"engagement_id": step.engagement_id, "kind": kind, "what": what, "since": step.since})
    )


def _engagements(page: EngagementPage) -> Iterator[Block]:
    lines = [
        " · ".join([f"{one.id} {one.title}", one.client, one.stage.value, *_held(one), *_next(one)])
        for one in page.items
    ]
    yield from _lines(lines, "You are not part of any.")


def _held(line: EngagementLineView) -> Iterator[str]:
    if line.held_until is not None:
        yield f"on hold until {day_shown(line.held_until)}{', which has come' if line.hold_has_come else ''}"


def _next(line: EngagementLineView) -> Iterator[str]:
    step = line.next_step
    if step is not None:
        due = f", due {step.due_shown}" if step.due_shown else ""
        yield f"next: {step.what} ({step.who.name}{due})"


def _vacancies(page: VacancyPage) -> Iterator[Block]:
    lines = [
        f"{one.engagement_id} {one.title}: no {role_label(one.role)} since {one.since_shown}. {_how_vacant(one)}"
        for one in page.items
    ]
    yield from _lines(lines, "None.")


def _how_vacant(vacancy: VacancyLineView) -> str:
    """Who has been asked to hold it and until when or, if no one has, why it is vacant."""
    if vacancy.asked_name is None:
        return sentence(vacancy.because)
    until = f", due {vacancy.asked_until_shown}" if vacancy.asked_until_shown else ""
    return f"{vacancy.asked_name} is asked to take it{until}."


def _lines(lines: Iterable[str], nothing: str) -> Iterator[Block]:
    found = False
    for line in lines:
        found = True
        yield SectionBlock(text=plain(line))
    if not found:
        yield from _nothing(nothing)


def _absences(me: PersonView) -> Iterator[Block]:
    for absence in me.absences[:MAX_OTHERS]:
        who = f", {absence.delegate_name} may answer" if absence.delegate else ""
        ends = Ends(first=absence.first)
        yield _ending(f"Away {day_shown(absence.first)} to {day_shown(absence.last)}{who}.", BACK, ends)
    for given in me.delegations[:MAX_OTHERS]:
        what = f" for {', '.join(map(role_label, (*given.roles, *given.kinds)))}" if given.roles or given.kinds else ""
        ends = Ends(first=given.first, to=given.to)
        days = f"from {day_shown(given.first)} to {day_shown(given.last)}"
        yield _ending(f"{given.to_name} may answer{what} {days}.", TAKE_BACK, ends)
    if not (me.absences or me.delegations):
        yield from _nothing("You are not away, and nobody answers for you.")
    if me.answers_for:
        yield SectionBlock(text=plain("\n".join(map(_answers_for, me.answers_for[:MAX_OTHERS]))))
    buttons = [("I will be away…", AWAY), ("Let somebody answer for me…", LET)]
    yield ActionsBlock(elements=[ButtonElement(text=plain(text, 75), action_id=name) for text, name in buttons])


def _answers_for(one: AnswersForView) -> str:
    what = f" as {', '.join(map(role_label, (*one.roles, *one.kinds)))}" if one.roles or one.kinds else ""
    return f"You may answer for {one.person_name}{what} from {day_shown(one.first)} to {day_shown(one.last)}."


def _ending(text: str, action: str, ends: Ends) -> Block:
    button = ButtonElement(text=plain("Cancel it", 75), action_id=action, value=ends.model_dump_json(exclude_none=True))
    return SectionBlock(text=plain(text), accessory=button)


def away_form() -> View:
    """The days, and who answers meanwhile."""
    hint = "If you name nobody, your deputy is asked; without one, it is escalated."
    blocks: list[Block] = [
        forms.day("first", "First day"),
        forms.day("last", "Last day"),
        forms.searched("delegate", "Who answers then", PEOPLE, optional=True, hint=hint),
    ]
    return forms.modal(AWAY, "I will be away", "Save", blocks)


def letting_form() -> View:
    """Who may answer, on which days, for what."""
    kinds = [(kind.value, kind.value.replace("_", " ")) for kind in AskKind]
    blocks: list[Block] = [
        forms.searched("to", "Who may answer for you", PEOPLE),
        forms.day("first", "From"),
        forms.day("last", "To"),
        forms.several("kinds", "Only for these kinds", kinds),
        forms.number("up_to", "Up to this amount", optional=True, least="0"),
    ]
    return forms.modal(LET, "Let somebody answer", "Let them", blocks)
