"""A message that was edited is told to operators as damage, once, and is tried no more."""

import pytest
from sqlalchemy import text

from adapters.outbox import State
from domain.notices import INSTALLATION
from tests.api.played import SELLER, Played
from tests.mail.conftest import Desk


def damage(desk: Desk) -> list[str]:
    """What the operators are told of damage."""
    return [row.text for row in desk.stack.app.outbox.of_stream(INSTALLATION, 10_000) if row.kind == "damage"]


@pytest.mark.parametrize("step", ["", "nonsense", "ENG-2026-0001/act:dance:M1@20261130T093000000000Z"])
async def test_a_message_whose_step_is_none_is_damage_and_a_dead_letter(desk: Desk, step: str) -> None:
    key = desk.put(SELLER, "act", "Due tomorrow.", step=step)
    await desk.teller.tell_due()
    row = desk.row(key)
    assert row.dead == "its row was edited: it is about no ask and no next step"
    assert [key in line for line in damage(desk)].count(True) == 1, damage(desk)
    assert key not in {due.key for due in desk.stack.app.outbox.due(desk.now[0])}
    assert key in {dead.key for dead in desk.stack.app.outbox.in_state(State.DEAD, 10_000)}
    told = len(damage(desk))
    await desk.teller.tell_due()
    assert len(damage(desk)) == told


async def test_a_message_whose_ask_is_none_is_damage_too(desk: Desk) -> None:
    key = desk.put(SELLER, "ask", "Asked.", ask="nonsense")
    await desk.teller.tell_due()
    assert "edited" in (desk.row(key).dead or "")
    assert any(key in line for line in damage(desk))


async def test_a_message_about_a_damaged_deal_waits_and_operators_hear_why(desk: Desk) -> None:
    deal = await Played(desk.stack).start("Damaged while a message waits")
    step = f"{deal.engagement}/act:set_milestones@20261130T093000000000Z"
    read = "SELECT document FROM engagement WHERE id = :id"
    write = text("UPDATE engagement SET document = :document WHERE id = :id")
    with desk.stack.database.begin() as connection:
        whole = connection.execute(text(read), {"id": deal.engagement}).scalar_one()
        connection.execute(write, {"id": deal.engagement, "document": "{}"})
    desk.stack.app.read._states._kept.clear()  # as in a process that has not read it yet
    try:
        key = desk.put(SELLER, "act", "Due tomorrow.", step=step)
        await desk.teller.tell_due()
        assert desk.row(key).because == "stored data is damaged, and operators were told"
        assert desk.row(key).dead is None
        assert any(deal.engagement in line for line in damage(desk))
        assert key not in {due.key for due in desk.stack.app.outbox.due(desk.now[0])}
    finally:
        with desk.stack.database.begin() as connection:
            connection.execute(write, {"id": deal.engagement, "document": whole})
