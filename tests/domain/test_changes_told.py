"""What people are told of changes: by whom and why, how an undecided one stands, and of one that comes twice."""

import pytest

from domain.asks.context_shown import shown_beside
from domain.asks.events import AskEnded
from domain.asks.model import Ask, AskKind, Outcome, Verdict
from domain.change_order.facts import revision_of
from domain.engagement.changes.commands import DropPotentialChange, RecordPotentialChange, ReviseChange, SubmitChange
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.changes.rules import same_as, standing_of
from domain.engagement.delivery.commands import ReportHours
from domain.notifications.notices import messages
from domain.playbook.model import Stage
from domain.record.facts import recorded
from domain.shared.errors import ChangeNotApproved
from domain.shared.transaction import Actor
from tests.domain.story import Story, at

SWAP = ChangeFacts.model_validate(
    {
        "title": "Figures instead of the talk",
        "reason": "The client wishes it",
        "items": [
            {
                "kind": "work_added",
                "work": [{"discipline": "data", "grade": "senior", "hours": "8/12/20"}],
                "amount": 2400,
                "days": 3,
                "text": "Three more key figures",
            },
            {"kind": "work_removed", "package": "W2", "amount": -1900},
        ],
    }
)


def submitted() -> tuple[Story, int]:
    story = at(Stage.DELIVER, "lindqvist").copy()
    return story, story.submit(SWAP)


def test_an_expert_reads_why_a_change_is_wished_and_what_is_to_be_done_and_no_price() -> None:
    story, n = submitted()
    beside = shown_beside(story.orders[n], story.state, story.ask(AskKind.ESTIMATE), Actor(person_id="kofi.mensah"))
    assert beside["reason"] == "The client wishes it"
    assert beside["item 1"] == "work added: 3 days. Three more key figures"
    assert beside["item 2"] == f"work removed, W2 {story.state.packages['W2'].title}"
    assert story.state.changes[n].by == story.holder("project_manager")


def signed_by_client(facts: ChangeFacts) -> tuple[Story, Ask]:
    """A change that the client's signatory has just signed, with what they were asked."""
    story = at(Stage.DELIVER, "lindqvist").copy()
    for _ in story.change(facts):
        pass
    return story, next(a for a in story.orders[1].asks.values() if a.kind is AskKind.SIGN_CHANGE and a.for_client)


def test_a_client_signs_a_change_item_by_item_also_where_there_is_one() -> None:
    one = ChangeFacts.model_validate(
        {
            "title": "Help for lost codes",
            "reason": "client request",
            "work": [{"discipline": "data", "grade": "senior", "hours": "8/12/20"}],
            "price": 2400,
            "days": 2,
        }
    )
    _, ask = signed_by_client(one)
    assert ask.beside["item 1"] == "work added: 2,400.00 EUR, 2 days"
    story, ask = signed_by_client(SWAP)
    assert story.shown(ask)["item 1"] == "work added: 2,400.00 EUR, 3 days. Three more key figures"


def test_whoever_signs_a_change_last_reads_what_came_of_it_and_whose_turn_it_is() -> None:
    story, ask = signed_by_client(SWAP)
    (person,) = [voter.person_id for voter in ask.voters]
    moved = f"Milestones: {story.orders[1].brief.outlook['milestones']}."
    manager = story.state.cast.name(story.state.manager)
    transaction = f"It is our turn. {manager} is responsible, and you will hear the outcome by mail."
    order, ended = story.orders[1], AskEnded(ask_id=ask.id, outcome=Outcome.APPROVED, at=story.now)
    (fact,) = recorded("change/ENG-2026-0001.C1", 1, (ended,), Actor(person_id=person), story.now)
    told = {message.to: message.text for message in messages(order, fact, order)}
    assert told[person].startswith(f"Signed by you: {ask.title}. Change 1 is approved and counts from now on. ")
    assert moved in told[person]
    assert told[person].endswith(transaction)
    pm = story.holder("project_manager")
    assert "Change 1 is approved and counts from now on." in told[pm]
    assert transaction not in told[pm]


