"""The directory's entry point: a command in; another directory and the facts, or a refusal, out.

A directory that would leave a position empty, or contains a circular delegation, never takes effect.
"""

from collections.abc import Callable
from datetime import date
from difflib import get_close_matches
from typing import Any

from domain.asks.model import AskKind, listed
from domain.directory import commands as f
from domain.directory.checks import comes_back, whole
from domain.directory.clients import add_client, confirm_client, rename_client
from domain.directory.decision import DirectoryDecision
from domain.directory.departures import without_who_left
from domain.directory.directory import ADMINISTRATOR, FINANCE, HEAD_OF_SALES, SALES, Directory
from domain.directory.events import (
    AbsenceRecorded,
    AbsenceRemoved,
    DelegationEnded,
    DelegationGiven,
    PersonDeactivated,
    PersonReinstated,
    PersonReplaced,
    PersonSet,
)
from domain.directory.former_people import remembering, require_own_ids
from domain.directory.importing import imported, merged, require_confirmed
from domain.directory.people import Delegation, Person
from domain.directory.size_limits import all_problems, not_long_over
from domain.playbook.model import role_label
from domain.shared.calendar import day_shown
from domain.shared.errors import BadValue, DoneAlready, NobodyAccountable, NotFound, OwnRequest, PermissionDenied
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Actor
from domain.shared.values import PersonId

THEMSELVES = "the person"
ASSISTANT = "their assistant"
HEAD_OF_MANAGERS = "head_of_engagement_management"
# The channel of what was decided in an engagement: no person acts through it.
AN_ENGAGEMENT = "engagement"

# Who may give which command: the directory's permission table, beside that of engagements.
WHO_MAY: dict[type[f.FirmCommand], frozenset[str]] = {
    f.ImportDirectory: frozenset({ADMINISTRATOR}),
    f.SetPerson: frozenset({ADMINISTRATOR}),
    f.DeactivatePerson: frozenset({ADMINISTRATOR}),
    f.ReinstatePerson: frozenset({ADMINISTRATOR}),
    f.ReplacePerson: frozenset({ADMINISTRATOR, HEAD_OF_MANAGERS}),
    f.RecordAbsence: frozenset({THEMSELVES, ASSISTANT, ADMINISTRATOR}),
    f.RemoveAbsence: frozenset({THEMSELVES, ASSISTANT, ADMINISTRATOR}),
    f.GiveDelegation: frozenset({THEMSELVES, ASSISTANT, ADMINISTRATOR}),
    f.EndDelegation: frozenset({THEMSELVES, ASSISTANT, ADMINISTRATOR}),
    f.AddClient: frozenset({SALES, HEAD_OF_SALES, ADMINISTRATOR}),
    f.RenameClient: frozenset({SALES, HEAD_OF_SALES, FINANCE, ADMINISTRATOR}),
    f.ConfirmClient: frozenset({AN_ENGAGEMENT}),
}

MAX_PERIOD_DAYS = 366
IN_THE_FILE = (
    f"Write it down ({RemedyAction.EXPORT_PEOPLE.about()}), correct it there, and import it: "
    f"{RemedyAction.IMPORT_PEOPLE.about()}."
)


def decide(directory: Directory, command: f.FirmCommand, actor: Actor, today: date) -> DirectoryDecision:
    """What a command makes of the directory. Raises a Refusal if the actor may not, or the result must not be."""
    _permit(directory, command, actor)
    decided = HANDLERS[type(command)](directory, command, actor, today)
    decided = decided._replace(directory=remembering(directory, decided.directory))
    _require_sound(directory, decided.directory, command, today)
    return decided._replace(concerned=tuple(sorted({*decided.concerned, *_differing(directory, decided.directory)})))


def _differing(before: Directory, after: Directory) -> set[PersonId]:
    """The people whose engagements must be told: their facts, calendar or days changed. New heads concern everyone."""
    earlier, later = ({person.id: person for person in d.everyone()} for d in (before, after))
    clocks = {name for name, calendar in after.calendars.items() if before.calendars.get(name) != calendar}
    found = {name for name in earlier.keys() | later.keys() if earlier.get(name) != later.get(name)}
    found |= {person.id for person in later.values() if person.calendar in clocks}
    found |= {period.person for period in {*before.absences} ^ {*after.absences}}
    found |= {period.person for period in {*before.delegations} ^ {*after.delegations}}
    return found | ({*before.positions.values()} if before.positions != after.positions else set())


