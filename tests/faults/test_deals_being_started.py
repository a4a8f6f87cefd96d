"""A deal that the engine has begun, and no worker recorded yet, goes to nobody else by a change of the directory."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.db.records import Records
from adapters.db.registry import NumberWanted
from application.authentication import Caller, actor_of
from application.commands.start_deal import BeingRecorded, NewDeal, _opening, start_deal
from application.gateway import WorkflowGateway
from application.reconciliation.compare import NEVER_BEGUN_AFTER, compare_stores, stores_of
from domain.directory.directory import Client, Directory
from domain.shared.errors import BadValue, DealsUnknown
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, PersonId
from tests.api.played import NEW_DEAL, SELLER, client_of_new_deals
from tests.clock import CLOCK
from tests.faults.restoring import SHORT_WAIT, Stores, compared, reconciled
from tests.stack import Stack
from worker import WRITERS, build_worker
from workflows.messages import Opening

QUEUE = "nobody-works-here-yet"


async def test_until_it_is_recorded_its_client_is_as_taken_as_by_a_deal_that_runs(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stores.running() as stack:
        client = stack.app.engine._client
        app = replace(stack.app, engine=WorkflowGateway(client, QUEUE, CLOCK, stack.app.installation))
        caller = Caller(
            actor=actor_of(stack.directory, SELLER, "rest"), route="POST /engagements", key=f"{stack.run}-in-flight"
        )
        deal = NewDeal.model_validate(NEW_DEAL)
        monkeypatch.setattr("application.commands.start_deal.OPEN_PATIENCE_SECONDS", 0.5)
        with pytest.raises(BeingRecorded):
            await start_deal(app, caller, deal)
        monkeypatch.undo()
        stack.app.people.import_directory(renamed(stack.directory, formerly=(deal.client,)))
        released = renamed(stack.directory, released_names=(deal.client,))
        with pytest.raises(BadValue, match=f"Deals know Another Name AB as {deal.client} still"):
            stack.app.people.import_directory(with_strangers(released, deal.client))
        with ThreadPoolExecutor(WRITERS) as threads:
            async with build_worker(client, QUEUE, Records(stack.database), threads):
                receipt = await start_deal(app, caller, deal)
        state = stack.app.read.engagement(EngagementId(receipt.stream.partition("/")[2]))
        assert state is not None
        assert state.cast.holder("client_sponsor") == deal.client_sponsor


async def test_while_the_record_is_behind_no_name_is_given_to_others_and_the_deal_then_hears_who_has_left(
    stores: Stores,
) -> None:
    async with stores.running() as stack:
        await compared(stack)
    stores.copy("record")
    async with stores.running() as stack:
        number = (await stack.done(SELLER, "POST", "/engagements", NEW_DEAL, key="lost"))["engagement_id"]
        known = client_of_new_deals(stack)
    stores.set_back("record")
    async with stores.running() as stack:
        await compared(stack)
        for file in (renamed(stack.directory, formerly=(known.name,)), with_strangers(stack.directory, "Nordlys AS")):
            with pytest.raises(DealsUnknown, match="There may be deals by the name"):
                stack.app.people.import_directory(file)
        lars = known.people[0].replace(id="lars.lind", name="Lars Lind", email="lars@lind.example")
        others = tuple(client for client in stack.directory.clients if client != known)
        stack.app.people.import_directory(stack.directory.replace(clients=(known.replace(people=(lars,)), *others)))
        assert [one for one in await reconciled(stack) if not one.healed] == []
        assert (await stack.done(SELLER, "POST", "/engagements", NEW_DEAL, key="lost"))["engagement_id"] == number
        state = stack.app.read.engagement(number)
        assert state is not None
        assert state.cast.holder("client_sponsor") is None
        assert "client_sponsor" in state.vacancies


async def test_nor_is_one_while_the_record_lacks_facts_of_a_deal_that_it_knows(stores: Stores) -> None:
    async with stores.running() as stack:
        number = (await stack.done(SELLER, "POST", "/engagements", NEW_DEAL))["engagement_id"]
    stores.copy("record")
    async with stores.running() as stack:
        await stack.done(SELLER, "POST", f"/engagements/{number}/needs", {"needs": [{"id": "N1", "text": "One login"}]})
    stores.set_back("record")
    async with stores.running() as stack:
        await compared(stack)
        assert stack.app.installation.stopped() == ""
        file = with_strangers(stack.directory, "Nordlys AS")
        with pytest.raises(DealsUnknown, match=f"of {number}, the ledger ends at"):
            stack.app.people.import_directory(file)
        await reconciled(stack)
        stack.app.people.import_directory(file)


async def test_a_number_that_the_engine_never_heard_of_is_given_up_and_one_on_its_way_is_not(stores: Stores) -> None:
    async with stores.running() as stack:
        known, app = client_of_new_deals(stack), stack.app
        wanted = NumberWanted("died", "b", known, (PersonId("anna.lindqvist"),), SELLER)
        number = app.registry.engagement_number(wanted, app.clock().year)
        at_once, later = stores_of(app, SHORT_WAIT), app.clock() + NEVER_BEGUN_AFTER + timedelta(minutes=1)
        await compare_stores(at_once)
        assert app.starting.of_before(later) == (number,)
        waiting = await begun_where_nobody_works(
            stack, app.registry.engagement_number(wanted._replace(key="on its way"), 2026)
        )
        await compare_stores(replace(at_once, now=lambda: later))
        assert app.starting.of_before(later) == (waiting,)


async def begun_where_nobody_works(stack: Stack, number: EngagementId) -> EngagementId:
    """The number of a deal that the engine has begun, and that no worker records."""
    engine = WorkflowGateway(stack.app.engine._client, QUEUE, CLOCK, stack.app.installation)
    deal = NewDeal.model_validate(NEW_DEAL)
    command = _opening(stack.directory, stack.app.registry.playbook(), deal, number, SELLER)
    await engine.open(Opening(command=command, actor=Actor(person_id=SELLER, command="on its way")))
    return number


def renamed(directory: Directory, **said: tuple[str, ...]) -> Directory:
    """The directory, in which the client of new deals is called otherwise."""
    known = directory.client(NEW_DEAL["client"])
    assert known is not None
    others = (client for client in directory.clients if client != known)
    people = tuple(person.replace(client="Another Name AB") for person in known.people)
    return directory.replace(clients=(known.replace(name="Another Name AB", people=people, **said), *others))


def with_strangers(directory: Directory, name: str) -> Directory:
    """The directory with a new client of that name."""
    return directory.replace(clients=(*directory.clients, Client(name=name, vertical="retail")))
