"""What is done to the directory reaches each engagement that it concerns, once, whatever dies on the way."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
from sqlalchemy import update
from temporalio.client import RPCError
from temporalio.service import RPCStatusCode
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.directory_sync import DirectorySyncActivities, SyncedPage, SyncPage
from adapters.db import ledger
from adapters.db.database import reading, writing
from adapters.db.deals_being_started import DealsBeingStarted
from adapters.db.installation import Installation
from adapters.db.people_operations import PeopleOperations
from adapters.db.registry import Registry
from adapters.db.stream_status import StreamStatuses
from adapters.db.tables.columns import columns
from adapters.db.tables.record import SequenceRow
from application.directory_sync.sync import NOTHING, REFUSED, TOLD, UNREACHED, DirectorySync
from application.gateway import WorkflowGateway
from application.reconciliation.compare import Stores
from domain.asks.model import AskKind
from domain.directory import commands as f
from domain.directory.delta import delta_for
from domain.directory.directory import Directory
from domain.directory.people import Absence
from domain.engagement.aggregate import Engagement
from domain.engagement.closing.commands import LoseDeal
from domain.engagement.command import DIRECTORY
from domain.engagement.roles.events import DirectoryTaken, HolderProposed
from domain.engagement.roles.values import VacancyCause
from domain.engagement.start import StartDeal
from domain.record.facts import Recorded
from domain.shared.errors import NotFound
from domain.shared.streams import engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, PersonId
from tests.clock import CLOCK, day
from tests.domain.story import FIRM
from tests.workflow_sandbox import sandbox
from tests.workflows.live import Live, Playing
from tests.workflows.worker_env import (
    TemporalServer,
    WorkerEnv,
    connected,
    eventually,
    finish,
    replay,
    running_worker,
    worker_env,
    worker_process,
)
from worker import _see_to_the_directory
from workflows.directory_sync import DIRECTORY_SYNC, PAUSES, DirectorySyncWorkflow, Synced, SyncInput
from workflows.messages import Receipt

IDA = Actor(person_id="ida.holm", house_roles=("administrator",))
MARTA, JONAS, NADIA, TOMASZ = PersonId("marta.silva"), PersonId("jonas.weber"), "nadia.haddad", "tomasz.nowak"
MANAGER, PM = "engagement_manager", "project_manager"


def versatile() -> Directory:
    """The firm, with a project manager who could also manage engagements."""
    marta = FIRM.person(MARTA)
    assert marta is not None
    roles = {"roles": (PM, MANAGER), "competencies": marta.competencies}
    people = tuple(person.replace(**roles) if person.id == NADIA else person for person in FIRM.people)
    return FIRM.replace(people=people, absences=())


class SparingLive(Live):
    """A deal that knows, at first, only those whom it must."""

    def opening(self) -> StartDeal:
        whole = super().opening()
        named = {whole.salesperson, whole.provider_sponsor, *whole.positions.values()}
        people = tuple(person for person in whole.people if person.client is not None or person.id in named)
        return whole.replace(people=people, absences=())


class Calm(DirectorySync):
    """Syncs, and leaves the server's schedules to the tests of these."""

    async def keep_schedules(self) -> None:
        pass


