"""What people are told, each by the clock on their own wall."""

from typing import Any

import pytest

from domain.asks.events import AskOpened, AskReminded
from domain.asks.model import AskKind, Verdict
from domain.engagement.closing.commands import HoldEngagement
from domain.engagement.documents.commands import ExtendOffer
from domain.engagement.documents.events import OfferExpirySet
from domain.engagement.roles.commands import NameParty, ReleaseRole, ReplaceHolder
from domain.notifications.notices import messages
from domain.playbook.model import Stage
from domain.record.facts import Message
from domain.shared.calendar import day_shown, shown
from domain.shared.errors import AlreadyDecided, OnHold
from domain.shared.text import LONGEST
from domain.shared.values import PersonId
from tests.domain.story import Story, at


def told(story: Story, kind: type, ask: str) -> dict[str, Message]:
    """The messages of the one fact of this kind about an ask, by whom they go to."""
    (fact,) = [fact for fact in story.facts if isinstance(fact.event, kind) and ask in fact.event.model_dump_json()]
    return {message.to: message for message in messages(story.state, fact)}


def test_each_voter_reads_the_due_time_of_one_ask_in_their_own_zone() -> None:
    story = at(Stage.DECIDE, "halden")
    ask = story.ask(AskKind.DECIDE_DEAL)
    assert ask.due_at is not None
    texts = {person: message.text for person, message in told(story, AskOpened, ask.id).items()}
    zones = {"marta.silva": "Europe/Berlin", "anil.mehta": "Asia/Kolkata", "miriam.katz": "America/New_York"}
    zones |= {"grace.oduya": "Europe/Berlin", "sven.aas": "Europe/Oslo"}
    assert len(texts) > 1
    for person, text in texts.items():
        assert f" Due {shown(ask.due_at, zones[person])}." in text
    assert len({text.partition(" Due ")[2] for text in texts.values()}) > 1


def test_a_reminder_says_the_due_time_too() -> None:
    story = at(Stage.DECIDE, "halden")
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.wait(days=3)
    anil = told(story, AskReminded, ask.id)["anil.mehta"]
    assert anil.text.startswith("Still waiting for you: ")
    assert anil.text.endswith(" (Kolkata time).")


def test_who_signs_for_the_client_reads_the_clock_of_who_faces_them() -> None:
    story = at(Stage.SOW, "halden").until(lambda s: any(ask.for_client for ask in s.open_asks()))
    ask = next(ask for ask in story.open_asks() if ask.for_client)
    assert story.state.cast.people[PersonId("kari.moe")].calendar is None
    text = told(story, AskOpened, ask.id)["kari.moe"].text
    seller = story.state.cast.people[story.state.seller]
    assert seller.calendar == "DE"
    assert "(Berlin time)." in text


def test_whoever_signs_hears_until_when_the_offer_stands_once_it_is_extended() -> None:
    story = at(Stage.SOW, "halden").until(lambda s: any(ask.for_client for ask in s.state.open_asks(AskKind.SIGN_SOW)))
    ask = story.ask(AskKind.SIGN_SOW)
    (sent,) = [fact for fact in story.facts if isinstance(fact.event, OfferExpirySet)]
    (asked, *_) = [f for f in story.facts if isinstance(f.event, AskOpened) and f.event.ask.kind is AskKind.SIGN_SOW]
    assert sent.seq < asked.seq  # so at its sending nobody is told of the day beside what they are asked
    story.do(ExtendOffer(until=story.day(40)), story.state.manager)
    message = told(story, OfferExpirySet, str(story.day(40)))["kari.moe"]
    assert (message.ask_id, message.kind) == (ask.id, "ask")
    assert message.text.startswith(f"The offer can now be signed until the end of {day_shown(story.day(40))}. ")


@pytest.mark.parametrize(
    ("known", "place"),
    [
        ({"zone": "Asia/Tokyo"}, "Tokyo"),
        ({"zone": "Asia/Tokyo", "calendar": "US"}, "Tokyo"),  # the calendar is their client's: read from a file
        ({"calendar": "US"}, "New York"),
        ({}, "Berlin"),
    ],
)
def test_people_of_a_client_read_the_clock_of_their_zone_else_of_their_calendar(
    known: dict[str, str], place: str
) -> None:
    story = Story("halden")
    people = story.state.cast.people | {"kari.moe": story.state.cast.people[PersonId("kari.moe")].replace(**known)}
    us = story.firm.calendars["US"]
    cast = story.state.cast.replace(people=people, calendars={**story.state.cast.calendars, us.name: us})
    assert f"({place} time)" in cast.shown_to(PersonId("kari.moe"), story.now)


def test_a_second_vote_is_told_when_the_first_was_given_by_the_clock_of_the_voter() -> None:
    story = at(Stage.DECIDE, "halden")
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.answer(ask, by="anil.mehta")
    given = shown(story.now, "Asia/Kolkata")
    with pytest.raises(AlreadyDecided, match="approve on ") as refused:
        story.answer(ask, Verdict.RETURN, by="anil.mehta")
    assert given in refused.value.refused.detail


@pytest.mark.parametrize(("person", "place"), [("anil.mehta", "Kolkata"), ("marta.silva", "Berlin")])
def test_who_is_refused_on_hold_is_told_since_when_by_their_own_clock(person: str, place: str) -> None:
    story = at(Stage.DECIDE, "halden")
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.do(HoldEngagement(reason="The client asked.", until=story.day(20)), by=story.state.manager)
    with pytest.raises(OnHold, match=rf"On hold until .*: The client asked\. Since .* \({place} time\)\."):
        story.answer(ask, by=person)


