"""Need information: the clock stands, who owes the answer has one of their own, and silence on it climbs too."""

from datetime import date

import pytest

from domain.asks.answers_shown import how_it_ended
from domain.asks.card import question_in_words
from domain.asks.events import AskReminded, InformationGiven, StandInAsked
from domain.asks.model import Ask, AskKind, Outcome, Verdict
from domain.directory.people import Absence
from domain.engagement.answers.commands import DelegateAsk, GiveInformation
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.closing.commands import CancelEngagement, HoldEngagement, ResumeEngagement
from domain.engagement.needs.commands import RecordNeeds
from domain.engagement.needs.values import Need
from domain.notifications.notices import messages
from domain.playbook.model import Stage
from domain.shared.errors import AlreadyDecided, BadValue, PermissionDenied
from domain.shared.values import PersonId
from tests.domain.story import FIRM, Story, at

# Who sells Halden, and so asks for its decision; and who heads sales.
LUCA, CLAIRE = PersonId("luca.ferri"), "claire.dubois"


def deciding(story: Story | None = None) -> tuple[Story, Ask]:
    """Halden at its decision: engagement manager, delivery lead and finance vote."""
    story = story or at(Stage.DECIDE)
    return story, story.ask(AskKind.DECIDE_DEAL)


def questioned(by: str = "delivery_lead", story: Story | None = None) -> tuple[Story, Ask, Ask]:
    """The same, after one of them has asked back: with the ask, and the ask for the answer."""
    story, ask = deciding(story)
    story.answer(ask, Verdict.NEED_INFO, by=story.holder(by), reason="Which rates?")
    return story, ask, story.ask(AskKind.ANSWER_QUESTION)


def runs(story: Story, ask: Ask) -> bool:
    return story.now_of(ask).clock.since is not None


def test_the_answer_is_owed_by_who_asked_in_their_own_calendar() -> None:
    story, ask, question = questioned()
    assert story.now_of(ask).due_at is None
    assert question.asked == (LUCA,)
    assert question.clock.calendar == story.state.cast.calendar_of(LUCA).name == "DE"
    assert question.due_at is not None


def test_an_open_question_says_who_owes_the_answer_by_when_and_to_its_asker_that_their_time_stands() -> None:
    story, ask, question = questioned()
    lead = story.holder("delivery_lead")
    shown = {
        who: question_in_words(story.state, story.now_of(ask), who) for who in (lead, LUCA, story.holder("finance"))
    }
    due = {who: story.state.cast.shown_to(who, question.due_at) for who in shown if question.due_at}
    assert shown[lead] == (
        f"Waits for an answer from Luca Ferri, due {due[lead]}. You asked: Which rates? Your own deadline is paused "
        "until then."
    )
    assert shown[LUCA] == f"Waits for an answer from you, due {due[LUCA]}. Anil Mehta asks: Which rates?"
    assert (shown[story.holder("finance")] or "").endswith("Anil Mehta asks: Which rates?")
    story.answer(question, reason="Those of the fourth quarter.")
    answered = question_in_words(story.state, story.now_of(ask), lead)
    assert answered == "You asked Luca Ferri: Which rates? The answer: Those of the fourth quarter."


def test_whoever_asked_back_reads_the_answer_once_with_what_is_theirs_again() -> None:
    story, ask, question = questioned()
    lead, since = story.holder("delivery_lead"), len(story.facts)
    story.answer(question, reason="Those of the fourth quarter")
    (told,) = [message for message in story.messages_told(since) if message.to == lead]
    assert told.ask_id == ask.id
    assert told.text.startswith(f"Luca Ferri answers: Those of the fourth quarter. Yours again: {ask.title}")
    (answered,) = [message for message in story.messages_told(since) if message.to == LUCA]
    assert answered.text.startswith("Answered by you: ")