class SyncEnv:
    """An environment with the directory in force, and the engagements that are told of it."""

    def __init__(self, env: WorkerEnv) -> None:
        self.env = env
        self.operations = PeopleOperations(env.database, CLOCK)
        self.sync = Calm(env.engine, Registry(env.database, CLOCK), env.read, self.operations, CLOCK)

    def works(self, sync: DirectorySync | None = None) -> Any:
        """A worker in this process."""
        return running_worker(self.env, others=DirectorySyncActivities(sync or self.sync).activities)

    async def deal(self, **holders: str) -> Playing:
        """A new deal with these holders, who have accepted."""
        live = Playing(await asyncio.to_thread(SparingLive, self.env, asyncio.get_running_loop(), "lindqvist"))
        for role, person in holders.items():
            await live.do(lambda story, role=role, person=person: story.propose(role, person))  # type: ignore[misc]
            await accept(live)
        return live

    def do(self, command: f.FirmCommand, by: Actor = IDA) -> int:
        return self.operations.carry_out(command, by)

    async def synced(self) -> Synced:
        """Has what was done told, and waits until it is."""
        await self.env.engine.sync_directory()
        return await self.come_to_its_end()

    async def come_to_its_end(self) -> Synced:
        """What the run came to that was woken last."""
        async with asyncio.timeout(60):
            run = self.env.client.get_workflow_handle(DIRECTORY_SYNC, result_type=Synced)
            return cast("Synced", await run.result())

    async def compared(self) -> Synced:
        """The nightly comparison."""
        async with asyncio.timeout(60):
            return await self.env.client.execute_workflow(
                DirectorySyncWorkflow.run,
                SyncInput(everything=True),
                id=f"{DIRECTORY_SYNC}/nightly",
                task_queue=self.env.queue,
            )

    def outcomes(self, version: int) -> dict[str, str]:
        return {each.engagement_id: each.outcome for each in self.operations.outcomes(version)}

    def facts(self, live: Playing) -> tuple[Recorded, ...]:
        with reading(self.env.database) as connection:
            return ledger.read(connection, engagement_stream(live.number))

    def words(self, live: Playing) -> list[str]:
        """Why the directory's word was given, each time."""
        return [fact.event.because for fact in self.facts(live) if isinstance(fact.event, DirectoryTaken)]


async def accept(live: Playing) -> None:
    await live.do(lambda story: story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="I take it"))


@pytest_asyncio.fixture
async def sync_env(server: TemporalServer, tmp_path: Path) -> AsyncIterator[SyncEnv]:
    client = await connected(server.address)
    async with worker_env(client, tmp_path) as env:
        sync_env = SyncEnv(env)
        sync_env.operations.import_directory(versatile())
        yield sync_env
        await finish(client, env.queue)


def without(directory: Directory, *gone: str) -> f.ImportDirectory:
    people = tuple(person for person in directory.people if person.id not in gone)
    return f.ImportDirectory(directory=directory.replace(people=people))


# -- who left


@pytest.mark.clock
async def test_whoever_a_file_drops_holds_nothing_in_any_engagement_and_what_they_were_asked_moves(
    sync_env: SyncEnv,
) -> None:
    async with sync_env.works():
        deciding = await sync_env.deal()
        await deciding.until(lambda story: any(story.state.open_asks(AskKind.DECIDE_DEAL)))
        (ask,) = deciding.state.open_asks(AskKind.DECIDE_DEAL)
        assert ask.asked == (JONAS,)
        proposed = await sync_env.deal()
        await proposed.do(lambda story: story.propose(MANAGER, JONAS))
        stranger = await sync_env.deal(engagement_manager=MARTA)
        untouched = len(sync_env.facts(stranger)), await sync_env.env.events_of(engagement_stream(stranger.number))
        version = sync_env.do(without(versatile(), JONAS))
        report = await sync_env.synced()
        assert (report.operations, report.told) == (1, 2)
        state = await deciding.look()
        assert state.vacancies[MANAGER].cause is VacancyCause.LEFT
        assert state.vacancies[MANAGER].accountable == TOMASZ
        assert state.asks[ask.id].asked == (TOMASZ,)
        assert state.cast.name(JONAS) == "Jonas Weber"
        state = await proposed.look()
        assert not any(state.open_asks(AskKind.ACCEPT_ROLE))
        assert "has left" in state.vacancies[MANAGER].because
        assert sync_env.outcomes(version) == {deciding.number: TOLD, proposed.number: TOLD}
        assert sync_env.operations.operation(version).synced_at is not None
        now = len(sync_env.facts(stranger)), await sync_env.env.events_of(engagement_stream(stranger.number))
        assert now == untouched
        await replay(sync_env.env, DIRECTORY_SYNC)


