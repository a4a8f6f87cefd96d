"""Answering asks, whichever aggregate they belong to: one function for every entry point."""

import re
from collections.abc import Sequence
from typing import Any

from application.authentication import Caller
from application.commands.carry_out import carry_out, carry_out_on_change
from application.commands.clients import confirm_client
from application.commands.early_refusals import try_out, try_out_on_change
from application.commands.people_introduced import Brought, compare_again, introduction
from application.context import Interlock
from application.idempotency import taken_up
from application.kept_texts import require_kept
from application.off_loop import off_loop
from application.queries.capacity_reckoning import reckoned_for
from application.queries.visibility import put_to, seen
from application.read_lag.await_visible import read_when_there
from domain.asks.ending import ended_already
from domain.asks.model import Answer, Ask, AskKind, ShownSubject
from domain.asks.subject_texts import ENGLISH_NOW, TextVersion
from domain.change_order.order import ChangeOrder
from domain.directory.people import Introduction
from domain.engagement.aggregate import Engagement
from domain.engagement.answers.commands import AnswerAsk, DelegateAsk, GiveInformation
from domain.engagement.permissions import Sight, may_see
from domain.shared.errors import AskHasEnded, NotFound, PermissionDenied
from domain.shared.remedy_actions import RemedyAction
from domain.shared.streams import change_stream, engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import AskId, EngagementId, PersonId, Value
from workflows.messages import Receipt

ASK_ID = re.compile(r"^(?P<engagement>[A-Z]{2,8}-\d{4}-\d{4,9})(\.C(?P<change>\d{1,6}))?\.A\d{1,9}$")

# Answers that may end the very workflow that would recognise a repeat of them.
MAY_BE_THE_LAST_WORD = frozenset(
    {AskKind.DECIDE_DEAL, AskKind.CANCEL_ENGAGEMENT, AskKind.APPROVE_CHANGE, AskKind.SIGN_CHANGE}
)


class AskLocation(Value):
    """Where an ask belongs: an engagement, or one of its change orders."""

    engagement_id: EngagementId
    change: int | None = None


def place_of(ask_id: AskId) -> AskLocation:
    """Where an ask belongs, by its id. Raises NotFound for an invalid id."""
    match = ASK_ID.match(ask_id)
    if match is None:
        raise NotFound(
            f"{ask_id[:80]!r} is not an ask.",
            remedy="Copy the id from your inbox.",
            action=RemedyAction.LIST_ASKS,
            field="ask_id",
        )
    change = match["change"]
    return AskLocation(engagement_id=match["engagement"], change=int(change) if change else None)


def stream_of(ask_id: AskId) -> str:
    """The stream in which an ask is answered. Raises NotFound for an invalid id."""
    place = place_of(ask_id)
    own = engagement_stream(place.engagement_id)
    return own if place.change is None else change_stream(place.engagement_id, place.change)


async def _submit(app: Interlock, caller: Caller, command: AnswerAsk | GiveInformation | DelegateAsk) -> Receipt:
    place, said = place_of(command.ask_id), _said(command)
    if place.change is None:
        return await carry_out(app, caller, place.engagement_id, command, said=said)
    return await carry_out_on_change(app, caller, place.engagement_id, place.change, command, said=said)


def _said(command: AnswerAsk | GiveInformation | DelegateAsk) -> dict[str, Any]:
    """What the caller sent: it identifies a repeat, whatever is computed in between."""
    return command.model_dump(mode="json", exclude={"reckoned", "introduces", "read_in"})


async def decide_ask(
    app: Interlock,
    caller: Caller,
    ask_id: AskId,
    answer: Answer,
    subject_hash: str,
    read_in: TextVersion = ENGLISH_NOW,
) -> Receipt:
    """Gives a person's answer on exactly what they were shown; about staffing, with the capacity at this moment.

    Raises: BadValue for texts that no one was shown; AlreadyDecided for an ask that has ended, from the read model; any
    Refusal of the domain.
    """
    place = place_of(ask_id)
    await require_kept(app, read_in)
    known = await put_to(app, caller.actor, ask_id, place.engagement_id)
    command, brought = await _answer(app, known, ShownSubject(ask_id=ask_id, subject_hash=subject_hash), answer)
    command = command.replace(read_in=read_in)
    if known is not None and known.kind in MAY_BE_THE_LAST_WORD:
        receipt = await taken_up(
            app, caller, _said(command), Receipt, lambda: _submit_fresh(app, caller, command, known)
        )
    else:
        receipt = await _submit_fresh(app, caller, command, known)
    await _compare_again(app, place, brought)
    if known is not None and known.kind is AskKind.CONFIRM_CLIENT:
        await confirm_client(app, place.engagement_id)
    return receipt


