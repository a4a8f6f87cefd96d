"""The inbox: what is asked of a person, and their answers."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from api.callers import ActorDep, AppDep, AskPath, CallerDep
from api.operations import by, may
from api.problems import Problem, of_refusal
from application.asks import decide_ask, delegate_ask, give_information
from application.colleagues import Colleague, ColleagueFilter, who_may
from application.commands import MOST_AT_ONCE, BulkAnswer, Receipt, decide_several
from application.reading import AskFilter, AskPage, inbox, shown_ask
from application.view import View
from application.views import AskView
from domain.asks import Answer, Verdict
from domain.engagement import commands as c
from domain.values import Digest, PersonId, Value
from domain.words import OwnWords, Words

router = APIRouter(prefix="/asks", tags=["asks"])


class Decision(Answer):
    """An answer, bound to the hash of exactly what was shown."""

    subject_hash: Digest

    @property
    def answer(self) -> Answer:
        """The answer alone."""
        return Answer.model_validate(self.model_dump(exclude={"subject_hash"}))


class Delegation(Value):
    to: PersonId


class Inquiry(Value):
    """What a person must know before they can answer."""

    reason: OwnWords
    subject_hash: Digest


class Information(Value):
    text: Words


class Decisions(Value):
    decisions: Annotated[tuple[BulkAnswer, ...], Field(min_length=1, max_length=MOST_AT_ONCE)]


class DecisionResult(View):
    """What came of one decision: a receipt, or the problem that stood in its way."""

    ask: str
    receipt: Receipt | None
    problem: Problem | None


class DecisionResults(View):
    results: tuple[DecisionResult, ...]


@router.get("", openapi_extra=may("everyone, their own"))
async def list_asks(app: AppDep, actor: ActorDep, wanted: Annotated[AskFilter, Query()]) -> AskPage:
    """What is asked of the caller, by due date, page by page: `after` is the `next` of the page before."""
    return await inbox(app, actor, wanted)


@router.post("/decisions", openapi_extra=by(c.AnswerAsk))
async def decide_asks(app: AppDep, caller: CallerDep, body: Decisions) -> DecisionResults:
    """Answers several asks, each bound to its own hash; what is refused of one does not touch the others.

    Signatures are never given this way.
    """
    results = await decide_several(app, caller, body.decisions)
    return DecisionResults(
        results=tuple(
            DecisionResult(
                ask=result.ask,
                receipt=result.receipt,
                problem=of_refusal(result.refused) if result.refused else None,
            )
            for result in results
        )
    )


@router.get("/{ask}", openapi_extra=may("those asked, told or asking, and who may see the figures"))
async def get_ask(app: AppDep, actor: ActorDep, ask: AskPath) -> AskView:
    """One ask: all that is needed to decide it."""
    return await shown_ask(app, actor, ask)


class Colleagues(View):
    """Whom one may choose."""

    colleagues: tuple[Colleague, ...]


@router.get("/{ask}/colleagues", openapi_extra=may("those asked, told or asking, and who may see the figures"))
async def list_colleagues(
    app: AppDep, actor: ActorDep, ask: AskPath, wanted: Annotated[ColleagueFilter, Query()]
) -> Colleagues:
    """Who may meet a condition of a yes to this ask, or answer it for the caller: exactly those who are accepted."""
    return Colleagues(colleagues=await who_may(app, actor, ask, wanted.to, wanted.q or ""))


@router.post("/{ask}/decision", openapi_extra=by(c.AnswerAsk))
async def answer_ask(app: AppDep, caller: CallerDep, ask: AskPath, body: Decision) -> Receipt:
    """Gives the caller's answer on exactly what they were shown."""
    return await decide_ask(app, caller, ask, body.answer, body.subject_hash)


@router.post("/{ask}/delegate", openapi_extra=by(c.DelegateAsk))
async def delegate(app: AppDep, caller: CallerDep, ask: AskPath, body: Delegation) -> Receipt:
    """Lets another answer this one ask for the caller."""
    return await delegate_ask(app, caller, ask, body.to)


@router.post("/{ask}/need-info", openapi_extra=by(c.AnswerAsk))
async def need_information(app: AppDep, caller: CallerDep, ask: AskPath, body: Inquiry) -> Receipt:
    """Asks back: the ask is paused until the answer."""
    return await decide_ask(app, caller, ask, Answer(verdict=Verdict.NEED_INFO, reason=body.reason), body.subject_hash)


@router.post("/{ask}/information", openapi_extra=by(c.GiveInformation))
async def inform(app: AppDep, caller: CallerDep, ask: AskPath, body: Information) -> Receipt:
    """Answers what somebody needed to know."""
    return await give_information(app, caller, ask, body.text)
