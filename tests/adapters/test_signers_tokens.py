"""Who of a client is to sign and has no token: whoever makes tokens hears of it once, as soon as it is sent."""

from datetime import timedelta

from sqlalchemy import Engine

from adapters.db.directories import Directories
from adapters.db.outbox import Outbox, OutboxEntry
from adapters.db.people_operations import PeopleOperations
from adapters.db.read_model import ReadModel
from adapters.db.records import Records
from adapters.db.tables.asks import AWAITS_A_SIGNATURE
from adapters.db.tokens import Tokens
from domain.asks.model import SIGNATURES, AskKind
from domain.asks.upcoming_signers import who_will_sign
from domain.engagement.documents.events import DocumentStatusChanged
from domain.engagement.documents.values import DocumentStatus
from domain.engagement.roles.commands import NameParty
from domain.record.facts import Batch
from domain.shared.remedy_actions import RemedyAction
from domain.shared.streams import engagement_stream
from domain.shared.values import PersonId
from tests.adapters.builders import firm
from tests.adapters.test_people_operations import plan_of
from tests.domain.story import Story

ADMINISTRATOR, SIGNATORY = PersonId("ida.holm"), PersonId("kari.moe")


def sent() -> Story:
    """A deal whose SOW has just been sent for signature."""
    return Story("halden").until(lambda one: one.state.documents.get("sow", None) is not None and _is_sent(one))


def _is_sent(told: Story) -> bool:
    return any(event.status is DocumentStatus.SENT for event in told.events(DocumentStatusChanged))


def messages(engine: Engine, told: Story) -> list[OutboxEntry]:
    return [row for row in Outbox(engine).of_stream(engagement_stream(told.state.id), 10_000) if row.kind == "token"]


def record(records: Records, told: Story) -> None:
    records.append(Batch(stream=engagement_stream(told.state.id), facts=tuple(told.facts)))


def test_the_administrator_hears_of_whoever_is_to_sign_without_a_token(records: Records, engine: Engine) -> None:
    PeopleOperations(engine).import_directory(firm())
    told = sent()
    record(records, told)
    records.rebuild()
    (row,) = messages(engine, told)
    assert row.to == firm().house_roles["administrator"]
    assert "Kari Moe of Halden Energi AS has to sign in ENG-2026-0001 and has no token" in row.text
    assert str(RemedyAction.CREATE_TOKEN.about(person="kari.moe")) in row.text


def test_of_whoever_comes_to_sign_in_anothers_place_the_administrator_hears_too() -> None:
    told = Story("halden").until(lambda one: any(a.for_client for a in one.state.open_asks(AskKind.SIGN_SOW))).copy()
    since, other = len(told.facts), PersonId("odd.vik")
    told.do(NameParty(party="client_signatory", person=told.person(other), reason="Moved."), told.state.seller)
    assert [who for fact in told.facts[since:] for who in who_will_sign(told.state, fact.event)] == [other]


def test_of_whoever_has_one_nothing_is_said(records: Records, engine: Engine) -> None:
    PeopleOperations(engine).import_directory(firm())
    told = sent()
    tokens = Tokens(engine, Directories())
    tokens.create(SIGNATORY, "to sign", told.now)
    record(records, told)
    assert messages(engine, told) == []
    assert tokens.lacking([SIGNATORY, ADMINISTRATOR], told.now) == (ADMINISTRATOR,)


def test_a_token_that_has_ended_lets_nobody_sign(engine: Engine) -> None:
    PeopleOperations(engine).import_directory(firm())
    told = sent()
    tokens = Tokens(engine, Directories())
    secret = tokens.create(SIGNATORY, "to sign", told.now, told.now + timedelta(days=1))
    assert tokens.lacking([SIGNATORY], told.now) == ()
    assert tokens.lacking([SIGNATORY], told.now + timedelta(days=2)) == (SIGNATORY,)
    tokens.revoke(secret, told.now)
    assert tokens.lacking([SIGNATORY], told.now) == (SIGNATORY,)


def test_who_is_to_sign_now_is_found_by_what_is_to_be_signed_alone(records: Records, engine: Engine) -> None:
    told = Story("halden").until(lambda one: any(a.for_client for a in one.state.open_asks(AskKind.SIGN_SOW)))
    record(records, told)
    read = ReadModel(engine)
    (asked,) = read.awaited_signers()
    assert (asked.person_id, asked.engagement_id, asked.client) == (SIGNATORY, told.state.id, "Halden Energi AS")
    assert "ask_to_sign" in plan_of(engine, read.awaited_signers)
    assert all(repr(kind.value) in str(AWAITS_A_SIGNATURE) for kind in SIGNATURES)
    assert str(AWAITS_A_SIGNATURE).count("sign_") == len(SIGNATURES)
