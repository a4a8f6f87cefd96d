"""The card of an act owed or of a vacancy: what one person is shown of it, and what they can do by a button.

It is to an act what `domain.asks.card` is to an ask. It says what is to be done, why, by when (in their zone), why this
person, how it is done, and, once it is no longer owed, how it ended. It shows no cost, no margin and no price.

Weighed: an ask put to the owner of each act, so that asks alone have cards (then someone answers that they did what
they did); or plain text messages, which go stale where they are posted and cannot be acted on. What keeps an ask's
message in a chat up to date does so for an act here, by the same mechanism, with a reference instead of an ask's id.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from domain.directory.candidates import Candidate, declined_by
from domain.engagement.acts_owed.commands_by_act import DONE_AS
from domain.engagement.aggregate import Engagement
from domain.engagement.delivery.commands import TakeMilestoneBack
from domain.engagement.delivery.values import MilestoneStatus
from domain.engagement.documents.prepared_requirements import prepared_lines
from domain.engagement.needs.fulfilment import removed_from
from domain.engagement.permissions import allowed_to, effective_roles, may_replace
from domain.engagement.pricing.values import PriceStatus
from domain.engagement.roles.appointment import who_may_name, who_must_fill
from domain.engagement.roles.expectations import spoken
from domain.engagement.roles.vacancies import vacancy_due
from domain.engagement.roles.values import Vacancy, VacancyCause
from domain.engagement.scope.estimates import packages_returned
from domain.engagement.tasks.rules import task_day
from domain.engagement.tasks.values import Task
from domain.next_steps.acts_owed import ActKind, ActOwed
from domain.next_steps.choices import (
    ASK_FOR_ROLE,
    MEET,
    PROPOSE_ANOTHER,
    TAKE_BACK,
    StepChoice,
    act_action,
    act_choices,
    buttons_beside,
    replace_action,
    step_action,
    vacancy_action,
    vacancy_choices,
)
from domain.next_steps.references import StepRef, act_of, act_ref, task_of, task_ref, vacancy_of, vacancy_ref
from domain.next_steps.texts import (
    WHY,
    act_title,
    how_done,
    how_filled,
    how_met,
    is_prepared,
    returned_by,
    title_of_vacancy,
    vacancy_title,
    why_condition,
    why_sent_back,
    why_vacant,
    would_be_the_same,
)
from domain.playbook.model import role_label
from domain.shared.calendar import day_shown
from domain.shared.memo import memoized
from domain.shared.remedy_actions import ActionRef, RemedyAction
from domain.shared.text import sentence
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, PersonId, Value

MAX_NAMED = 5
DELIVERED = MilestoneStatus.DELIVERED


class HowItEnded(NamedTuple):
    """Who did an act, for whom, and when; `by` is None if it was merely no longer called for."""

    by: PersonId | None
    at: datetime
    facts: tuple[str, ...] = ()
    """The kinds of the facts that ended it: they say which of several ways was taken."""
    was_owed_again: bool = False
    """True if the same act has been owed and ended again since: what can be repeated belongs to the later one."""


class StepCard(Value):
    """An act or a vacancy as one person is shown it."""

    ref: str
    engagement_id: EngagementId
    engagement_title: str
    client: str
    title: str
    why_me: str
    why: str
    """Which gate waits for it."""
    sent_back: str | None
    """Who sent it back, and what they said."""
    facts: tuple[str, ...]
    since: str | None
    """Since when it is owed, or the role is vacant."""
    due: str | None
    how: str
    """In a sentence or two, which may name actions."""
    action: ActionRef | None
    """What does it, or passes it to someone else; None if there is nothing for this person to do now."""
    choices: tuple[StepChoice, ...]
    ended: str | None
    """Why there is nothing more to do about it."""
    is_done: bool = False
    """True if that is because someone did it."""


def step_card(
    state: Engagement,
    ref: StepRef,
    person_id: PersonId,
    *,
    candidates: tuple[Candidate, ...] = (),
    ended: HowItEnded | None = None,
) -> StepCard:
    """What someone is shown of an act, a vacancy or a condition now.

    `candidates`: who could hold a vacant role; `ended`: how an act ended that is no longer owed.
    """
    act, vacancy = act_of(state, ref), vacancy_of(state, ref)
    if act is not None:
        return _of_act(state, ref, act, person_id)
    if vacancy is not None:
        return _of_vacancy(state, ref, vacancy, person_id, candidates)
    if (task := task_of(state, ref)) is not None:
        return _of_task(state, ref, task, person_id)
    if ref.kind == "task":
        met = state.tasks.get(ref.what)
        how = f"It is met: {sentence(met.note)}" if met and met.note else "It is met, or no longer required."
        return _card(state, ref).replace(ended=how, is_done=True)
    if ref.kind == "act":
        is_done = ended is not None and ended.by is not None
        again = _can_be_done_anew(state, ref, person_id) if ended is None or not ended.was_owed_again else ()
        return _card(state, ref).replace(ended=_act_ended(state, person_id, ended), is_done=is_done, choices=again)
    return _card(state, ref).replace(ended=_filled(state, ref), is_done=state.cast.holder(ref.what) is not None)


def _card(state: Engagement, ref: StepRef) -> StepCard:
    return StepCard(
        ref=str(ref),
        engagement_id=state.id,
        engagement_title=state.title,
        client=state.client,
        title=_title(ref),
        why_me="",
        why="",
        sent_back=None,
        facts=(),
        since=None,
        due=None,
        how="",
        action=None,
        choices=(),
        ended=None,
    )


def _title(ref: StepRef) -> str:
    if ref.kind == "task":
        return f"Meet condition {ref.what}"
    return act_title(ref.what) if ref.kind == "act" else vacancy_title(ref.what, VacancyCause.NOT_NAMED)


def _of_task(state: Engagement, ref: StepRef, task: Task, person_id: PersonId) -> StepCard:
    """A condition, for its owner and for the engagement manager."""
    since, owner = state.cast.calendar_of(person_id).shown(task.since), state.cast.name(task.owner)
    shown = _card(state, ref).replace(since=since, due=day_shown(task_day(state, task)))
    if person_id in task.above and person_id != state.manager:
        told = f"You are told because {owner} is overdue. Only they, or {state.cast.name(state.manager)}, can do it."
        return shown.replace(why_me=told, why=why_condition(task), facts=(task.text,))
    if person_id not in {task.owner, *task.stand_ins, state.manager}:
        return shown.replace(ended=f"{owner} owes this.")
    by = f" Set by {state.cast.name(task.set_by)}." if task.set_by is not None else ""
    return shown.replace(
        why_me=f"Yours.{by}" if person_id == task.owner else f"{owner} owes this; you may record that it is met.{by}",
        why=why_condition(task),
        facts=(task.text,),
        how=state.hold_shown or how_met(state, task),
        action=None if state.clocks_stand else step_action(state.id, "task", task.id),
        choices=() if state.clocks_stand else (MEET,),
    )


def steps_changed(before: Engagement | None, after: Engagement) -> set[str]:
    """References of the next steps whose cards have changed; if a hold began or ended, also all open asks."""
    earlier, later = _shown(before) if before else {}, _shown(after)
    if before is not None and before.hold_shown != after.hold_shown:
        later = later | {ask.id: after.hold_shown for ask in after.open_asks()}
    return {ref for ref in {*earlier, *later} if earlier.get(ref) != later.get(ref)}


def done_acts_changed(before: Engagement | None, after: Engagement) -> set[str]:
    """Prefixes of the references of done acts that can no longer, or again, be repeated or taken back.

    Such an act is no longer owed, so it is not known here since when it was.
    """
    return set() if before is None else {*_deliveries_changed(before, after), *_price_changed(before, after)}


def _price_changed(before: Engagement, after: Engagement) -> Iterator[str]:
    """While a price waits for its approvals another may be proposed, and afterwards not."""
    if _price_waits(before) != _price_waits(after):
        yield f"{after.id}/act:{ActKind.PROPOSE_PRICE.value}@"


def _price_waits(state: Engagement) -> bool:
    """True while a price waits for its approvals, and another may be proposed in its place."""
    return state.price is not None and state.price.status is PriceStatus.PROPOSED and _goes_on(state)


def _goes_on(state: Engagement) -> bool:
    """True if work can go on: the engagement is neither over nor on hold."""
    return not state.is_over and not state.clocks_stand


def _deliveries_changed(before: Engagement, after: Engagement) -> Iterator[str]:
    names = (
        name
        for name in after.milestones
        if DELIVERED in {before.status_of(name), after.status_of(name)}
        and (before.status_of(name), _goes_on(before)) != (after.status_of(name), _goes_on(after))
    )
    yield from (f"{after.id}/act:{ActKind.DELIVER_MILESTONE.value}:{name}@" for name in names)


@memoized(64)
def _shown(state: Engagement) -> dict[str, object]:
    found: dict[str, object] = {
        str(act_ref(state, act)): (act, act_facts(state, act), state.hold_shown) for act in state.acts.values()
    }
    if not state.is_over:
        found |= {
            str(vacancy_ref(state, one)): (one, state.proposals.get(one.role), state.hold_shown)
            for one in state.vacancies.values()
        }
        found |= {str(task_ref(state, task)): (task, state.hold_shown) for task in state.conditions}
    return found


# -- acts


def _of_act(state: Engagement, ref: StepRef, act: ActOwed, person_id: PersonId) -> StepCard:
    may_do = person_id in act.may_do
    concerned = may_do or person_id in act.told
    if not concerned:
        return _card(state, ref).replace(ended=f"{state.cast.name(act.owner)} owes this now.")
    rests = state.hold_shown if act.clock.since is None else None
    how, action = (rests, None) if rests else _how(state, act, person_id)
    return _card(state, ref).replace(
        why_me=_why_me(state, act, person_id),
        why=WHY[act.kind],
        sent_back=why_sent_back(state, act),
        facts=act_facts(state, act),
        since=state.cast.calendar_of(person_id).shown(act.since),
        due=state.cast.calendar_of(person_id).shown(act.due_at) if act.due_at else None,
        how=how,
        action=action,
        choices=_choices_of(state, act) if may_do and not rests else (),
    )


def _choices_of(state: Engagement, act: ActOwed) -> tuple[StepChoice, ...]:
    prepared, unchanged = is_prepared(state, act.kind), would_be_the_same(state, act.kind)
    return act_choices(act.id, prepared=prepared, unchanged=unchanged)


def _how(state: Engagement, act: ActOwed, person_id: PersonId) -> tuple[str, ActionRef | None]:
    """How it is done, for those who may do it; for those told that it is late, how to pass it to someone else."""
    if person_id in act.may_do:
        prepared = is_prepared(state, act.kind)
        return how_done(state, act, buttons_beside(act.kind)), act_action(
            state.id, act.kind, act.subject, state.client, prepared=prepared
        )
    if may_replace(state, act.role, person_id):
        return "If they cannot, ask somebody else to take over the role.", replace_action(state.id, act.role)
    return "", None


def _why_me(state: Engagement, act: ActOwed, person_id: PersonId) -> str:
    owner = state.cast.name(act.owner)
    if person_id == act.owner:
        return f"Yours as {role_label(act.role)}."
    if person_id in act.stand_ins:
        return f"You may do this for {owner}."
    return f"You are told because {owner} is overdue. Only they, or whoever stands in for them, can do it."


def act_facts(state: Engagement, act: ActOwed) -> tuple[str, ...]:
    """What an act is about, one line each, in the record's words: none of them contains money."""
    about = ABOUT.get(act.kind)
    return tuple(about(state, act.subject)) if about else ()


