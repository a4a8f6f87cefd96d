"""What the firm keeps beside its engagements: one directory and one process in force, tokens, receipts, numbers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from adapters.db.database import Transaction, reading
from adapters.db.outbox import Outbox, State
from adapters.db.people_operations import PeopleOperations
from adapters.db.playbook_versions import DRAFT, PUBLISHED
from adapters.db.receipts import Answered, Claim, Receipts
from adapters.db.records import Records
from adapters.db.registry import ExternalTaken, NumberWanted, Registry
from adapters.db.stream_status import StreamStatuses
from adapters.db.upserts import insert_first
from domain.directory.directory import Client
from domain.shared.errors import AlreadyDecided, BadValue, KeyReused, NotFound
from domain.shared.values import PersonId, digest
from tests.adapters.builders import MONDAY, firm, lively_deal, playbook

CLAIM = Claim(actor="ida.holm", route="people import", key="k1", body_hash=digest("body"))


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def registry(engine: Engine) -> Registry:
    """An empty registry."""
    return Registry(engine, Clock())


@pytest.fixture
def halden(engine: Engine) -> Client:
    """A client of the sample firm, which is in force."""
    PeopleOperations(engine).import_directory(firm())
    return firm().clients[0]


def test_a_directory_comes_back_whole_and_in_its_order(registry: Registry, engine: Engine) -> None:
    assert PeopleOperations(engine).import_directory(firm()) == 1
    assert registry.directory() == firm()
    assert list(Registry(engine).directory().positions) == list(firm().positions)


def test_the_same_directory_is_no_new_version(registry: Registry, engine: Engine) -> None:
    other = firm().replace(firm="Fjordline AS")
    saved = [PeopleOperations(engine).import_directory(directory) for directory in (firm(), firm(), other)]
    assert saved == [1, 1, 2]
    assert registry.directory().firm == "Fjordline AS"


def test_there_is_no_directory_before_the_first(registry: Registry) -> None:
    with pytest.raises(NotFound):
        registry.directory()


def test_a_draft_is_not_in_force(registry: Registry) -> None:
    registry.save_playbook(playbook(), by="tomasz.nowak")
    with pytest.raises(NotFound):
        registry.playbook()
    assert registry.playbook(playbook().name, playbook().version) == playbook()


def test_the_playbook_published_last_is_in_force(registry: Registry) -> None:
    newer = playbook().replace(version="next")
    for version in (playbook(), newer):
        registry.save_playbook(version, by="tomasz.nowak")
        registry.publish_playbook(version.name, version.version)
    registry.save_playbook(playbook().replace(version="draft"), by="tomasz.nowak")
    assert registry.playbook() == newer
    assert [saved.status for saved in registry.playbooks()] == [DRAFT, PUBLISHED, PUBLISHED]


def test_a_published_playbook_does_not_change(registry: Registry) -> None:
    registry.save_playbook(playbook(), by="tomasz.nowak")
    registry.publish_playbook(playbook().name, playbook().version)
    changed = playbook().replace(handoff=())
    with pytest.raises(AlreadyDecided, match="published with another content"):
        registry.save_playbook(changed, by="tomasz.nowak")
    registry.save_playbook(playbook(), by="tomasz.nowak")
    assert registry.playbook() == playbook()


def test_what_was_not_saved_cannot_be_published(registry: Registry) -> None:
    with pytest.raises(NotFound):
        registry.publish_playbook("services", "1")


def test_a_token_is_its_persons_and_is_kept_as_a_hash(registry: Registry, engine: Engine) -> None:
    PeopleOperations(engine).import_directory(firm())
    secret = registry.tokens.create(PersonId("luca.ferri"), "CRM", MONDAY)
    assert registry.person_of(secret) == "luca.ferri"
    assert registry.person_of(secret + "x") is None
    with reading(engine) as connection:
        rows = [tuple(row) for row in connection.execute(text("SELECT * FROM token"))]
    assert secret not in str(rows)
    assert len(secret) == 43


def test_a_revoked_token_is_nobodys(registry: Registry, engine: Engine) -> None:
    PeopleOperations(engine).import_directory(firm())
    secret, other = (registry.tokens.create(PersonId("luca.ferri"), note, MONDAY) for note in ("a", "b"))
    assert registry.tokens.revoke(secret, MONDAY)
    assert not registry.tokens.revoke(secret, MONDAY)
    assert (registry.person_of(secret), registry.person_of(other)) == (None, "luca.ferri")


def test_a_person_who_leaves_has_no_token_left(registry: Registry, engine: Engine) -> None:
    PeopleOperations(engine).import_directory(firm())
    secrets = [registry.tokens.create(PersonId("luca.ferri"), "", MONDAY) for _ in range(3)]
    assert registry.tokens.revoke_all(PersonId("luca.ferri"), MONDAY) == 3
    assert [registry.person_of(secret) for secret in secrets] == [None] * 3


def test_a_token_runs_out(registry: Registry, engine: Engine) -> None:
    PeopleOperations(engine).import_directory(firm())
    secret = registry.tokens.create(PersonId("luca.ferri"), "", MONDAY, expires_at=MONDAY + timedelta(hours=1))
    assert registry.tokens.person_of(secret, MONDAY + timedelta(minutes=59)) == "luca.ferri"
    assert registry.tokens.person_of(secret, MONDAY + timedelta(hours=1)) is None


def once(receipts: Receipts, claim: Claim, answer: object) -> Answered:
    return receipts.once(claim, MONDAY, lambda _: answer)


def test_the_same_request_gets_the_same_answer(engine: Engine) -> None:
    receipts = Receipts(engine)
    assert (
        once(receipts, CLAIM, {"version": 1}) == once(receipts, CLAIM, {"version": 2}) == Answered(200, {"version": 1})
    )


def test_another_body_under_the_same_key_is_refused(engine: Engine) -> None:
    receipts = Receipts(engine)
    once(receipts, CLAIM, "done")
    with pytest.raises(KeyReused):
        once(receipts, CLAIM._replace(body_hash=digest("other")), "done")


@pytest.mark.parametrize("other", [{"actor": "luca.ferri"}, {"route": "other"}, {"key": "k2"}])
def test_another_person_route_or_key_is_another_request(engine: Engine, other: dict[str, str]) -> None:
    receipts = Receipts(engine)
    once(receipts, CLAIM, "first")
    assert once(receipts, CLAIM._replace(**other), "second").answer == "second"


def test_an_answer_is_kept_without_a_binding_and_of_two_the_first_counts(engine: Engine) -> None:
    receipts = Receipts(engine)
    assert receipts.given(CLAIM) is None
    for answer in ("first", "second"):
        assert receipts.keep(CLAIM, MONDAY, 200, answer) == Answered(200, "first")
    assert receipts.given(CLAIM) == Answered(200, "first")
    with pytest.raises(KeyReused):
        receipts.given(CLAIM._replace(body_hash=digest("other")))


def test_of_several_at_once_one_carries_it_out_and_all_get_its_answer(engine: Engine) -> None:
    receipts, done = Receipts(engine), list[int]()

    def do(n: int) -> int:
        done.append(n)
        return n

    def ask(n: int) -> object:
        return receipts.once(CLAIM, MONDAY, lambda _: do(n)).answer

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(4))) == set(done)
    assert len(done) == 1


def test_what_knows_its_own_repeats_is_taken_up_at_once_by_the_same_body_alone(engine: Engine) -> None:
    receipts = Receipts(engine)
    for _ in range(2):
        assert receipts.begin(CLAIM, MONDAY) is None
    with pytest.raises(KeyReused):
        receipts.begin(CLAIM._replace(body_hash=digest("other")), MONDAY)
    assert receipts.keep(CLAIM, MONDAY, 200, "done") == Answered(200, "done")
    assert receipts.begin(CLAIM, MONDAY) == Answered(200, "done")


def test_what_fails_on_the_way_has_done_nothing_and_holds_no_key(registry: Registry, engine: Engine) -> None:
    PeopleOperations(engine).import_directory(firm())
    tokens: list[str] = []

    def make(transaction: Transaction) -> None:
        tokens.append(registry.tokens.create(PersonId("luca.ferri"), "", MONDAY, within=transaction))
        if len(tokens) == 1:
            raise OSError

    with pytest.raises(OSError):  # noqa: PT011 -- as when the process dies there
        registry.receipts.once(CLAIM, MONDAY, make)
    registry.receipts.once(CLAIM._replace(body_hash=digest("other")), MONDAY, make)
    assert [registry.person_of(token) for token in tokens] == [None, "luca.ferri"]


def test_a_key_that_is_let_go_of_while_another_looks_at_it_is_the_others(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipts, looks = Receipts(engine), list[bool]()

    def released_meanwhile(*given: Any) -> bool:
        looks.append(True)
        return len(looks) > 1 and insert_first(*given)

    monkeypatch.setattr("adapters.db.receipts.insert_first", released_meanwhile)
    assert receipts.once(CLAIM, MONDAY, lambda _: "done") == Answered(200, "done")
    assert receipts.given(CLAIM) == Answered(200, "done")


def test_a_request_that_failed_lets_go_of_its_key(engine: Engine) -> None:
    receipts = Receipts(engine)
    receipts.begin(CLAIM, MONDAY)
    receipts.release(CLAIM)
    assert receipts.keep(CLAIM._replace(body_hash=digest("other")), MONDAY, 200, None) == Answered(200, None)
    receipts.release(CLAIM)
    assert receipts.given(CLAIM._replace(body_hash=digest("other"))) == Answered(200, None)


def test_numbers_count_by_year(registry: Registry, halden: Client) -> None:
    years = enumerate((2026, 2026, 2027))
    numbers = [
        registry.engagement_number(
            NumberWanted(f"k{n}", "b", halden, (PersonId("kari.moe"),), PersonId("luca.ferri")), year
        )
        for n, year in years
    ]
    assert numbers == ["ENG-2026-0001", "ENG-2026-0002", "ENG-2027-0001"]


def test_the_same_opening_gets_the_same_number(registry: Registry, halden: Client) -> None:
    wanted = NumberWanted("k", "body", halden, (PersonId("kari.moe"),), PersonId("luca.ferri"))
    first = registry.engagement_number(wanted, 2026)
    assert registry.engagement_number(wanted, 2026) == first
    with pytest.raises(KeyReused):
        registry.engagement_number(wanted._replace(body_hash="other body"), 2026)


def test_two_processes_never_get_one_number(engine: Engine, halden: Client) -> None:
    def number(n: int) -> str:
        return Registry(engine).engagement_number(
            NumberWanted(f"k{n}", "b", halden, (PersonId("kari.moe"),), PersonId("luca.ferri")), 2026
        )

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(number, range(20)))
    assert len(set(numbers)) == 20


def test_a_fact_is_marked_as_told_before_its_message_leaves(records: Records, engine: Engine) -> None:
    outbox, deal, standings = Outbox(engine), lively_deal(), StreamStatuses(engine)
    records.append(deal.batch)
    assert standings.of(deal.stream).told == 0
    message = outbox.in_state(State.WAITING)[-1]
    outbox.trying(message.key, MONDAY)
    assert message.key.startswith(f"{deal.stream}#{standings.of(deal.stream).told}:")


def test_what_is_told_waits_until_it_is_sent(records: Records, engine: Engine) -> None:
    outbox, deal = Outbox(engine), lively_deal()
    records.append(deal.batch)
    first, *rest = outbox.in_state(State.WAITING)
    outbox.sent(first.key, MONDAY, "mail")
    outbox.trying(rest[0].key, MONDAY)
    outbox.give_up(rest[1].key, "no such address")
    assert [row.key for row in outbox.in_state(State.WAITING)] == [rest[0].key, *(row.key for row in rest[2:])]
    assert [(row.key, row.dead) for row in outbox.in_state(State.DEAD)] == [(rest[1].key, "no such address")]
    assert outbox.revive(rest[1].key)
    assert not outbox.revive(rest[1].key)
    assert outbox.in_state(State.DEAD) == ()
    assert len(outbox.of_stream(deal.stream)) == len(rest) + 1
    records.append(deal.batch)
    assert len(outbox.in_state(State.WAITING)) == len(rest)


def test_who_left_or_never_came_gets_no_token(registry: Registry, engine: Engine) -> None:
    luca = firm().person(PersonId("luca.ferri"))
    assert luca is not None
    others = tuple(person for person in firm().people if person.id != luca.id)
    PeopleOperations(engine).import_directory(firm().replace(people=(*others, luca.replace(active=False))))
    for person in (PersonId("luca.ferri"), PersonId("nobody.atall")):
        with pytest.raises(BadValue):
            registry.tokens.create(person, "", MONDAY)


def test_a_deal_of_another_system_gets_one_number_though_many_ask_at_once(engine: Engine, halden: Client) -> None:
    def number(n: int) -> str:
        try:
            return Registry(engine).engagement_number(
                NumberWanted(f"x{n}", "b", halden, (PersonId("kari.moe"),), PersonId("luca.ferri"), "crm:OPP-1"), 2026
            )
        except ExternalTaken as taken:
            return f"taken by {taken.engagement_id}"

    with ThreadPoolExecutor(8) as pool:
        given = sorted(pool.map(number, range(8)))
    (one,) = [name for name in given if name.startswith("ENG-")]
    assert set(given) == {one, f"taken by {one}"}


def test_a_number_that_is_let_go_of_frees_its_external_id(registry: Registry, halden: Client) -> None:
    wanted = NumberWanted("k", "b", halden, (PersonId("kari.moe"),), PersonId("luca.ferri"), "crm:OPP-2")
    first = registry.engagement_number(wanted, 2026)
    registry.forget_number(wanted)
    assert registry.engagement_number(wanted._replace(key="other"), 2026) != first
