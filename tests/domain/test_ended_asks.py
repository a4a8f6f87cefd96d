"""An engagement does not grow by what was asked in it: what ended leaves its state, and no rule misses it."""

import pytest

from domain.asks.holder import KEPT_ALIKE, KEPT_OF_A_KIND
from domain.asks.model import Answer, AskKind, Outcome, Verdict
from domain.directory.candidates import declined_by
from domain.engagement.aggregate import Engagement
from domain.engagement.answers.commands import AnswerAsk, GiveInformation
from domain.engagement.needs.commands import RecordNeeds
from domain.engagement.needs.values import Need
from domain.engagement.permissions import Sight, may_see
from domain.record.facts import Aggregate, evolve
from domain.shared.errors import AlreadyDecided
from domain.shared.transaction import Actor
from domain.shared.values import PersonId
from tests.adapters.builders import Deal, lively_deal

ROUNDS = 30


def asked_again(deal: Deal, rounds: int = ROUNDS) -> Deal:
    """The deal after the client was asked for its needs again and again, and sent each back."""
    for n in range(rounds):
        deal.do("luca.ferri", RecordNeeds(needs=(Need(id="N1", text=f"Fewer outages, version {n}"),)))
        deal.answer(AskKind.CONFIRM_NEEDS, "kari.moe", Verdict.RETURN, reason="Not quite")
    return deal


def test_ended_asks_leave_and_their_id_outcome_and_hash_stay() -> None:
    deal = asked_again(lively_deal())
    alike = [ask for ask in deal.state.asks.values() if ask.kind is AskKind.CONFIRM_NEEDS]
    assert len(alike) <= KEPT_ALIKE + 1
    assert len(deal.state.asks) + len(deal.state.ended) == deal.state.asks_opened
    opened = {fact.event.ask.id: fact.event.ask for fact in deal.facts if fact.event.kind == "AskOpened"}
    assert len(opened) == deal.state.asks_opened
    for name, ended in deal.state.ended.items():
        assert ended.subject_hash == opened[name].subject_hash
        assert ended.outcome is not Outcome.OPEN


def test_an_id_is_never_given_twice() -> None:
    deal = asked_again(lively_deal())
    opened = [fact.event.ask.id for fact in deal.facts if fact.event.kind == "AskOpened"]
    assert opened == [f"{deal.id}.A{n}" for n in range(1, len(opened) + 1)]


def test_what_changed_since_the_ask_before_is_still_shown() -> None:
    deal = asked_again(lively_deal())
    deal.do("luca.ferri", RecordNeeds(needs=(Need(id="N1", text="Fewer outages, at last"),)))
    newest = next(deal.state.open_asks(AskKind.CONFIRM_NEEDS))
    assert f"version {ROUNDS - 1}" in newest.difference[0]
    assert "at last" in newest.difference[0]


def test_an_answer_to_an_ask_that_left_is_too_late() -> None:
    deal = asked_again(lively_deal())
    name, ended = next(iter(deal.state.ended.items()))
    answer = AnswerAsk(ask_id=name, answer=Answer(verdict=Verdict.APPROVE), subject_hash=ended.subject_hash)
    with pytest.raises(AlreadyDecided, match=ended.outcome.value):
        deal.do("kari.moe", answer)


def test_folding_the_facts_gives_the_state_decided() -> None:
    deal = asked_again(lively_deal())
    state: Aggregate | None = None
    for fact in deal.facts:
        state = evolve(state, fact)
    assert state == deal.state
    assert Engagement.model_validate_json(deal.state.model_dump_json()) == deal.state


def test_who_declined_a_role_is_not_forgotten_when_the_ask_leaves() -> None:
    deal = Deal()
    for n in range(6):
        person = (PersonId("marta.silva"), PersonId("jonas.weber"))[n % 2]
        deal.propose("engagement_manager", person, by="tomasz.nowak")
        deal.answer(AskKind.ACCEPT_ROLE, person, Verdict.DECLINE, reason="No time")
    assert deal.state.declined["role:engagement_manager"] == ("marta.silva", "jonas.weber")
    assert declined_by(deal.state, "engagement_manager") == {"marta.silva", "jonas.weber"}


def test_of_questions_the_newest_stay() -> None:
    deal = lively_deal()
    ask = next(deal.state.open_asks(AskKind.ACCEPT_ROLE))
    for n in range(3 * KEPT_OF_A_KIND):
        deal.answer(AskKind.ACCEPT_ROLE, "anil.mehta", Verdict.NEED_INFO, reason=f"What about {n}?")
        deal.do("priya.raman", GiveInformation(ask_id=ask.id, text=f"This about {n}."))
    assert len(deal.state.asks) < KEPT_OF_A_KIND + 10
    assert len(deal.state.ended) > KEPT_OF_A_KIND


def test_who_was_told_of_an_ask_that_left_still_sees_the_engagement() -> None:
    deal = lively_deal()
    told = deal.state.replace(told=("rosa.klein",))
    assert may_see(told, Actor(person_id="rosa.klein"), Sight.PRICE)
    assert not may_see(deal.state, Actor(person_id="rosa.klein"), Sight.PRICE)