async def test_a_successor_of_somebody_who_left_is_asked_in_each_engagement_and_holds_nothing_before(
    sync_env: SyncEnv,
) -> None:
    async with sync_env.works():
        first, second = [await sync_env.deal(engagement_manager=MARTA) for _ in range(2)]
        leaving = f.DeactivatePerson(person_id=MARTA, reason="To the competition", successor=JONAS)
        version = sync_env.do(leaving)
        await sync_env.synced()
        for live in (first, second):
            state = await live.look()
            assert state.cast.holder(MANAGER) is None
            (ask,) = state.open_asks(AskKind.ACCEPT_ROLE)
            assert ask.asked == (JONAS,)
            assert sync_env.words(live) == ["To the competition"]
        await accept(first)
        assert (await first.look()).cast.holder(MANAGER) == JONAS
        assert (await second.look()).cast.holder(MANAGER) is None
        assert sync_env.outcomes(version) == {first.number: TOLD, second.number: TOLD}


# -- who takes over


async def test_a_successor_is_asked_everywhere_and_refused_where_they_manage_the_project(sync_env: SyncEnv) -> None:
    async with sync_env.works():
        free = await sync_env.deal(engagement_manager=MARTA)
        bound = await sync_env.deal(engagement_manager=MARTA, project_manager=NADIA)
        stranger = await sync_env.deal(engagement_manager=JONAS)
        last_day = day(10)
        command = f.ReplacePerson(person_id=MARTA, successor=NADIA, reason="She asked for it", last_day=last_day)
        version = sync_env.do(command, Actor(person_id=TOMASZ))
        report = await sync_env.synced()
        assert (report.told, report.refused) == (1, 1)
        assert sync_env.outcomes(version) == {free.number: TOLD, bound.number: REFUSED}
        (refused,) = [s for s in sync_env.operations.outcomes(version) if s.outcome == REFUSED]
        assert refused.detail.startswith("no-silent-default: ")
        assert "cannot be the same person" in refused.detail
        state = await free.look()
        (ask,) = state.open_asks(AskKind.ACCEPT_ROLE)
        assert (ask.asked, ask.facts["takes_over_from"]) == ((NADIA,), "marta.silva")
        assert ask.facts["handover_until"] == str(last_day)
        assert state.cast.holder(MANAGER) == MARTA
        await accept(free)
        state = await free.look()
        assert state.cast.holder(MANAGER) == NADIA
        assert [(h.person_id, h.last_day) for h in state.handovers] == [(MARTA, last_day)]
        state = await bound.look()
        assert (state.cast.holder(MANAGER), state.cast.holder(PM)) == (MARTA, NADIA)
        assert not any(state.open_asks(AskKind.ACCEPT_ROLE))
        assert sync_env.words(stranger) == []


# -- what dies on the way


async def test_a_worker_that_dies_while_it_tells_lets_each_engagement_hear_once(
    sync_env: SyncEnv, server: TemporalServer, tmp_path: Path
) -> None:
    async with sync_env.works():
        deals = [await sync_env.deal(engagement_manager=MARTA) for _ in range(3)]
    version = sync_env.do(f.DeactivatePerson(person_id=MARTA, reason="Left", successor=JONAS))
    worker = worker_process(sync_env.env, server, tmp_path / "worker.log")
    worker.command = [sys.executable, "-m", "tests.workflows.fragile_sync", "2"]
    worker.start()
    await sync_env.env.engine.sync_directory()
    await eventually(worker.has_ended)
    assert sync_env.operations.operation(version).synced_at is None
    async with sync_env.works():
        await sync_env.synced()
        for live in deals:
            assert sync_env.words(live) == ["Left"]
            proposed = [x for x in sync_env.facts(live) if isinstance(x.event, HolderProposed)]
            assert [x.event.proposal.person_id for x in proposed if isinstance(x.event, HolderProposed)] == [
                MARTA,
                JONAS,
            ]
        assert sync_env.outcomes(version) == {live.number: TOLD for live in deals}
        assert sync_env.operations.operation(version).synced_at is not None
        await replay(sync_env.env, DIRECTORY_SYNC)


