"""What is said again and again, in the most words, outgrows neither an engagement nor a change order."""

from decimal import Decimal

import pytest

from domain.asks.model import AskKind, Verdict
from domain.change_order.size_limit import MAX_OF_AN_ORDER
from domain.engagement.changes.commands import ReviseChange
from domain.engagement.changes.lines import ChangeFacts, ChangeLine
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.delivery.commands import OfferHandoff, RaiseComplaint
from domain.engagement.documents.commands import SetRequirements
from domain.engagement.documents.values import Requirement
from domain.engagement.roles.commands import AgreeExpectations, ProposeHolder, ReleaseRole
from domain.engagement.roles.values import Expectation
from domain.engagement.size.reserved import taken
from domain.engagement.tasks.commands import CompleteTask
from domain.playbook.model import Stage
from domain.pricing.three_points import ThreePoints
from domain.shared.errors import BadValue
from domain.shared.limits import KIB
from domain.shared.values import weight
from tests.domain.largest import LARGE
from tests.domain.story import Story
from tests.domain.test_bounds import on_its_way

HOURS = ThreePoints(optimistic=Decimal(1), likely=Decimal(2), pessimistic=Decimal(3))


def of_disciplines(*disciplines: str) -> ChangeFacts:
    work = tuple(ChangeLine(discipline=one, grade="senior", hours=HOURS) for one in disciplines)
    return ChangeFacts.in_one(title="More", reason=LARGE, price=Decimal(100), work=work)


def return_and_revise(story: Story, n: int, ask: AskKind, facts: ChangeFacts) -> None:
    story.answer(story.ask(ask), Verdict.RETURN, reason=LARGE)
    assert story.state.changes[n].status is ChangeStatus.RETURNED
    story.do(ReviseChange(n=n, change=facts), story.holder("project_manager"))


def test_a_change_order_that_is_returned_and_revised_again_and_again_does_not_grow() -> None:
    story = on_its_way(Stage.DELIVER, largest=False).copy()
    like = ChangeFacts.in_one(title="More", reason=LARGE, price=Decimal(100))
    n = story.submit(like)
    weights = []
    for _ in range(12):
        return_and_revise(story, n, AskKind.APPROVE_CHANGE, like)
        weights.append(weight(story.orders[n]))
    assert weights[-1] <= weights[3] + 12 * 200
    assert len(story.orders[n].reports) == 1
    assert story.orders[n].last_report == 12


def test_a_change_order_forgets_the_experts_of_a_revision_before() -> None:
    story = on_its_way(Stage.DELIVER, largest=False).copy()
    known = sorted(story.state.cast.further_experts | story.state.cast.holders)
    disciplines = [role.removeprefix("expert:") for role in known if role.startswith("expert:")]
    n = story.submit(of_disciplines(disciplines[0]))
    for discipline in disciplines[1:]:
        return_and_revise(story, n, AskKind.ESTIMATE, of_disciplines(discipline))
    assert sum(ask.kind is AskKind.ESTIMATE for ask in story.orders[n].asks.values()) <= 2


