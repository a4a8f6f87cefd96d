"""What comes next, as one person may see it: the same list in every channel."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import Field

from adapters.console_commands import command_of, with_commands
from application.queries.view import Instant, NamedPersonView, Reader, ShownPersonId, View
from domain.asks.holder import AskHolder
from domain.asks.upcoming_signers import who_signs_by
from domain.change_order.order import ChangeOrder
from domain.engagement.aggregate import Engagement
from domain.engagement.documents.prepared_requirements import prepared_lines
from domain.engagement.permissions import may_replace, may_see_facts
from domain.next_steps.choices import replace_action, step_action
from domain.next_steps.model import NextStep, in_order, next_steps
from domain.next_steps.owner_away import while_away
from domain.next_steps.stand_ins import away_until, who_else
from domain.next_steps.texts import (
    how,
    is_prepared,
    nobody_may_fill,
    what,
    why,
    why_again,
    why_sent_back,
)
from domain.playbook.model import role_label
from domain.shared.remedy_actions import ActionRef, RemedyAction
from domain.shared.values import AskId, Day, PersonId


class WhoView(NamedPersonView):
    """Who owes a step, and in which role."""

    role: str | None


class FirstStepView(View):
    """The first next step of an engagement, as shown in lists."""

    what: str
    who: WhoView
    since: Instant | None
    due: Instant | None
    due_shown: str | None
    overdue: bool
    paused: bool


class NextStepView(View):
    """One thing that one person owes: what, which gate waits for it, who, since when, until when, how it is done.

    Exactly one of `ask`, `act`, `vacancy` and `task` says what it is. `reason` is who sent it back and why, or the
    answer to a question that its owner asked back, for those who may read it. `…_shown` is for people: the same time in
    the reader's zone. `others` may do it too now: delegates, deputies, those it has escalated to; `stands_in` says so,
    and why.
    """

    what: str
    why: str
    reason: str | None
    who: WhoView
    others: tuple[NamedPersonView, ...]
    stands_in: str | None
    accountable: NamedPersonView
    since: Instant
    since_shown: str
    due: Instant | None
    due_shown: str | None
    overdue: bool
    paused: bool
    held_until: Day | None = None
    """The day until which the engagement is on hold, if it is and this is paused with it."""
    hold_has_come: bool = False
    """True from that day on: someone is to resume, extend or end it."""
    change: int | None
    ask_id: AskId | None
    act: str | None
    vacancy: str | None
    task: str | None
    remedy: str
    command: str
    """The `interlock` command that does it."""
    prepared: tuple[str, ...]
    """What is prepared for it, one line each: this command accepts it as it is, and it is not in force before."""
    not_told: str | None = None
    """That no message has reached its owner, and who can help; null if they were told, or will be."""
    no_token: str | None = None
    """Who at the client must sign and has no token, and who makes one; null if no one lacks one."""
    signs: tuple[ShownPersonId, ...] = Field(default=(), exclude=True)
    """Who at the client signs at this step or right after it."""
    replace: str | None
    """The command by which the reader has someone else asked to take the role over: for those it has escalated to."""


def step_views(
    state: Engagement, aggregates: Iterable[AskHolder], reader: Reader, now: datetime
) -> tuple[NextStepView, ...]:
    """The next steps of an engagement, of its change orders, or of all these, overdue ones first.

    A client's person sees their own.
    """
    looked_at = tuple(aggregates)
    found = [(of, step) for of in looked_at for step in next_steps(of, now)]
    if state.cast.is_client(reader.actor.person_id):
        found = [(of, step) for of, step in found if step.who == reader.actor.person_id]
    found.sort(key=lambda one: in_order(one[1], now))
    return tuple(_view(state, looked_at, of, step, reader, now) for of, step in found)


def _role_shown(of: AskHolder, step: NextStep) -> str | None:
    """The role in which someone owes a step, and in whose place if another holds it.

    Someone who is asked to be one more expert is asked in no one's place.
    """
    if step.role is None:
        return None
    proposal = of.proposals.get(step.role) if isinstance(of, Engagement) else None
    if proposal is not None and proposal.further and proposal.ask_id == step.ref:
        return role_label(step.role)
    holder = of.cast.holder(step.role)
    if holder is None or step.who in {holder, *of.cast.further_experts.get(step.role, ())}:
        return role_label(step.role)
    return f"{role_label(step.role)}, in place of {of.cast.name(holder)}"


def _view(
    state: Engagement, aggregates: tuple[AskHolder, ...], of: AskHolder, step: NextStep, reader: Reader, now: datetime
) -> NextStepView:
    rests = state.hold is not None and step.paused and step.kind != "vacancy"  # a role is filled on hold too
    return NextStepView(
        what=what(of, step),
        why=why(of, step),
        reason=_reason(state, aggregates, of, step, reader),
        who=WhoView(id=step.who, name=state.cast.name(step.who), role=_role_shown(of, step)),
        others=tuple(NamedPersonView(id=one, name=state.cast.name(one)) for one in step.others),
        stands_in=_stands_in(state, step, now),
        accountable=NamedPersonView(id=step.accountable, name=state.cast.name(step.accountable)),
        since=step.since,
        since_shown=reader.shown(step.since),
        due=step.due,
        due_shown=reader.shown(step.due) if step.due else None,
        overdue=step.due is not None and step.due <= now,
        paused=step.paused,
        held_until=state.hold.until if state.hold is not None and step.paused else None,
        hold_has_come=state.hold_has_come is not None,
        change=None if of is state else int(of.id.rpartition(".C")[2]),
        ask_id=step.ask_id,
        act=step.ref if step.kind == "act" else None,
        vacancy=step.ref if step.kind == "vacancy" else None,
        task=step.ref if step.kind == "task" else None,
        remedy=f"{state.hold_told(reader.actor.person_id)} Nothing is done until then."
        if rests
        else with_commands(how(of, step)),
        command="" if rests else command_of(_action(state, of, step)),
        prepared=tuple(prepared_lines(state)) if is_prepared_for(state, step) else (),
        replace=_replace(state, step, reader.actor.person_id),
        signs=who_signs_by(state, of, step.ask_id, step.ref if step.kind == "act" else None),
    )


def _action(state: Engagement, of: AskHolder, step: NextStep) -> ActionRef:
    if nobody_may_fill(of, step):
        return RemedyAction.IMPORT_PEOPLE.about()
    return step_action(state.id, step.kind, step.ref, state.client, prepared=is_prepared_for(state, step))


def _replace(state: Engagement, step: NextStep, person_id: PersonId) -> str | None:
    may = person_id in step.told and step.role is not None and may_replace(state, step.role, person_id)
    return command_of(replace_action(state.id, step.role)) if may and step.role else None


def is_prepared_for(state: Engagement, step: NextStep) -> bool:
    """True if something is prepared for an act."""
    act = state.acts.get(step.ref) if step.kind == "act" else None
    return act is not None and is_prepared(state, act.kind)


def _stands_in(state: Engagement, step: NextStep, now: datetime) -> str | None:
    cast, overdue = state.cast, step.due is not None and step.due <= now
    away = away_until(cast.absences, step.who, cast.calendar_of(step.who).local_day(now))
    others = [cast.name(one) for one in step.others]
    found = who_else(step.kind, cast.name(step.who), others, away, overdue=overdue)
    found = found or while_away(state, step, away, now)
    return with_commands(found) if found else None


def _reason(
    state: Engagement, aggregates: tuple[AskHolder, ...], of: AskHolder, step: NextStep, reader: Reader
) -> str | None:
    act = state.acts.get(step.ref) if step.kind == "act" else None
    if act is not None and reader.actor.person_id in (*act.may_do, *act.told):
        return why_sent_back(state, act)
    told = act.returned if act is not None else step.ask_id
    ask = next((one.asks[told] for one in aggregates if told is not None and told in one.asks), None)
    return why_again(of, step) if ask is not None and may_see_facts(state, reader.actor, ask) else None


def first_of(steps: Sequence[NextStepView]) -> FirstStepView | None:
    """The most pressing of them, as shown in lists."""
    if not steps:
        return None
    shown = {name: getattr(steps[0], name) for name in FirstStepView.model_fields}
    return FirstStepView(**shown)


def change_step_views(state: Engagement, order: ChangeOrder, reader: Reader, now: datetime) -> tuple[NextStepView, ...]:
    """The next steps of one change order, and those of its engagement that it waits for: acts, and vacant roles."""
    name = f"C{order.brief.n}"
    asked = {*order.brief.route, *(f"expert:{line.discipline}" for line in order.lines.values())}

    def concerns(step: NextStepView) -> bool:
        if step.change is not None or order.is_over:
            return step.change == order.brief.n
        return step.vacancy in asked or (step.act is not None and state.acts[step.act].subject == name)

    return tuple(step for step in step_views(state, (state, order), reader, now) if concerns(step))
