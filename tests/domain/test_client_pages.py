"""What a client reads of an ask on a card, whatever face draws it: in words of theirs, and what comes of it."""

import pytest

from domain.asks.card import Card, CardPlace, card_for, changed_since_seen
from domain.asks.choices import LABELS
from domain.asks.consequences import LEADS_TO
from domain.asks.facts_shown import rows_shown
from domain.asks.model import SIGNATURES, AskKind, Outcome, Verdict
from domain.asks.outcomes import answer_label
from domain.asks.signature_record import BY_LINK
from domain.engagement.delivery.commands import DeliverMilestone
from domain.engagement.needs.commands import RecordNeeds
from domain.engagement.needs.values import Measure, Need
from domain.next_steps.client_view import comes_next, whom_to_write_to
from domain.playbook.model import Stage
from domain.shared.values import AskId, PersonId
from tests.domain.story import FIRM, Story, at


def card(told: Story, ask_id: AskId, person: PersonId) -> Card:
    state = told.state
    return card_for(state, state.asks[ask_id], CardPlace(state.id, state.title, state.client), person, whole=True)


def restated() -> Story:
    """The client is asked to confirm the needs."""
    return Story("halden").until(lambda one: any(one.state.open_asks(AskKind.CONFIRM_NEEDS)))


@pytest.mark.parametrize("kind", LEADS_TO)
def test_only_what_can_be_said_is_said_to_lead_somewhere(kind: AskKind) -> None:
    assert set(LEADS_TO[kind]) <= set(LABELS[kind])


@pytest.mark.parametrize("kind", sorted(SIGNATURES | {AskKind.ACCEPT_MILESTONE, AskKind.ACKNOWLEDGE_DECLINE}))
def test_a_client_reads_beside_a_no_what_it_leads_to(kind: AskKind) -> None:
    against = [verdict for verdict in LABELS[kind] if verdict.is_against]
    assert all(LEADS_TO[kind].get(verdict) for verdict in against)


@pytest.mark.parametrize("kind", sorted(SIGNATURES))
def test_by_a_link_nobody_says_yes_to_what_is_signed_nor_ends_it(kind: AskKind) -> None:
    assert not {verdict for verdict in LABELS[kind] if verdict.is_for or verdict is Verdict.DECLINE} & BY_LINK


def test_an_answer_is_told_to_whoever_gave_it_as_theirs_with_what_comes_next() -> None:
    told = restated()
    ask = told.ask(AskKind.CONFIRM_NEEDS)
    (person,) = ask.asked
    told.answer(ask, Verdict.RETURN, reason="The weekly report is meant")
    shown = card(told, ask.id, person)
    assert shown.ended is not None
    assert shown.ended.startswith("Returned by you on ")
    assert shown.led_to == "The needs are corrected, and you are asked again."
    (said,) = [one.said for one in shown.people if one.person_id == person]
    assert said.startswith("Returned, ")
    seller = told.state.cast.name(told.state.seller)
    assert comes_next(told.state, [told.state], person) == (
        f"It is our turn. {seller} is responsible, and you will hear the outcome by mail.",
    )
    (mail,) = [m.text for m in told.messages_told() if m.to == person and m.kind == "outcome"]
    assert mail.startswith("Returned by you: ")


def test_a_question_that_was_answered_stands_beside_the_ask_that_takes_its_place() -> None:
    told = restated()
    ask = told.ask(AskKind.CONFIRM_NEEDS)
    told.answer(ask, Verdict.NEED_INFO, reason="Which depots?")
    told.answer(told.ask(AskKind.ANSWER_QUESTION), reason="Oslo and Bergen.")
    for text in ("Other words", "Other words again"):
        told.do(RecordNeeds(needs=(Need(id="N1", text=text),)), told.state.seller)
        newer = told.ask(AskKind.CONFIRM_NEEDS)
        assert newer.beside["asked back before"].endswith("Which depots? The answer: Oslo and Bergen.")
    assert told.state.asks[newer.id].outcome is Outcome.OPEN


def test_a_change_of_why_or_measure_of_a_need_is_said() -> None:
    told = restated()
    before = told.ask(AskKind.CONFIRM_NEEDS)
    (person,) = before.asked
    need = told.state.needs["N1"]
    measure = Measure(what="calls a week", now="40", target="10")
    told.do(RecordNeeds(needs=(need.replace(why="The audit", measure=measure),)), told.state.seller)
    changed = card(told, told.ask(AskKind.CONFIRM_NEEDS).id, person).changed
    assert any(line.startswith("need N1, why: ") for line in changed)
    assert any("calls a week: 40 now, target 10" in line for line in changed)