class Gated(Calm):
    """Says that nothing is new, and does not say so before it is let."""

    def __init__(self, sync_env: SyncEnv) -> None:
        super().__init__(
            sync_env.env.engine, Registry(sync_env.env.database, CLOCK), sync_env.env.read, sync_env.operations, CLOCK
        )
        self.says_nothing, self.may_go_on = asyncio.Event(), asyncio.Event()

    async def pending_version(self, after: int) -> int | None:
        found = await super().pending_version(after)
        if found is None:
            self.says_nothing.set()
            await self.may_go_on.wait()
        return found


async def test_what_is_done_while_the_last_page_is_told_is_told_too(sync_env: SyncEnv) -> None:
    gated = Gated(sync_env)
    async with sync_env.works(gated):
        live = await sync_env.deal(engagement_manager=MARTA)
        first = sync_env.do(away(MARTA))
        await sync_env.env.engine.sync_directory()
        await gated.says_nothing.wait()
        second = sync_env.do(f.DeactivatePerson(person_id=MARTA, reason="Left for good"))
        await sync_env.env.engine.sync_directory()
        gated.may_go_on.set()
        report = await sync_env.come_to_its_end()
        assert report.operations == 2
        assert sync_env.operations.pending_version() is None
        assert sync_env.outcomes(first) == sync_env.outcomes(second) == {live.number: TOLD}
        assert sync_env.words(live)[-1] == "Left for good"
        await replay(sync_env.env, DIRECTORY_SYNC)


async def test_of_several_operations_told_with_one_word_each_says_that_it_was_told(sync_env: SyncEnv) -> None:
    async with sync_env.works():
        live = await sync_env.deal(engagement_manager=MARTA)
        versions = [sync_env.do(away(MARTA)), sync_env.do(f.DeactivatePerson(person_id=MARTA, reason="Left"))]
        assert (await sync_env.synced()).operations == 2
        assert [sync_env.outcomes(version) for version in versions] == [{live.number: TOLD}] * 2
        assert len(sync_env.words(live)) == 1


def away(person: str) -> f.RecordAbsence:
    today = day()
    return f.RecordAbsence(absence=Absence(person=person, first=today, last=today + timedelta(days=5)))


@pytest.mark.clock
async def test_the_nightly_comparison_heals_whatever_an_engagement_missed(sync_env: SyncEnv) -> None:
    async with sync_env.works():
        live = await sync_env.deal(engagement_manager=MARTA)
        knowing = await sync_env.deal(engagement_manager=JONAS)
        left = sync_env.do(f.DeactivatePerson(person_id=MARTA, reason="Left"))
        for deal in (live, knowing):
            sync_env.operations.note(left, deal.state.id, "told")
        sync_env.operations.mark_synced(left)
        assert (await sync_env.synced()).operations == 0
        assert (await live.look()).cast.holder(MANAGER) == MARTA
        assert (await sync_env.compared()).told == 1
        state = await live.look()
        assert state.cast.holder(MANAGER) is None
        assert state.vacancies[MANAGER].because == "Marta Silva has left: Left"
        assert sync_env.words(knowing) == []
        assert (await sync_env.compared()).told == 0
        for one in (live, knowing):
            assert known_whole(sync_env, await one.look())


def known_whole(sync_env: SyncEnv, state: Engagement) -> bool:
    version, directory = Registry(sync_env.env.database).directory_version()
    return delta_for(directory, version, state, CLOCK(), "?") is None


# -- one that is in the way


