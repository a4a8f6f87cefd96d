"""Several asks on one page, each with what it binds, answered together: each for itself, and never a signature."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.callers import AppDep
from api.pages.forms import Form, checked, own_fields
from api.pages.page_caller import page_caller
from api.pages.rendering import SiteRoute, in_words, show
from api.pages.visitor import VisitorDep
from api.problems import FieldError, InputRefused, ProblemDetails, of_refusal
from application.commands.bulk_answers import BulkAnswer, BulkResult, decide_several
from application.context import Interlock
from application.notifications.cards import card_of
from domain.asks.card import Card
from domain.asks.choices import AnswerChoice
from domain.shared.errors import Refusal
from domain.shared.transaction import Actor
from domain.shared.values import AskId

router = APIRouter(route_class=SiteRoute, include_in_schema=False)
MAX_REVIEWED = 20

Chosen = Annotated[list[AskId], Query(alias="ask", max_length=MAX_REVIEWED, default_factory=list)]


class Reviewed(NamedTuple):
    """One of several asks: its card, the answers that need no more than the press of a button, and what came of it."""

    card: Card
    plain: tuple[AnswerChoice, ...]
    problem: ProblemDetails | None = None
    is_done: bool = False


@router.get("/inbox/review")
async def review_several(request: Request, app: AppDep, visitor: VisitorDep, chosen: Chosen) -> Response:
    """The asks chosen in the inbox, one below the other."""
    reviewed = [one async for one in _cards(app, visitor.actor, tuple(dict.fromkeys(chosen)))]
    return await show(request, visitor, "inbox_review", reviewed=tuple(reviewed), typed={})


@router.post("/inbox/review")
async def answer_several(request: Request, app: AppDep, visitor: VisitorDep) -> Response:
    """Gives the answers chosen; shows what came of each, and what is left."""
    form = await own_fields(request, visitor)
    shown = tuple(AskId(name) for name in form.get("asks", "").split(",") if name)[:MAX_REVIEWED]
    try:
        answers = tuple(_answers(form, shown))
        if not answers:
            raise InputRefused(FieldError(field="answers", message="choose an answer for at least one"))
        results = await decide_several(app, page_caller(request, visitor, form), answers)
    except Refusal as refusal:
        reviewed = [one async for one in _cards(app, visitor.actor, shown)]
        problem = of_refusal(refusal.refused)
        return await show(
            request, visitor, "inbox_review", problem.status, reviewed=tuple(reviewed), typed=form, problem=problem
        )
    by_ask = {result.ask_id: result for result in results}
    after = [_with_result(one, by_ask) async for one in _cards(app, visitor.actor, shown)]
    return await show(request, visitor, "inbox_review", reviewed=tuple(after), typed=form)


async def _cards(app: Interlock, actor: Actor, asks: tuple[AskId, ...]) -> AsyncIterator[Reviewed]:
    """The asks that the visitor may see; others are left out, as if they did not exist."""
    for ask_id in asks:
        try:
            card = await card_of(app, ask_id, actor.person_id)
        except Refusal:
            continue
        plain = () if card.is_signature else tuple(choice for choice in card.choices if not choice.wants)
        yield Reviewed(card, plain)


def _answers(form: Form, asks: tuple[AskId, ...]) -> Iterator[BulkAnswer]:
    for ask_id in asks:
        verdict = form.get(f"verdict.{ask_id}")
        if verdict is not None:
            given = {"ask_id": ask_id, "verdict": verdict, "subject_hash": form.get(f"subject_hash.{ask_id}")}
            yield checked(BulkAnswer, given, within=ask_id)


def _with_result(one: Reviewed, results: dict[AskId, BulkResult]) -> Reviewed:
    result = results.get(one.card.ask_id)
    if result is None:
        return one
    problem = in_words(of_refusal(result.refused), is_of_client=False) if result.refused else None
    return one._replace(problem=problem, is_done=problem is None)