def _needs(state: Engagement, _: str) -> Iterator[str]:
    yield from (f"{need.id}: {need.text}" for need in state.needs.values())


def _promise(state: Engagement, subject: str) -> Iterator[str]:
    promise = state.promises[subject]
    yield f"{subject}, to {state.cast.name(promise.to)} on {day_shown(promise.on)}: {promise.text}"


def _reconciled(state: Engagement, subject: str) -> Iterator[str]:
    yield from _promise(state, subject)
    for item, n in removed_from(state, state.fate(subject).covered_by).items():
        yield f"Change {n} removed {item}, which covered it."


def _expectations(state: Engagement, role: str) -> Iterator[str]:
    yield from (spoken(one) for one in state.holdings[role].expectations)


def _prepared(state: Engagement, _: str) -> Iterator[str]:
    if state.prepared_requirements:
        yield "Prepared by the seller, and not in force until you accept them:"
        yield from prepared_lines(state)


def _requirements(state: Engagement, _: str) -> Iterator[str]:
    yield from (f"{one.id}: {one.text}" for one in state.requirements.values())


def _milestone(state: Engagement, subject: str) -> Iterator[str]:
    milestone = state.milestones[subject]
    yield f"{subject}: {milestone.title}, on {day_shown(milestone.due)}, {milestone.share_percent} % of progress"


