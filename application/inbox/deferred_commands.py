"""Deferred commands: what people request through a channel that answers at once and has it carried out afterwards.

A deferred command is a value that can be stored and resumed; carrying it out twice has one effect, since each step has
a key derived from its own. It calls the very functions that REST calls. A refusal ends it; an engine that does not
answer does not.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from application.authentication import Caller
from application.commands import people
from application.commands.asks import decide_ask, delegate_ask, try_answer, try_delegation
from application.commands.carry_out import carry_out
from application.commands.changes import estimate_change
from application.commands.early_refusals import try_out, try_out_on_change
from application.commands.next_steps import DoStep, do_step, try_step
from application.commands.promises import record_promises, try_promises
from application.commands.start_deal import FirstCall, NewDeal, start_deal, try_deal
from application.context import Interlock
from application.off_loop import off_loop
from application.queries.change_preview import what_comes_of_submitted
from application.queries.visibility import seen
from domain.asks.model import Answer, ShownSubject
from domain.asks.subject_texts import ENGLISH_NOW, TextVersion
from domain.change_order.order import EstimateLines
from domain.engagement.changes.commands import RecordPotentialChange, SubmitChange
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.item_ids import free_ids
from domain.engagement.needs.commands import RecordNeeds
from domain.engagement.needs.values import Need, Promise
from domain.engagement.scope.commands import GiveEstimate, PackageHours
from domain.shared.calendar import day_shown
from domain.shared.streams import engagement_of
from domain.shared.text import LongText, OwnText, ShortText
from domain.shared.transaction import Actor
from domain.shared.values import AskId, Day, Digest, EngagementId, PersonId, Value, digest


class DeferredAnswer(Value):
    """An answer, on exactly what was shown."""

    kind: Literal["answer"] = "answer"
    ask_id: Annotated[AskId, Field(max_length=64)]
    subject_hash: Digest
    read_in: TextVersion = ENGLISH_NOW
    answer: Answer
    label: ShortText
    """The label of the button."""


class DeferredHours(Value):
    """Three points for packages of an engagement, or for lines of one of its changes."""

    kind: Literal["hours"] = "hours"
    ask_id: Annotated[AskId, Field(max_length=64)]
    subject_hash: Digest
    engagement_id: EngagementId
    change: int | None = None
    estimates: Annotated[tuple[PackageHours, ...], Field(min_length=1, max_length=200)]


class DeferredDeal(Value):
    """A deal, sold by the sender, with the needs that are known at the first call."""

    kind: Literal["deal"] = "deal"
    deal: FirstCall
    needs: Annotated[tuple[LongText, ...], Field(max_length=50)] = ()


class DeferredChange(Value):
    """A change order."""

    kind: Literal["change"] = "change"
    engagement_id: EngagementId
    change: ChangeFacts


class DeferredPromise(Value):
    """What was promised to someone at the client, on a day."""

    kind: Literal["promise"] = "promise"
    engagement_id: EngagementId
    to: PersonId
    text: LongText
    on: Day


class DeferredPotentialChange(Value):
    """A "can we also…", with where it was said."""

    kind: Literal["also"] = "also"
    engagement_id: EngagementId
    text: OwnText
    link: ShortText | None = None


class DeferredDelegation(Value):
    """Another is to answer this one ask."""

    kind: Literal["delegate"] = "delegate"
    ask_id: Annotated[AskId, Field(max_length=64)]
    to: PersonId


class DeferredAbsence(Value):
    """Days on which the sender is away, and who answers then."""

    kind: Literal["away"] = "away"
    away: people.NewAbsence


class DeferredReturn(Value):
    """An absence is cancelled."""

    kind: Literal["back"] = "back"
    first: Day


class DeferredStandIn(Value):
    """Another may answer on some days."""

    kind: Literal["let answer"] = "let answer"
    given: people.NewDelegation


class DeferredStandInEnd(Value):
    """They may no longer."""

    kind: Literal["take back"] = "take back"
    taken: people.OperationTakenBack


DeferredCommand = Annotated[
    DeferredAnswer
    | DeferredHours
    | DeferredDeal
    | DeferredChange
    | DeferredPromise
    | DeferredPotentialChange
    | DeferredDelegation
    | DeferredAbsence
    | DeferredReturn
    | DeferredStandIn
    | DeferredStandInEnd
    | DoStep,
    Field(discriminator="kind"),
]
DEFERRED_COMMAND: TypeAdapter[DeferredCommand] = TypeAdapter(DeferredCommand)


class CommandSender(Value):
    """Who sends the command, and the key under which a repeat is recognised."""

    actor: Actor
    key: str

    def caller(self, step: str) -> Caller:
        """The caller of one step of the command."""
        return Caller(actor=self.actor, route=f"deferred {step}", key=self.key)


async def run_deferred(app: Interlock, sender: CommandSender, deferred: DeferredCommand) -> str:
    """Carries it out, once however often it is called; returns a sentence to tell the person.

    Raises: any Refusal; EngineAway if it is to be retried.
    """
    return await HANDLERS[type(deferred)](app, sender, deferred)


async def _answer(app: Interlock, sender: CommandSender, deferred: DeferredAnswer) -> str:
    receipt = await decide_ask(
        app, sender.caller(deferred.kind), deferred.ask_id, deferred.answer, deferred.subject_hash, deferred.read_in
    )
    return " ".join((f"Recorded: {deferred.label} ({deferred.ask_id}).", *receipt.said))


async def _give_hours(app: Interlock, sender: CommandSender, deferred: DeferredHours) -> str:
    caller, shown = (
        sender.caller(deferred.kind),
        ShownSubject(ask_id=deferred.ask_id, subject_hash=deferred.subject_hash),
    )
    if deferred.change is None:
        command = GiveEstimate(estimates=deferred.estimates, shown=shown)
        receipt = await carry_out(app, caller, deferred.engagement_id, command)
    else:
        receipt = await estimate_change(app, caller, deferred.engagement_id, deferred.change, deferred.estimates, shown)
    given = ", ".join(f"{one.package} {one.hours}" for one in deferred.estimates)
    return " ".join((f"Recorded for {deferred.engagement_id}: {given}.", *receipt.said))


async def _start(app: Interlock, sender: CommandSender, deferred: DeferredDeal) -> str:
    receipt = await start_deal(app, sender.caller(deferred.kind), _deal_of(sender, deferred))
    engagement_id = engagement_of(receipt.stream)
    if deferred.needs:
        needs = tuple(Need(id=f"N{n}", text=text) for n, text in enumerate(deferred.needs, 1))
        await carry_out(app, sender.caller("needs"), engagement_id, RecordNeeds(needs=needs))
    return f"{engagement_id} is started: {deferred.deal.title} for {deferred.deal.client}."


def _deal_of(sender: CommandSender, deferred: DeferredDeal) -> NewDeal:
    known = {name: getattr(deferred.deal, name) for name in FirstCall.model_fields}
    return NewDeal(**known, salesperson=sender.actor.person_id)


async def _submit(app: Interlock, sender: CommandSender, deferred: DeferredChange) -> str:
    began = app.clock()
    command = SubmitChange(change=deferred.change)
    receipt = await carry_out(app, sender.caller(deferred.kind), deferred.engagement_id, command)
    follows = await what_comes_of_submitted(app, sender.actor.person_id, deferred.engagement_id, receipt, began)
    return f"The change is submitted to {deferred.engagement_id}: {deferred.change.title}.{follows}"


async def _promise(app: Interlock, sender: CommandSender, deferred: DeferredPromise) -> str:
    """Under the next free number; a repeat is identified by the request, whatever the number would be by now."""
    promise = await _promise_of(app, sender, deferred)
    said = deferred.model_dump(mode="json")
    await record_promises(app, sender.caller(deferred.kind), deferred.engagement_id, (promise,), said=said)
    return f"The promise is recorded in {deferred.engagement_id}. The SOW must cover it."


async def _promise_of(app: Interlock, sender: CommandSender, deferred: DeferredPromise) -> Promise:
    state = await seen(app, sender.actor, deferred.engagement_id)
    number = next(free_ids("P", state.promises))
    return Promise(id=number, by=sender.actor.person_id, to=deferred.to, text=deferred.text, on=deferred.on)


async def _ask_also(app: Interlock, sender: CommandSender, deferred: DeferredPotentialChange) -> str:
    await carry_out(app, sender.caller(deferred.kind), deferred.engagement_id, _also(deferred))
    return f"Recorded for {deferred.engagement_id}. The engagement manager is asked whether it becomes a change order."


def _also(deferred: DeferredPotentialChange) -> RecordPotentialChange:
    return RecordPotentialChange(text=deferred.text, link=deferred.link)


async def _delegate_ask(app: Interlock, sender: CommandSender, deferred: DeferredDelegation) -> str:
    await delegate_ask(app, sender.caller(deferred.kind), deferred.ask_id, deferred.to)
    return f"{await _name_of(app, deferred.to)} may answer this for you."


async def _be_away(app: Interlock, sender: CommandSender, deferred: DeferredAbsence) -> str:
    done = await people.record_absence(app, sender.caller(deferred.kind), sender.actor.person_id, deferred.away)
    delegate = deferred.away.delegate
    who = f"; {await _name_of(app, delegate)} may answer for you" if delegate else ""
    days = f"from {day_shown(deferred.away.first)} to {day_shown(deferred.away.last)}"
    return " ".join((f"You are away {days}{who}.", *done.cannot))


async def _be_back(app: Interlock, sender: CommandSender, deferred: DeferredReturn) -> str:
    await people.remove_absence(app, sender.caller(deferred.kind), sender.actor.person_id, deferred.first)
    return f"Your absence from {day_shown(deferred.first)} on is cancelled."


async def _let_answer(app: Interlock, sender: CommandSender, deferred: DeferredStandIn) -> str:
    done = await people.give_delegation(app, sender.caller(deferred.kind), sender.actor.person_id, deferred.given)
    days = f"from {day_shown(deferred.given.first)} to {day_shown(deferred.given.last)}"
    name = await _name_of(app, deferred.given.to)
    return " ".join((f"{name} may answer for you {days}.", *done.cannot))


async def _take_back(app: Interlock, sender: CommandSender, deferred: DeferredStandInEnd) -> str:
    await people.end_delegation(app, sender.caller(deferred.kind), sender.actor.person_id, deferred.taken)
    return f"{await _name_of(app, deferred.taken.to)} no longer answers for you."


async def _name_of(app: Interlock, person_id: PersonId) -> str:
    return (await off_loop(app.registry.directory)).name_of(person_id)


async def _do_step(app: Interlock, sender: CommandSender, deferred: DoStep) -> str:
    return await do_step(app, sender.caller(deferred.kind), deferred)


HANDLERS: dict[type[Value], Callable[[Interlock, CommandSender, Any], Awaitable[str]]] = {
    DeferredAnswer: _answer,
    DeferredHours: _give_hours,
    DeferredDeal: _start,
    DeferredChange: _submit,
    DeferredPromise: _promise,
    DeferredPotentialChange: _ask_also,
    DeferredDelegation: _delegate_ask,
    DeferredAbsence: _be_away,
    DeferredReturn: _be_back,
    DeferredStandIn: _let_answer,
    DeferredStandInEnd: _take_back,
    DoStep: _do_step,
}


async def try_deferred(app: Interlock, sender: CommandSender, deferred: DeferredCommand) -> None:
    """Raises what a deferred command would be refused with by the read model; changes nothing.

    This lets a channel keep its form open. It never approves: the decision is made when the command is carried out.
    """
    caller = sender.caller(deferred.kind)
    match deferred:
        case DeferredAnswer():
            await try_answer(
                app, caller, ShownSubject(ask_id=deferred.ask_id, subject_hash=deferred.subject_hash), deferred.answer
            )
        case DeferredHours():
            await _try_hours(app, caller, deferred)
        case DeferredDeal():
            await try_deal(app, sender.actor, _deal_of(sender, deferred))
        case DeferredChange():
            await try_out(app, caller, deferred.engagement_id, SubmitChange(change=deferred.change))
        case DeferredPromise():
            await try_promises(app, caller, deferred.engagement_id, (await _promise_of(app, sender, deferred),))
        case DeferredPotentialChange():
            await try_out(app, caller, deferred.engagement_id, _also(deferred))
        case DeferredDelegation():
            await try_delegation(app, caller, deferred.ask_id, deferred.to)
        case DoStep():
            await try_step(app, caller, deferred)
        case DeferredAbsence() | DeferredStandIn():
            await _try_absence(app, sender, deferred)


async def _try_absence(app: Interlock, sender: CommandSender, deferred: DeferredAbsence | DeferredStandIn) -> None:
    if isinstance(deferred, DeferredAbsence):
        await people.try_absence(app, sender.actor, deferred.away)
    else:
        await people.try_delegation(app, sender.actor, deferred.given)


async def _try_hours(app: Interlock, caller: Caller, deferred: DeferredHours) -> None:
    shown = ShownSubject(ask_id=deferred.ask_id, subject_hash=deferred.subject_hash)
    if deferred.change is None:
        await try_out(app, caller, deferred.engagement_id, GiveEstimate(estimates=deferred.estimates, shown=shown))
    else:
        command = EstimateLines(estimates=deferred.estimates, shown=shown)
        await try_out_on_change(app, caller, deferred.engagement_id, deferred.change, command)


def deferred_key(*parts: object) -> str:
    """The key of a deferred command: the same parts are the same command."""
    return digest([str(part) for part in parts])
