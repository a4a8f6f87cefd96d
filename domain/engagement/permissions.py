"""Who may give which command: each declares it (`granted_to`); every entry point checks it here.

The grants stand at the commands, in the `commands.py` of each slice.

Who may *answer* an ask is decided in `domain/asks/permissions.py`. `CHANGES` is the workflow of a change order, which
reports to its engagement; no person can act as it.
"""

from collections.abc import Collection
from enum import StrEnum

from domain.asks.eligibility import tells_figures
from domain.asks.escalation import DELEGATE, DELEGATION, STAND_IN
from domain.asks.model import Ask, AskKind
from domain.asks.permissions import OF_THOSE_ASKED, permit_word
from domain.directory.directory import ADMINISTRATOR
from domain.directory.people import Person
from domain.engagement.acts_owed.commands_by_act import does
from domain.engagement.aggregate import Engagement
from domain.engagement.command import (
    CHANGES,
    COLLEAGUE,
    DIRECTORY,
    EVERYONE,
    EXPERTS,
    HEAD_OF_FUNCTION,
    HOLD_OWNER,
    TASK_OWNER,
    Command,
)
from domain.engagement.delivery.commands import (
    RaiseComplaint,
)
from domain.engagement.documents.commands import (
    DraftDocument,
    SendDocument,
)
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.roles.appointment import PARTY_NAMERS, may_fill
from domain.engagement.roles.commands import (
    AgreeExpectations,
    NameParty,
    ProposeHolder,
    ReleaseRole,
    ReplaceHolder,
    RequestRole,
)
from domain.engagement.roles.qualification import defined_role
from domain.engagement.roles.stand_ins import covered_for, roles_covered_by, stand_ins_in
from domain.engagement.scope.estimates import owes_hours
from domain.engagement.tasks.commands import CompleteTask
from domain.engagement.tasks.values import Task
from domain.next_steps.acts_owed import ActKind, ActOwed
from domain.playbook.model import role_label
from domain.shared.errors import PermissionDenied
from domain.shared.transaction import Actor
from domain.shared.values import PersonId

OF_COMMISSION = "CommissionFellDue"
# Events caused by a client's people that they may read; all others are internal to the firm.
TOLD_TO_CLIENTS = frozenset(
    {
        "VoteCast",
        "InformationAsked",
        "InformationGiven",
        "QuestionDropped",
        "AskEnded",
        "NeedsConfirmed",
        "DeclineAcknowledged",
        "DocumentSigned",
        "MilestoneStatusChanged",
        "PulseTaken",
        "ContactRecorded",
        "ChangeStatusChanged",
    }
)


# Who may preview a price before it is proposed.
PREVIEWS = frozenset({"sales", "engagement_manager", "finance", "head_of_sales"})
DOCUMENT_AUTHORS = {"sow": frozenset({"sales", "engagement_manager"}), "brd": frozenset({"business_analyst"})}
DOCUMENT_SENDERS = {"sow": frozenset({"sales"}), "brd": frozenset({"business_analyst"})}
TO_HOLD_A_ROLE = (ProposeHolder, ReplaceHolder, RequestRole)
ABOUT_A_ROLE = (ProposeHolder, ReplaceHolder, ReleaseRole, AgreeExpectations)