def test_people_read_roles_by_their_labels_and_the_outcome_first() -> None:
    story = Story("halden")
    story.propose("engagement_manager", PersonId("marta.silva"))
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    story.propose("expert:data", PersonId("kofi.mensah"))
    story.answer(story.ask(AskKind.ACCEPT_ROLE), Verdict.DECLINE)
    story.do(ReleaseRole(role="engagement_manager", reason="Too much"), "marta.silva")
    story.wait(days=9)
    said = {message.text for fact in story.facts for message in messages(story.state, fact)}
    roles = set(story.state.playbook.roles) | {"expert:data"}
    assert not [text for text in said for role in roles if not role.isalpha() and role in text]
    assert f"Marta Silva is now engagement manager of {story.state.id} {story.state.title}." in said
    assert any(text.startswith("Kofi Mensah declined to be expert for data of ") for text in said)
    lost = f"You are no longer the engagement manager of {story.state.id} {story.state.title}, since "
    assert [text for text in said if text.startswith(lost) and text.endswith("holds the role now. Reason: Too much")]
    assert any("still has no engagement manager." in text for text in said)
    assert not [text for text in said if "?." in text or ".." in text]


def test_a_text_that_is_cut_shows_it() -> None:
    story = at(Stage.DELIVER)
    before = len(story.facts)
    story.do(ReleaseRole(role="quality", reason="so " * 666), "hanne.lund")
    cut = [message.text for fact in story.facts[before:] for message in messages(story.state, fact)]
    assert any(text.endswith(" …") and len(text) == LONGEST for text in cut)


def lost(story: Story, facts: int, person: str) -> str:
    """The one message about a role of theirs that somebody got since there were so many facts."""
    new = [message for fact in story.facts[facts:] for message in messages(story.state, fact)]
    (message,) = [message for message in new if message.to == person and message.kind == "role"]
    return message.text


def replaced(story: Story, role: str, person: PersonId, **more: Any) -> str:
    """What the holder of a role until now is told once somebody else has accepted it."""
    before, facts = story.holder(role), len(story.facts)
    if role == "quality":
        more["waiver"] = story.waiver("With a coach.")
    command = ReplaceHolder(role=role, person=story.person(person), reason="they lead another deal", **more)
    story.do(command, story.holder(story.state.head_role(role)))
    assert not [m for fact in story.facts[facts:] for m in messages(story.state, fact) if m.kind == "role"]
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    return lost(story, facts, before)


@pytest.mark.parametrize(("role", "person"), [("engagement_manager", "jonas.weber"), ("quality", "elin.dahl")])
def test_who_was_replaced_reads_since_when_by_whom_and_why(role: str, person: PersonId) -> None:
    story = at(Stage.DELIVER)
    assert story.holder(role) != person
    before = story.holder(role)
    text = replaced(story, role, person)
    label, since = role.replace("_", " "), story.state.cast.calendar_of(before).shown(story.now)
    name = story.state.cast.name(person)
    assert text == (
        f"You are no longer the {label} of {story.state.id} {story.state.title}, since {since}. {name} holds the role "
        "now. Reason: They lead another deal"
    )


def test_who_hands_over_reads_until_when_they_stay() -> None:
    story = at(Stage.DELIVER)
    text = replaced(story, "engagement_manager", PersonId("jonas.weber"), last_day=story.day(5))
    assert f"Jonas Weber holds the role now. You stay alongside them until {day_shown(story.day(5))}." in text


def test_who_is_followed_when_their_time_in_a_role_ends_reads_why() -> None:
    story = Story("halden")
    story.propose("quality", until=story.day(4))
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    before = story.holder("quality")
    story.wait(days=1)
    facts = len(story.facts)
    story.propose("quality", PersonId("elin.dahl"), waiver="With a coach.")
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    assert "Elin Dahl holds the role now. Reason: " in lost(story, facts, before)


@pytest.mark.parametrize(
    ("party", "person"), [("provider_sponsor", "hanne.lund"), ("client_sponsor", "odd.vik"), ("counterpart", "odd.vik")]
)
def test_who_was_a_party_of_the_deal_is_told_too(party: str, person: PersonId) -> None:
    story = at(Stage.DELIVER)
    head = "managing_director" if party == "provider_sponsor" else "engagement_manager"
    if party == "counterpart":
        named = NameParty(party=party, person=story.person(PersonId("kari.moe")), reason="To begin with")
        story.do(named, story.holder(head))
    before, facts = story.holder(party), len(story.facts)
    story.do(NameParty(party=party, person=story.person(person), reason="Nearer to it"), story.holder(head))
    text = lost(story, facts, before)
    assert text.startswith(
        f"You are no longer the {party.replace('_', ' ')} of {story.state.id} {story.state.title}, since "
    )
    why = " Reason: Nearer to it" if party == "provider_sponsor" else ""  # it is the firm's own word
    assert text.endswith(f"{story.state.cast.name(person)} holds the role now.{why}")


def test_an_expert_beside_others_is_told_when_they_are_one_no_longer() -> None:
    story = at(Stage.ESTIMATE)
    story.propose("expert:data", PersonId("rosa.klein"), further=True, waiver="With a coach.")
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    facts = len(story.facts)
    story.wait(days=100)
    text = lost(story, facts, "rosa.klein")
    assert text.startswith(f"You are no longer the expert for data of {story.state.id} {story.state.title}, since ")


def test_who_left_the_firm_is_told_nothing() -> None:
    story = at(Stage.DELIVER)
    gone, facts = story.holder("quality"), len(story.facts)
    story.leaves(gone)
    assert gone not in {m.to for fact in story.facts[facts:] for m in messages(story.state, fact) if m.kind == "role"}
