"""Nobody acts for a year: every ladder climbs in its own calendar to its end, and silence decides nothing."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from adapters.db import ledger
from adapters.db.database import reading
from domain.asks.events import AskEscalated
from domain.asks.holder import AskHolder
from domain.asks.model import Ask, AskKind
from domain.change_order import decide as order_door
from domain.change_order.permissions import ENGAGEMENT
from domain.directory.people import Participants
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.documents.commands import ExtendOffer
from domain.engagement.roles.events import VacancyEscalated
from domain.engagement.roles.values import Vacancy
from domain.engagement.timers import next_moment
from domain.playbook.model import Stage
from domain.record.facts import Recorded
from domain.shared.streams import change_stream, engagement_stream
from domain.shared.transaction import CLOCK
from tests.domain.story import Story
from tests.stores_agree import divergences
from tests.workflows.live import Live, Playing, begin
from tests.workflows.test_change_orders import more_work
from tests.workflows.worker_env import WorkerEnv
from workflows import aggregate_runner

A_YEAR = timedelta(days=366)
MAX_EVENTS = 2000
# Within this a timer has come and its facts are written, also on a busy machine.
LATE = timedelta(seconds=20)

# All that time may do. It ends no ask, fills no role, and gives no word for anybody.
ASKS_AND_TELLS = frozenset(
    {
        "AskReminded",
        "AskEscalated",
        "StandInAsked",
        "FinalAuthorityAsked",
        "VacancyEscalated",
        "VacancyCovered",
        "TaskCovered",
        "TaskReminded",
        "TaskEscalated",
        "FollowupDue",
        "FollowupSet",
        "AskOpened",
        "PeriodBegan",
        "PeriodEnded",
        "StandInLeft",
        "ActOpened",
        "ActReminded",
        "ActEscalated",
        "ActCovered",
    }
)


def asked(kind: AskKind) -> Callable[[Story], Any]:
    return lambda story: any(ask.kind is kind for ask in story.open_asks())


def client_is_asked_to_sign(story: Story) -> bool:
    return any(ask.kind is AskKind.SIGN_SOW and ask.for_client for ask in story.open_asks())


SITUATIONS: dict[str, tuple[str, Callable[[Story], Any]]] = {
    "a fresh deal with vacancies": ("lindqvist", lambda story: story.state.vacancies),
    "estimates asked": ("lindqvist", asked(AskKind.ESTIMATE)),
    "a majority asked to decide": ("halden", asked(AskKind.DECIDE_DEAL)),
    "a SOW in review": ("lindqvist", asked(AskKind.REVIEW_SOW)),
    "the client asked to sign": ("lindqvist", client_is_asked_to_sign),
    "delivery, a milestone asked": ("lindqvist", asked(AskKind.ACCEPT_MILESTONE)),
    "a change pending": ("lindqvist", lambda story: story.state.stage is Stage.DELIVER),
    "a change pending, after many runs": ("lindqvist", lambda story: story.state.stage is Stage.DELIVER),
}


class Silence:
    """A situation before and after a year in which nobody acted."""

    def __init__(self, live: Playing) -> None:
        self.number, self.live = live.number, live
        self.before, self.orders_before = live.state, dict(live.story.orders)
        self.after, self.orders = self.before, self.orders_before
        self.facts: dict[str, tuple[Recorded, ...]] = {}

    @property
    def pairs(self) -> list[tuple[str, AskHolder, AskHolder]]:
        """Stream, before and after, of the engagement and each of its change orders."""
        first = (engagement_stream(self.number), self.before, self.after)
        orders = [(change_stream(self.number, n), self.orders_before[n], order) for n, order in self.orders.items()]
        return [first, *orders]

    def of(self, stream: str, kind: str, **fields: object) -> list[Recorded]:
        """The facts of the year, of one kind, that have these fields."""
        return [
            fact
            for fact in self.facts[stream]
            if fact.event.kind == kind and all(getattr(fact.event, name) == value for name, value in fields.items())
        ]


@pytest_asyncio.fixture(scope="module")
async def silent(time_skipping: tuple[WorkflowEnvironment, WorkerEnv]) -> AsyncIterator[dict[str, Silence]]:
    """All situations, a year later."""
    skipping, env = time_skipping
    silences = {}
    for name, (deal, so) in SITUATIONS.items():
        silences[name] = Silence(await _situation(env, name, deal, so))
    await skipping.sleep(A_YEAR)
    for silence in silences.values():
        await _look_back(env, silence)
    yield silences


async def _situation(env: WorkerEnv, name: str, deal: str, so: Callable[[Story], Any]) -> Playing:
    with pytest.MonkeyPatch.context() as patched:
        if "many runs" in name:
            patched.setattr(aggregate_runner, "MAX_HISTORY", 25)
        live = await (await begin(env, deal)).until(so)
        if "change" in name:

            def submit(story: Live) -> None:
                story.submit(more_work(live))
                story.estimate_change(1)

            await live.do(submit)
    return live


async def _look_back(env: WorkerEnv, silence: Silence) -> None:
    silence.after = await env.engine.engagement(silence.number)
    silence.orders = {n: await env.engine.change_order(change_stream(silence.number, n)) for n in silence.after.changes}
    for stream, before, _ in silence.pairs:
        with reading(env.database) as connection:
            silence.facts[stream] = tuple(f for f in ledger.read(connection, stream) if f.seq > before.seq)


@pytest.fixture(params=list(SITUATIONS))
def silence(request: pytest.FixtureRequest, silent: dict[str, Silence]) -> Silence:
    """One of the situations."""
    return silent[request.param]


# -- the ladders


async def test_every_ask_is_reminded_and_climbs_in_the_hours_of_the_person_asked(silence: Silence) -> None:
    climbed = 0
    for stream, before, after in silence.pairs:
        for ask in before.open_asks():
            if ask.clock.since is not None and after.asks[ask.id].climbed is None:
                _assert_climbs_in_time(silence, stream, after, ask)
                climbed += 1
    assert climbed or not list(silence.before.open_asks())


def _assert_climbs_in_time(silence: Silence, stream: str, state: AskHolder, ask: Ask) -> None:
    ladder, calendar = state.playbook.ladder, state.cast.calendar_of(ask.asked[0])
    assert ask.clock.calendar == calendar.name
    half = calendar.after(ask.opened_at, ask.due_minutes * ladder.reminder_percent // 100)
    reminders = silence.of(stream, "AskReminded", ask_id=ask.id)
    assert len(reminders) == 1
    _assert_on_time(reminders[0], half)
    position = 0
    for rung in silence.of(stream, "AskEscalated", ask_id=ask.id):
        _assert_on_time(rung, calendar.after(ask.opened_at, ask.due_minutes + ladder.ask[position].after))
        assert isinstance(rung.event, AskEscalated)
        assert rung.event.name == ladder.ask[rung.event.rung - 1].role
        position = rung.event.rung
    assert position == len(ladder.ask), f"{ask.id} stays at rung {position}"


def _assert_on_time(fact: Recorded, expected: datetime) -> None:
    assert expected <= fact.at <= expected + LATE, f"{fact.event.kind} at {fact.at}, wanted at {expected}"


async def test_every_vacancy_climbs_to_the_managing_director(silence: Silence) -> None:
    stream = engagement_stream(silence.number)
    for role, vacancy in silence.before.vacancies.items():
        cast, last = silence.after.cast, silence.after.vacancies[role]
        _assert_vacancy_climbs_in_time(silence, stream, vacancy)
        assert last.accountable == cast.positions["managing_director"]
        assert vacancy.accountable == last.told[0] == cast.holder(silence.before.head_role(role))


def _assert_vacancy_climbs_in_time(silence: Silence, stream: str, vacancy: Vacancy) -> None:
    ladder, position = silence.after.playbook.ladder.vacancy, vacancy.rung
    calendar = silence.after.cast.calendars[vacancy.clock.calendar]
    for climb in silence.of(stream, "VacancyEscalated", role=vacancy.role):
        _assert_on_time(climb, calendar.after(vacancy.since, ladder[position].after))
        assert isinstance(climb.event, VacancyEscalated)
        assert climb.event.name == ladder[climb.event.rung - 1].role
        position = climb.event.rung
    assert position == len(ladder)


async def test_every_ladder_ends_with_somebody_who_is_not_the_project_manager(silence: Silence) -> None:
    for _, _, after in silence.pairs:
        manager = after.cast.holder("project_manager")
        for ask in after.open_asks():
            accountable = after.accountable_for(ask)
            assert accountable
            assert accountable != manager or manager in ask.asked


# -- what silence does not do


async def test_silence_approves_nothing_and_decides_nothing(silence: Silence) -> None:
    for stream, before, after in silence.pairs:
        own = [fact for fact in silence.facts[stream] if fact.channel != ENGAGEMENT]  # the rest it was told
        assert {fact.event.kind for fact in own} <= ASKS_AND_TELLS
        assert {fact.by for fact in own} <= {CLOCK}
        assert {ask.id for ask in before.open_asks()} <= {ask.id for ask in after.open_asks()}
        for ask in before.open_asks():
            assert after.asks[ask.id].votes == ask.votes
    assert silence.after.stage is silence.before.stage
    assert {change.status for change in silence.after.changes.values()} <= {ChangeStatus.PENDING}


async def test_silence_makes_nobody_the_holder_of_anything(silence: Silence) -> None:
    for _, before, after in silence.pairs:
        assert _roles(after.cast) == _roles(before.cast)
    assert silence.after.holdings == silence.before.holdings
    assert set(silence.before.vacancies) <= set(silence.after.vacancies)


def _roles(cast: Participants) -> dict[str, str]:
    return {**cast.holders, **cast.positions}


async def test_nothing_is_left_for_time_to_do(silence: Silence) -> None:
    assert next_moment(silence.after) is None
    assert [order_door.next_moment(order) for order in silence.orders.values()] == [None] * len(silence.orders)


# -- what it costs, and whether it is true


async def test_no_history_grows_long(silence: Silence, time_skipping: tuple[WorkflowEnvironment, WorkerEnv]) -> None:
    _, env = time_skipping
    for stream, _, _ in silence.pairs:
        handle = env.client.get_workflow_handle(stream)
        assert len([event async for event in handle.fetch_history_events()]) < MAX_EVENTS


async def test_the_three_agree_after_a_year(
    silence: Silence, time_skipping: tuple[WorkflowEnvironment, WorkerEnv]
) -> None:
    _, env = time_skipping
    assert await divergences(env.database, env.engine, silence.number) == []


async def test_a_late_word_still_counts(silent: dict[str, Silence]) -> None:
    silence = silent["the client asked to sign"]
    ask = next(ask for ask in silence.after.open_asks() if ask.kind is AskKind.SIGN_SOW)
    assert not any(stand_in.may_decide for stand_in in ask.stand_ins)
    until = silence.live.state.documents["sow"].offered_until
    assert until is not None
    longer = ExtendOffer(until=until + A_YEAR - timedelta(days=15))
    await silence.live.do(lambda story: story.do(longer, story.state.manager))
    await silence.live.do(lambda story: story.answer(story.now_of(ask)))
    assert silence.live.state.baseline_signed