def test_each_vote_is_known_by_the_revision_that_it_was_given_to() -> None:
    story, n = submitted()
    story.estimate_change(n)
    story.answer(story.ask(AskKind.APPROVE_CHANGE), Verdict.RETURN, reason="Too little")
    story.do(ReviseChange(n=n, change=SWAP), story.holder("project_manager"))
    assert revision_of(story.ask(AskKind.ESTIMATE)) is None
    story.estimate_change(n)
    assert revision_of(story.ask(AskKind.APPROVE_CHANGE)) == 2


def test_a_potential_change_says_who_noted_it_and_whose_it_is_until_it_is_settled() -> None:
    story = at(Stage.DELIVER).copy()
    pm, manager = story.holder("project_manager"), story.state.manager
    for text in ("Can we also?", "And that?", "And this?"):
        story.do(RecordPotentialChange(text=text), story.holder("quality"))
    asked = story.ask(AskKind.POTENTIAL_CHANGE, "potential:K1")
    assert asked.beside == {"noted by": story.state.cast.name(story.holder("quality"))}
    known = story.state.potential_changes
    assert standing_of(story.state, known["K1"]) == ("waits for a decision: change order or not", manager)
    for name in ("K1", "K2"):
        story.answer(story.ask(AskKind.POTENTIAL_CHANGE, f"potential:{name}"))
    story.answer(story.ask(AskKind.POTENTIAL_CHANGE, "potential:K3"), Verdict.DECLINE, reason="Not now")
    known = story.state.potential_changes
    assert standing_of(story.state, known["K1"]) == ("must be submitted as a change order, or dropped", pm)
    assert standing_of(story.state, known["K3"]) == ("is no change order", None)
    story.do(SubmitChange(change=story.deal.change_orders[0].facts, potential="K1"), pm)
    story.do(DropPotentialChange(potential="K2", reason="Not now"), pm)
    known = story.state.potential_changes
    assert standing_of(story.state, known["K1"]) == ("became change 1", None)
    assert standing_of(story.state, known["K2"]) == ("was dropped", None)


def test_a_change_that_says_what_another_says_is_found_while_that_one_counts() -> None:
    story, n = submitted()
    same = same_as(story.state, SWAP, n + 1)
    assert same is not None
    assert same.n == n
    assert same_as(story.state, SWAP, n) is None, "not itself"
    assert same_as(story.state, SWAP.replace(title="Another"), n + 1) is None
    story.estimate_change(n)
    story.answer(story.ask(AskKind.APPROVE_CHANGE), Verdict.DECLINE, reason="Not now")
    assert same_as(story.state, SWAP, n + 1) is None


def test_hours_on_a_change_that_was_rejected_wait_for_nobody() -> None:
    story, n = submitted()
    hours = ReportHours.model_validate({"hours": [{"item": f"C{n}", "hours": "3"}]})
    with pytest.raises(ChangeNotApproved) as pending:
        story.do(hours, story.holder("project_manager"))
    assert pending.value.refused.waits_for
    story.estimate_change(n)
    story.answer(story.ask(AskKind.APPROVE_CHANGE), Verdict.DECLINE, reason="Not now")
    with pytest.raises(ChangeNotApproved, match="is rejected") as rejected:
        story.do(hours, story.holder("project_manager"))
    assert rejected.value.refused.waits_for == ()


def test_the_first_of_two_signers_reads_who_signs_after_them_and_the_last_of_nobody() -> None:
    story = at(Stage.DELIVER, "lindqvist").copy()
    n = story.submit(ChangeFacts.in_one(title="More", reason="Client request", price=100))
    story.estimate_change(n)
    list(story.answer_all(AskKind.APPROVE_CHANGE))
    first = story.ask(AskKind.SIGN_CHANGE)
    client = story.state.cast.name(story.holder("client_signatory"))
    told = shown_beside(story.orders[n], story.state, first, Actor(person_id=first.asked[0]))
    assert told["signs after it"] == f"{client} (client signatory): it takes effect once they have"
    story.answer(first)
    last = story.ask(AskKind.SIGN_CHANGE)
    assert "signs after it" not in shown_beside(story.orders[n], story.state, last, Actor(person_id=last.asked[0]))