def permit(state: Engagement, command: Command, actor: Actor) -> None:
    """Lets a command pass, or refuses it for this actor.

    Raises PermissionDenied, BadValue for an unknown role, and what `permit_word` raises.
    """
    if isinstance(command, OF_THOSE_ASKED):
        permit_word(state, command, actor.person_id)
        return
    if isinstance(command, TO_HOLD_A_ROLE) and not state.cast.is_client(actor.person_id):
        defined_role(state, command.role)  # an unknown role has no head, who alone would be allowed
    allowed = allowed_to(command)
    if allowed & effective_roles(state, actor, command):
        return
    is_client = state.cast.is_client(actor.person_id)
    allowed = allowed if HOLD_OWNER not in allowed or _hold_owed(state) else allowed - {HOLD_OWNER}
    names = ", ".join(sorted(role_label(r) if is_client else _named(state, r, command) for r in allowed)) or "nobody"
    remedy = f"Ask one of them. Accountable: {state.cast.name(state.manager)}."
    if is_client and isinstance(command, RaiseComplaint):
        remedy = (
            f"Reply to any mail that you got about this, or call {state.cast.name(state.manager)}: they record it, "
            "and you are told who takes care of it and what is done."
        )
    raise PermissionDenied(
        f"{state.cast.name(actor.person_id)} may not {command.does} here; that is for: {names}.", remedy=remedy
    )


def _named(state: Engagement, role: str, command: Command) -> str:
    """A role with its holder here; for the head of a function, also the name of that position."""
    if role == HEAD_OF_FUNCTION and isinstance(command, ABOUT_A_ROLE):
        role = state.head_role(command.role)
    if role == TASK_OWNER and isinstance(command, CompleteTask) and command.task in state.tasks:
        return f"{role} ({state.cast.name(state.tasks[command.task].owner)})"
    if role == HOLD_OWNER and (hold := _hold_owed(state)) is not None:
        return f"{role} ({state.cast.name(hold.owner)})"
    person_id = state.cast.holder(role)
    if person_id is None:
        return role_label(role)
    beside = "".join(f"; {state.cast.name(one)} stands in" for one in stand_ins_in(state, role)[:1])
    return f"{role_label(role)} ({state.cast.name(person_id)}{beside})"


def permit_preview(state: Engagement, terms: ProposePrice, actor: Actor) -> None:
    """Lets those who propose or judge a price preview it. Raises PermissionDenied."""
    if not PREVIEWS & effective_roles(state, actor, terms):
        raise PermissionDenied("Only whoever proposes or approves prices can preview them.", remedy="Ask sales.")


def allowed_to(command: Command) -> frozenset[str]:
    """The roles that may give this command."""
    if isinstance(command, DraftDocument):
        return DOCUMENT_AUTHORS[command.document]
    if isinstance(command, SendDocument):
        return DOCUMENT_SENDERS[command.document]
    if isinstance(command, NameParty):
        return PARTY_NAMERS[command.party]
    return command.granted_to


def effective_roles(state: Engagement, actor: Actor, command: Command | None = None) -> frozenset[str]:
    """Every role by which a person acts here, including those that they have only towards this command."""
    if actor.channel in {CHANGES, DIRECTORY}:
        return frozenset({actor.channel})
    part = _roles_here(state, actor.person_id) | covered_for(state, command, actor.person_id)
    roles_held = part | set(actor.house_roles)
    if any(role.startswith("expert:") for role in roles_held):
        roles_held.add(EXPERTS)
    if part:
        roles_held.add(EVERYONE)
    roles_held |= {act.role for act in state.acts.values() if actor.person_id in act.stand_ins and does(command, act)}
    if isinstance(command, ABOUT_A_ROLE) and state.head_role(command.role) in roles_held:
        roles_held.add(HEAD_OF_FUNCTION)
    if isinstance(command, ProposeHolder) and _may_appoint(state, command.role, actor.person_id):
        roles_held.add(HEAD_OF_FUNCTION)
    if isinstance(command, RequestRole) and _is_colleague(command.person, actor.person_id):
        roles_held.add(COLLEAGUE)
    if isinstance(command, CompleteTask):
        task = state.tasks.get(command.task)
        if actor.person_id in ({task.owner, *task.stand_ins, state.manager} if task else {state.manager}):
            roles_held.add(TASK_OWNER)
    hold = _hold_owed(state)
    if hold is not None and actor.person_id in {hold.owner, *hold.stand_ins}:  # the manager's role may be vacant then
        roles_held.add(HOLD_OWNER)
    return frozenset(roles_held)