def _potential(state: Engagement, subject: str) -> Iterator[str]:
    yield f"{subject}: {state.potential_changes[subject].text}"


def _change(state: Engagement, subject: str) -> Iterator[str]:
    yield f"{subject}: {state.changes[int(subject.removeprefix('C'))].facts.title}"


def _hold(state: Engagement, _: str) -> Iterator[str]:
    if state.hold is not None:
        yield f"On hold until {day_shown(state.hold.until)}: {state.hold.reason}"


def _packages(state: Engagement, subject: str) -> Iterator[str]:
    """The packages that came back, with why and from whom for those of another return than the card leads with."""
    leads = state.acts[f"{ActKind.ANSWER_RETURN.value}:{subject}"].returned
    for name, one in packages_returned(state, subject).items():
        why = f". {returned_by(state, one)}" if one.ask_id != leads else ""
        yield f"{name}: {state.packages[name].title}{why}"


def _dates(state: Engagement, _: str) -> Iterator[str]:
    word = state.staffing
    free = word.available_from if word is not None else None
    since = f"; people are free from {day_shown(free)}" if free else ""
    yield f"Requested from {day_shown(state.wished_start)} to {day_shown(state.wished_end)}{since}"


def _estimates(state: Engagement, subject: str) -> Iterator[str]:
    for one in (one for one in state.estimates if one.package == subject):
        behind = [f"assumes {text}" for text in one.assumptions] + [f"risk: {text}" for text in one.risks]
        yield "; ".join((f"{state.cast.name(one.by)}: {one.hours}", *behind))
    if (undone := state.undone.get(subject)) is not None:
        by, was = state.cast.name(undone.by), undone.choice
        yield f"Chosen before {by} corrected theirs: {was.hours}, because: {sentence(was.statement)} Choose again."


