"""Cards are looked at again where what they show has changed, also of steps of which only the beginning is known."""

from sqlalchemy import Engine

from adapters.db.chat_cards import ChatCards, Posted, note_changes, note_changes_of
from adapters.db.database import writing
from domain.shared.values import PersonId
from tests.adapters.builders import MONDAY

ACT = "ENG-2026-0001/act:deliver_milestone:"


def posted(engine: Engine, *steps: str) -> ChatCards:
    cards = ChatCards(engine)
    for step in steps:
        cards.begin(Posted(f"of {step}", step, PersonId("peter.olsen"), "card", "", "D1", None, ""))
    return cards


def due(cards: ChatCards) -> list[str]:
    return [one.step for one in cards.due(MONDAY)]


def test_those_that_are_called_so_at_their_beginning_are_looked_at(engine: Engine) -> None:
    cards = posted(engine, f"{ACT}M1@20261102T090000Z", f"{ACT}M1@20261130T090000Z", f"{ACT}M10@20261102T090000Z")
    with writing(engine) as connection:
        note_changes_of(connection, [f"{ACT}M1@"], MONDAY)
    assert due(cards) == [f"{ACT}M1@20261102T090000Z", f"{ACT}M1@20261130T090000Z"]


def test_nothing_is_looked_at_that_no_card_shows(engine: Engine) -> None:
    cards = posted(engine, "ENG-2026-0001.A7")
    with writing(engine) as connection:
        note_changes(connection, ["ENG-2026-0001.A8"], MONDAY)
        note_changes_of(connection, [f"{ACT}M1@"], MONDAY)
    assert due(cards) == []
