"""Who may see what: figures, commission, documents, the inside of the house."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from adapters.db.people_operations import PeopleOperations
from adapters.db.registry import Registry
from adapters.db.tree_head import NoHead, head_of_file, is_genuine
from application.authentication import Caller, UnknownCaller, actor_of
from application.commands.carry_out import carry_out
from application.gateway import WorkflowGateway
from application.magic_links.links import Link
from application.queries.engagement import engagement_view
from application.queries.view import Reader
from application.queries.visibility import receipt_seen
from domain.engagement.closing.commands import HoldEngagement
from domain.engagement.command import EVERYONE
from domain.engagement.permissions import TOLD_TO_CLIENTS, Sight, effective_roles, may_see
from domain.engagement.tasks.values import Task
from domain.playbook.model import Stage
from domain.shared.errors import NotFound, PermissionDenied
from domain.shared.streams import engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, PersonId
from tests.adapters.builders import MONDAY
from tests.api.played import ADMINISTRATOR, CLIENT, HEAD_OF_SALES, NEW_DEAL, PRICED, SELLER, SPONSOR, Played
from tests.api.test_problems import problem_of
from tests.clock import CLOCK, day, held
from tests.databases import migrated
from tests.stack import ROOT, Stack
from workflows.messages import CommandRequest, OrderRequest, Receipt

EXPERT, PM = "kofi.mensah", "peter.olsen"
IN_HOUSE: dict[str, Any] = YAML(typ="safe").load(ROOT / "examples/deal-casework-inhouse.yaml")


async def test_an_expert_sees_no_figures(played: Played) -> None:
    state = await played.see(EXPERT)
    assert state["figures"] is None
    assert state["closing"]["realised_margin"] is None
    assert state["closing"]["commission"] is None
    assert state["price"]["price"]


async def test_figures_without_commission_for_who_delivers(played: Played) -> None:
    state = await played.see("anil.mehta")
    assert state["figures"]["margin_p80"]
    assert state["closing"]["realised_margin"]
    assert state["closing"]["commission"] is None


async def test_the_seller_sees_their_commission(played: Played) -> None:
    assert (await played.see(SELLER))["closing"]["commission"]
    assert played.kept["preview"]["commission"]


async def test_the_administrator_sees_no_figures(played: Played, stack: Stack) -> None:
    state = await played.see(ADMINISTRATOR)
    assert (state["figures"], state["price"]) == (None, None)
    assert [change["price"] for change in state["changes"]] == [None, None]
    change = await played.see(ADMINISTRATOR, "/changes/2")
    assert (change["price"], change["together"]) == (None, None)
    assert all(ask["facts"] is None for ask in change["asks"])
    problem_of(await stack.call(ADMINISTRATOR, "GET", f"/engagements/{played.engagement}/documents/sow.md"), 403)
    assert all(row["value"] is None for row in (await stack.get(ADMINISTRATOR, "/engagements"))["items"])


@pytest.mark.parametrize(
    ("who", "value", "margin"),
    [
        (EXPERT, True, False), (PM, True, False), (SELLER, True, True), (SPONSOR, True, True),
        ("anil.mehta", True, True), ("erik.strand", True, True), (HEAD_OF_SALES, True, True),
        (ADMINISTRATOR, False, False),
    ],
)  # fmt: skip
async def test_a_list_shows_what_the_engagement_itself_shows(
    played: Played, stack: Stack, who: str, value: bool, margin: bool
) -> None:
    page = await stack.get(who, "/engagements", q=played.engagement)
    (line,) = (row for row in page["items"] if row["id"] == played.engagement)
    assert (line["value"] is not None, line["margin"] is not None) == (value, margin)
    whole = await played.see(who)
    assert (bool(whole.get("price")), bool(whole.get("figures"))) == (value, margin)


async def test_a_client_reads_in_the_engagement_what_they_signed_and_in_lists_no_figure(
    played: Played, stack: Stack
) -> None:
    page = await stack.get(CLIENT, "/engagements", q=played.engagement)
    (line,) = (row for row in page["items"] if row["id"] == played.engagement)
    assert (line["value"], line["margin"]) == (None, None)
    whole = await played.see(CLIENT)
    assert set(whole["price"]) == {"price", "price_now", "currency", "payment"}
    assert "figures" not in whole


async def test_who_signs_for_finance_sees_the_margin_in_lists(played: Played, stack: Stack) -> None:
    for role in ("finance", "delivery_lead", "engagement_manager"):
        page = await stack.get(await played.holder(role), "/engagements", mine=True, q=played.engagement)
        assert page["items"][0]["margin"], role


async def test_keeping_the_process_alone_shows_no_engagement(played: Played, stack: Stack) -> None:
    """In the sample firm the process owner is a head as well, and ops the administrator."""
    state = stack.app.read.engagement(played.engagement)
    assert state is not None
    outsider = Actor(person_id="luca.ferri", house_roles=("ops", "process_owner"))
    assert not may_see(state, outsider, Sight.EXISTENCE)
    assert EVERYONE not in effective_roles(state, outsider)
    administrator = Actor(person_id="luca.ferri", house_roles=("administrator",))
    assert [sight for sight in Sight if may_see(state, administrator, sight)] == [Sight.EXISTENCE]


async def test_every_holder_of_a_position_is_a_head(played: Played, stack: Stack) -> None:
    state = stack.app.read.engagement(played.engagement)
    assert state is not None
    cast = state.cast.replace(positions={**state.cast.positions, "head_of_research": "luca.ferri"})
    assert may_see(state.replace(cast=cast), Actor(person_id="luca.ferri"), Sight.FIGURES)


async def test_a_change_is_the_clients_to_see_once_it_is_put_to_them(played: Played) -> None:
    assert problem_of(played.kept["unapproved change"], 409)["rule"] == "inside-before-outside"
    assert played.kept["unapproved register"]["changes"] == []
    shown = played.kept["change put to the client"]
    assert shown["title"] == "Two more key figures"
    assert set(shown) == {
        *("view", "n", "revision", "title", "reason", "price", "currency", "days", "items"),
        *("terms_changed", "requirements_changed", "status"),
    }
    register = (await played.see(CLIENT, "/changes"))["changes"]
    assert [(change["n"], set(change)) for change in register] == [(2, set(shown))]


async def test_a_document_is_told_by_its_revisions(played: Played, stack: Stack) -> None:
    path = f"/engagements/{played.engagement}/documents"
    inside = await stack.get(SELLER, f"{path}/sow")
    assert [row["revision"] for row in inside["revisions"]] == [1, 2]
    newest = inside["revisions"][-1]
    assert (inside["current"], newest["status"], len(newest["signatures"])) == (2, "signed", 2)
    assert newest["signed_shown"][0].startswith("Signed by Tomasz Nowak, provider sponsor, on ")
    assert newest == (await played.see(SELLER))["documents"]["sow"]
    outside = await stack.get(CLIENT, f"{path}/sow")
    by_their_clock = outside["revisions"][0]["signed_shown"]
    assert outside["revisions"] == [newest | {"signed_shown": by_their_clock}]
    assert [text.split(", on ")[0] for text in by_their_clock] == [
        text.split(", on ")[0] for text in newest["signed_shown"]
    ]
    problem_of(await stack.call(SELLER, "GET", f"{path}/nda"), 422)


async def test_vacancies_are_listed_for_whom_they_concern(stack: Stack) -> None:
    deal = await Played(stack).start("Vacant")
    rows = await stack.every(HEAD_OF_SALES, "/vacancies")
    own = {row["role"]: row["accountable"] for row in rows if row["engagement_id"] == deal.engagement}
    assert own == {"engagement_manager": SPONSOR, "delivery_lead": "priya.raman"}
    mine = await stack.every(SPONSOR, "/vacancies", accountable="me")
    assert {row["accountable"] for row in mine} == {SPONSOR}
    assert (await stack.get("luca.ferri", "/vacancies"))["items"] == []
    problem_of(await stack.call(CLIENT, "GET", "/vacancies"), 403)
    of_delivery = await stack.every(HEAD_OF_SALES, "/vacancies", function="delivery")
    row = next(row for row in of_delivery if row["engagement_id"] == deal.engagement)
    assert (row["title"], row["role"], row["cause"]) == ("Vacant", "delivery_lead", "not_named")
    assert (row["because"], row["accountable_name"]) == ("nobody holds it yet", "Priya Raman")
    first = await stack.get(HEAD_OF_SALES, "/vacancies", limit=1)
    second = await stack.get(HEAD_OF_SALES, "/vacancies", limit=1, after=first["next"])
    assert first["items"] != second["items"]


async def test_a_client_contact_sees_the_engagement_of_their_house(stack: Stack) -> None:
    deal = {"client": "Fjordline People Operations", "kind": "in_house", "title": "Casework"}
    people = {"salesperson": IN_HOUSE["salesperson"], "provider_sponsor": IN_HOUSE["provider_sponsor"]}
    people |= {"client_sponsor": "lena.fischer", "client_signatory": "lena.fischer"}
    started = await stack.done(people["salesperson"], "POST", "/engagements", NEW_DEAL | deal | people)
    view = await stack.get("ravi.shah", f"/engagements/{started['engagement_id']}")
    assert (view["view"], view["asks"]) == ("client", [])
    other = await Played(stack).start()
    problem_of(await stack.call("ravi.shah", "GET", f"/engagements/{other.engagement}"), 404)


async def test_who_has_left_comes_in_no_more(stack: Stack) -> None:
    directory = stack.directory
    left = directory.replace(
        people=tuple(p.replace(active=p.id != "luca.ferri") for p in directory.people),
        clients=tuple(
            client.replace(people=tuple(p.replace(active=p.id != "ravi.shah") for p in client.people))
            for client in directory.clients
        ),
    )
    for person in (PersonId("luca.ferri"), PersonId("ravi.shah")):
        assert actor_of(directory, person, "api").person_id == person
        with pytest.raises(UnknownCaller):
            actor_of(left, person, "api")


async def test_somebody_without_a_part_sees_nothing(played: Played, stack: Stack) -> None:
    path = f"/engagements/{played.engagement}"
    for part in ("", "/ledger", "/coverage", "/documents/sow.md", "/changes/2"):
        problem_of(await stack.call("luca.ferri", "GET", path + part), 404)
    listed = await stack.get("luca.ferri", "/engagements")
    assert played.engagement not in {row["id"] for row in listed["items"]}


async def test_the_client_sees_a_document_only_once_it_is_sent(played: Played) -> None:
    assert problem_of(played.kept["unsent"], 409)["rule"] == "inside-before-outside"
    assert played.kept["sent"].status_code == 200
    assert problem_of(played.kept["first"], 409)["rule"] == "inside-before-outside"


async def test_the_client_sees_what_is_theirs_alone(played: Played) -> None:
    view = played.kept["client_view"]
    assert view["view"] == "client"
    shown = {
        "view",
        "stopped",
        "id",
        "title",
        "client",
        "stage",
        "seq",
        "next_steps",
        "awaited",
        "asks",
        "documents",
        "promises",
        "milestones",
        "price",
        "changes",
        "complaints",
    }
    assert set(view) == shown
    assert (view["price"], view["milestones"]) == (None, []), "nothing is signed yet"
    assert (view["changes"], view["complaints"]) == ([], [])
    assert {step["who"]["id"] for step in view["next_steps"]} <= {CLIENT}
    assert [promise["id"] for promise in view["promises"]] == ["P1", "P2"]
    assert set(view["documents"]) == {"sow"}


async def test_streams_are_named_to_those_alone_who_see_all_engagements(stack: Stack) -> None:
    deal = await Played(stack).start("Named to few")
    for person in (SPONSOR, ADMINISTRATOR):
        head = await stack.get(person, "/tree-head")
        assert engagement_stream(deal.engagement) in {leaf["stream"] for leaf in head["leaves"]}
        assert is_genuine(head_of_file(json.dumps(head)), head["public_key"])
    for person in (SELLER, PersonId("luca.ferri")):
        head = await stack.get(person, "/tree-head")
        assert head["leaves"] is None
        assert head["streams"] > 0
        assert "ENG-" not in json.dumps(head)
        with pytest.raises(NoHead, match="names no streams"):
            head_of_file(json.dumps(head))
    problem_of(await stack.call(CLIENT, "GET", "/tree-head"), 403)


async def test_who_reads_what_is_quarantined_is_told_that_it_may_be_older(stack: Stack) -> None:
    deal = await Played(stack).start("Set back")
    path, stream = f"/engagements/{deal.engagement}", engagement_stream(deal.engagement)
    assert (await stack.get(SELLER, path))["stopped"] is None
    stack.app.standings.quarantine(stream, "the test says so", CLOCK())
    try:
        for person in (SELLER, CLIENT):
            said = (await stack.get(person, path))["stopped"]
            (line,) = (await stack.get(person, "/engagements", q=deal.engagement))["items"]
            assert line["stopped"]
            assert said.startswith(f"{deal.engagement} cannot be changed until a technical fault is repaired.")
            assert "may be older than what you were told" in said
        ready = (await stack.http.get("/ready")).json()
        assert (ready["quarantined"], ready["new_deals_paused"]) == (1, False)
    finally:
        stack.app.standings.release(stream)
    assert (await stack.get(SELLER, path))["stopped"] is None
    assert (await stack.http.get("/ready")).json()["quarantined"] == 0


async def test_readiness_says_that_the_record_is_not_what_was_signed(stack: Stack) -> None:
    unlike = "ENG-2026-0777 is not what was signed."
    stack.app.installation.is_contradicted("engagement/ENG-2026-0777", unlike, MONDAY, MONDAY)
    try:
        answer = await stack.http.get("/ready")
        assert answer.json()["contradicted"] is True
        assert "0777" not in answer.text
    finally:
        stack.app.installation.is_as_signed(MONDAY)
    assert (await stack.http.get("/ready")).json()["contradicted"] is False


async def test_the_inside_is_closed_to_the_client(played: Played, stack: Stack) -> None:
    path = f"/engagements/{played.engagement}"
    inside = ("/ledger", "/ledger/verify", "/coverage", "/reconciliation")
    for part in (*(path + part for part in inside), "/people", "/playbooks/current", "/tree-head"):
        problem_of(await stack.call(CLIENT, "GET", part), 403)


async def test_facts_of_a_deal_decision_are_for_those_with_sight_of_figures(played: Played, stack: Stack) -> None:
    ask = played.kept["decide"]
    assert "margin at P80" in ask["facts_shown"]
    mine = await stack.get(SPONSOR, f"/asks/{ask['id']}")
    assert mine["facts"] == ask["facts"]
    problem_of(await stack.call(EXPERT, "GET", f"/asks/{ask['id']}"), 403)
    asks = await stack.get(EXPERT, "/asks", engagement_id=played.engagement, mine=False, open=False)
    assert next(a for a in asks["items"] if a["id"] == ask["id"])["facts"] is None


async def test_the_record_shows_its_chain_to_all_and_figures_to_few(played: Played, stack: Stack) -> None:
    kinds = {"PriceProposed", "CommissionFellDue"}
    seen = {}
    for who in (EXPERT, "anil.mehta", HEAD_OF_SALES):
        rows = await stack.every(who, f"/engagements/{played.engagement}/ledger")
        assert all(row["hash"] for row in rows)
        seen[who] = {row["kind"] for row in rows if row["event"] is not None and row["kind"] in kinds}
    assert seen == {EXPERT: set(), "anil.mehta": {"PriceProposed"}, HEAD_OF_SALES: kinds}


async def test_signatures_are_not_given_in_bulk(played: Played) -> None:
    result = played.kept["bulk_signature"]["results"][0]
    assert result["receipt"] is None
    assert result["problem"]["rule"] == "signed-means-this"


async def test_an_inbox_is_ones_own_and_comes_in_pages(stack: Stack, played: Played) -> None:
    assert played.engagement
    deals = [await Played(stack).start(f"Paged {n}") for n in range(3)]
    for deal in deals:
        await deal.do(SPONSOR, "PUT", "/roles/engagement_manager", {"person_id": "marta.silva"})
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = await stack.get("marta.silva", "/asks", limit=1, **after)
        found += [row["engagement_id"] for row in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert (await stack.call("marta.silva", "GET", "/asks?mine&open")).status_code == 200
    assert {deal.engagement for deal in deals} <= set(found)
    assert len(set(found)) == len(found)


async def test_lists_are_filtered_and_paged(stack: Stack) -> None:
    deal = await Played(stack).start("Zebra crossing")
    by_word = await stack.get(HEAD_OF_SALES, "/engagements", q="zeb")
    assert [row["id"] for row in by_word["items"]] == [deal.engagement]
    first = await stack.get(HEAD_OF_SALES, "/engagements", limit=1)
    second = await stack.get(HEAD_OF_SALES, "/engagements", limit=1, after=first["next"])
    assert first["items"][0]["id"] > second["items"][0]["id"]
    vacant = await stack.get(HEAD_OF_SALES, "/engagements", vacant=True, stage="qualify", client=deal_client())
    assert deal.engagement in {row["id"] for row in vacant["items"]}


def deal_client() -> str:
    return "Lindqvist Försäkring AB"


async def test_who_is_calling_is_told(stack: Stack) -> None:
    me = await stack.get(ADMINISTRATOR, "/me")
    assert me["id"] == ADMINISTRATOR
    assert "administrator" in me["house_roles"]


async def test_earlier_revisions_and_differences_can_be_read(played: Played) -> None:
    assert played.kept["sow.md"].startswith("# ")
    assert "<html" in played.kept["brd.html"]
    assert played.kept["sow/diff?from=1&to=2"].startswith("--- sow revision 1")


NOT_THERE = EngagementId("ENG-2026-9999")
OUTSIDE_READS = (
    *("", "/capacity", "/coverage", "/reconciliation", "/ledger", "/ledger/verify", "/changes", "/changes/2"),
    *("/documents/sow", "/documents/sow.md", "/documents/sow.html", "/documents/sow/diff?from=1&to=2"),
)
OUTSIDE_COMMANDS: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/needs/restate", None),
    ("POST", "/hold", held("Wait.")),
    ("POST", "/cancel", {"reason": "Stop."}),
    ("POST", "/lose", {"reason": "Lost."}),
    ("POST", "/close", None),
    ("POST", "/rate-card", None),
    ("PUT", "/documents/sow", None),
    ("POST", "/changes/2/withdraw", {"reason": "Not now."}),
)
STRANGERS = ("luca.ferri", "ravi.shah")


@pytest.mark.parametrize("who", STRANGERS)
async def test_outside_ones_engagements_there_is_one_answer(played: Played, stack: Stack, who: str) -> None:
    for part in OUTSIDE_READS:
        there, not_there = [
            await stack.call(who, "GET", f"/engagements/{number}{part}") for number in (played.engagement, NOT_THERE)
        ]
        assert (there.status_code, there.content) == (404, not_there.content), part
    for method, part, body in OUTSIDE_COMMANDS:
        there, not_there = [
            await stack.call(who, method, f"/engagements/{number}{part}", body)
            for number in (played.engagement, NOT_THERE)
        ]
        assert (there.status_code, there.content) == (404, not_there.content), part


@pytest.mark.parametrize("who", STRANGERS)
async def test_an_ask_outside_ones_engagements_is_not_there(played: Played, stack: Stack, who: str) -> None:
    known = played.kept["decide"]["id"]
    body = {"verdict": "approve", "subject_hash": "0" * 64}
    for ask in (known, f"{played.engagement}.A9999"):
        unknown = f"{NOT_THERE}.A1"
        for method, part, sent in (("GET", "", None), ("POST", "/decision", body)):
            there = await stack.call(who, method, f"/asks/{ask}{part}", sent)
            not_there = await stack.call(who, method, f"/asks/{unknown}{part}", sent)
            assert (there.status_code, there.content) == (404, not_there.content), (ask, part)


async def test_a_commission_is_not_for_the_cfo(played: Played, stack: Stack) -> None:
    state = stack.app.read.engagement(played.engagement)
    assert state is not None
    cfo = state.cast.replace(positions={**state.cast.positions, "cfo": "luca.ferri"})
    assert may_see(state.replace(cast=cfo), Actor(person_id="luca.ferri"), Sight.FIGURES)
    assert not may_see(state.replace(cast=cfo), Actor(person_id="luca.ferri"), Sight.COMMISSION)


SECRET = "the margin of 11 percent is too thin"


async def test_a_no_go_is_told_only_to_whom_dissent_is(stack: Stack) -> None:
    deal = await Played(stack).after(Played.qualify_plainly, Played.estimate, Played.cover)
    await deal.do(SELLER, "POST", "/lose", {"reason": SECRET})
    assert (await deal.see(SELLER))["ended_because"] == SECRET
    for who in (EXPERT, ADMINISTRATOR, CLIENT, "luca.ferri"):
        for part in ("", "/ledger", "/coverage", "/changes"):
            answer = await stack.call(who, "GET", f"/engagements/{deal.engagement}{part}")
            assert SECRET not in answer.text, (who, part)
        for method, part, body in OUTSIDE_COMMANDS:
            answer = await stack.call(who, method, f"/engagements/{deal.engagement}{part}", body)
            assert answer.status_code >= 400
            assert SECRET not in answer.text, (who, part)


async def test_a_condition_of_a_decision_is_read_by_its_owner_and_whom_figures_concern(
    played: Played, stack: Stack
) -> None:
    state = stack.app.read.engagement(played.engagement)
    assert state is not None
    due, before = state.wished_end, Stage.CLOSED
    task = Task(id="T99", text=SECRET, owner="kofi.mensah", since=CLOCK(), due=due, before=before)
    state = state.replace(tasks={task.id: task})
    seen = {}
    for who in (EXPERT, PM, SELLER, SPONSOR, ADMINISTRATOR):
        houses = ("administrator",) if who == ADMINISTRATOR else ()
        view = engagement_view(state, Reader(Actor(person_id=who, house_roles=houses), "UTC"), CLOCK())
        seen[who] = SECRET in view.model_dump_json()
    assert seen == {EXPERT: True, PM: False, SELLER: True, SPONSOR: True, ADMINISTRATOR: False}


class Unreached(WorkflowGateway):
    """An engine to which nothing may come."""

    def __init__(self) -> None:
        pass

    async def command(self, workflow_id: str, request: CommandRequest | OrderRequest) -> Receipt:
        raise AssertionError(f"{workflow_id} was reached by {request.command}")


@pytest.mark.parametrize("who", [CLIENT, EXPERT, "luca.ferri"])
async def test_a_forbidden_command_does_not_reach_the_engine(stack: Stack, who: str) -> None:
    deal = await Played(stack).start("Kept free")
    app = replace(stack.app, engine=Unreached())
    caller = Caller(actor=Actor(person_id=who), route="hold", key="k1")
    with pytest.raises(NotFound if who != CLIENT else PermissionDenied):
        await carry_out(app, caller, deal.engagement, HoldEngagement(reason="Starve it.", until=day(10)))


def test_a_leavers_tokens_and_links_stay_dead_when_they_come_back(stack: Stack, tmp_path: Path) -> None:
    database = migrated(tmp_path / "interlock.db")
    directory, registry, people = stack.directory, Registry(database, CLOCK), PeopleOperations(database, CLOCK)
    people.import_directory(directory)
    token = registry.tokens.create(PersonId("luca.ferri"), "old", CLOCK())
    left = directory.replace(people=tuple(p.replace(active=p.id != "luca.ferri") for p in directory.people))
    people.import_directory(left)
    people.import_directory(directory)
    assert registry.person_of(token) is None
    ended = registry.tokens.links_end_at(PersonId("luca.ferri"))
    assert Link(PersonId("luca.ferri"), "", CLOCK() - timedelta(hours=1)).is_ended(ended)
    assert not Link(PersonId("luca.ferri"), "", CLOCK() + timedelta(hours=1)).is_ended(ended)
    assert registry.tokens.links_end_at(PersonId("kofi.mensah")) is None
    database.dispose()


@pytest.mark.parametrize(
    ("path", "real"), [("/roles/quality", "marta.silva"), ("/parties/client_sponsor", "kari.moe"), ("", "")]
)
async def test_who_may_name_nobody_does_not_learn_who_there_is(stack: Stack, path: str, real: str) -> None:
    deal = await Played(stack).start()
    told = set[str]()
    for name in (real, "nobody.atall"):
        if path:
            body = {"person_id": name, "reason": "Moved."} if "parties" in path else {"person_id": name}
            answer = await stack.call(CLIENT, "PUT", f"/engagements/{deal.engagement}{path}", body)
        else:
            client = {"client": "Halden Energi AS" if real == name else "Nobody AS"}
            answer = await stack.call(CLIENT, "POST", "/engagements", NEW_DEAL | client)
        assert answer.status_code == 403, answer.text
        told.add(answer.json()["detail"])
    assert len(told) == 1, told


async def test_a_receipt_tells_a_client_of_their_own_word_alone_and_of_a_commission_whom_it_concerns(
    stack: Stack,
) -> None:
    deal = await Played(stack).after(*PRICED)
    await deal.sow()
    facts = [entry.fact for entry in stack.app.read.ledger(deal.engagement, None, 200).items]
    (paid,) = [fact for fact in facts if fact.event.kind == "CommissionFellDue"]
    happened = tuple(fact.event.kind for fact in facts if fact.command == paid.command)
    assert {"DocumentSigned", "StageEntered"} <= set(happened)
    stream = engagement_stream(deal.engagement)
    receipt = Receipt(stream=stream, sequence=paid.seq, happened=happened, stage="brd", asks=("ENG-2026-0001.A99",))
    for who, hears in ((SELLER, True), (CLIENT, False), (SPONSOR, False)):
        told = await receipt_seen(stack.app, Actor(person_id=who), receipt)
        assert ("CommissionFellDue" in told.happened) is hears
        if who == CLIENT:
            assert set(told.happened) <= TOLD_TO_CLIENTS
            assert told.asks == ()
        else:
            assert {"DocumentSigned", "StageEntered"} <= set(told.happened)


async def test_while_the_record_lacks_a_deal_nobody_is_told_that_there_is_none(stack: Stack) -> None:
    lost, never = EngagementId("ENG-2026-0777"), EngagementId("ENG-2026-0778")
    assert (await stack.call(SELLER, "GET", f"/engagements/{never}")).status_code == 404
    assert (await stack.get(SELLER, "/engagements"))["incomplete"] is None
    stack.app.standings.quarantine(engagement_stream(lost), "the engine's history lacks fact 1", CLOCK())
    try:
        for engagement in (lost, never):
            answer = await stack.call(SELLER, "GET", f"/engagements/{engagement}")
            assert (answer.status_code, answer.json()["title"]) == (503, "Some work cannot be shown right now")
        for path in ("/engagements", "/asks", "/vacancies", "/digest"):
            assert "some work" in (await stack.get(SELLER, path))["incomplete"]
    finally:
        stack.app.standings.release(engagement_stream(lost))


async def test_a_person_of_a_client_is_no_suggestion_for_a_role_of_the_firm(stack: Stack) -> None:
    deal = await Played(stack).start()
    answer = await stack.call(
        SPONSOR, "PUT", f"/engagements/{deal.engagement}/roles/engagement_manager", {"person_id": "lena.fischer"}
    )
    assert problem_of(answer, 422)["remedy"] == "Name a colleague."