def test_why_an_ask_ended_is_a_sentence_of_its_own() -> None:
    story = Story("halden").until(lambda s: any(s.state.open_asks(AskKind.CONFIRM_NEEDS)))
    ask = story.ask(AskKind.CONFIRM_NEEDS)
    (person,) = ask.asked
    since = len(story.facts)
    story.do(RecordNeeds(needs=(Need(id="N1", text="Other words"),)), story.state.seller)
    (told,) = [m.text for m in story.messages_told(since) if m.kind == "outcome" and m.to == person]
    assert "Because: what it showed has changed. " in told
    ended = how_it_ended(story.state, story.now_of(ask), person)
    assert ended is not None
    assert ended.endswith("Because: what it showed has changed.")


def test_silence_on_a_question_reminds_and_climbs_by_a_ladder_of_its_own() -> None:
    story, ask, question = questioned()
    story.wait(days=10)
    assert [event.ask_id for event in story.events(AskReminded)] == [question.id]
    assert {event.ask_id for event in story.events(StandInAsked)} == {question.id}
    assert next(stand_in.person_id for stand_in in story.now_of(question).stand_ins) == CLAIRE
    assert not runs(story, ask)
    story.answer(question, by=CLAIRE, reason="Those of the fourth quarter.")
    assert runs(story, ask)


def test_who_was_asked_and_is_away_has_their_stand_in_asked_at_once() -> None:
    away = Absence(person=LUCA, first=date(2026, 11, 2), last=date(2026, 12, 30), delegate="aisha.khan")
    _, _, question = questioned(story=Story("halden", firm=FIRM.replace(absences=(away,))).to(Stage.DECIDE))
    assert question.asked == (LUCA, "aisha.khan")


def inactive(story: Story, person: PersonId) -> Story:
    cast = story.state.cast
    people = {**cast.people, person: cast.people[person].replace(active=False)}
    story.state = story.state.replace(cast=cast.replace(people=people))
    return story


def test_where_who_asked_has_left_the_accountable_person_owes_the_answer() -> None:
    story, ask, question = questioned(story=inactive(at(Stage.DECIDE), LUCA))
    assert question.asked == (story.state.accountable_for(ask),) == (story.holder("engagement_manager"),)


def test_nobody_is_asked_their_own_question() -> None:
    story = inactive(at(Stage.DECIDE), LUCA)
    _, _, question = questioned("engagement_manager", story=story)
    assert question.asked == (story.state.cast.positions["head_of_engagement_management"],)


def test_the_answer_lets_the_clock_run_on_with_the_minutes_that_were_left() -> None:
    story, ask = deciding()
    story.wait(hours=4)
    calendar = story.state.cast.calendars[ask.clock.calendar]
    story.answer(ask, Verdict.NEED_INFO, by=story.holder("finance"), reason="Which rates?")
    spent = calendar.between(ask.opened_at, story.now)
    assert spent > 0
    story.wait(days=1)
    story.answer(story.ask(AskKind.ANSWER_QUESTION), reason="Those of the fourth quarter.")
    due = story.now_of(ask).due_at
    assert due is not None
    assert calendar.between(story.now, due) == ask.due_minutes - spent


def test_whoever_asked_hears_the_answer() -> None:
    story, ask, question = questioned()
    story.answer(question, reason="Those of the fourth quarter.")
    fact = next(fact for fact in story.facts if isinstance(fact.event, InformationGiven))
    told = messages(story.state, fact)
    assert [(message.to, message.ask_id) for message in told] == [(story.holder("delivery_lead"), ask.id)]
    assert "Those of the fourth quarter." in told[0].text


def test_one_question_at_a_time() -> None:
    story, ask, question = questioned()
    with pytest.raises(AlreadyDecided, match="Which rates") as refused:
        story.answer(ask, Verdict.NEED_INFO, by=story.holder("finance"), reason="Which days?")
    assert [waiting.ask_id for waiting in refused.value.refused.waits_for] == [question.id]
    story.answer(question, reason="These.")
    story.answer(ask, Verdict.NEED_INFO, by=story.holder("finance"), reason="Which days?")
    assert not runs(story, ask)


