"""The outbox over REST: the administrator sees whom nobody could be told, and has it tried again."""

from domain.record.facts import Message
from tests.api.played import ADMINISTRATOR, DEAL, SELLER, Played
from tests.clock import CLOCK
from tests.stack import Stack


def queued(stack: Stack, key: str) -> None:
    message = Message(key=key, to=SELLER, kind="change", stream="tests", text="Words that nobody else reads")
    stack.app.outbox.add([message], CLOCK())


async def test_what_was_given_up_shows_why_without_its_words_and_is_tried_again(stack: Stack) -> None:
    queued(stack, "tests:given up")
    stack.app.outbox.give_up("tests:given up", "slack: token_revoked")
    found = await stack.get(ADMINISTRATOR, "/outbox")
    (row,) = [row for row in found["items"] if row["key"] == "tests:given up"]
    assert (row["to"], row["because"]) == (SELLER, "slack: token_revoked")
    assert "Words that nobody else reads" not in str(found)
    again = {"key": "tests:given up"}
    assert await stack.done(ADMINISTRATOR, "POST", "/outbox/again", again) == {"revived": 1}
    (row,) = [row for row in stack.app.outbox.of_stream("tests", 10_000) if row.key == "tests:given up"]
    assert (row.dead, row.sent_at) == (None, None)
    assert (await stack.call(ADMINISTRATOR, "POST", "/outbox/again", again)).status_code == 404


async def test_nobody_but_the_administrator_sees_or_moves_the_outbox(stack: Stack) -> None:
    for who in (SELLER, "claire.dubois", "tomasz.nowak"):
        assert (await stack.call(who, "GET", "/outbox")).status_code == 403
        assert (await stack.call(who, "POST", "/outbox/again", {})).status_code == 403
    assert (await stack.call(None, "GET", "/outbox")).status_code == 401


async def test_a_step_of_which_nobody_could_be_told_says_so_and_who_can_help(stack: Stack) -> None:
    deal = await Played(stack).start()
    await deal.do(SELLER, "POST", "/needs", {"needs": DEAL["needs"]})
    await deal.do(SELLER, "POST", "/needs/restate")
    ask = await deal.ask("confirm_needs")

    async def said() -> str | None:
        steps = (await deal.see())["next_steps"]
        found: str | None = next(step["not_told"] for step in steps if step["ask_id"] == ask["id"])
        return found

    assert await said() is None
    for row in stack.app.outbox.of_stream(f"engagement/{deal.engagement}", 1000):
        if row.ask_id == ask["id"]:
            stack.app.outbox.give_up(row.key, "nothing that is set up reaches her")
    told = await said() or ""
    assert " was not told: no message reached them. Tell them yourself; Ida Holm, the administrator" in told
    row = next(
        row for row in stack.app.outbox.of_stream(f"engagement/{deal.engagement}", 1000) if row.ask_id == ask["id"]
    )
    stack.app.outbox.revive(row.key)
    assert await said() is None
