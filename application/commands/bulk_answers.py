"""Several answers at once, each for itself, and never a signature."""

from typing import Annotated

from pydantic import Field

from application.authentication import Caller
from application.commands.asks import ask_there, decide_ask, place_of
from application.context import Interlock
from application.idempotency import remembered
from application.queries.visibility import put_to
from application.reconciliation.damage import report_damage
from domain.asks.model import Answer
from domain.shared.errors import Refusal, Refused, Rule
from domain.shared.values import AskId, Digest, Value
from workflows.messages import Receipt

MAX_AT_ONCE = 50


class BulkSigningRefused(Refusal):
    rule, title = Rule.SIGNED_MEANS_THIS, "Sign one at a time"


class AnsweredTwice(Refusal):
    rule, title = Rule.WELL_FORMED, "Only one answer for each ask"


class BulkAnswer(Answer):
    """One of several answers, bound to its own hash."""

    ask_id: Annotated[AskId, Field(max_length=64)]
    subject_hash: Digest


class BulkResult(Value):
    """The result of one of several answers: a receipt, or a refusal."""

    ask_id: AskId
    receipt: Receipt | None = None
    refused: Refused | None = None

    @property
    def is_final(self) -> bool:
        """False if the same answer, given again, may have another result: in a moment, or once operators have acted."""
        if self.refused is None:
            return True
        return not (self.refused.temporary or self.refused.kind.is_ours)


class BulkResults(Value):
    """The results of all answers, in the order in which they were given."""

    results: tuple[BulkResult, ...]


async def decide_several(app: Interlock, caller: Caller, answers: tuple[BulkAnswer, ...]) -> tuple[BulkResult, ...]:
    """Gives several answers, each for itself: a refusal of one does not affect the others.

    A repeated request gets the same results; one that was interrupted resumes where it stopped, since each answer has a
    key of its own and is given once.
    """

    async def each() -> BulkResults:
        seen: set[str] = set()
        results = []
        for given in answers:
            results.append(await _decide_one(app, caller, given, again=given.ask_id in seen))
            seen.add(given.ask_id)
        return BulkResults(results=tuple(results))

    def is_final(all_of_them: BulkResults) -> bool:
        return all(result.is_final for result in all_of_them.results)

    body = [given.model_dump(mode="json") for given in answers]
    return (await remembered(app, caller, body, BulkResults, each, is_final)).results


async def _decide_one(app: Interlock, caller: Caller, given: BulkAnswer, *, again: bool) -> BulkResult:
    plain = Answer.model_validate(given.model_dump(exclude={"ask_id", "subject_hash"}))
    try:
        if again:
            raise AnsweredTwice(f"{given.ask_id} is already answered above.", remedy="Give one answer to each ask.")
        await _require_no_signature(app, caller, given.ask_id)
        own = caller.replace(key=f"{caller.key}:{given.ask_id}")
        return BulkResult(
            ask_id=given.ask_id, receipt=await decide_ask(app, own, given.ask_id, plain, given.subject_hash)
        )
    except Refusal as refusal:
        await report_damage(app, refusal)
        return BulkResult(ask_id=given.ask_id, refused=refusal.refused)


async def _require_no_signature(app: Interlock, caller: Caller, ask_id: AskId) -> None:
    """Raises BulkSigningRefused if a signature is asked for; NotFound if that cannot be determined."""
    place = place_of(ask_id)
    known = await put_to(app, caller.actor, ask_id, place.engagement_id)
    if known is None:
        known = await ask_there(app, ask_id)
    if known.is_signed_by(caller.actor.person_id):
        raise BulkSigningRefused(f"{ask_id} asks for a signature.", remedy="Open it, read it, and sign it there.")
