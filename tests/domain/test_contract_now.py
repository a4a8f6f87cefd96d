"""What a signed change order moves: the price that people read, the days of milestones, the acts that hang on these."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from application.queries.change_preview import ChangeDraft, preview_of
from application.queries.documents import document_view
from application.queries.engagement import ClientEngagementView, engagement_view
from application.queries.view import Reader
from domain.asks.model import AskKind
from domain.engagement.acts_owed.events import ActOpened
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.contract import changed_since_signed, milestones_moved
from domain.engagement.changes.events import ChangeStatusChanged
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.closing.rules import realised
from domain.engagement.delivery.commands import DeliverMilestone
from domain.next_steps.acts_owed import ActKind
from domain.playbook.model import Stage
from domain.shared.transaction import Actor
from tests.domain.story import Story, at, signed


def change(**more: object) -> ChangeFacts:
    return ChangeFacts.model_validate({"title": "More", "reason": "client request", "price": 0, **more})


def delivering() -> Story:
    """Halden in delivery, before anything is delivered."""
    return at(Stage.DELIVER, "halden").copy()


def days_of(state: Engagement) -> dict[str, date]:
    return {name: milestone.due for name, milestone in state.milestones.items()}


def deliver(story: Story, milestone: str) -> None:
    story.do(DeliverMilestone(milestone=milestone), story.holder("project_manager"))


def accept(story: Story, milestone: str) -> None:
    deliver(story, milestone)
    story.answer(story.ask(AskKind.ACCEPT_MILESTONE, f"milestone:{milestone}"))


def test_the_price_now_is_what_was_first_signed_and_the_net_of_every_signed_change() -> None:
    story = delivering()
    first = story.state.price_now
    assert first is not None
    signed(signed(story, change(price=4200)), change(price=-200))
    assert story.state.price_now == first + 4000
    view = engagement_view(story.state, Reader(Actor(person_id=story.state.manager), "Europe/Oslo"), story.now)
    assert view.view == "firm"
    assert view.price is not None
    assert (view.price.price, view.price.price_now) == (first, first + 4000)
    assert {story.state.value_of(ask) for ask in story.state.open_asks()} <= {first + 4000}


def seen_by_client(story: Story) -> ClientEngagementView:
    reader = Reader(Actor(person_id=story.holder("client_sponsor")), "Europe/Oslo")
    view = engagement_view(story.state, reader, story.now)
    assert view.view == "client"
    return view


def test_a_client_reads_what_both_sides_signed_as_it_is_now_and_nothing_before_that() -> None:
    before = Story("halden").until(lambda one: any(a.for_client for a in one.state.open_asks(AskKind.SIGN_SOW)))
    assert (seen_by_client(before).price, seen_by_client(before).milestones) == (None, ())
    story = signed(delivering(), change(price=4200, days=3))
    view = seen_by_client(story)
    assert view.price is not None
    assert view.price.price_now == story.state.price_now == view.price.price + 4200
    assert view.price.payment == "20 % at start, 60 % over milestones, 20 % at acceptance"
    assert set(type(view.price).model_fields) == {"price", "price_now", "currency", "payment"}
    assert {row.id: (row.due, row.first_due) for row in view.milestones} == {
        name: (milestone.due, story.state.first_days[name]) for name, milestone in story.state.milestones.items()
    }


def test_a_change_that_is_not_signed_moves_nothing() -> None:
    story = delivering()
    before = days_of(story.state)
    first = story.state.price_now
    story.submit(change(price=4200, days=5))
    assert (days_of(story.state), story.state.price_now) == (before, first)


def test_milestones_not_yet_accepted_move_by_the_net_days() -> None:
    story = delivering()
    accepted, *ahead = story.state.milestones
    accept(story, accepted)
    before = days_of(story.state)
    signed(story, change(days=3))
    assert days_of(story.state) == {
        accepted: before[accepted],
        **{name: before[name] + timedelta(days=3) for name in ahead},
    }
    assert story.state.first_days == {name: before[name] for name in ahead}
    signed(story, change(days=-1))
    assert days_of(story.state)[ahead[0]] == before[ahead[0]] + timedelta(days=2)
    assert story.state.first_days[ahead[0]] == before[ahead[0]]


def test_the_act_that_hangs_on_a_milestone_moves_with_it_and_its_clock_begins_anew() -> None:
    story = delivering()
    name = next(iter(story.state.milestones))
    before = story.state.acts[f"deliver_milestone:{name}"]
    signed(story, change(days=14))
    after = story.state.acts[f"deliver_milestone:{name}"]
    assert before.due_at is not None
    assert after.due_at is not None
    assert after.due_at.date() - before.due_at.date() >= timedelta(days=12)
    assert after.since == before.since
    assert (after.reminded, after.rung) == (False, 0)
    opened = [event for event in story.events(ActOpened) if event.act.kind is ActKind.DELIVER_MILESTONE]
    assert [event.act.day for event in opened if event.act.subject == name] == [before.day, after.day]


def test_who_is_to_accept_a_milestone_is_asked_again_with_its_new_day() -> None:
    story = delivering()
    name = next(iter(story.state.milestones))
    deliver(story, name)
    asked = story.ask(AskKind.ACCEPT_MILESTONE, f"milestone:{name}")
    signed(story, change(days=3))
    again = story.ask(AskKind.ACCEPT_MILESTONE, f"milestone:{name}")
    assert again.id != asked.id
    assert again.facts["milestone.due"] == str(story.state.milestones[name].due)
    assert again.requester == asked.requester


def test_who_is_to_take_over_is_asked_again_with_what_a_change_left_of_it() -> None:
    story = at(Stage.HANDOFF, "lindqvist")
    story.until(lambda s: any(s.state.open_asks(AskKind.ACCEPT_HANDOFF)))
    story = story.copy()
    asked = story.ask(AskKind.ACCEPT_HANDOFF)
    removal = {"kind": "work_removed", "package": "W2", "amount": -500}
    signed(
        story,
        ChangeFacts.model_validate(
            {"title": "Less", "reason": "client request", "items": [removal, {"kind": "date", "days": 2}]}
        ),
    )
    again = story.ask(AskKind.ACCEPT_HANDOFF)
    assert again.id != asked.id
    assert "W2" in asked.packages
    assert "W2" not in again.packages
    assert again.facts["plan"] == asked.facts["plan"]


def test_what_everybody_is_asked_about_a_change_says_what_it_makes_of_price_and_days() -> None:
    story = delivering()
    signed(story, change(price=4200, days=3))
    order = story.orders[1]
    shown = [ask.beside for ask in order.asks.values() if ask.kind in {AskKind.APPROVE_CHANGE, AskKind.SIGN_CHANGE}]
    assert len(shown) >= 3
    first = story.state.price_now - 4200  # type: ignore[operator]
    for beside in shown:
        assert (
            beside["contract"]
            == f"{first + 4200:,.2f} EUR with this change, {first:,.2f} EUR without it, as first signed"
        )
        assert all(name in beside["milestones"] for name in story.state.milestones)
    [ended] = [event for event in story.events(ChangeStatusChanged) if event.status is ChangeStatus.APPROVED]
    assert ended.milestones == days_of(story.state)


def test_a_preview_says_which_milestones_would_move_to_which_day() -> None:
    story = delivering()
    accepted, *ahead = story.state.milestones
    accept(story, accepted)
    draft = ChangeDraft(change=change(price=4200, days=3))
    found = preview_of(story.state, draft, Actor(person_id=story.state.manager))
    before = days_of(story.state)
    assert [(row.id, row.due, row.moves_to) for row in found.milestones] == [
        (name, before[name], before[name] + timedelta(days=3)) for name in ahead
    ]
    assert found.price_after == found.price_now + 4200
    assert set(found.outlook) == {"price", "milestones"}


def test_the_signed_text_stays_and_beside_it_stands_what_changed_since() -> None:
    story = signed(delivering(), change(price=4200, days=3))
    reader = Reader(Actor(person_id=story.holder("client_sponsor")), "Europe/Oslo")
    view = document_view(story.state.documents["sow"], story.state, reader)
    assert view.changed_since == changed_since_signed(story.state)
    assert view.changed_since[0].startswith("The price is ")
    assert view.changed_since[1].startswith("M1 ")
    assert not document_view(story.state.documents["brd"], story.state, reader).changed_since


def test_the_close_counts_a_change_once() -> None:
    story = delivering()
    before = realised(story.state).services
    assert before is not None
    signed(story, change(price=4200))
    assert realised(story.state).services == before + Decimal(4200)


@pytest.mark.parametrize("days", [3650, -3650])
def test_no_number_of_days_moves_a_milestone_beyond_what_a_calendar_reckons(days: int) -> None:
    """The facts of a change that was signed are never refused, so nothing that follows of them may fail."""
    story = delivering()
    for _ in range(6):
        signed(story, change(days=days))
    assert set(milestones_moved(story.state, days)) == set(story.state.milestones)
    far = story.state.replace(
        milestones={name: one.replace(due=date(2199, 12, 31)) for name, one in story.state.milestones.items()}
    )
    assert milestones_moved(far, 3650) == {}
