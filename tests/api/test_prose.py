"""Paragraphs, lists and tables go in over REST and come out as they were typed."""

from tests.api.played import DEAL, SELLER, Played
from tests.stack import Stack

PROSE = "Two halves.\n\nThe second.\n\n- a list\n- of two\n\n| depot | phones |\n| --- | --- |\n| Oslo | 40 |"


async def test_needs_and_scope_are_answered_as_they_were_typed(stack: Stack) -> None:
    deal = await Played(stack).start("In paragraphs")
    typed = PROSE.replace("\n", "\r\n")
    await deal.do(SELLER, "POST", "/needs", {"needs": [DEAL["needs"][0] | {"text": typed}]})
    row = {"id": "W1", "title": "Scope", "scope": typed, "discipline": "architecture", "grade": "principal"}
    etag = (await stack.call(SELLER, "GET", f"/engagements/{deal.engagement}")).headers["etag"]
    await deal.do(SELLER, "PUT", "/work-packages", {"packages": [row]}, headers={"If-Match": etag})
    state = await deal.see()
    assert [state["needs"][0]["text"], state["packages"][0]["scope"]] == [PROSE, PROSE]


async def test_too_many_lines_are_refused_in_words(stack: Stack) -> None:
    deal = await Played(stack).start("In lines")
    body = {"needs": [{"id": "N1", "text": "x\n" * 200 + "x"}]}
    answer = await stack.call(SELLER, "POST", f"/engagements/{deal.engagement}/needs", body)
    assert answer.json()["errors"] == [{"field": "needs.0.text", "message": "must have at most 200 lines"}]