def test_questions_about_a_change_are_refused_for_size_and_its_answers_are_not() -> None:
    story = on_its_way(Stage.DELIVER, largest=False).copy()
    n = story.submit(ChangeFacts.in_one(title="More", reason=LARGE, price=Decimal(100)))
    ask = story.ask(AskKind.APPROVE_CHANGE)
    padded = story.orders[n].brief.replace(outlook={f"left {k}": LARGE for k in range(MAX_OF_AN_ORDER // 8000)})
    story.orders[n] = story.orders[n].replace(brief=padded)
    with pytest.raises(BadValue, match="A change order takes at most 1,400 KiB"):
        story.answer(ask, Verdict.NEED_INFO, reason=LARGE)
    story.answer(ask, reason=LARGE)


def test_that_there_is_no_plan_for_many_complaints_was_given_its_room_when_they_were_raised() -> None:
    story = on_its_way(Stage.DELIVER, largest=False).copy()
    with pytest.raises(BadValue, match="1750 KiB"):
        raise_complaints(story, 200)
    room = taken(story.state)
    for kind, verdict in (NOT_OURS, (AskKind.ACKNOWLEDGE_COMPLAINT, Verdict.APPROVE), *(NO_PLAN,) * 2):
        for ask in list(story.state.open_asks(kind)):
            story.answer(ask, verdict, reason=LARGE)
        assert taken(story.state) <= room + 4 * KIB
    plans = list(story.state.open_asks(AskKind.PLAN_COMPLAINT))
    assert len(plans) > 30
    said = [told for name, told in story.shown(plans[0]).items() if name.startswith("no plan")]
    assert said
    assert all(told.endswith(" …") for told in said)


def raise_complaints(story: Story, times: int) -> None:
    for n in range(times):  # each of its own words: the same ones are refused
        story.do(RaiseComplaint(text=f"{n:04} {LARGE[5:]}"), story.holder("engagement_manager"))


NOT_OURS = (AskKind.ACKNOWLEDGE_COMPLAINT, Verdict.DECLINE)
NO_PLAN = (AskKind.PLAN_COMPLAINT, Verdict.DECLINE)


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.DECLINE])
def test_answers_of_those_who_are_to_take_roles_were_given_their_room_when_they_were_asked(verdict: Verdict) -> None:
    story = on_its_way(Stage.DELIVER, largest=False).copy()
    propose_experts(story, 8)
    room = taken(story.state)
    for ask in list(story.state.open_asks(AskKind.ACCEPT_ROLE)):
        story.answer(ask, verdict, reason=LARGE)
        assert taken(story.state) <= room
    ended = story.state.last_ask(AskKind.ACCEPT_ROLE, "role:expert:d0")
    assert ended is not None
    assert ended.ended_because is None
    assert ended.why_ended == (LARGE if verdict is Verdict.DECLINE else None)


def propose_experts(story: Story, how_many: int) -> None:
    """Each in another discipline, by the head of delivery, of colleagues who hold nothing here."""
    head = story.holder("head_of_delivery")
    busy = {*story.state.cast.holders.values(), *story.state.cast.positions.values()}
    free = [person for person in story.firm.people if person.active and person.id not in busy]
    for n in range(how_many):
        person = free[n % len(free)]
        named = ProposeHolder(role=f"expert:d{n}", person=person, waiver=story.waiver("With a coach."))
        story.do(named, head)


def test_care_that_is_returned_again_and_again_does_not_fill_an_engagement() -> None:
    story = Story("lindqvist").to(Stage.SUPPORT).copy()
    for _ in range(3):
        return_care(story)
    before = taken(story.state)
    for _ in range(20):
        return_care(story)
    assert taken(story.state) - before < 24 * KIB


def return_care(story: Story) -> None:
    story.answer(story.ask(AskKind.ACCEPT_CARE), Verdict.RETURN, reason=LARGE)
    (task,) = story.state.conditions
    story.do(CompleteTask(task=task.id, note="Done"), task.owner)


def test_requirements_that_fill_their_room_leave_that_of_the_handoff() -> None:
    story = Story().until(lambda story: story.state.requirements and "brd" not in story.state.documents)
    rows, analyst = list(story.state.requirements.values()), story.holder("business_analyst")
    for size in (2000, 200, 20, 2, 1):
        fill_with_requirements(story, rows, "y" * size)
    for _ in (*story._document("brd", analyst), *story.cover(Stage.HANDOFF)):
        pass
    for _ in range(2):
        story.do(OfferHandoff(plan=LARGE), story.holder("engagement_manager"))
        story.answer(story.ask(AskKind.ACCEPT_HANDOFF), Verdict.RETURN, reason=LARGE)
    assert sum(ask.kind is AskKind.ACCEPT_HANDOFF for ask in story.state.asks.values()) == 1


def fill_with_requirements(story: Story, rows: list[Requirement], text: str) -> None:
    """Sets one more and one more, until there is no room for it."""
    for n in range(200):
        more = [*rows, rows[0].replace(id=f"Z{len(rows)}", text=text)]
        try:
            story.do(SetRequirements(requirements=tuple(more)), story.holder("business_analyst"))
        except BadValue as full:
            assert "milestones, requirements and purchases" in str(full)  # noqa: PT017 -- full it must be at last
            return
        rows[:] = more
        assert n < 199


def test_what_is_offered_and_taken_over_was_given_its_room_before() -> None:
    story = on_its_way(Stage.HANDOFF, largest=True).copy()
    list(story.cover(Stage.HANDOFF))
    before = taken(story.state)
    for _ in range(2):
        story.do(OfferHandoff(plan=LARGE), story.holder("engagement_manager"))
        assert taken(story.state) <= before + KIB
        story.answer(story.ask(AskKind.ACCEPT_HANDOFF), Verdict.RETURN, reason=LARGE)


def test_expectations_and_words_of_others_shut_no_naming() -> None:
    story = on_its_way(Stage.DELIVER, largest=False).copy()
    story.do(ReleaseRole(role="finance", reason="Free again"), story.holder("cfo"))
    for role, how_many in (("engagement_manager", 20), ("quality", 11)):
        agree(story, role, how_many)
    with pytest.raises(BadValue, match="expectations of roles of an engagement take at most 256 KiB"):
        agree(story, "legal", 2)
    propose_experts(story, 8)
    for ask in list(story.state.open_asks(AskKind.ACCEPT_ROLE)):
        story.answer(ask, reason=LARGE)
    story.propose("finance")
    story.answer(story.ask(AskKind.ACCEPT_ROLE), reason=LARGE)
    assert story.state.cast.holder("finance") is not None


def agree(story: Story, role: str, how_many: int) -> None:
    expected = (Expectation(what=LARGE),) * how_many
    story.do(AgreeExpectations(role=role, expectations=expected), story.holder("engagement_manager"))


def test_in_the_room_that_is_left_at_last_only_roles_are_filled_that_are_needed() -> None:
    story = on_its_way(Stage.DELIVER, largest=False).copy()
    story.do(ReleaseRole(role="finance", reason="Free again"), story.holder("cfo"))
    with pytest.raises(BadValue, match="1750 KiB"):
        raise_complaints(story, 200)
    with pytest.raises(BadValue, match="1750 KiB"):
        propose_experts(story, 8)
    story.propose("finance")