def test_a_question_is_answered_in_words_and_nothing_hangs_on_them() -> None:
    story, _, question = questioned()
    with pytest.raises(BadValue):
        story.answer(question)
    with pytest.raises(BadValue):
        story.answer(question, Verdict.NEED_INFO, reason="Why?")


def test_only_who_owes_the_answer_gives_it() -> None:
    story, ask, _ = questioned()
    for person in (story.holder("delivery_lead"), story.holder("finance"), "rosa.klein"):
        with pytest.raises(PermissionDenied):
            story.do(GiveInformation(ask_id=ask.id, text="These."), person)
    story.do(GiveInformation(ask_id=ask.id, text="These."), LUCA)
    assert runs(story, ask)


def test_a_question_follows_the_role_that_it_was_put_to() -> None:
    story, ask, question = questioned()
    story.propose("sales", PersonId("aisha.khan"))
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    assert story.now_of(question).asked == ("aisha.khan",)
    put = story.now_of(ask).question
    assert put is not None
    assert put.to == "aisha.khan"
    with pytest.raises(PermissionDenied):
        story.do(GiveInformation(ask_id=ask.id, text="These."), LUCA)
    story.do(GiveInformation(ask_id=ask.id, text="These."), "aisha.khan")
    assert runs(story, ask)


def test_a_question_ends_with_its_ask() -> None:
    story, ask, question = questioned()
    for role in ("engagement_manager", "finance"):
        story.answer(ask, by=story.holder(role))
    assert story.now_of(ask).outcome is Outcome.APPROVED
    assert story.now_of(question).outcome is Outcome.WITHDRAWN


def test_who_votes_without_the_answer_does_not_hold_up_the_others() -> None:
    story, ask, question = questioned()
    story.answer(ask, Verdict.RETURN, by=story.holder("delivery_lead"))
    assert story.now_of(question).outcome is Outcome.WITHDRAWN
    assert runs(story, ask)
    story.answer(ask, Verdict.NEED_INFO, by=story.holder("finance"), reason="Which days?")
    assert not runs(story, ask)


def test_the_vote_of_another_leaves_the_clock_where_it_stands() -> None:
    story, ask, question = questioned()
    story.answer(ask, by=story.holder("finance"))
    assert story.now_of(question).is_open
    assert not runs(story, ask)


def test_a_vote_that_is_over_asks_nothing_more_and_the_final_authority_has_a_clock_of_their_own() -> None:
    story, ask = deciding()
    finance, lead = story.holder("finance"), story.holder("delivery_lead")
    story.answer(ask, Verdict.RETURN, by=story.holder("engagement_manager"))
    story.answer(ask, Verdict.NEED_INFO, by=finance, reason="Which rates?")
    question = story.ask(AskKind.ANSWER_QUESTION)
    story.answer(ask, by=lead)
    story.propose("finance", lead, waiver="For a while")
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    assert story.now_of(ask).climbed == "the votes are tied"
    assert story.now_of(question).outcome is Outcome.WITHDRAWN
    assert runs(story, ask)
    story.answer(ask, Verdict.NEED_INFO, by=story.now_of(ask).final_person, reason="Why a tie?")
    assert not runs(story, ask)
    manager = story.holder("engagement_manager")
    story.do(HoldEngagement(reason="Budget", until=story.day(20)), manager)
    story.do(ResumeEngagement(), manager)
    assert not runs(story, ask)
    story.answer(story.ask(AskKind.ANSWER_QUESTION), reason="They see the risk differently.")
    assert runs(story, ask)


