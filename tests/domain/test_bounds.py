"""What is open in an engagement is bounded, and nothing at its bounds breaks what carries it."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.asks import AskKind, Verdict
from domain.engagement import commands as c
from domain.engagement import state as s
from domain.engagement.bounds import GROWS
from domain.engagement.briefing import brief_for
from domain.estimating import ThreePoints
from domain.playbook import Stage
from domain.record import MOST_BYTES, first_batch
from domain.refusals import BadValue, Refusal
from tests.domain.story import Story, at
from workflows.details import LONGEST, engagement_details, order_details
from workflows.search_attributes import LONGEST_LIST, of_engagement, of_order

LARGE = "\U00010348" * 2000
"""2,000 characters of four bytes each."""
ENGINE_TAKES = 2_000_000


def needs(first: int, how_many: int, text: str = LARGE) -> c.RecordNeeds:
    return c.RecordNeeds(needs=tuple(s.Need(id=f"N{n}", text=text) for n in range(first, first + how_many)))


def fill(story: Story, rows: int, text: str) -> None:
    """Records needs until they are refused."""
    for n in range(1000, 1000 + 100 * rows, rows):
        story.do(needs(n, rows, text), story.state.seller)


def test_needs_are_refused_where_all_of_them_pass_the_bound_and_the_bound_is_named() -> None:
    story = Story()
    with pytest.raises(BadValue, match=r"needs .* at most 192 KiB"):
        fill(story, 10, LARGE)
    with pytest.raises(BadValue, match="at most 500 rows of needs"):
        fill(story, 100, "A need")


def test_what_is_at_its_bound_can_be_shortened_answered_and_ended() -> None:
    story = Story()
    with pytest.raises(BadValue):
        fill(story, 1, LARGE)
    story.do(needs(1000, 1, "Short"), story.state.seller)
    story.do(c.RestateNeeds(), story.state.seller)
    story.answer(story.ask(AskKind.CONFIRM_NEEDS), Verdict.RETURN, reason=LARGE)
    story.do(c.LoseDeal(reason=LARGE), story.state.seller)
    assert story.state.stage is Stage.LOST


def test_no_answer_end_or_close_is_among_what_is_refused_for_size() -> None:
    ends = {c.AnswerAsk, c.GiveInformation, c.DelegateAsk, c.CompleteTask, c.ReconcilePromise, c.ReportChange}
    ends |= {c.LoseDeal, c.CancelEngagement, c.CloseEngagement, c.HoldEngagement, c.ResumeEngagement, c.TakeDirectory}
    assert not ends & set(GROWS)


def require_carried(story: Story, since: int) -> None:
    """Everything that a workflow makes of this state is made, and fits the engine."""
    shown = of_engagement(story.state)
    assert all(len("".join(v).encode()) <= LONGEST_LIST for v in shown.values() if isinstance(v, list))
    assert len(engagement_details(story.state).encode()) <= LONGEST
    assert len(story.state.model_dump_json()) < ENGINE_TAKES
    for n in story.state.changes:
        brief_for(story.state, n)
    for order in story.orders.values():
        of_order(order)
        assert len(order_details(order).encode()) <= LONGEST
    facts = story.facts[since:]
    while facts:
        batch = first_batch("s", facts)
        assert len(batch.facts) == 1 or len(batch.model_dump_json()) <= MOST_BYTES + 1000
        assert len(batch.model_dump_json()) < ENGINE_TAKES
        facts = facts[len(batch.facts) :]


MONEY = st.sampled_from([Decimal(x) for x in ("0", "0.01", "-0.01", "1e12", "-1e12", "999999999999.99", "1")])
HOURS = st.sampled_from([Decimal(x) for x in ("0", "0.000001", "1", "1000000")])
WORDS = st.sampled_from(["A", LARGE, '"\\' * 1000])
DAYS = st.sampled_from([-3650, 0, 1, 3650])


@st.composite
def changes(draw: st.DrawFn) -> s.ChangeFacts:
    hours = draw(HOURS)
    points = ThreePoints(optimistic=Decimal(0), likely=hours, pessimistic=hours)
    line = s.ChangeLine(discipline="development", grade="senior", hours=points)
    return s.ChangeFacts(
        title=draw(WORDS)[:200],
        reason=draw(WORDS)[:200],
        work=(line,) * draw(st.sampled_from([0, 1, 50])),
        price=draw(MONEY),
        days=draw(DAYS),
        terms_changed=draw(st.booleans()),
    )


COMMANDS = st.one_of(
    st.builds(c.SubmitChange, change=changes()),
    st.builds(lambda text: c.RecordPotentialChange(text=text), WORDS),
    st.builds(lambda text: c.RaiseComplaint(text=text), WORDS),
    st.builds(lambda h: c.ReportHours(hours=(c.HoursWorked(item="W1", hours=h),)), HOURS),
    st.builds(lambda text: c.RecordContact(person="kari.moe", summary=text), WORDS),
    st.builds(lambda text: c.HoldEngagement(reason=text), WORDS),
    st.just(c.ResumeEngagement()),
)


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(commands=st.lists(COMMANDS, min_size=1, max_size=8))
def test_no_sequence_of_valid_commands_at_their_bounds_breaks_what_a_workflow_makes_of_it(
    commands: list[c.Command],
) -> None:
    story = at(Stage.DELIVER)
    for command in commands:
        since = len(story.facts)
        for role in ("project_manager", "engagement_manager"):
            try:
                story.do(command, story.holder(role))
            except Refusal:
                continue
            break
        require_carried(story, since)


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(st.tuples(WORDS, st.integers(1, 200)), min_size=1, max_size=3), last=st.booleans())
def test_no_sequence_of_needs_and_scope_at_their_bounds_breaks_it_either(
    texts: list[tuple[str, int]], last: bool
) -> None:
    story = Story()
    for n, (text, rows) in enumerate(texts):
        since = len(story.facts)
        day = date(2199, 12, 31) if last else date(2026, 11, 2)
        promise = s.Promise(id=f"P{n}", by=story.state.seller, to="kari.moe", text=text, on=day)
        ids = tuple(story.state.needs)[:200]
        package = s.WorkPackage(id=f"W{n}", title="T", discipline="testing", grade="consultant", needs=ids)
        given_commands = (
            needs(1000 * n, rows, text),
            c.RecordPromises(promises=(promise,)),
            c.SetWorkPackages(packages=(package.having(risks=(text,) * 50),)),
            c.RestateNeeds(),
        )
        for command in given_commands:
            try:
                story.do(command, story.state.seller)
            except Refusal:
                continue
        require_carried(story, since)
