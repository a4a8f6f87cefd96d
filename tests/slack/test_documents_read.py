"""Who reviews or signs a document reads its text where they are asked, and what changed in it by its headings."""

import json

from domain.shared.values import PersonId
from tests.api.played import CLIENT, DEAL, PRICED, SELLER, Played
from tests.api.test_problems import problem_of
from tests.slack.slack_env import SlackEnv, labels_of, text_of
from tests.slack.test_slack_person import person as without_slack
from tests.stack import Json, Stack

PRICE = "Total price · "


async def under_review(stack: Stack) -> Played:
    """A deal whose SOW is reviewed inside."""
    deal = await Played(stack).after(*PRICED)
    await deal.do(SELLER, "PUT", "/purchases", {"purchases": []})
    await deal.do(SELLER, "PUT", "/milestones", {"milestones": milestones()})
    await deal.do(SELLER, "POST", "/promises/P1/cover", {"by": ["W1", "W2", "M1"]})
    await deal.do(SELLER, "POST", "/promises/P2/decline", {"reason": "It is not in the price."})
    await deal.answer_all("acknowledge_decline")
    await deal.cover()
    await deal.do(SELLER, "PUT", "/documents/sow", {})
    return deal


def milestones(**more: str) -> list[Json]:
    first, *rest = [row | {"due": str(row["due"])} for row in DEAL["milestones"]]
    return [first | more, *rest]


async def read_whole(env: SlackEnv, person: PersonId, card: Json) -> tuple[Json, str]:
    """The last page of what *Read it* opens, and the text of all of them."""
    await env.press(person, "Read it", card)
    page, read = await env.modal(person), ""
    while "submit" in page:
        read += text_of(page)
        page = json.loads((await env.fill(person, {}, page)).text)["view"] | {"id": page["id"]}
    return page, read + text_of(page)


async def test_who_reviews_a_document_reads_it_where_they_are_asked(env: SlackEnv, stack: Stack) -> None:
    deal = await under_review(stack)
    ask = await deal.ask("review_sow")
    reader = ask["asked"][0]
    assert ask["document"] == {"kind": "sow", "revision": 1}
    card = await env.card(reader, ask["id"])
    assert "Read it" in labels_of(card)
    page, read = await read_whole(env, reader, card)
    assert PRICE in read
    assert labels_of(page)
    without = await without_slack(env, reader).press(ask["id"], "Read it", {})
    assert PRICE in without.told
    assert "[Approve the SOW]" in without.told

    # what changes nothing is asked of nobody again; what changes is named by its heading
    refused = problem_of(await stack.call(SELLER, "PUT", f"/engagements/{deal.engagement}/documents/sow", {}), 409)
    assert refused["detail"] == "Nothing has changed since revision 1 of the SOW, which is in review."
    await deal.do(SELLER, "PUT", "/milestones", {"milestones": milestones(title="Findings shown")})
    await deal.do(SELLER, "PUT", "/documents/sow", {})
    again = await stack.get(reader, f"/asks/{(await deal.ask('review_sow'))['id']}")
    assert again["document"] == {"kind": "sow", "revision": 2}
    shown = "\n".join(again["difference"])
    assert "Milestones: M1 · " in shown
    assert "· Findings shown ·" in shown
    assert not any(word in shown for word in ("source", "rendered"))
    assert shown in text_of(await env.card(reader, again["id"])).replace("• ", "")
    hidden = await stack.call(CLIENT, "GET", f"/asks/{again['id']}")
    assert hidden.status_code in {403, 404}


async def test_whoever_takes_the_work_over_reads_what_both_sides_have_signed(env: SlackEnv, stack: Stack) -> None:
    deal = await under_review(stack)
    await deal.answer_all("review_sow")
    await deal.do(SELLER, "POST", "/documents/sow/send", {})
    await deal.answer_all("sign_sow")
    await deal.brd()
    await deal.cover()
    await deal.do(await deal.holder("engagement_manager"), "POST", "/handoff", {"plan": "As the SOW says."})
    ask, pm = await deal.ask("accept_handoff"), await deal.holder("project_manager")
    card = await env.card(pm, ask["id"])
    assert "h sold (" in text_of(card)
    _, read = await read_whole(env, pm, card)
    assert "Statement of work" in read
    assert "Business requirements" in read
