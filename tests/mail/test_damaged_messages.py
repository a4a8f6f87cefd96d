"""A message that was edited is told to operators as damage, once, and is tried no more."""

import pytest
from sqlalchemy import text

from adapters.db.outbox import State
from domain.notifications.operators import INSTALLATION
from domain.shared.streams import engagement_stream
from tests.api.played import SELLER, Played
from tests.mail.conftest import MailEnv


def damage(env: MailEnv) -> list[str]:
    """What the operators are told of damage."""
    return [row.text for row in env.stack.app.outbox.of_stream(INSTALLATION, 10_000) if row.kind == "damage"]


@pytest.mark.parametrize("step", ["", "nonsense", "ENG-2026-0001/act:dance:M1@20261130T093000000000Z"])
async def test_a_message_whose_step_is_none_is_damage_and_a_dead_letter(env: MailEnv, step: str) -> None:
    key = env.put(SELLER, "act", "Due tomorrow.", step=step)
    await env.dispatcher.dispatch_due()
    row = env.row(key)
    assert row.dead == "its row was edited: it is about no ask and no next step"
    assert [key in line for line in damage(env)].count(True) == 1, damage(env)
    assert key not in {due.key for due in env.stack.app.outbox.due(env.now[0])}
    assert key in {dead.key for dead in env.stack.app.outbox.in_state(State.DEAD, 10_000)}
    told = len(damage(env))
    await env.dispatcher.dispatch_due()
    assert len(damage(env)) == told


async def test_a_message_whose_ask_is_none_is_damage_too(env: MailEnv) -> None:
    key = env.put(SELLER, "ask", "Asked.", ask="nonsense")
    await env.dispatcher.dispatch_due()
    assert "edited" in (env.row(key).dead or "")
    assert any(key in line for line in damage(env))


async def test_a_message_about_a_damaged_deal_waits_and_operators_hear_why(env: MailEnv) -> None:
    deal = await Played(env.stack).start("Damaged while a message waits")
    step = f"{deal.engagement}/act:set_milestones@20261130T093000000000Z"
    stream = {"stream": engagement_stream(deal.engagement)}
    read = text("SELECT document FROM state_part WHERE stream = :stream AND name = 'title'")
    write = text("UPDATE state_part SET document = :document WHERE stream = :stream AND name = 'title'")
    with env.stack.database.begin() as connection:
        whole = connection.execute(read, stream).scalar_one()
        connection.execute(write, stream | {"document": "7"})
    env.stack.app.read._states._kept.clear()  # as in a process that has not read it yet
    try:
        key = env.put(SELLER, "act", "Due tomorrow.", step=step)
        await env.dispatcher.dispatch_due()
        assert env.row(key).because == "stored data is damaged, and operators have been notified"
        assert env.row(key).dead is None
        assert any(deal.engagement in line for line in damage(env))
        assert key not in {due.key for due in env.stack.app.outbox.due(env.now[0])}
    finally:
        with env.stack.database.begin() as connection:
            connection.execute(write, stream | {"document": whole})