def _hold_owed(state: Engagement) -> ActOwed | None:
    """The act of resuming, extending or ending a hold, owed from the day that it names."""
    return state.acts.get(ActKind.RESOLVE_HOLD)


def _roles_here(state: Engagement, person_id: PersonId) -> set[str]:
    """A person's roles and positions. A project manager acts in no position, because escalation must not reach them."""
    held = set(state.cast.roles_of(person_id))
    return held - state.cast.positions.keys() if "project_manager" in held else held


def _is_colleague(person: Person, actor: PersonId) -> bool:
    """True for an active colleague who speaks for themselves."""
    return person.id == actor and person.active and person.client is None


def _may_appoint(state: Engagement, role: str, person_id: PersonId) -> bool:
    """True for those who may name a holder besides its head: reached by a ladder for the role, or standing in."""
    vacancy = state.vacancies.get(role)
    if not may_fill(state, role, person_id):
        return False
    if vacancy is not None and (person_id in vacancy.told or vacancy.covers(person_id)):
        return True
    if any(act.role == role and person_id in act.told for act in state.acts.values()):
        return True
    overdue = (ask for ask in state.open_asks() if any(role in voter.roles for voter in ask.silent))
    return any(_climbed_to(ask, person_id) for ask in overdue)


def _climbed_to(ask: Ask, person_id: PersonId) -> bool:
    """True for heads and people above; a delegate or deputy may answer, but appoints nobody."""
    return any(s.person_id == person_id and s.rung not in {DELEGATE, DELEGATION, STAND_IN} for s in ask.stand_ins)


def may_replace(state: Engagement, role: str, person_id: PersonId) -> bool:
    """True if somebody may ask another to take a role over; not for parties and positions."""
    if state.playbook.role(role) is None:
        return False
    if not may_fill(state, role, person_id):
        return False
    roles_held = effective_roles(state, Actor(person_id=person_id))
    head = {HEAD_OF_FUNCTION} if state.head_role(role) in roles_held else set()
    return bool(ReplaceHolder.granted_to & (roles_held | head))


class Sight(StrEnum):
    """The parts of an engagement that not everybody may see."""

    EXISTENCE = "existence"
    PRICE = "price and value"
    FIGURES = "cost, margin and dissent"
    COMMISSION = "commission"


_FIGURES = frozenset({"sales", "engagement_manager", "delivery_lead", "finance", "provider_sponsor"})
_COMMISSION = frozenset({"finance", "head_of_sales"})


def may_see(state: Engagement, actor: Actor, sight: Sight) -> bool:
    """True if a person may see this part of an engagement. A client never sees what is internal to the firm."""
    if state.cast.is_client(actor.person_id):
        return sight is Sight.EXISTENCE
    if sight is Sight.COMMISSION and actor.person_id == state.sold_last:
        return True
    roles, is_head = state.cast.roles_of(actor.person_id), actor.person_id in state.cast.positions.values()
    if sees_as(roles, sight, is_head=is_head):
        return True
    if sight not in {Sight.EXISTENCE, Sight.PRICE}:
        return False
    asked = any(actor.person_id in ask.asked or _told(ask, actor.person_id) for ask in state.asks.values())
    asked = asked or actor.person_id in state.told or _answers_for_a_task(state, actor.person_id, sight)
    asked = asked or any(actor.person_id in (*act.may_do, *act.told) for act in state.acts.values())
    asked = asked or any(vacancy.covers(actor.person_id) for vacancy in state.vacancies.values())
    asked = asked or any(handover.person_id == actor.person_id for handover in state.handovers)
    asked = asked or bool(roles_covered_by(state, actor.person_id))
    return asked or (sight is Sight.EXISTENCE and ADMINISTRATOR in actor.house_roles)


