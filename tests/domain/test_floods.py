"""Whatever people say in the most words, again and again and all of them, an engagement is carried and not shut."""

import os
from collections.abc import Callable
from contextlib import suppress

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.asks.model import Ask, AskKind, Condition, Verdict
from domain.change_order.size_limit import MAX_OF_AN_ORDER
from domain.directory.people import Introduction
from domain.engagement.answers.commands import DelegateAsk
from domain.engagement.changes.commands import RecordPotentialChange, ReviseChange
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.command import Command
from domain.engagement.delivery.commands import DeliverMilestone, OfferHandoff, RaiseComplaint, RecordContact
from domain.engagement.roles.commands import AgreeExpectations, ProposeHolder, ReleaseRole
from domain.engagement.roles.values import Expectation
from domain.engagement.size.limits import MAX_TOTAL_BYTES
from domain.engagement.size.reserved import taken
from domain.engagement.tasks.commands import CompleteTask
from domain.playbook.model import Stage
from domain.shared.errors import AskedOften, Refusal
from domain.shared.limits import KIB, MAX_CONDITION_TEXT_BYTES, MAX_REASON_BYTES
from domain.shared.text import cut
from domain.shared.values import PersonId, weight
from tests.domain.largest import LARGE
from tests.domain.story import FIRM, Story, StuckError
from tests.domain.test_bounds import on_its_way, require_carried
from tests.domain.test_people_room import colleagues

# Colleagues of whom no engagement knows yet.
OTHERS = colleagues(400)
MAX_TIMES = 40
# Numbers, statuses, stand-ins and whoever was told are not counted one by one.
SLACK = 48 * KIB


def complain(story: Story) -> None:
    for n in range(MAX_TIMES):  # each of its own words: the same ones are refused
        story.do(RaiseComplaint(text=f"{n:04} {LARGE[5:]}"), story.holder("engagement_manager"))


def wish_for_changes(story: Story) -> None:
    for _ in range(MAX_TIMES):
        story.do(RecordPotentialChange(text=LARGE), story.holder("engagement_manager"))


def name_experts(story: Story) -> None:
    """One after the other in disciplines that nobody needs; another day where somebody was asked often enough."""
    head, held = story.holder("head_of_delivery"), story.state.cast.holders.items()
    busy = {holder for role, holder in held if not role.startswith("expert:d")}
    busy |= {*story.state.cast.positions.values()}
    free = [person for person in FIRM.people if person.active and person.id not in busy]
    known = sum(role.startswith("expert:d") for role in (*story.state.cast.holders, *story.state.proposals))
    for n in range(known, known + MAX_TIMES):
        named = ProposeHolder(role=f"expert:d{n}", person=free[n % len(free)], waiver=story.waiver("With a coach."))
        try:
            story.do(named, head)
        except AskedOften:
            story.wait(days=1)


def expect(story: Story) -> None:
    for role in story.state.holdings:
        for how_many in (20, 5):
            with suppress(Refusal):
                expected = (Expectation(what=LARGE),) * how_many
                story.do(AgreeExpectations(role=role, expectations=expected), story.holder("engagement_manager"))


def delegate(story: Story) -> None:
    others = iter(OTHERS)
    for ask in story.open_asks():
        for voter in ask.silent:
            for person in [next(others, OTHERS[0]) for _ in range(3)]:
                given = DelegateAsk(ask_id=ask.id, to=person.id, introduces=Introduction(people=(person, *OTHERS)))
                with suppress(Refusal):
                    _do(story, ask, given, voter.person_id)


def revise_changes(story: Story) -> None:
    """A change, returned and revised a few times."""
    facts = ChangeFacts.in_one(title="More", reason=LARGE, price=100)
    n = story.submit(facts)
    for _ in range(6):
        story.answer(story.ask(AskKind.APPROVE_CHANGE), Verdict.RETURN, reason=LARGE)
        if story.state.changes[n].status is ChangeStatus.RETURNED:
            story.do(ReviseChange(n=n, change=facts), story.holder("project_manager"))


def speak(story: Story) -> None:
    person = story.holder("client_sponsor")
    for _ in range(12):
        story.do(RecordContact(person_id=person, summary=LARGE), story.holder("engagement_manager"))


def offer(story: Story) -> None:
    story.do(OfferHandoff(plan=LARGE), story.holder("engagement_manager"))


