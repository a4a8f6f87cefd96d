"""App Home: what waits for me or is late with others, my engagements, vacancies of my function, my absences."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import structlog
from pydantic import BaseModel
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, ContextBlock, HeaderBlock, SectionBlock
from slack_sdk.models.views import View

from api.slack import forms
from api.slack.cards import OPEN, Pressed, divided
from api.slack.desk import Body, Came, Desk, Reads, button_carries, came
from api.slack.forms import PEOPLE, Values, filled, fitting
from api.slack.step_cards import DONE_BY, step_buttons
from api.slack.text import bounded, plain
from application import people
from application.damage import report_damage
from application.my_steps import AwaitedView, MyStepFilter, MyStepPage, MyStepView, my_next_steps
from application.reading import (
    AnswersForView,
    AskFilter,
    AskPage,
    EngagementFilter,
    EngagementLineView,
    EngagementPage,
    PersonView,
    VacancyFilter,
    VacancyLineView,
    VacancyPage,
    engagements,
    inbox,
    person_view,
    vacancies,
)
from application.reception import in_words
from application.telling import Patience, Unreachable
from application.wishes import BeAway, BeBack, Delegate, EndDelegation, Wish
from domain.asks import AskKind, listed
from domain.playbook import role_label
from domain.refusals import Refusal
from domain.step_choices import MEET, StepChoice, act_choices, vacancy_choices
from domain.step_refs import StepRef
from domain.turn import Actor
from domain.values import Day, PersonId
from domain.words import sentence
from domain.working_time import day_shown

log = structlog.get_logger()

AWAY, LET, BACK, TAKE_BACK = "away", "let", "back", "take back"
MOST_STEPS, MOST_OTHERS, MOST_LATE = 20, 10, 5
"""Of each list; Slack takes a hundred blocks."""
LONGEST_REASON = 500
"""Characters of why something is owed again; its card has all of them."""


class Shown(NamedTuple):
    """What a home shows."""

    asks: AskPage
    steps: MyStepPage
    engagements: EngagementPage
    vacancies: VacancyPage
    me: PersonView


class Ends(BaseModel):
    """What a button that takes something back carries."""

    first: Day
    to: PersonId | None = None


class Home:
    """The handlers of App Home."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def listen(self, bolt: AsyncApp) -> None:
        """Registers the handlers."""
        bolt.event("app_home_opened")(self.opened)
        bolt.event("user_change")(self.user_changed)
        bolt.action(AWAY)(self.begin)
        bolt.action(LET)(self.begin)
        for name in (BACK, TAKE_BACK):
            bolt.action(name, matchers=[button_carries(Ends)])(self.take_back)
        bolt.view(AWAY)(self.be_away)
        bolt.view(LET)(self.let_answer)

    async def opened(self, body: Body) -> None:
        """Draws the home of whoever opened it."""
        event = body["event"]
        if event.get("tab") == "home":
            await self.publish(str(event["user"]))

    async def user_changed(self, body: Body) -> None:
        """Something about an account is otherwise: whose it is will be asked again."""
        await self._desk.accounts.forget(str(body["event"]["user"]["id"]))

    async def publish(self, account: str) -> None:
        """Draws somebody's home as things are now; somebody unknown is told why there is none."""
        try:
            actor = await self._desk.actor_of(account)
            view = home(await self._shown(actor))
        except Refusal as refusal:
            await report_damage(self._desk.app, refusal)
            view = View(type="home", blocks=[SectionBlock(text=plain(in_words(refusal.refused)))])
        except (Patience, Unreachable):
            return
        try:
            await self._desk.web.call("views.publish", user_id=account, view=view.to_dict())
        except (Patience, Unreachable) as no:  # it is drawn anew when it is opened again
            log.info("slack.home", to=account, because=str(no))

    async def _shown(self, actor: Actor) -> Shown:
        app = self._desk.app
        return Shown(
            asks=await inbox(app, actor, AskFilter(limit=MOST_STEPS)),
            steps=await my_next_steps(app, actor, MyStepFilter(limit=MOST_STEPS)),
            engagements=await engagements(app, actor, EngagementFilter(mine=True, limit=MOST_OTHERS)),
            vacancies=await vacancies(app, actor, VacancyFilter(mine=True, limit=MOST_OTHERS)),
            me=await person_view(app, actor, actor.person),
        )

    # -- being away, and letting another answer

    async def begin(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Opens the modal of an absence, or of a delegation."""
        await ack()
        who, what = came(body, req.headers), body["actions"][0]["action_id"]
        try:
            await self._desk.actor_of(who.account)
            await self._desk.open(who, away_form() if what == AWAY else letting_form())
        except (Refusal, Patience, Unreachable) as no:
            await self._desk.refuse(who, no)

    async def be_away(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """An absence was filled in."""
        await self._submitted(ack, body, req, AWAY, absence_of)

    async def let_answer(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """A delegation was filled in."""
        await self._submitted(ack, body, req, LET, delegation_of)

    async def _submitted(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest, name: str, read: Reads) -> None:
        key = await self._desk.take(ack, body, req, name, read)
        if key is not None:
            await self.drawn_after(came(body, req.headers), key)

    async def take_back(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """An absence or a delegation is taken back."""
        who, action = came(body, req.headers), body["actions"][0]
        ends = Ends.model_validate_json(action["value"])
        wish: Wish = BeBack(first=ends.first)
        if ends.to is not None:
            wish = EndDelegation(taken=people.TakenBack(to=ends.to, first=ends.first))
        key = await self._desk.keep(who, wish, action["action_id"], action["value"], action.get("action_ts"))
        await ack()
        await self.drawn_after(who, key)

    async def drawn_after(self, who: Came, key: str) -> None:
        """The home shows what came of a wish."""
        await self._desk.reception.carried(key)
        await self.publish(who.account)


def absence_of(values: Values) -> BeAway:
    """The absence that was filled in. Raises Misfilled."""
    return BeAway(away=_filled(people.Away, values, ("first", "last", "delegate")))


def delegation_of(values: Values) -> Delegate:
    """The delegation that was filled in. Raises Misfilled."""
    return Delegate(given=_filled(people.Given, values, ("to", "first", "last", "kinds", "up_to")))


def _filled(model: type[BaseModel], values: Values, names: Sequence[str]) -> Any:
    given = {name: value for name in names if (value := filled(values, name)) is not None}
    return fitting(model, given, {name: name for name in names})


def home(shown: Shown) -> View:
    """The home as a view."""
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
    """Why there may be more than this shows, once."""
    pages = (shown.asks, shown.engagements, shown.vacancies)
    for why in dict.fromkeys(page.incomplete for page in pages if page.incomplete):
        yield from _nothing(why)


def _steps(shown: Shown) -> Iterator[Block]:
    """Everything that waits for me, what is overdue first, each with the buttons that do it."""
    hashes = {ask.id: ask.hash for ask in shown.asks.items}
    for step in shown.steps.items:
        yield from _step(step, shown.me.id, hashes)
    if shown.steps.more:
        yield from _nothing("There is more: do these first, or see `interlock next`.")
    if not shown.steps.items:
        yield from _nothing("Nothing waits for you.")


def _late(page: MyStepPage) -> Iterator[Block]:
    """What others owe and has come up to me, with the command that helps; nothing where there is nothing."""
    if not page.late:
        return
    yield from _title("Late with others")
    for step in page.late[:MOST_LATE]:
        place = f"{step.engagement} {step.title}"
        yield SectionBlock(text=plain(f"{step.what}\n{_due(step)} With {step.owner.name}. {place}\n{step.command}"))
    if page.more_late or len(page.late) > MOST_LATE:
        yield from _nothing("More is late with others: see `interlock next`.")


def _awaited(page: MyStepPage) -> Iterator[Block]:
    """Whose answer I wait for; nothing where there is none."""
    if not page.awaited:
        return
    yield from _title("I wait for")
    lines = [f"{listed(ask.who) or 'Somebody to be named'}, {_until(ask)}: {ask.what}" for ask in page.awaited]
    more = ["And for more: the digest has it."] if page.more_awaited else []
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
    stopped = "\nStopped by a technical fault; the operators are at work." if step.stopped else ""
    choices = () if step.stopped else _choices(step)
    why = f"\n{bounded(step.reason, LONGEST_REASON)}" if step.reason else ""
    how = f"\n{step.how}" if step.vacancy is not None and step.how else ""
    by = "" if choices or step.ask or step.stopped else f"\n{DONE_BY} {step.command}"
    text = plain(f"{step.what}\n{_due(step)}{whose} {step.engagement} {step.title}{who}{why}{how}{by}{stopped}")
    if step.stopped:
        yield SectionBlock(text=text)
        return
    if step.ask is not None and step.ask in hashes:
        value = Pressed(ask=step.ask, hash=hashes[step.ask]).value
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
        return str(StepRef(engagement=step.engagement, kind="task", what=step.task, since=None))
    kind, what = ("act", step.act) if step.act else ("vacancy", step.vacancy)
    return str(StepRef.model_validate({"engagement": step.engagement, "kind": kind, "what": what, "since": step.since}))


def _engagements(page: EngagementPage) -> Iterator[Block]:
    lines = [
        " · ".join([f"{one.id} {one.title}", one.client, one.stage.value, *_held(one), *_next(one)])
        for one in page.items
    ]
    yield from _lines(lines, "You have no part in any.")


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
        f"{one.engagement} {one.title}: no {role_label(one.role)} since {one.since_shown}. {_how_vacant(one)}"
        for one in page.items
    ]
    yield from _lines(lines, "None.")


def _how_vacant(vacancy: VacancyLineView) -> str:
    """Who is asked to hold it and until when; why nobody holds it, while nobody is."""
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
    for absence in me.absences[:MOST_OTHERS]:
        who = f", {absence.delegate_name} may answer" if absence.delegate else ""
        ends = Ends(first=absence.first)
        yield _ending(f"Away {day_shown(absence.first)} to {day_shown(absence.last)}{who}.", BACK, ends)
    for given in me.delegations[:MOST_OTHERS]:
        what = f" for {', '.join(map(role_label, (*given.roles, *given.kinds)))}" if given.roles or given.kinds else ""
        ends = Ends(first=given.first, to=given.to)
        days = f"from {day_shown(given.first)} to {day_shown(given.last)}"
        yield _ending(f"{given.to_name} may answer{what} {days}.", TAKE_BACK, ends)
    if not (me.absences or me.delegations):
        yield from _nothing("You are there, and nobody answers for you.")
    if me.answers_for:
        yield SectionBlock(text=plain("\n".join(map(_answers_for, me.answers_for[:MOST_OTHERS]))))
    buttons = [("I will be away…", AWAY), ("Let somebody answer for me…", LET)]
    yield ActionsBlock(elements=[ButtonElement(text=plain(text, 75), action_id=name) for text, name in buttons])


def _answers_for(one: AnswersForView) -> str:
    what = f" as {', '.join(map(role_label, (*one.roles, *one.kinds)))}" if one.roles or one.kinds else ""
    return f"You may answer for {one.person_name}{what} from {day_shown(one.first)} to {day_shown(one.last)}."


def _ending(text: str, action: str, ends: Ends) -> Block:
    button = ButtonElement(text=plain("Take back", 75), action_id=action, value=ends.model_dump_json(exclude_none=True))
    return SectionBlock(text=plain(text), accessory=button)


def away_form() -> View:
    """Days, and who answers then."""
    hint = "Where you name nobody, your deputy is asked, else it climbs."
    blocks: list[Block] = [
        forms.day("first", "First day"),
        forms.day("last", "Last day"),
        forms.searched("delegate", "Who answers then", PEOPLE, optional=True, hint=hint),
    ]
    return forms.modal(AWAY, "I will be away", "Note it", blocks)


def letting_form() -> View:
    """Who may answer, on which days, for what."""
    kinds = [(kind.value, kind.value.replace("_", " ")) for kind in AskKind]
    blocks: list[Block] = [
        forms.searched("to", "Who may answer for you", PEOPLE),
        forms.day("first", "From"),
        forms.day("last", "To"),
        forms.several("kinds", "For these kinds alone", kinds),
        forms.number("up_to", "Up to this amount of money", optional=True, least="0"),
    ]
    return forms.modal(LET, "Let somebody answer", "Let them", blocks)
