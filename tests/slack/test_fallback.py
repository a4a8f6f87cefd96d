"""Whoever Slack does not reach gets the same ask as mail, with a link that opens the page and decides nothing."""

import re

import pytest

from application.magic_links.links import Links
from application.notifications.dispatcher import NotificationDispatcher
from application.notifications.mail import mail_channel
from domain.shared.values import PersonId
from tests.mail.conftest import Server, links, smtp
from tests.slack.faults import refused
from tests.slack.slack_env import SlackEnv
from tests.slack.test_sending import asked, say

__all__ = ["links", "smtp"]

MANAGER = PersonId("jonas.weber")


@pytest.fixture
def with_mail(env: SlackEnv, smtp: Server, links: Links) -> SlackEnv:
    """An environment whose dispatcher tells by Slack, then by mail."""
    mail = mail_channel(env.stack.app, smtp.described(), links)
    env.dispatcher = NotificationDispatcher(env.stack.app, env.dispatcher._leases, [env.channel, mail], env.clock)
    return env


def link_in(server: Server, person: str) -> list[str]:
    bodies = [str(mail.get_body(("plain",)).get_content()) for mail in server.mailbox.to(person)]  # type: ignore[union-attr]
    return [found for body in bodies for found in re.findall(r"https://\S+/asks/\S+", body)]


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("users.lookupByEmail", "users_not_found"),
        ("*", "token_revoked"),
        ("chat.postMessage", "is_archived"),
        ("conversations.open", "user_disabled"),
    ],
)
async def test_what_slack_says_no_to_goes_by_mail(with_mail: SlackEnv, smtp: Server, method: str, error: str) -> None:
    with_mail.proxy.always(method, refused(error))
    deal, ask = await asked(with_mail, f"No Slack because of {error}")
    await with_mail.tell()
    about = [link for link in link_in(smtp, "jonas.weber@fjordline.example") if f"/asks/{ask}?" in link]
    assert len(about) == 1
    assert (await deal.ask("accept_role"))["id"] == ask
    assert with_mail.dead() == []


async def test_a_clients_person_gets_mail_and_their_ask_still_stands_in_the_thread(
    with_mail: SlackEnv, smtp: Server
) -> None:
    deal, _ = await asked(with_mail, "Asked by mail")
    await deal.do("aisha.khan", "POST", "/needs", {"needs": [{"id": "N1", "text": "Close in five days"}]})
    await deal.do("aisha.khan", "POST", "/needs/restate")
    ask = await deal.ask("confirm_needs")
    await with_mail.tell()
    assert any(ask["id"] in link for link in link_in(smtp, "anna.lindqvist@lindqvist.example"))
    assert any(card.form == "thread" for card in with_mail.stack.app.cards.of_step(ask["id"]))


async def test_slack_that_is_only_away_is_waited_for(with_mail: SlackEnv, smtp: Server) -> None:
    with_mail.proxy.away()
    _, ask = await asked(with_mail, "Away, and not gone")
    for _ in range(5):
        await with_mail.dispatcher.dispatch_due()
        with_mail.clock.wait(120)
    assert smtp.mailbox.to("jonas.weber@fjordline.example") == []
    with_mail.proxy.heal()
    with_mail.clock.wait(61)
    await with_mail.tell()
    assert len(await with_mail.cards(MANAGER, ask)) == 1


async def test_where_nobody_can_be_told_the_dead_letter_names_both_reasons(with_mail: SlackEnv, smtp: Server) -> None:
    with_mail.proxy.always("users.lookupByEmail", refused("users_not_found"))
    smtp.mailbox.answers["rosa.klein@fjordline.example"] = "550 no such person"
    say(with_mail, "tests:nowhere", "rosa.klein")
    await with_mail.tell()
    (because,) = [because for to, because in with_mail.dead() if to == "rosa.klein"]
    assert because.startswith("slack: users_not_found; mail: ")
    assert "550" in because


async def test_a_clients_mail_is_not_held_up_by_a_slack_that_is_away(with_mail: SlackEnv, smtp: Server) -> None:
    with_mail.proxy.away()
    for person in with_mail.stack.directory.people:
        for n in range(5):
            say(with_mail, f"tests:many {n} {person.id}", person.id, kind="ask")
    say(with_mail, "tests:client", "anna.lindqvist", "For the client", kind="ask")
    for _ in range(5):
        await with_mail.dispatcher.dispatch_due()
    (mail,) = smtp.mailbox.received
    assert "anna.lindqvist" in str(mail["To"])