def deliver(story: Story) -> None:
    for milestone in story.state.milestones:
        story.do(DeliverMilestone(milestone=milestone), story.holder("project_manager"))


def release(story: Story) -> None:
    for role in list(story.state.holdings):
        with suppress(Refusal):
            head = story.state.cast.holder(story.state.head_role(role)) or story.state.overseer
            story.do(ReleaseRole(role=role, reason=LARGE), head)


def do_tasks(story: Story) -> None:
    for task in story.state.conditions:
        story.do(CompleteTask(task=task.id, note=cut(LARGE, MAX_REASON_BYTES)), task.owner)


def all_say(verdict: Verdict) -> Callable[[Story], None]:
    """Everybody asked gives the same answer, in the most words; where it is not taken, none."""

    def say(story: Story) -> None:
        each = cut(LARGE, MAX_CONDITION_TEXT_BYTES // 20)
        for ask in story.open_asks():
            owner = Condition(text=each, owner=story.state.manager, due=story.day(3))
            many = (owner,) * 20 if verdict is Verdict.APPROVE_WITH_CONDITIONS else ()
            try:
                story.answer(ask, verdict, reason=LARGE, score=1, conditions=many)
            except Refusal as refusal:
                assert verdict is Verdict.NEED_INFO or "KiB" not in str(refusal)  # noqa: PT017 -- it may be refused
            except (IndexError, StuckError):
                continue  # ended meanwhile

    say.__name__ = verdict.value
    return say


def _do(story: Story, ask: Ask, command: Command, by: str) -> None:
    number = next((n for n, order in story.orders.items() if ask.id in order.asks), None)
    if number is None:
        story.do(command, by)
    else:
        story.do_in_order(number, command, by)


ANSWERS = tuple(map(all_say, (Verdict.APPROVE, Verdict.APPROVE_WITH_CONDITIONS, Verdict.RETURN, Verdict.DECLINE)))
FLOODS = (
    complain,
    wish_for_changes,
    name_experts,
    expect,
    delegate,
    revise_changes,
    speak,
    offer,
    deliver,
    release,
    do_tasks,
    all_say(Verdict.NEED_INFO),
    all_say(Verdict.OBJECT),
)
STAGES = (Stage.BRD, Stage.HANDOFF, Stage.DELIVER, Stage.SUPPORT)
EXAMPLES = int(os.environ.get("EXPLORED", "60")) // 4


APPROVE, CONDITIONS, RETURN, DECLINE = ANSWERS


@example(stage=Stage.DELIVER, largest=False, floods=[complain, complain, APPROVE, *[DECLINE] * 3])
@example(stage=Stage.DELIVER, largest=False, floods=[*[name_experts] * 4, APPROVE])
@example(stage=Stage.DELIVER, largest=False, floods=[*[name_experts] * 4, DECLINE])
@example(stage=Stage.DELIVER, largest=True, floods=[expect, complain, delegate, APPROVE, release])
@example(stage=Stage.SUPPORT, largest=False, floods=[speak, *[RETURN, do_tasks] * 6])
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    stage=st.sampled_from(STAGES),
    largest=st.booleans(),
    floods=st.lists(st.one_of(st.sampled_from(FLOODS), st.sampled_from(ANSWERS)), min_size=2, max_size=7),
)
def test_no_flood_of_words_outgrows_what_is_carried_or_shuts_what_must_go_on(
    stage: Stage, largest: bool, floods: list[Callable[[Story], None]]
) -> None:
    story = on_its_way(stage, largest=largest).copy()
    story.firm = FIRM.replace(people=(*FIRM.people, *OTHERS))
    for flood in floods:
        since = len(story.facts)
        with suppress(Refusal, StuckError):
            flood(story)
        require_carried(story, since)
        assert taken(story.state) <= MAX_TOTAL_BYTES + SLACK
        assert all(weight(order) <= MAX_OF_AN_ORDER for order in story.orders.values())
    if not story.state.is_over and "finance" not in story.state.proposals:
        require_open(story)


def require_open(story: Story) -> None:
    """A role that is needed is filled, and the directory is heard."""
    if story.state.cast.holder("finance") is not None:
        story.do(ReleaseRole(role="finance", reason=LARGE), story.holder("cfo"))
    with suppress(AskedOften, StuckError):
        story.propose("finance")
        assert "finance" in story.state.proposals
    story.leaves(PersonId("sven.aas"))
    assert not story.state.cast.is_here(PersonId("sven.aas"))