ABOUT: dict[ActKind, Callable[[Engagement, str], Iterator[str]]] = {
    ActKind.RESTATE_NEEDS: _needs,
    ActKind.CORRECT_NEEDS: _needs,
    ActKind.COVER_PROMISE: _promise,
    ActKind.RECONCILE_PROMISE: _reconciled,
    ActKind.CORRECT_EXPECTATIONS: _expectations,
    ActKind.SET_REQUIREMENTS: _prepared,
    ActKind.DRAFT_BRD: _requirements,
    ActKind.DELIVER_MILESTONE: _milestone,
    ActKind.SUBMIT_CHANGE: _potential,
    ActKind.REVISE_CHANGE: _change,
    ActKind.RESOLVE_HOLD: _hold,
    ActKind.ANSWER_RETURN: _packages,
    ActKind.CHOOSE_ESTIMATE: _estimates,
    ActKind.ANSWER_STAFFING: _dates,
}


def _can_be_done_anew(state: Engagement, ref: StepRef, person_id: PersonId) -> tuple[StepChoice, ...]:
    """What the person who did an act can still change: a price that waits for its approvals, a delivered milestone."""
    if _may_take_back(state, ref, person_id):
        return (TAKE_BACK,)
    is_theirs = ref.what == ActKind.PROPOSE_PRICE and state.price is not None and person_id == state.price.by
    return (PROPOSE_ANOTHER,) if _price_waits(state) and is_theirs and person_id == state.seller else ()


def _act_ended(state: Engagement, person_id: PersonId, ended: HowItEnded | None) -> str:
    if ended is None or ended.by is None:
        return "No longer needed."
    how = next((DONE_AS[kind] for kind in ended.facts if kind in DONE_AS), "Done")
    return f"{how} by {state.cast.name(ended.by)} on {state.cast.calendar_of(person_id).shown(ended.at)}."