def _permit(directory: Directory, command: f.FirmCommand, actor: Actor) -> None:
    allowed = WHO_MAY[type(command)]
    if allowed & _hats(directory, command, actor):
        return
    is_colleague = directory.colleague(actor.person_id) is not None
    raise PermissionDenied(
        f"Only these may do that: {', '.join(sorted(map(role_label, allowed)))}.",
        remedy="Ask one of them." if is_colleague else "Ask your contact there.",
        action=None if is_colleague else RemedyAction.LIST_DEALS,
    )


def _hats(directory: Directory, command: f.FirmCommand, actor: Actor) -> set[str]:
    roles_held = set(actor.house_roles)
    if actor.channel == AN_ENGAGEMENT:
        return {AN_ENGAGEMENT}
    roles_held |= {
        head for head in (HEAD_OF_MANAGERS, HEAD_OF_SALES) if directory.positions.get(head) == actor.person_id
    }
    colleague = directory.colleague(actor.person_id)
    roles_held |= {SALES, FINANCE} & set(colleague.roles) if colleague is not None else set()
    concerned = _whom(command)
    known = directory.person(concerned) if concerned else None
    if concerned == actor.person_id:
        roles_held.add(THEMSELVES)
    if known is not None and known.assistant == actor.person_id:
        roles_held.add(ASSISTANT)
    return roles_held


def _whom(command: f.FirmCommand) -> PersonId | None:
    """The person a command is about."""
    if isinstance(command, f.RecordAbsence):
        return command.absence.person
    if isinstance(command, f.GiveDelegation):
        return command.delegation.person
    return command.person_id if isinstance(command, f.RemoveAbsence | f.EndDelegation) else None


def _require_sound(before: Directory, after: Directory, command: f.FirmCommand, today: date) -> None:
    """Raises a Refusal if the directory is not sound, or has become less so.

    A file must be sound as a whole; a smaller step must only add no problem, should a newer rule object to the rest.
    """
    require_own_ids(before, after)
    whole_file = isinstance(command, f.ImportDirectory)
    known = set() if whole_file else {(problem.where, problem.what) for problem in all_problems(before, today)}
    for problem in all_problems(after, today):
        if (problem.where, problem.what) in known:
            continue
        raise BadValue(f"{problem.what}."[:1900], remedy=problem.remedy, field=problem.where)


def import_directory(directory: Directory, command: f.ImportDirectory, _actor: Actor, today: date) -> DirectoryDecision:
    """Imports a file. Raises LeavingNotConfirmed if more than a tenth would leave and their number was not given."""
    require_own_ids(directory, command.directory)  # someone who was let go stays gone, whatever the file says of them
    after = merged(directory, command.directory, today, command.names_in_deals)
    require_confirmed(directory, after, command.leaving)
    return DirectoryDecision(after, (imported(directory, after),))


def review_import(directory: Directory, command: f.ImportDirectory, actor: Actor, today: date) -> Directory:
    """The directory as an import would leave it, however many leave by it. Raises its other refusals."""
    _permit(directory, command, actor)
    require_own_ids(directory, command.directory)
    after = merged(directory, command.directory, today, command.names_in_deals)
    _require_sound(directory, after, command, today)
    return after


def set_person(directory: Directory, command: f.SetPerson, actor: Actor, _today: date) -> DirectoryDecision:
    """Sets one colleague. Someone who had left is back by it; no one is removed."""
    known = directory.person(command.person.id)
    if command.person.client is not None or (known is not None and known.client is not None):
        raise BadValue(
            "People at clients are added with the directory file.", remedy=IN_THE_FILE, field="person.client"
        )
    takes_their_place = command.person.deputy == actor.person_id != command.person.id
    if takes_their_place and (known is None or known.deputy != actor.person_id):
        raise OwnRequest(
            "You cannot make yourself somebody's deputy.",
            remedy="Ask another administrator to do it.",
            action=RemedyAction.LIST_PEOPLE,
        )
    if known is not None and known.active and not command.person.active:
        raise BadValue(
            "Somebody who leaves is deactivated, with a reason.",
            remedy="Deactivate them.",
            action=RemedyAction.DEACTIVATE_PERSON,
            field="person.active",
        )
    others = tuple(command.person if person.id == command.person.id else person for person in directory.people)
    people = others if known is not None else (*directory.people, command.person)
    return DirectoryDecision(directory.replace(people=people), (PersonSet(person=command.person),))


