"""What a message is about stands when it leaves: ended, passed on, resting or as it was."""

from typing import Any, NamedTuple

from domain.asks.model import AskKind, Verdict
from domain.engagement.closing.commands import HoldEngagement, LoseDeal, ResumeEngagement
from domain.engagement.delivery.commands import DeliverMilestone, TakeMilestoneBack
from domain.next_steps.acts_owed import ActKind
from domain.notifications.relevance import Relevance, has_gone, is_asked_anew, relevance_of
from domain.playbook.model import Stage
from domain.record.facts import Message
from domain.shared.values import PersonId
from tests.domain.story import FIRM, Story, at
from tests.domain.test_acts_owed import act, do
from tests.domain.test_who_changes_clients import moved_to


class Found(NamedTuple):
    """A message of a story, and how it stands now."""

    message: Message
    story: Story

    def stands(self) -> Relevance:
        return relevance_of(self.story.state, self.message)


def first(story: Story, since: int = 0, **wanted: Any) -> Found:
    """The first message that has these values."""
    told = story.messages_told(since)
    return Found(next(m for m in told if all(getattr(m, name) == value for name, value in wanted.items())), story)


def test_an_act_is_told_until_it_is_done() -> None:
    story = Story()
    found = first(story, kind="act", to=story.state.seller)
    assert found.stands() is Relevance.CURRENT
    do(story, act(story, ActKind.RECORD_NEEDS))
    assert found.stands() is Relevance.ENDED


def test_an_act_that_is_owed_again_is_another_than_the_one_that_was_done() -> None:
    story = Story()
    found = first(story, kind="act", to=story.state.seller)
    owed = act(story, ActKind.RECORD_NEEDS)
    story.wait(days=1)
    do(story, owed)
    again = story.state.replace(acts={owed.id: owed.replace(since=story.now)})
    assert relevance_of(again, found.message) is Relevance.ENDED


def test_an_act_that_passed_to_another_is_not_told_to_whoever_owed_it() -> None:
    story = Story()
    found = first(story, kind="act", to=story.state.seller)
    owed = act(story, ActKind.RECORD_NEEDS)
    taken = story.state.replace(acts={owed.id: owed.replace(owner="luca.ferri" if owed.owner != "luca.ferri" else "x")})
    assert relevance_of(taken, found.message) is Relevance.PASSED_ON


def test_an_ask_is_told_until_it_is_answered_and_only_to_who_is_asked() -> None:
    story = at(Stage.DECIDE, "halden")
    ask = story.ask(AskKind.DECIDE_DEAL)
    found = first(story, kind="ask", ask_id=ask.id)
    assert found.stands() is Relevance.CURRENT
    assert relevance_of(story.state, found.message.replace(to="kofi.mensah")) is Relevance.PASSED_ON
    while story.now_of(ask).is_open:
        story.answer(story.now_of(ask))
    assert found.stands() is Relevance.ENDED
    assert relevance_of(story.state, found.message.replace(kind="outcome")) is Relevance.CURRENT


def test_what_an_ask_says_when_it_has_left_the_state_is_over() -> None:
    story = at(Stage.DECIDE, "halden")
    found = first(story, kind="ask", ask_id=story.ask(AskKind.DECIDE_DEAL).id)
    assert relevance_of(story.state.replace(asks={}), found.message) is Relevance.ENDED


def test_a_vacancy_and_its_offers_are_told_until_it_is_filled() -> None:
    story = Story("halden")
    found = first(story, kind="vacancy", to="tomasz.nowak")
    offer = found.message.replace(kind="offer")
    assert (found.stands(), relevance_of(story.state, offer)) == (Relevance.CURRENT, Relevance.CURRENT)
    story.propose("engagement_manager", PersonId("marta.silva"))
    assert (found.stands(), relevance_of(story.state, offer)) == (Relevance.CURRENT, Relevance.ENDED)
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    assert found.stands() is Relevance.ENDED


def test_whoever_declined_a_role_is_not_invited_to_ask_for_it_and_others_still_are() -> None:
    story = Story("halden")
    offer = first(story, kind="vacancy", to="tomasz.nowak").message.replace(kind="offer", to="marta.silva")
    story.propose("engagement_manager", PersonId("marta.silva"))
    story.answer(story.ask(AskKind.ACCEPT_ROLE), Verdict.DECLINE, reason="Not now.")
    assert relevance_of(story.state, offer) is Relevance.ENDED
    assert relevance_of(story.state, offer.replace(to="jonas.weber")) is Relevance.CURRENT