class Cracked(WorkflowGateway):
    """An engine in which one engagement answers what nobody expects."""

    broken = EngagementId("")

    async def command(self, workflow_id: str, request: Any) -> Any:
        if workflow_id == engagement_stream(self.broken):
            raise RPCError("unheard of", RPCStatusCode.INVALID_ARGUMENT, b"")
        return await super().command(workflow_id, request)


async def test_an_engagement_that_answers_what_nobody_expects_holds_up_no_other(sync_env: SyncEnv) -> None:
    async with sync_env.works():
        first, second = [await sync_env.deal(engagement_manager=MARTA) for _ in range(2)]
        version = sync_env.do(f.DeactivatePerson(person_id=MARTA, reason="Left"))
        env = sync_env.env
        cracked = Cracked(env.client, env.queue, CLOCK, Installation(env.database))
        cracked.broken = first.number
        sync = Calm(cracked, Registry(env.database, CLOCK), env.read, sync_env.operations, CLOCK)
        told = await sync.tell_page(SyncPage(version=version))
        assert told == SyncedPage(told=1, refused=0, unreached=1, next_after=None)
        assert sync_env.outcomes(version) == {first.number: UNREACHED, second.number: TOLD}
        assert sync_env.words(second) == ["Left"]
        assert await sync_env.sync.tell_page(SyncPage(version=version)) == told.replace(unreached=0)
        assert sync_env.outcomes(version) == {first.number: TOLD, second.number: TOLD}
        assert sync_env.words(second) == ["Left"]


class SetBack(WorkflowGateway):
    """An engine that was put back to an older copy right after it had answered: nothing stays of it."""

    async def command(self, workflow_id: str, request: Any) -> Any:  # noqa: ARG002 -- as the engine's own
        return Receipt(stream=workflow_id, sequence=99, happened=("DirectoryTaken",), stage="qualify")


class Emptied(WorkflowGateway):
    """An engine of this installation that lost everything it ran."""

    async def command(self, workflow_id: str, request: Any) -> Any:  # noqa: ARG002 -- as the engine's own
        raise NotFound(f"No workflow {workflow_id} runs.", remedy="Reconcile.")


@pytest.mark.parametrize("lost", [SetBack, Emptied])
async def test_what_an_engine_lost_is_told_again(
    sync_env: SyncEnv, monkeypatch: pytest.MonkeyPatch, lost: type[WorkflowGateway]
) -> None:
    monkeypatch.setattr("application.directory_sync.sync.RECORDED_WITHIN", 0.1)
    async with sync_env.works():
        live = await sync_env.deal(engagement_manager=MARTA)
        version, env = sync_env.do(f.DeactivatePerson(person_id=MARTA, reason="Left")), sync_env.env
        engine = lost(env.client, env.queue, CLOCK, Installation(env.database))
        sync = Calm(engine, Registry(env.database, CLOCK), env.read, sync_env.operations, CLOCK)
        assert (await sync.tell_page(SyncPage(version=version))).unreached == 1
        assert sync_env.outcomes(version) == {live.number: UNREACHED}
        await sync_env.synced()
        assert (sync_env.outcomes(version), sync_env.words(live)) == ({live.number: TOLD}, ["Left"])