def test_a_milestone_is_shown_with_its_day_its_share_what_was_delivered_and_what_it_keeps() -> None:
    told = Story("lindqvist").until(lambda one: any(one.state.open_asks(AskKind.ACCEPT_MILESTONE)))
    ask = told.ask(AskKind.ACCEPT_MILESTONE)
    shown = card(told, ask.id, ask.asked[0])
    assert shown.facts["due"] == "Tue 26 Jan 2027"
    assert "share of progress" in shown.facts
    assert [name for name in shown.beside if name.startswith("promise ")]


def test_a_milestone_that_is_delivered_again_says_what_was_delivered_by_that_name() -> None:
    told = Story("lindqvist").until(lambda one: any(one.state.open_asks(AskKind.ACCEPT_MILESTONE))).copy()
    ask = told.ask(AskKind.ACCEPT_MILESTONE)
    told.answer(ask, Verdict.RETURN, reason="The codes are missing")
    milestone, manager = ask.subject.removeprefix("milestone:"), told.holder("project_manager")
    told.do(DeliverMilestone(milestone=milestone, note="All of it, with the codes"), manager)
    again = told.ask(AskKind.ACCEPT_MILESTONE)
    line = "what was delivered: new, All of it, with the codes"
    assert again.difference == (line,)
    assert changed_since_seen(told.state, [ask, again], again, again.asked[0]) == (line,)


def test_a_score_is_shown_to_whoever_gave_it() -> None:
    told = Story("lindqvist").until(lambda one: any(one.state.open_asks(AskKind.PULSE)))
    ask = next(told.state.open_asks(AskKind.PULSE))
    (person,) = ask.asked
    told.answer(ask, score=4, reason="Slow")
    shown = card(told, ask.id, person)
    assert shown.ended is not None
    assert shown.ended.endswith(": 4.")
    assert [one.said[:14] for one in shown.people if one.person_id == person] == ["Score given: 4"]
    assert "Your score: 4." in [m.text for m in told.messages_told() if m.kind == "outcome" and m.to == person][-1]


@pytest.mark.parametrize(
    ("kind", "verdict", "label"),
    [
        (AskKind.SIGN_SOW, Verdict.APPROVE, "Signed"),
        (AskKind.APPROVE_PRICE, Verdict.APPROVE_WITH_CONDITIONS, "Approved with conditions"),
        (AskKind.DECIDE_DEAL, Verdict.DECLINE, "No-go"),
        (AskKind.REVIEW_SOW, Verdict.OBJECT, "Objected"),
        (AskKind.ATTEST_ESTIMATE, Verdict.APPROVE_WITH_CONDITIONS, "Attested with conditions"),
        (AskKind.CONFIRM_NEEDS, Verdict.RETURN, "Returned"),
    ],
)
def test_an_answer_is_called_in_the_words_of_what_was_asked(kind: AskKind, verdict: Verdict, label: str) -> None:
    assert answer_label(kind, verdict) == label


def test_once_it_is_over_nothing_more_is_asked() -> None:
    told = Story("lindqvist").to(Stage.CLOSED)
    assert comes_next(told.state, [told.state], told.holder("client_sponsor")) == (
        "Nothing more is asked of you here.",
    )


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({"milestone.due": "2027-01-26"}, "Tue 26 Jan 2027"),
        ({"expected.1.what": "Weekly report", "expected.1.by": "2027-02-01"}, "Weekly report (by Mon 1 Feb 2027)"),
        ({"expected.2.what": "Whatever ends so (by 2027-13-45)"}, "Whatever ends so (by 2027-13-45)"),
        ({"need.N1.text": "Before 2027-01-26"}, "Before 2027-01-26"),
        ({"need.N2.text": "2027-01-26"}, "2027-01-26"),
    ],
)
def test_a_day_of_ours_is_shown_as_people_write_it_and_words_of_theirs_as_they_wrote_them(
    facts: dict[str, str], shown: str
) -> None:
    (row,) = rows_shown(str, AskKind.ACCEPT_ROLE, facts).values()
    assert row.text == shown


def test_a_client_asks_whoever_faces_them_by_address_and_by_name_alone_where_the_directory_lacks_them() -> None:
    for stage, faces in ((Stage.SOW, "sales"), (Stage.DELIVER, "engagement_manager")):
        state = at(stage).state
        known = FIRM.person(at(stage).holder(faces))
        assert known is not None
        assert whom_to_write_to(state, FIRM) == f"{known.name} ({known.email})"
        without = FIRM.replace(people=tuple(one for one in FIRM.people if one.id != known.id))
        assert whom_to_write_to(state, without) == known.name
