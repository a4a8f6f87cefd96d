"""What somebody read when they answered can be read again, in the texts of then, whatever these say now."""

from domain.asks.subject_texts import ENGLISH, ENGLISH_NOW, version_of
from tests.api.played import SELLER, Played
from tests.api.test_any_colleague import asked_of_staffing
from tests.stack import Json, Stack

BEFORE = ENGLISH.replace(rows={**ENGLISH.rows, "wished.start": ("earliest start", "not before {start:day}")})


async def answered(stack: Stack, title: str, read_in: str) -> tuple[Played, Json]:
    deal, ask = await asked_of_staffing(stack, title)
    body = {"verdict": "approve", "subject_hash": ask["subject_hash"], "read_in": read_in}
    await stack.done(ask["asked"][0], "POST", f"/asks/{ask['id']}/decision", body)
    return deal, ask


async def test_each_vote_is_shown_again_in_the_texts_in_which_it_was_read(stack: Stack) -> None:
    stack.app.documents.keep_value(BEFORE.model_dump(mode="json"))
    _, ask = await answered(stack, "Read before", version_of(BEFORE))
    assert ask["read_in"] == ENGLISH_NOW
    (vote,) = (await stack.get(SELLER, f"/asks/{ask['id']}/as-read"))["votes"]
    assert (vote["by"], vote["subject_hash"]) == (ask["asked"][0], ask["subject_hash"])
    assert vote["read_in"] == version_of(BEFORE)
    was = ask["facts_shown"]
    assert vote["facts_shown"] == {
        "earliest start": f"not before {was.pop('requested start')}",
        **was,
    }


async def test_texts_that_nobody_was_shown_are_refused(stack: Stack) -> None:
    _, ask = await asked_of_staffing(stack, "Read nowhere")
    body = {"verdict": "approve", "subject_hash": ask["subject_hash"], "read_in": f"en/{'0' * 64}"}
    answer = await stack.call(ask["asked"][0], "POST", f"/asks/{ask['id']}/decision", body)
    assert answer.status_code == 422
    assert "These texts were never shown" in answer.text