def deactivate_person(
    directory: Directory, command: f.DeactivatePerson, _actor: Actor, _today: date
) -> DirectoryDecision:
    """Leaves nothing behind that they alone would answer for. Raises NobodyAccountable for an empty position."""
    person = _colleague(directory, command.person_id)
    if command.successor is not None:
        _other(directory, command.successor, person.id, "successor")
    strangers = [name for name in command.positions if directory.positions.get(name) != person.id]
    strangers += [name for name in command.house_roles if directory.house_roles.get(name) != person.id]
    if strangers:
        raise BadValue(
            f"{person.name} is not {listed([*map(role_label, sorted(strangers))])}.",
            remedy="Pass on only positions that they hold; change others with the directory file.",
            field="positions",
        )
    positions = {**directory.positions, **command.positions}
    house_roles = {**directory.house_roles, **command.house_roles}
    left = sorted(name for name, holder in (*positions.items(), *house_roles.items()) if holder == person.id)
    if left:
        what = listed([*map(role_label, left)])
        raise NobodyAccountable(
            f"{person.name} is {what}, and nobody would follow.",
            remedy=f"Name in the same step who becomes {what}; a successor is only asked about roles.",
            action=RemedyAction.NAME_WHO_FOLLOWS,
        )
    event = PersonDeactivated(
        person_id=person.id,
        reason=command.reason,
        successor=command.successor,
        positions=command.positions,
        house_roles={str(role): holder for role, holder in command.house_roles.items()},
    )
    return DirectoryDecision(without_who_left(directory, person, event), (event,))


def reinstate_person(
    directory: Directory, command: f.ReinstatePerson, _actor: Actor, _today: date
) -> DirectoryDecision:
    """Their facts are as when they left; positions, days and delegates were dropped, and stay so."""
    person = directory.person(command.person_id)
    if person is None:
        raise NotFound(
            f"There is no colleague {command.person_id}.",
            remedy=f"Whoever left with the file comes back with it. {IN_THE_FILE}",
            field="person_id",
        )
    if person.client is not None:
        raise BadValue("People at clients are added with the directory file.", remedy=IN_THE_FILE, field="person_id")
    if person.active:
        raise DoneAlready(f"{person.name} is active already.", remedy="There is nothing to do.", field="person_id")
    back = person.replace(active=True, left_because=None, successor=None)
    people = tuple(back if other.id == person.id else other for other in directory.people)
    return DirectoryDecision(
        directory.replace(people=people), (PersonReinstated(person_id=person.id, reason=command.reason),)
    )


def replace_person(directory: Directory, command: f.ReplacePerson, _actor: Actor, today: date) -> DirectoryDecision:
    """Changes nothing in the directory; each engagement asks the successor, and judges whether they may."""
    _colleague(directory, command.person_id)
    _other(directory, command.successor, command.person_id, "successor")
    if command.last_day is not None and not 0 <= (command.last_day - today).days <= MAX_PERIOD_DAYS:
        raise BadValue("The last day must be within the next year.", remedy="Give an earlier day.", field="last_day")
    event = PersonReplaced(**command.model_dump(exclude={"kind"}))
    return DirectoryDecision(directory, (event,), (command.person_id,))


def record_absence(directory: Directory, command: f.RecordAbsence, actor: Actor, today: date) -> DirectoryDecision:
    """Days away, with or without a delegate; one that begins on the same day is replaced."""
    absence = command.absence.replace(by=actor.person_id)
    _colleague(directory, absence.person)
    _check_days(absence.first, absence.last, today)
    if absence.delegate is not None:
        _other(directory, absence.delegate, absence.person, "delegate")
    kept = not_long_over(directory.absences, absence.person, today)
    others = tuple(a for a in kept if (a.person, a.first) != (absence.person, absence.first))
    given = whole(absence)
    if given is not None:
        _require_arranged_for_another(given, actor)
        _require_no_circle(directory.replace(absences=others), given)
    after = directory.replace(absences=(*others, absence))
    return DirectoryDecision(after, (AbsenceRecorded(absence=absence),))


def remove_absence(directory: Directory, command: f.RemoveAbsence, _actor: Actor, _today: date) -> DirectoryDecision:
    found = next((a for a in directory.absences if (a.person, a.first) == (command.person_id, command.first)), None)
    if found is None:
        raise NotFound(
            f"No absence begins on {day_shown(command.first)}.",
            remedy="Check their absences.",
            action=RemedyAction.SHOW_PERSON,
            field="first",
        )
    after = directory.replace(absences=tuple(absence for absence in directory.absences if absence != found))
    return DirectoryDecision(after, (AbsenceRemoved(absence=found),))