def may_try(state: Engagement, command: Command, actor: Actor) -> bool:
    """True if a command gets an answer at all: from people who see the engagement, and some who do not.

    Those are colleagues who offer themselves for a vacant role that nobody else is asked for, the process owner who
    puts a playbook into force, and people reached by a vacancy's ladder who name a holder. For everybody else an
    engagement that they may not see does not exist.
    """
    if may_see(state, actor, Sight.EXISTENCE):
        return True
    if isinstance(command, RequestRole) and not _is_to_be_had(state, command.role, actor.person_id):
        return False
    return not isinstance(command, OF_THOSE_ASKED) and bool(
        allowed_to(command) & effective_roles(state, actor, command)
    )


def _is_to_be_had(state: Engagement, role: str, person_id: PersonId) -> bool:
    asked = state.proposals.get(role)
    return role in state.vacancies and (asked is None or asked.person_id == person_id)


def may_be_told(state: Engagement, actor: Actor, kind: str) -> bool:
    """True if a person may read that what they did caused a fact of this kind."""
    if kind == OF_COMMISSION:
        return may_see(state, actor, Sight.COMMISSION)
    return kind in TOLD_TO_CLIENTS or not state.cast.is_client(actor.person_id)


def sees_words_of(state: Engagement, actor: Actor, task: Task) -> bool:
    """True if a person may read a task, which may be in the words of a decision: people who see figures, or owe it."""
    concerned = {task.owner, task.climbed_to, *task.above, *task.stand_ins}
    owes_it = actor.person_id in concerned and not state.cast.is_client(actor.person_id)
    return owes_it or may_see(state, actor, Sight.FIGURES)


def may_see_facts(state: Engagement, actor: Actor, ask: Ask) -> bool:
    """True if a person is shown what an ask of this engagement, or of one of its changes, is about.

    Always for voters, stand-ins, the final authority and whoever asked a question back; for others it depends on what
    they may see of the engagement.
    """
    people = {voter.person_id for voter in ask.voters} | {stand_in.person_id for stand_in in ask.stand_ins}
    people |= {ask.requester} if ask.kind is AskKind.ANSWER_QUESTION else set()
    people |= {ask.final_person} if ask.climbed and ask.final_person else set()
    if ask.kind is AskKind.ATTEST_ESTIMATE and any(owes_hours(state, actor.person_id, name) for name in ask.packages):
        return actor.person_id in people  # they give their own hours before they read another's
    if ask.tells_levels:
        return actor.person_id in people or may_see_levels(state, actor, ask.requester)
    sight = Sight.FIGURES if tells_figures(ask) else Sight.PRICE
    return actor.person_id in people or may_see(state, actor, sight)


def may_see_levels(state: Engagement, actor: Actor, person_id: PersonId | None) -> bool:
    """True if a person may read somebody's competence levels: their own, and for heads and administrators anybody's."""
    is_head = actor.person_id in state.cast.positions.values()
    return actor.person_id == person_id or is_head or ADMINISTRATOR in actor.house_roles


def sees_as(roles: Collection[str], sight: Sight, *, is_head: bool) -> bool:
    """True if roles in an engagement, or a position in the firm, let a colleague see this part of it.

    Lists, which know no more about a person, use this; `may_see` adds what depends on the seller and on asks.
    """
    if sight is Sight.COMMISSION:
        return bool(_COMMISSION.intersection(roles))
    return is_head or bool(_FIGURES.intersection(roles) if sight is Sight.FIGURES else roles)


def _answers_for_a_task(state: Engagement, person_id: PersonId, sight: Sight) -> bool:
    """Those who must or may meet a condition can find the engagement and their task in it, but not what it costs."""
    owes = any(person_id in {task.owner, *task.above, *task.stand_ins} for task in state.tasks.values())
    return sight is Sight.EXISTENCE and owes


def _told(ask: Ask, person_id: PersonId) -> bool:
    return any(stand_in.person_id == person_id for stand_in in ask.stand_ins)
