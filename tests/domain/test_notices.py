"""What people are told, each by the clock on their own wall."""

import pytest

from domain.ask_events import AskOpened, AskReminded
from domain.asks import AskKind, Verdict
from domain.engagement import commands as c
from domain.notices import messages
from domain.playbook import Stage
from domain.record import Message
from domain.refusals import AlreadyDecided, OnHold
from domain.words import LONGEST
from domain.working_time import shown
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
    assert story.state.cast.people["kari.moe"].calendar is None
    text = told(story, AskOpened, ask.id)["kari.moe"].text
    seller = story.state.cast.people[story.state.seller]
    assert seller.calendar == "DE"
    assert "(Berlin time)." in text


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
    story.do(c.HoldEngagement(reason="The client asked."), by=story.state.manager)
    with pytest.raises(OnHold, match=rf"On hold since .* \({place} time\): The client asked\."):
        story.answer(ask, by=person)


def test_people_read_roles_by_their_labels_and_the_outcome_first() -> None:
    story = Story("halden")
    story.propose("engagement_manager", "marta.silva")
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    story.propose("expert:data", "kofi.mensah")
    story.answer(story.ask(AskKind.ACCEPT_ROLE), Verdict.DECLINE)
    story.do(c.ReleaseRole(role="engagement_manager", reason="Too much"), "marta.silva")
    story.wait(days=9)
    said = {message.text for fact in story.facts for message in messages(story.state, fact)}
    roles = set(story.state.playbook.roles) | {"expert:data"}
    assert not [text for text in said for role in roles if not role.isalpha() and role in text]
    assert f"Marta Silva is now engagement manager of {story.state.id}." in said
    assert any(text.startswith("Kofi Mensah declined to be expert for data of ") for text in said)
    assert f"You are no longer the engagement manager of {story.state.id}. Reason: Too much" in said
    assert any("still has no engagement manager." in text for text in said)
    assert not [text for text in said if "?." in text or ".." in text]


def test_a_text_that_is_cut_shows_it() -> None:
    story = at(Stage.DELIVER)
    before = len(story.facts)
    story.do(c.ReleaseRole(role="quality", reason="so " * 666), "hanne.lund")
    cut = [message.text for fact in story.facts[before:] for message in messages(story.state, fact)]
    assert any(text.endswith(" …") and len(text) == LONGEST for text in cut)