def test_on_hold_what_is_new_waits_and_reminders_say_nothing_that_is_true() -> None:
    story = at(Stage.DECIDE, "halden")
    ask = story.ask(AskKind.DECIDE_DEAL)
    found = first(story, kind="ask", ask_id=ask.id)
    story.do(HoldEngagement(reason="The client asked.", until=story.day(20)), by=story.state.manager)
    assert found.stands() is Relevance.ON_HOLD
    assert relevance_of(story.state, found.message.replace(kind="reminder")) is Relevance.ENDED
    story.wait(days=1)
    story.do(ResumeEngagement(), by=story.state.manager)
    assert found.stands() is Relevance.CURRENT


def test_what_is_owed_because_of_a_hold_is_told_on_hold() -> None:
    story = at(Stage.DECIDE, "halden")
    story.do(HoldEngagement(reason="The client asked.", until=story.day(2)), by=story.state.manager)
    before = len(story.facts)
    story.wait(days=4)
    found = first(story, before, kind="act", to=story.state.manager)
    assert "resolve_hold" in (found.message.step or "")
    assert found.stands() is Relevance.CURRENT


def test_of_an_engagement_that_is_over_nothing_is_owed() -> None:
    story = Story("halden")
    vacancy, owed = first(story, kind="vacancy"), first(story, kind="act")
    story.do(LoseDeal(reason="The client chose another."), by=story.state.seller)
    assert (vacancy.stands(), owed.stands()) == (Relevance.ENDED, Relevance.ENDED)


def test_whoever_has_left_or_is_with_another_client_is_told_nothing_of_the_deal_any_more() -> None:
    """Also what has ended: an answer, a reason, a link."""
    story = at(Stage.QUALIFY).until(lambda one: any(one.state.open_asks(AskKind.CONFIRM_NEEDS)))
    ask = story.ask(AskKind.CONFIRM_NEEDS)
    story.answer(ask)
    sponsor = ask.voters[0].person_id
    found = first(story, kind="outcome", to=sponsor)
    assert found.stands() is Relevance.CURRENT
    cast = story.state.cast
    heard = cast.replace(people={**cast.people, sponsor: cast.people[sponsor].replace(active=False)})
    assert has_gone(FIRM, story.state.replace(cast=heard), None, sponsor)
    unheard = moved_to("Lindqvist Försäkring AB")
    assert has_gone(unheard, story.state, None, sponsor)
    assert not has_gone(unheard, story.state, None, story.state.seller)
    assert not has_gone(FIRM, story.state, None, sponsor)


def test_whom_a_change_alone_knows_is_told_nothing_of_it_once_they_have_left() -> None:
    story = at(Stage.DELIVER, "halden")
    known = story.state.cast.people[PersonId("kari.moe")]
    others = {name: person for name, person in story.state.cast.people.items() if name != known.id}
    without = story.state.replace(cast=story.state.cast.replace(people=others))
    unheard = moved_to("Lindqvist Försäkring AB")
    assert not has_gone(unheard, without, None, known.id)
    assert has_gone(unheard, without, story.state, known.id)


def test_that_a_milestone_was_taken_back_is_not_told_to_whom_it_is_put_again() -> None:
    story = at(Stage.DELIVER, "lindqvist").copy()
    pm, client = story.holder("project_manager"), story.holder("client_sponsor")
    story.do(DeliverMilestone(milestone="M1"), pm)
    asked = story.ask(AskKind.ACCEPT_MILESTONE)
    story.do(TakeMilestoneBack(milestone="M1", reason="Another was meant"), pm)
    withdrawn = story.now_of(asked)
    assert not is_asked_anew(story.state, withdrawn, client)
    story.do(DeliverMilestone(milestone="M1"), pm)
    assert is_asked_anew(story.state, withdrawn, client)
    assert not is_asked_anew(story.state, withdrawn, story.state.manager)
    story.answer(story.ask(AskKind.ACCEPT_MILESTONE))
    assert not is_asked_anew(story.state, withdrawn, client)
