"""The whole table of who may ask for what: each command by each role, and by the outsider who has none."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from domain.asks.model import Answer, Ask, AskKind, Verdict
from domain.engagement.aggregate import Engagement
from domain.engagement.answers.commands import AnswerAsk, DelegateAsk, GiveInformation
from domain.engagement.changes.commands import ReportChange
from domain.engagement.command import (
    ASKED,
    CHANGES,
    COLLEAGUE,
    DIRECTORY,
    EVERYONE,
    EXPERTS,
    HEAD_OF_FUNCTION,
    TASK_OWNER,
    Command,
    Newcomer,
    Surroundings,
)
from domain.engagement.commands import COMMANDS
from domain.engagement.documents.commands import DraftDocument, SendDocument
from domain.engagement.permissions import may_try, permit
from domain.engagement.playbook.commands import TakePlaybook
from domain.engagement.roles.commands import NameParty, ProposeHolder, ReplaceHolder, RequestRole, TakeDirectory
from domain.engagement.start import StartDeal
from domain.playbook.model import Stage
from domain.shared.errors import OwnRequest, PermissionDenied
from domain.shared.transaction import Actor
from domain.shared.values import PersonId
from tests.domain.story import FIRM, Story, at

STATE: Engagement = at(Stage.DELIVER).state
HOLDERS = {**STATE.cast.positions, **STATE.cast.holders}
BY_ROLE = [command for command, roles in {kind: kind.granted_to for kind in COMMANDS}.items() if ASKED not in roles]
CASES = list(product(BY_ROLE, HOLDERS))


def of(command: type[Command], by: PersonId) -> Command:
    """A command of this kind; only the fields that permissions look at are there."""
    fields: dict[str, Any] = {"role": "finance", "document": "sow", "task": "T1", "party": "client_sponsor"}
    fields["person"] = FIRM.person(by)
    model: Any = command
    made: Command = model.model_construct(**{name: fields.get(name) for name in command.model_fields})
    return made


def hats(person: PersonId) -> set[str]:
    """What a person is on this engagement, told apart from the code under test."""
    roles_held = {role for role, holder in HOLDERS.items() if holder == person}
    roles_held |= {EVERYONE, *(() if STATE.cast.is_client(person) else (COLLEAGUE,))}
    if any(role.startswith("expert:") for role in roles_held):
        roles_held.add(EXPERTS)
    if person == HOLDERS["cfo"]:
        roles_held.add(HEAD_OF_FUNCTION)  # of finance, whose holder is proposed or released here
    if person == HOLDERS["engagement_manager"]:
        roles_held.add(TASK_OWNER)
    return roles_held


def allowed(command: type[Command]) -> set[str]:
    if command is DraftDocument:
        return {"sales", "engagement_manager"}
    if command is NameParty:
        return {"sales", "engagement_manager", "head_of_engagement_management"}
    return {"sales"} if command is SendDocument else set(command.granted_to)


def is_let_through(command: type[Command], actor: Actor) -> bool:
    try:
        permit(STATE, of(command, actor.person_id), actor)
    except PermissionDenied:
        return False
    return True


@pytest.mark.parametrize(("command", "role"), CASES, ids=lambda case: getattr(case, "__name__", case))
def test_each_role_may_ask_for_what_the_table_says_and_nothing_else(command: type[Command], role: str) -> None:
    person = HOLDERS[role]
    assert is_let_through(command, Actor(person_id=person)) == bool(allowed(command) & hats(person))


def test_every_command_is_in_the_table() -> None:
    defined = {kind for kind in every(Command) if kind.__module__.startswith("domain.engagement.")}
    assert defined - set(COMMANDS) == {StartDeal, Newcomer, Surroundings}


def every(kind: type[Command]) -> Iterator[type[Command]]:
    """All that descend from a kind of command."""
    for descendant in kind.__subclasses__():
        yield descendant
        yield from every(descendant)


@pytest.mark.parametrize("command", BY_ROLE, ids=lambda command: command.__name__)
def test_who_has_no_part_in_an_engagement_may_ask_for_nothing(command: type[Command]) -> None:
    assert is_let_through(command, Actor(person_id="ida.holm")) == (COLLEAGUE in command.granted_to)


@pytest.mark.parametrize("command", BY_ROLE, ids=lambda command: command.__name__)
def test_the_directory_only_tells_who_is_who_and_seeks_successors(command: type[Command]) -> None:
    by_the_directory = is_let_through(command, Actor(person_id="peter.olsen", channel=DIRECTORY))
    assert by_the_directory == (command in {TakeDirectory, ReplaceHolder})


def word_to(ask: Ask, kind: type[Command]) -> Command:
    if kind is AnswerAsk:
        return AnswerAsk(ask_id=ask.id, answer=Answer(verdict=Verdict.APPROVE), subject_hash=ask.subject_hash)
    return GiveInformation(ask_id=ask.id, text="So.") if kind is GiveInformation else DelegateAsk(ask_id=ask.id, to="x")


@pytest.mark.parametrize("kind", [AnswerAsk, GiveInformation, DelegateAsk], ids=lambda kind: kind.__name__)
def test_only_those_asked_have_a_word_and_nothing_happens_to_tell_so(kind: type[Command]) -> None:
    story = Story()
    manager = FIRM.person(PersonId("marta.silva"))
    assert manager is not None
    story.do(ProposeHolder(role="engagement_manager", person=manager), story.holder("head_of_engagement_management"))
    ask = story.ask(AskKind.ACCEPT_ROLE)
    if kind is GiveInformation:
        story.answer(ask, Verdict.NEED_INFO, reason="Since when?")
    state = story.state
    may = {person for person in state.cast.people if _passes(state, word_to(ask, kind), person)}
    assert may == ({ask.requester} if kind is GiveInformation else {manager.id})


def _passes(state: Engagement, command: Command, person: str) -> bool:
    try:
        permit(state, command, Actor(person_id=person))
    except (PermissionDenied, OwnRequest):
        return False
    return True


def test_nobody_asks_for_a_role_in_anothers_name() -> None:
    command = of(RequestRole, by=PersonId("peter.olsen"))
    with pytest.raises(PermissionDenied):
        permit(STATE, command, Actor(person_id="nadia.haddad"))


def test_a_colleague_from_outside_offers_themselves_for_what_is_vacant_and_nobody_is_asked_for() -> None:
    story, role = Story("lindqvist"), "engagement_manager"
    outside, asked = FIRM.person(PersonId("jonas.weber")), FIRM.person(PersonId("marta.silva"))
    assert outside is not None
    assert asked is not None
    wish, me = RequestRole(role=role, person=outside, words="I know the client."), Actor(person_id=outside.id)
    assert role in story.state.vacancies
    assert may_try(story.state, wish, me)
    assert not may_try(story.state, wish.replace(role="nothing"), me)
    again = Story("lindqvist")
    again.request_role(role, outside.id)
    assert may_try(again.state, wish, me), "who has asked already is told so"
    story.do(ProposeHolder(role=role, person=asked), story.holder("head_of_engagement_management"))
    assert not may_try(story.state, wish, me)
    story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="I will.")
    assert role not in story.state.vacancies
    assert not may_try(story.state, wish, me)


def test_only_the_change_orders_workflow_reports_on_changes() -> None:
    assert is_let_through(ReportChange, Actor(person_id="peter.olsen", channel=CHANGES))
    assert not is_let_through(ReportChange, Actor(person_id="peter.olsen"))


def test_only_the_process_owner_moves_an_engagement_to_another_playbook() -> None:
    assert is_let_through(TakePlaybook, Actor(person_id="ida.holm", house_roles=("process_owner",)))


@pytest.mark.parametrize("role", ["engagement_manager", "delivery_lead", "finance", "legal"])
def test_sales_never_names_those_who_judge_the_deal(role: str) -> None:
    story = Story("lindqvist")
    person = FIRM.person(PersonId("jonas.weber"))
    assert person is not None
    with pytest.raises(PermissionDenied):
        story.do(ProposeHolder(role=role, person=person), story.deal.salesperson)


def test_whoever_may_not_name_a_delivery_lead_is_told_by_name_who_may() -> None:
    story = Story()
    command = ProposeHolder(role="delivery_lead", person=story.person(PersonId("anil.mehta")))
    with pytest.raises(PermissionDenied) as refused:
        story.do(command, story.state.seller)
    head = story.state.cast.name(story.holder("head_of_delivery"))
    assert f"head of delivery ({head})" in refused.value.refused.detail
    assert "the head of the role's function" not in refused.value.refused.detail