def give_delegation(directory: Directory, command: f.GiveDelegation, actor: Actor, today: date) -> DirectoryDecision:
    """Lets another answer for a person, on some days and for some things. Never in a circle."""
    given = command.delegation.replace(by=actor.person_id)
    _colleague(directory, given.person)
    _other(directory, given.to, given.person, "to")
    _check_days(given.first, given.last, today)
    _check_kinds(given)
    _require_arranged_for_another(given, actor)
    _require_no_circle(directory, given)
    if given in directory.delegations:
        raise BadValue("This delegation is already in place.", remedy="There is nothing to do.", field="delegation")
    after = directory.replace(delegations=(*not_long_over(directory.delegations, given.person, today), given))
    return DirectoryDecision(after, (DelegationGiven(delegation=given),))


def _require_no_circle(directory: Directory, given: Delegation) -> None:
    """No one's answers may come back to them, however many others they would pass through."""
    if comes_back(directory, given):
        raise BadValue(
            f"In that period the answers of {given.person} would come back to them from {given.to}: a circle.",
            remedy="Name somebody else, or other days.",
            action=RemedyAction.LIST_PEOPLE,
            field="to",
        )


def _require_arranged_for_another(given: Delegation, actor: Actor) -> None:
    """Whoever arranges it for someone else may not take their answers themselves. Raises OwnRequest."""
    if given.to == actor.person_id != given.person:
        raise OwnRequest(
            "You cannot delegate somebody else's answers to yourself.",
            remedy="Ask them to delegate to you, or name somebody else.",
            action=RemedyAction.LIST_PEOPLE,
        )


def end_delegation(directory: Directory, command: f.EndDelegation, _actor: Actor, _today: date) -> DirectoryDecision:
    """Ends a delegation from today on."""
    which = (command.person_id, command.to, command.first)
    found = tuple(d for d in directory.delegations if (d.person, d.to, d.first) == which)
    if not found:
        raise NotFound(
            "Delegation not found.",
            remedy="Check their delegations.",
            action=RemedyAction.SHOW_PERSON,
            field="first",
        )
    after = directory.replace(delegations=tuple(d for d in directory.delegations if d not in found))
    return DirectoryDecision(after, tuple(DelegationEnded(delegation=d) for d in found))


def _check_kinds(given: Delegation) -> None:
    """A kind that matches nothing would look like a delegation and be none."""
    unknown = sorted(set(given.kinds) - set(AskKind))
    if unknown:
        near = get_close_matches(unknown[0], list(AskKind), n=3, cutoff=0.5) or sorted(AskKind)
        raise BadValue(
            f"There is no kind of ask {unknown[0]}.", remedy=f"Did you mean {', '.join(near)}?", field="kinds"
        )


def _colleague(directory: Directory, person_id: PersonId) -> Person:
    known = directory.colleague(person_id)
    if known is None:
        raise NotFound(
            f"There is no colleague {person_id}.",
            remedy="See the directory.",
            action=RemedyAction.LIST_PEOPLE,
            field="person_id",
        )
    return known


def _other(directory: Directory, other: PersonId, person_id: PersonId, field: str) -> None:
    """Raises BadValue unless this is another active colleague."""
    if other == person_id or directory.colleague(other) is None:
        raise BadValue(
            f"{other} is not another active colleague.",
            remedy="Name somebody else.",
            action=RemedyAction.LIST_PEOPLE,
            field=field,
        )


def _check_days(first: date, last: date, today: date) -> None:
    if last < first or last < today:
        raise BadValue("The last day is before the first.", remedy="Correct the days.", field="last")
    if (last - first).days > MAX_PERIOD_DAYS:
        raise BadValue("It can last a year at most.", remedy="Give an earlier last day.", field="last")


Handler = Callable[[Directory, Any, Actor, date], DirectoryDecision]
HANDLERS: dict[type[f.FirmCommand], Handler] = {
    f.ImportDirectory: import_directory,
    f.SetPerson: set_person,
    f.DeactivatePerson: deactivate_person,
    f.ReinstatePerson: reinstate_person,
    f.ReplacePerson: replace_person,
    f.RecordAbsence: record_absence,
    f.RemoveAbsence: remove_absence,
    f.GiveDelegation: give_delegation,
    f.EndDelegation: end_delegation,
    f.AddClient: add_client,
    f.RenameClient: rename_client,
    f.ConfirmClient: confirm_client,
}
