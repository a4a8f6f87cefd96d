"""Whose hours count is said to whoever gave some, and what stands behind them to whoever attests them."""

from domain.asks.model import AskKind
from domain.engagement.ask_subjects import assumed
from domain.engagement.scope.commands import ChooseEstimate, GiveEstimate, PackageHours
from tests.domain.story import Story
from tests.domain.test_returned_packages import LEAD, asked_to_attest, clarify, shown_to, to_attest
from tests.domain.test_two_experts import BOLD, CAREFUL, DATA, KOFI, ROSA, asked_together


def test_experts_hear_whose_hours_count_and_the_lead_reads_what_those_assume_alone() -> None:
    story, _ = asked_together()
    for by, hours, text in ((KOFI, CAREFUL, "Weekly extracts"), (ROSA, BOLD, "Daily extracts")):
        given = PackageHours(package="W5", hours=hours, assumptions=(text,))
        story.do(GiveEstimate(estimates=(given,)), by)
    clean = story.state.packages["W5"]
    assert assumed_by(story, "W5") == clean.assumes
    since = len(story.facts)
    story.do(ChooseEstimate(package="W5", hours=BOLD, statement="Rosa knows the masters"), LEAD)
    told = {message.to: message.text for message in story.messages_told(since)}
    for person in (KOFI, ROSA):
        assert "The hours that count for W5" in told[person]
        assert f"{BOLD}, as Rosa Klein gave them. Because: Rosa knows the masters." in told[person]
    assert assumed_by(story, "W5") == (*clean.assumes, "Daily extracts")
    attest = to_attest(story)
    assert attest.beside["W5, assumed by Rosa Klein"] == "Daily extracts"
    assert "W5, assumed by Kofi Mensah" not in attest.beside


def assumed_by(story: Story, package: str) -> tuple[str, ...]:
    return assumed(story.state, story.state.packages[package])


def test_whoever_attests_reads_what_the_package_itself_assumes() -> None:
    story = Story("halden").until(lambda s: list(s.state.open_asks(AskKind.ESTIMATE, subject=DATA))).copy()
    clarify(story, "W5", "Read access to the masters")
    attest = to_attest(story)
    assert shown_to(story, attest, attest.silent[0].person_id).beside["W5, assumes"] == "Read access to the masters"


def test_a_card_tells_its_reader_that_they_decide() -> None:
    story, ask = asked_to_attest()
    assert shown_to(story, ask, LEAD).method == "You decide."
    assert shown_to(story, ask, story.state.manager).method == "Anil Mehta decides."