def test_a_stand_in_asks_back_and_whom_they_stand_in_for_may_still_vote() -> None:
    story, ask = deciding()
    story.do(DelegateAsk(ask_id=ask.id, to="erik.strand"), story.holder("finance"))
    story.answer(ask, Verdict.NEED_INFO, by="erik.strand", reason="Which rates?")
    question = story.now_of(ask).question
    assert question is not None
    assert (question.by, question.held_up) == ("erik.strand", story.holder("finance"))
    story.answer(ask, by=story.holder("finance"))
    assert runs(story, ask)
    assert not any(story.state.open_asks(AskKind.ANSWER_QUESTION))


def test_a_question_of_who_left_is_their_successors() -> None:
    story, ask, question = questioned("finance")
    story.propose("finance", PersonId("hanne.lund"), waiver="Knows money")
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    assert story.now_of(question).is_open
    story.answer(ask, by="hanne.lund")
    assert story.now_of(question).outcome is Outcome.WITHDRAWN
    assert runs(story, ask)


# -- on a change order


def changing() -> tuple[Story, Ask]:
    """A change of Lindqvist before delivery."""
    story = at(Stage.DELIVER, "lindqvist")
    n = story.submit(ChangeFacts.in_one(title="Ten days later", reason="The client is away", price="0", days=10))
    assert n == 1
    return story, story.ask(AskKind.APPROVE_CHANGE, "delivery")


def test_a_question_on_a_change_goes_to_who_submitted_it() -> None:
    story, ask = changing()
    manager = story.holder("project_manager")
    story.answer(ask, Verdict.NEED_INFO, reason="Which days?")
    assert not runs(story, ask)
    assert story.ask(AskKind.ANSWER_QUESTION).asked == (manager,)
    with pytest.raises(PermissionDenied):
        story.do_in_order(1, GiveInformation(ask_id=ask.id, text="These."), ask.voters[0].person_id)
    story.do_in_order(1, GiveInformation(ask_id=ask.id, text="The first ten of March."), manager)
    assert runs(story, ask)
    assert not any(story.orders[1].open_asks(AskKind.ANSWER_QUESTION))


def test_a_question_on_a_change_is_answered_as_an_ask_too() -> None:
    story, ask = changing()
    story.answer(ask, Verdict.NEED_INFO, reason="Which days?")
    story.answer(story.ask(AskKind.ANSWER_QUESTION), reason="The first ten of March.")
    assert runs(story, ask)
    assert story.now_of(ask).question is not None


def test_silence_on_a_question_of_a_change_climbs_past_the_project_manager() -> None:
    story, ask = changing()
    story.answer(ask, Verdict.NEED_INFO, reason="Which days?")
    question = story.ask(AskKind.ANSWER_QUESTION)
    story.wait(days=10)
    above = [stand_in.person_id for stand_in in story.now_of(question).stand_ins]
    assert story.holder(story.state.head_role("project_manager")) in above
    assert story.now_of(ask).is_open
    assert not story.now_of(ask).reminded


def test_a_question_ends_with_the_change_that_is_withdrawn() -> None:
    story, ask = changing()
    story.answer(ask, Verdict.NEED_INFO, reason="Which days?")
    question = story.ask(AskKind.ANSWER_QUESTION)
    story.do(CancelEngagement(reason="No budget"), story.holder("engagement_manager"))
    story.answer(story.ask(AskKind.CANCEL_ENGAGEMENT))
    assert story.now_of(question).outcome is Outcome.WITHDRAWN


def test_nobody_answers_their_own_question_though_they_are_accountable_for_it() -> None:
    story, ask = changing()
    story.answer(ask)
    inside, manager = story.ask(AskKind.APPROVE_CHANGE, "inside"), story.holder("engagement_manager")
    story.answer(inside, Verdict.NEED_INFO, by=manager, reason="Which days?")
    assert story.orders[1].accountable_for(story.ask(AskKind.ANSWER_QUESTION)) == manager
    with pytest.raises(PermissionDenied):
        story.do_in_order(1, GiveInformation(ask_id=inside.id, text="Never mind."), manager)