def _may_take_back(state: Engagement, ref: StepRef, person_id: PersonId) -> bool:
    """True for a milestone that the client has not answered yet, if this person may take its delivery back."""
    kind, _, milestone = ref.what.partition(":")
    if kind != ActKind.DELIVER_MILESTONE or not _goes_on(state) or state.status_of(milestone) is not DELIVERED:
        return False
    command = TakeMilestoneBack(milestone=milestone, reason="by mistake")
    return bool(allowed_to(command) & effective_roles(state, Actor(person_id=person_id), command))


# -- vacancies


def _of_vacancy(
    state: Engagement, ref: StepRef, vacancy: Vacancy, person_id: PersonId, found: tuple[Candidate, ...]
) -> StepCard:
    proposal = state.proposals.get(vacancy.role)
    may_name = person_id in (vacancy.accountable, *who_may_name(state, vacancy))
    shown = _card(state, ref).replace(title=title_of_vacancy(state, vacancy))
    if proposal is not None:
        return shown.replace(ended=f"{state.cast.name(proposal.person_id)} is asked to take the role.")
    if not may_name:
        return shown.replace(
            client="",  # someone who is only offered the role may not see the engagement
            why_me="You are competent for it.",
            how=state.hold_shown or "",
            choices=(ASK_FOR_ROLE,) if _may_ask(state, vacancy.role, person_id) else (),
        )
    due, may_be_filled = vacancy_due(state, vacancy), bool(who_must_fill(state, vacancy))
    return shown.replace(
        why_me=_whose(state, vacancy, person_id),
        why=why_vacant(state, vacancy),
        facts=who_could(found),
        since=state.cast.calendar_of(person_id).shown(vacancy.since),
        due=state.cast.calendar_of(person_id).shown(due) if due else None,
        how=how_filled(state, vacancy),
        action=vacancy_action(state.id, vacancy.role) if may_be_filled else RemedyAction.IMPORT_PEOPLE.about(),
        choices=vacancy_choices(vacancy.role) if may_be_filled else (),
    )


def _may_ask(state: Engagement, role: str, person_id: PersonId) -> bool:
    """True if someone may ask for a vacant role now."""
    is_role = state.playbook.role(role) is not None
    return is_role and not state.clocks_stand and person_id not in declined_by(state, role)


def _whose(state: Engagement, vacancy: Vacancy, person_id: PersonId) -> str:
    if person_id == vacancy.accountable:
        return "You must fill it." if who_must_fill(state, vacancy) else "You must find somebody who may name them."
    stand_in = next((one for one in vacancy.stand_ins if one.person_id == person_id), None)
    if stand_in is not None:
        return f"You may name somebody for {state.cast.name(stand_in.instead_of)}."
    return f"{state.cast.name(vacancy.accountable)} is accountable now; you may also name somebody."


def who_could(found: tuple[Candidate, ...]) -> tuple[str, ...]:
    """The first few who could hold a role, each with what they lack."""
    may = [candidate for candidate in found if candidate.is_offered]
    named = [f"{one.name}: {said(one)}" for one in may[:MAX_NAMED]]
    if not named:
        return ("Nobody in the directory is both free and competent, or nearly competent, for it.",)
    more = [f"And {len(may) - MAX_NAMED} more."] if len(may) > MAX_NAMED else []
    return ("Who could take it:", *named, *more)


def said(candidate: Candidate) -> str:
    """How well someone fits a role, what they lack, how much they hold already, and whether they are away."""
    parts = [candidate.standing.value, *filter(None, [candidate.passed_over]), *candidate.gaps]
    parts += (
        [f"{candidate.load} role{'s' if candidate.load > 1 else ''} in running engagements"] if candidate.load else []
    )
    parts += [f"away until {day_shown(candidate.away_until)}"] if candidate.away_until else []
    return ", ".join(parts)


def _filled(state: Engagement, ref: StepRef) -> str:
    holder = state.cast.holder(ref.what)
    if holder is None:
        return "No longer needed."
    return f"{state.cast.name(holder)} is {role_label(ref.what)} now."
