"""Mail goes where the directory says: whoever sells sends it nowhere else, and the old address hears of a new one."""

import asyncio
from typing import Any

import pytest

from adapters.db.outbox import OutboxEntry
from domain.notifications.addresses import OLD_ADDRESS
from tests.api.played import ADMINISTRATOR, NEW_DEAL, PATIENCE, SELLER, Played
from tests.api.test_problems import problem_of
from tests.mail.conftest import MailEnv, body_of
from tests.stack import Json, Stack

FINANCE = "grace.oduya"


def person(email: str, **more: Any) -> Json:
    return {"name": "Eva Holt", "email": email, "part": ["client_sponsor", "client_signatory"], **more}


async def deal_with(stack: Stack, name: str) -> tuple[Played, str]:
    """A deal of a client that its seller added, and the id of its sponsor."""
    address = f"eva@{name.split(maxsplit=1)[0].lower().replace('ø', 'o')}.example"
    body = {"name": name, "vertical": "energy", "people": [person(address)]}
    kept = await stack.done(SELLER, "POST", "/clients", body)
    eva = kept["client"]["people"][0]["id"]
    deal = Played(stack)
    parties = {"client": name, "client_sponsor": eva, "client_signatory": eva}
    deal.engagement = (await stack.done(SELLER, "POST", "/engagements", NEW_DEAL | parties))["engagement_id"]
    return deal, eva


async def message(deal: Played, kind: str) -> OutboxEntry:
    for _ in range(PATIENCE):
        rows = deal.stack.app.outbox.of_stream(f"engagement/{deal.engagement}", 1000)
        if found := [row for row in rows if row.kind == kind]:
            return found[0]
        await asyncio.sleep(0.02)
    raise AssertionError(f"nobody is told of {kind}")


@pytest.mark.parametrize("who", ["luca.ferri", SELLER])
async def test_no_seller_sends_the_mail_of_a_deal_elsewhere(stack: Stack, who: str) -> None:
    name = f"{who.partition('.')[0].capitalize()}strøm AS"
    _, eva = await deal_with(stack, name)
    moved = {"name": name, "people": [person("private@mail.example", id=eva)]}
    problem = problem_of(await stack.call(who, "POST", "/clients", moved), 403)
    assert "Ida Holm, the administrator" in problem["remedy"]
    known = (await stack.get(SELLER, "/clients"))["clients"]
    assert "private@mail.example" not in str(known)


async def test_the_old_address_and_who_answers_for_the_deal_hear_of_a_new_one(stack: Stack, env: MailEnv) -> None:
    deal, eva = await deal_with(stack, "Pulsar AS")
    moved = {"name": "Pulsar AS", "people": [person("eva@new.example", id=eva)]}
    await stack.done(ADMINISTRATOR, "POST", "/clients", moved)
    row = await message(deal, OLD_ADDRESS)
    assert (await message(deal, "address")).to == SELLER
    await env.tell_all()
    assert row.to == eva
    (mail,) = env.smtp.mailbox.to("eva@pulsar.example")
    assert "no longer comes to this address" in body_of(mail, "plain")
    assert not env.smtp.mailbox.to("eva@new.example")


async def test_no_mail_goes_to_whom_finance_has_not_confirmed(stack: Stack, env: MailEnv) -> None:
    deal, _ = await deal_with(stack, "Magnetar AS")
    await deal.propose("finance", FINANCE, "erik.strand")
    await deal.answer(await deal.ask("confirm_client"))
    for _ in range(PATIENCE):
        if next(c for c in (await stack.get(SELLER, "/clients"))["clients"] if c["name"] == "Magnetar AS")["confirmed"]:
            break
        await asyncio.sleep(0.02)
    ole = {"name": "Ole Magne", "email": "ole@magnetar.example", "part": ["client_contact"]}
    kept = await stack.done(SELLER, "POST", "/clients", {"name": "Magnetar AS", "people": [ole]})
    (new,) = (one for one in kept["client"]["people"] if one["to_confirm"])
    body = {"person_id": new["id"], "reason": "He looks after it."}
    problem = problem_of(
        await stack.call(SELLER, "PUT", f"/engagements/{deal.engagement}/parties/counterpart", body), 409
    )
    assert "finance has not confirmed them" in problem["detail"]
    key = env.put(new["id"], "news", "Something is new.")
    await env.dispatcher.dispatch_due()
    assert env.row(key).because == "finance has not confirmed Ole Magne"
    assert not env.smtp.mailbox.received