async def _answer(app: Interlock, known: Ask | None, shown: ShownSubject, answer: Answer) -> tuple[AnswerAsk, Brought]:
    """The command, with the capacity and the named people as of this moment."""
    place = place_of(shown.ask_id)
    reckoned = await reckoned_for(app, known, place.engagement_id)
    brought = await _introduction(app, place, [condition.owner for condition in answer.conditions])
    command = AnswerAsk(
        ask_id=shown.ask_id,
        answer=answer,
        subject_hash=shown.subject_hash,
        reckoned=reckoned,
        introduces=brought.introduces,
    )
    return command, brought


async def _delegation(app: Interlock, ask_id: AskId, to: PersonId) -> tuple[DelegateAsk, Brought]:
    brought = await _introduction(app, place_of(ask_id), [to])
    return DelegateAsk(ask_id=ask_id, to=to, introduces=brought.introduces), brought


async def try_answer(app: Interlock, caller: Caller, shown: ShownSubject, answer: Answer) -> None:
    """Raises what an answer would currently be refused with; changes nothing."""
    known = await off_loop(lambda: app.read.ask(shown.ask_id))
    command, _ = await _answer(app, known, shown, answer)
    await _try_out(app, caller, command)


async def try_delegation(app: Interlock, caller: Caller, ask_id: AskId, to: PersonId) -> None:
    """The same for letting another answer."""
    command, _ = await _delegation(app, ask_id, to)
    await _try_out(app, caller, command)


async def _try_out(app: Interlock, caller: Caller, command: AnswerAsk | DelegateAsk) -> None:
    place = place_of(command.ask_id)
    if place.change is None:
        await try_out(app, caller, place.engagement_id, command)
    else:
        await try_out_on_change(app, caller, place.engagement_id, place.change, command)


async def _introduction(app: Interlock, place: AskLocation, named: Sequence[PersonId]) -> Brought:
    """Those named whom the ask's aggregate does not know yet, as the directory has them."""
    if not named:
        return Brought(Introduction(), None)
    of = await off_loop(lambda: aggregate_of(app, place))
    return await introduction(app, of.cast if of else None, named)


def aggregate_of(app: Interlock, place: AskLocation) -> Engagement | ChangeOrder | None:
    """The engagement or change order, as the read model has it."""
    if place.change is None:
        return app.read.engagement(place.engagement_id)
    return app.read.change_order(place.engagement_id, place.change)


async def _compare_again(app: Interlock, place: AskLocation, brought: Brought) -> None:
    if brought.directory is not None:
        await compare_again(app, place.engagement_id, brought.directory)


async def _submit_fresh(app: Interlock, caller: Caller, command: AnswerAsk, known: Ask | None) -> Receipt:
    """Refuses answers that come too late; a voter may be repeating their own request, which the engine recognises."""
    repeats = known is not None and any(vote.by == caller.actor.person_id for vote in known.votes)
    if known is not None and not known.is_open and not repeats:
        of = await off_loop(lambda: aggregate_of(app, place_of(known.id)))
        if of is not None:
            raise ended_already(of, known, caller.actor.person_id)
        raise AskHasEnded(
            f"The ask has ended: {known.outcome.value}.",
            remedy="Check what is asked now.",
            action=RemedyAction.LIST_ASKS,
        )
    return await _submit(app, caller, command)


async def give_information(app: Interlock, caller: Caller, ask_id: AskId, text: str) -> Receipt:
    """Answers what a voter needed to know."""
    return await _submit(app, caller, GiveInformation(ask_id=ask_id, text=text))


async def delegate_ask(app: Interlock, caller: Caller, ask_id: AskId, to: PersonId) -> Receipt:
    """Lets another answer this one ask."""
    command, brought = await _delegation(app, ask_id, to)
    receipt = await _submit(app, caller, command)
    await _compare_again(app, place_of(ask_id), brought)
    return receipt


async def ask_there(app: Interlock, ask_id: AskId) -> Ask:
    """An ask, for someone who may see its engagement. Raises NotFound, or CatchingUp for one that may be there soon."""

    def look() -> Ask:
        known = app.read.ask(ask_id)
        if known is None:
            raise NotFound(
                "This ask does not exist, or you cannot see it.",
                remedy="Copy the id from your inbox.",
                action=RemedyAction.LIST_ASKS,
                field="ask_id",
            )
        return known

    own = engagement_stream(place_of(ask_id).engagement_id)
    return await read_when_there(app, tuple({own, stream_of(ask_id)}), look)


async def seen_ask(app: Interlock, actor: Actor, ask_id: AskId) -> Ask:
    """An ask, for those asked, told or asking, and for anyone who may see the figures of its engagement."""
    place = place_of(ask_id)
    known = await put_to(app, actor, ask_id, place.engagement_id)
    if known is not None and known.concerns(actor.person_id):
        return known
    state = await seen(app, actor, place.engagement_id)
    known = await ask_there(app, ask_id)
    if known.concerns(actor.person_id):
        return known
    if not may_see(state, actor, Sight.FIGURES):
        raise PermissionDenied("You are not asked this.", remedy="Speak with the people asked.")
    return known
