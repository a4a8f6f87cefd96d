"""The inbox: what a person is asked, and their answers."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from api.callers import ActorDep, AppDep, AskPath, CallerDep
from api.operations import by, may
from api.problems import ProblemDetails, of_refusal
from application.commands.asks import decide_ask, delegate_ask, give_information
from application.commands.bulk_answers import MAX_AT_ONCE, BulkAnswer, decide_several
from application.commands.carry_out import Receipt
from application.queries.ask_as_read import AsReadViews, as_read
from application.queries.asks import AskFilter, AskPage, AskView, inbox, shown_ask
from application.queries.colleagues import ColleagueFilter, SelectableColleague, who_may
from application.queries.view import View
from domain.asks.model import Answer, Verdict
from domain.asks.subject_texts import ENGLISH_NOW, TextVersion
from domain.engagement.answers.commands import AnswerAsk, DelegateAsk, GiveInformation
from domain.shared.text import LongText, OwnText
from domain.shared.values import AskId, Digest, PersonId, Value

router = APIRouter(prefix="/asks", tags=["asks"])


class AnswerBody(Answer):
    """An answer, bound to the hash of exactly what was shown."""

    subject_hash: Digest
    read_in: TextVersion = ENGLISH_NOW
    """The texts in which it was shown; the current ones if omitted."""

    @property
    def answer(self) -> Answer:
        """The answer alone."""
        return Answer.model_validate(self.model_dump(exclude={"subject_hash", "read_in"}))


class DelegationBody(Value):
    to: PersonId


class Inquiry(Value):
    """What a person needs to know before they can answer."""

    reason: OwnText
    subject_hash: Digest
    read_in: TextVersion = ENGLISH_NOW


class Information(Value):
    text: LongText


class Decisions(Value):
    decisions: Annotated[tuple[BulkAnswer, ...], Field(min_length=1, max_length=MAX_AT_ONCE)]


class DecisionResult(View):
    """The result of one decision: a receipt, or the problem that prevented it."""

    ask_id: AskId
    receipt: Receipt | None
    problem: ProblemDetails | None


class DecisionResults(View):
    results: tuple[DecisionResult, ...]


@router.get("", openapi_extra=may("everyone, their own"))
async def list_asks(app: AppDep, actor: ActorDep, wanted: Annotated[AskFilter, Query()]) -> AskPage:
    """Lists what is asked of the caller, by due date, in pages: `after` is the `next` of the previous page."""
    return await inbox(app, actor, wanted)


@router.post("/decisions", openapi_extra=by(AnswerAsk))
async def decide_asks(app: AppDep, caller: CallerDep, body: Decisions) -> DecisionResults:
    """Answers several asks, each bound to its own hash. A refusal of one does not affect the others.

    Signatures cannot be given this way.
    """
    results = await decide_several(app, caller, body.decisions)
    return DecisionResults(
        results=tuple(
            DecisionResult(
                ask_id=result.ask_id,
                receipt=result.receipt,
                problem=of_refusal(result.refused) if result.refused else None,
            )
            for result in results
        )
    )


@router.get("/{ask}", openapi_extra=may("those asked, told or asking, and who may see the figures"))
async def get_ask(app: AppDep, actor: ActorDep, ask_id: AskPath) -> AskView:
    """Shows one ask with all that is needed to decide it."""
    return await shown_ask(app, actor, ask_id)


@router.get("/{ask}/as-read", openapi_extra=may("those asked, told or asking, and who may see the figures"))
async def get_as_read(app: AppDep, actor: ActorDep, ask_id: AskPath) -> AsReadViews:
    """What each person read before answering: the values that their answer binds, in the wording of that time."""
    return await as_read(app, actor, ask_id)


class Colleagues(View):
    """People who may be chosen."""

    colleagues: tuple[SelectableColleague, ...]


@router.get("/{ask}/colleagues", openapi_extra=may("those asked, told or asking, and who may see the figures"))
async def list_colleagues(
    app: AppDep, actor: ActorDep, ask_id: AskPath, wanted: Annotated[ColleagueFilter, Query()]
) -> Colleagues:
    """Lists who may own a condition of this ask, or answer it for the caller: only people who would be accepted."""
    return Colleagues(colleagues=await who_may(app, actor, ask_id, wanted.to, wanted.q or ""))


@router.post("/{ask}/decision", openapi_extra=by(AnswerAsk))
async def answer_ask(app: AppDep, caller: CallerDep, ask_id: AskPath, body: AnswerBody) -> Receipt:
    """Gives the caller's answer on exactly what they were shown."""
    return await decide_ask(app, caller, ask_id, body.answer, body.subject_hash, body.read_in)


@router.post("/{ask}/delegate", openapi_extra=by(DelegateAsk))
async def delegate(app: AppDep, caller: CallerDep, ask_id: AskPath, body: DelegationBody) -> Receipt:
    """Lets somebody else answer this ask for the caller."""
    return await delegate_ask(app, caller, ask_id, body.to)


@router.post("/{ask}/need-info", openapi_extra=by(AnswerAsk))
async def need_information(app: AppDep, caller: CallerDep, ask_id: AskPath, body: Inquiry) -> Receipt:
    """Asks a question before answering: the ask is paused until the question is answered."""
    asked = Answer(verdict=Verdict.NEED_INFO, reason=body.reason)
    return await decide_ask(app, caller, ask_id, asked, body.subject_hash, body.read_in)


@router.post("/{ask}/information", openapi_extra=by(GiveInformation))
async def inform(app: AppDep, caller: CallerDep, ask_id: AskPath, body: Information) -> Receipt:
    """Answers a question about an ask, which then continues."""
    return await give_information(app, caller, ask_id, body.text)