async def test_a_first_directory_that_is_imported_at_the_machine_is_heard_of(
    env: WorkerEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It concerns no engagement and nobody is woken; the schedules of the mornings are made of it all the same."""
    monkeypatch.setattr("worker.LOST_WAKE_UP", 0.05)
    operations, kept = PeopleOperations(env.database, CLOCK), list[int]()

    class Counting(DirectorySync):
        async def keep_schedules(self) -> None:
            kept.append(operations.newest_number())

    sync = Counting(env.engine, Registry(env.database, CLOCK), env.read, operations, CLOCK)
    stores = Stores(
        env.engine,
        StreamStatuses(env.database),
        Installation(env.database),
        DealsBeingStarted(env.database),
        CLOCK,
    )
    beside = env.beside()
    stores = replace(stores, engine=beside.engine)
    async with running_worker(beside, others=DirectorySyncActivities(sync).activities):
        watching = asyncio.create_task(_see_to_the_directory(stores, operations))
        await eventually(lambda: as_awaited(kept == [0]))
        operations.import_directory(FIRM)
        await eventually(lambda: as_awaited(kept == [0, 1]))
        await asyncio.sleep(0.3)
        assert kept == [0, 1]
        watching.cancel()


async def as_awaited(so: object) -> object:
    return so


async def test_a_word_older_than_the_one_that_an_engagement_knows_is_told_again(sync_env: SyncEnv) -> None:
    """The record was set back, and the engagement was told more by the operations that it lost."""
    async with sync_env.works():
        live = await sync_env.deal(engagement_manager=MARTA)
        known, directory = Registry(sync_env.env.database).directory_version()
        renamed = tuple(one.replace(title="Principal") if one.id == MARTA else one for one in directory.people)
        word = delta_for(directory.replace(people=renamed), known + 7, await live.look(), CLOCK(), "Told before")
        assert word is not None
        await live.do(lambda story: story.do(word, "ida.holm", channel=DIRECTORY))
        with writing(sync_env.env.database) as connection:
            connection.execute(update(SequenceRow).where(columns(SequenceRow).name == "directory").values(value=known))
        version = sync_env.do(f.DeactivatePerson(person_id=MARTA, reason="Left"))
        assert (await sync_env.sync.tell_page(SyncPage(version=version))).unreached == 1
        assert sync_env.outcomes(version) == {live.number: UNREACHED}


async def test_an_engagement_that_is_over_is_told_nothing(sync_env: SyncEnv) -> None:
    async with sync_env.works():
        live = await sync_env.deal(engagement_manager=MARTA)
        await live.do(lambda story: story.do(LoseDeal(reason="Too dear"), story.state.seller))
        version = sync_env.do(f.DeactivatePerson(person_id=MARTA, reason="Left"))
        await sync_env.synced()
        assert sync_env.outcomes(version) in ({}, {live.number: NOTHING})
        assert sync_env.words(live) == []


class Stubborn:
    """A firm in which two operations were done, and an engagement never answers. Schedules cannot be kept either."""

    def __init__(self) -> None:
        self.told: list[int | None] = []
        self.finished: list[int] = []

    async def keep_schedules(self) -> None:
        raise RuntimeError("the database is away")

    async def pending_version(self, after: int) -> int | None:
        return next((version for version in (2, 3) if version > after and version not in self.finished), None)

    async def tell_page(self, errand: SyncPage) -> SyncedPage:
        self.told.append(errand.version)
        return SyncedPage(told=1, refused=0, unreached=1 if errand.version == 2 else 0, next_after=None)

    async def finish(self, version: int) -> None:
        self.finished.append(version)


async def test_who_never_answers_is_told_again_after_some_pauses_and_holds_up_no_later_operation(
    time_skipping: tuple[WorkflowEnvironment, WorkerEnv],
) -> None:
    skipping, env = time_skipping
    stubborn = Stubborn()
    queue, activities = env.beside().queue, DirectorySyncActivities(stubborn).activities
    async with Worker(
        skipping.client,
        task_queue=queue,
        workflows=[DirectorySyncWorkflow],
        activities=activities,
        workflow_runner=sandbox(),
    ):
        run = await skipping.client.start_workflow(
            DirectorySyncWorkflow.run, SyncInput(), id=f"{DIRECTORY_SYNC}/stubborn", task_queue=queue
        )
        report = await run.result()
        described = await run.describe()
    assert stubborn.told == [2, 3] + [2] * len(PAUSES)
    assert stubborn.finished == [3], "what not everybody has heard stays open for the next run"
    assert report.operations == 1
    assert described.close_time is not None
    assert sum(PAUSES, timedelta()) <= described.close_time - described.start_time < timedelta(hours=2)
