"""Whom each fact is told to, and in what words. Delivery (Slack, mail) is somebody else's; this is what and to whom."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import Any, Literal, get_args

from domain import act_notices
from domain.act_notices import what_comes_next
from domain.address_notices import told_of_addresses
from domain.ask_events import (
    AskEnded,
    AskOpened,
    AskReminded,
    FinalAuthorityAsked,
    InformationAsked,
    InformationGiven,
    RungReached,
    StandInAsked,
    VoterDropped,
    VoterReplaced,
    VoterSeated,
)
from domain.asking.outcomes import outcome_label
from domain.asking.seats import why_nobody
from domain.asking.tally import decisive, lacks_judge
from domain.asks import AGAINST, SIGNATURES, Ask, AskKind, Outcome, listed
from domain.change_order.order import ChangeOrder
from domain.complaint_notices import told_of_complaint
from domain.directory import Directory
from domain.document_shown import OF_DOCUMENTS, said_difference
from domain.end_notices import told_of_end
from domain.engagement.covering import who_stands_in_for
from domain.engagement.events import (
    ChangeMoved,
    ChangeRouted,
    DatesKept,
    EstimateChosen,
    OfferExpirySet,
    TaskClimbed,
    TaskCompleted,
    TaskCovered,
    TaskMoved,
    TaskReminded,
    TasksOpened,
)
from domain.engagement.naming import who_must_fill, why_nobody_may_fill
from domain.engagement.role_events import (
    DirectoryTaken,
    HolderProposed,
    VacancyClimbed,
    VacancyCovered,
    VacancyOpened,
    VacancyTurned,
)
from domain.engagement.state import Engagement, Task, Vacancy, VacancyCause
from domain.engagement.tasks import task_day
from domain.hold_notices import HOLD, told_of_hold
from domain.hours_notices import told_of_hours
from domain.playbook import role_label
from domain.promise_notices import told_of_promise
from domain.record import Aggregate, Message, Recorded
from domain.role_notices import told_of_lost_role
from domain.step_refs import StepRef, change_ref, task_ref, vacancy_ref
from domain.step_texts import HOW_TO_FIND_A_JUDGE, how_filled
from domain.streams import stream_label
from domain.team_notices import told_of_team
from domain.values import digest
from domain.words import capitalized, fitting, sentence, stopped
from domain.working_time import day_shown

OPERATORS = frozenset({"administrator", "ops"})
OperatorKind = Literal["quarantine", "new_deals", "redo", "damage"]
ABOUT_THE_SYSTEM: frozenset[str] = frozenset(get_args(OperatorKind))
"""The kinds of what operators are told."""
ROLE_ANSWERED = {Outcome.APPROVED: "is now", Outcome.DECLINED: "declined to be"}
ANSWERED = frozenset({Outcome.APPROVED, Outcome.RETURNED, Outcome.DECLINED})
"""Ends that come of answers."""
INSTALLATION = "installation"
"""Stands where messages name their stream, in those that are about all of them."""

SET_BACK = (
    "The record was older than the workflow engine, and was filled again from the engine's history. The history holds "
    "engagements only. Do again what was done since that copy of the record:"
)
WAY_BACK = (
    "What was edited of engagements, their words or heads comes back without a loss: stop, put an older copy of the "
    "record alone back (not Temporal's), start, run interlock reconcile, and do again what it lists. A damaged "
    "directory in force: interlock people import FILE --here; one that a later one has followed is named from then on, "
    "and nothing more is to be done about it. The read model alone: interlock rebuild. (docs/operations.md, 'Is the "
    "record whole?')"
)
"""What an operator does about a record that is not what was written."""
TO_REDO = (
    "revoke tokens again (POST /api/v1/tokens/revoke), and make again those that were made",
    "import the directory again (interlock people import FILE), and deactivate again who left",
    "add again the clients that were added, and their people and addresses that were corrected (interlock client add)",
    "note again who is away, and who answers for whom (interlock people away, delegate, back, undelegate)",
    "publish the playbook again (interlock playbook publish FILE)",
    "erase again what was erased: its words came back with the history",
    "run interlock ledger verify: where directory, playbooks or erasures were signed, it says which heads to move away",
)
"""What a record knows that no engine holds, or that an engine brings back."""

Notices = Callable[[Directory], tuple[Message, ...]]
"""Messages, once the directory says to whom."""

Told = Iterator[tuple[str, str, str | StepRef | None, str]]
"""Person, kind of message, the ask or the other step that it is about, text."""


def messages(state: Aggregate, fact: Recorded, settled: Aggregate | None = None) -> tuple[Message, ...]:
    """What people are told because of a fact; `state` is the aggregate after it. Client people too.

    `settled` is the aggregate after all facts of the turn: whoever hears that an ask has ended hears what comes next.
    """
    return tuple(
        Message(
            key=f"{fact.stream}#{fact.seq}:{kind}:{person}",
            to=person,
            kind=kind,
            stream=fact.stream,
            ask=about if isinstance(about, str) else None,
            step=str(about) if isinstance(about, StepRef) else None,
            text=fitting(text + (what_comes_next(settled, person, fact.at) if settled and kind == "outcome" else "")),
        )
        for person, kind, about, text in _all_told(state, fact, settled or state)
    )


def _all_told(state: Aggregate, fact: Recorded, settled: Aggregate) -> Told:
    return chain(
        _told(state, fact),
        told_of_team(state, fact),
        told_of_hours(state, fact),
        told_of_hold(state, fact, settled),
        told_of_complaint(state, fact, settled),
        told_of_promise(state, fact),
        told_of_end(state, fact),
    )


def _told(state: Aggregate, fact: Recorded) -> Told:
    if isinstance(state, Engagement) and (lost := told_of_lost_role(state, fact.event, fact.at)):
        person, text = lost
        yield person, "role", None, text
    teller = TELLERS.get(type(fact.event))
    if teller is not None:
        yield from teller(state, fact.event)
    if isinstance(fact.event, TaskCompleted):
        yield from _task_met(state, fact.event, fact.by)
    of_act = act_notices.TELLERS.get(type(fact.event))
    if of_act is not None and isinstance(state, Engagement):
        yield from of_act(state, fact.event)


class StopCause(StrEnum):
    """Why no new deals are taken."""

    FOREIGN_ENGINE = "foreign_engine"
    EMPTIED_ENGINE = "emptied_engine"
    NUMBER_BEHIND = "number_behind"


PAUSES = frozenset({"quarantine", "new_deals", HOLD})
"""Kinds of message that say whether something is paused: of several on one thing only the newest is still true."""


OF_QUARANTINE = ":quarantined:"
"""In the key of a message that says so, and of none that says that it is over."""


def quarantine_notices(stream: str, why: str, at: datetime, *, is_new: bool = True) -> Notices:
    """What the operators are told when a stream is quarantined: with the details, which nobody else is told.

    `is_new`: it is so since this moment; else nobody says since when.
    """
    what, since = capitalized(stream_label(stream)), f" since {_moment(at)}" if is_new else ""
    text = (
        f"{what} ({stream}) is quarantined{since}: {why}. "
        "Nothing can be done in it, and what is shown of it may be older "
        "than what people were told, or missing, until an operator runs: interlock reconcile"
    )
    return to_operators("quarantine", stream, f"{stream}{OF_QUARANTINE}{_second(at)}", text)


def healed_notices(stream: str, what: str, at: datetime) -> Notices:
    """What they are told when that is over."""
    which = capitalized(stream_label(stream))
    text = f"{which} ({stream}) is no longer quarantined, and work in it goes on. {capitalized(what)}."
    return to_operators("quarantine", stream, f"{stream}:healed:{_second(at)}", text)


def stopped_notices(cause: StopCause, why: str, at: datetime) -> Notices:
    """What they are told when no new deals are taken any more."""
    if cause is StopCause.FOREIGN_ENGINE:
        what = "Nothing is done in either. To see what to do, run: interlock reconcile"
        text = f"All work is paused since {_moment(at)}: {why} {what}"
    else:
        others = "Running deals go on, except those that are quarantined."
        text = f"New deals are paused since {_moment(at)}: {why} {others} Run: interlock reconcile"
    return to_operators("new_deals", INSTALLATION, f"{INSTALLATION}:stopped:{cause.value}:{_second(at)}", text)


def resumed_notices(at: datetime) -> Notices:
    """What they are told when that is over."""
    text = "New deals can be started again."
    return to_operators("new_deals", INSTALLATION, f"{INSTALLATION}:resumed:{_second(at)}", text)


def redo_notices(at: datetime) -> Notices:
    """What they must do again after a record that was set back was filled from the engine: once for each run."""
    text = f"{SET_BACK} {'; '.join(TO_REDO)}."
    return to_operators("redo", INSTALLATION, f"{INSTALLATION}:redo:{_second(at)}", text)


def damage_notices(what: str, at: datetime) -> Notices:
    """What they are told of stored data that is not what was written: once a day while people meet it."""
    text = (
        f"Stored data is damaged. {what} It is not shown, and nothing is decided on it. To see all that is damaged, "
        "run: interlock ledger verify. It says how it is mended."
    )
    return to_operators("damage", INSTALLATION, f"{INSTALLATION}:damage:{digest(what)[:16]}:{at:%Y-%m-%d}", text)


def to_operators(kind: OperatorKind, stream: str, key: str, text: str) -> Notices:
    """One message to each of the operators."""

    def notices(directory: Directory) -> tuple[Message, ...]:
        people = sorted({person for role, person in directory.house_roles.items() if role in OPERATORS})
        return tuple(
            Message(key=f"{key}:{person}", to=person, kind=kind, stream=stream, text=fitting(text)) for person in people
        )

    return notices


def _moment(at: datetime) -> str:
    """For operators, of whom each may be elsewhere."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _second(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}"


def _to_all(people: Iterable[str], kind: str, ask: Ask, text: str | Callable[[str], str]) -> Told:
    """The same to each once, or what `text` says to each."""
    for person in dict.fromkeys(people):
        yield person, kind, ask.id, text if isinstance(text, str) else text(person)


def _with_due(state: Aggregate, ask: Ask, text: str) -> Callable[[str], str]:
    """A text that ends with the due time as the clock of its reader shows it."""

    def told(person: str) -> str:
        return f"{text} Due {state.cast.shown_to(person, ask.due_at)}." if ask.due_at else text

    return told


def _opened(state: Aggregate, event: AskOpened) -> Told:
    ask = state.asks[event.ask.id]
    difference = said_difference(ask)
    changed = f" Changed: {'; '.join(difference)}." if difference else ""
    due = _with_due(state, ask, _sentence(ask))
    yield from _to_all(ask.asked, "ask", ask, lambda person: due(person) + changed)
    yield from _nobody_may(state, ask)


def _reminded(state: Aggregate, event: AskReminded) -> Told:
    ask = state.asks[event.ask]
    yield from _to_all(event.people, "reminder", ask, _with_due(state, ask, f"Still waiting for you: {_sentence(ask)}"))


def _stands_in(state: Aggregate, event: StandInAsked) -> Told:
    """Who answers for somebody from the start; whoever a ladder reaches is told by its rung."""
    ask, stand_in = state.asks[event.ask], event.stand_in
    if stand_in.may_decide and ask.rung == 0 and not ask.reminded:
        text = f"You may answer for {state.cast.name(stand_in.instead_of)}: {_sentence(ask)}"
        yield from _to_all([stand_in.person], "ask", ask, _with_due(state, ask, text))


def _climbed(state: Aggregate, event: RungReached) -> Told:
    ask = state.asks[event.ask]
    silent = ", ".join(state.cast.name(voter.person) for voter in ask.silent)
    accountable = state.cast.name(state.accountable_for(ask))
    text = f"Overdue, waiting for {silent}: {_sentence(ask)} Accountable now: {accountable}."
    yield from _to_all(event.told, "escalation", ask, text)


def _final(state: Aggregate, event: FinalAuthorityAsked) -> Told:
    ask = state.asks[event.ask]
    text = f"Yours to decide, because {event.because}: {_sentence(ask)}"
    if event.person is not None:
        yield from _to_all([event.person], "ask", ask, _with_due(state, ask, text))
    yield from _nobody_may(state, ask)


def _nobody_may(state: Aggregate, ask: Ask) -> Told:
    """Said to whoever is above all, where an ask waits for a word that nobody may give."""
    if lacks_judge(ask):
        text = f"{why_nobody(state, ask)} {HOW_TO_FIND_A_JUDGE} {_sentence(ask)}"
        yield from _to_all([state.overseer], "escalation", ask, text)


def _dropped(state: Aggregate, event: VoterDropped) -> Told:
    yield from _nobody_may(state, state.asks[event.ask])


def _seated(state: Aggregate, event: VoterSeated) -> Told:
    ask = state.asks[event.ask]
    yield from _to_all([event.person], "ask", ask, _with_due(state, ask, f"Yours now: {_sentence(ask)}"))


def _moved(state: Aggregate, event: VoterReplaced) -> Told:
    ask = state.asks[event.ask]
    yield from _to_all([event.after], "ask", ask, _with_due(state, ask, f"Yours now: {_sentence(ask)}"))


def _question(state: Aggregate, event: InformationAsked) -> Told:
    ask, question = state.asks[event.ask], event.question
    yield from _to_all([question.to], "question", ask, f"{state.cast.name(question.by)} asks: {question.text}")


def _informed(state: Aggregate, event: InformationGiven) -> Told:
    ask = state.asks[event.ask]
    if ask.question is not None:
        text = f"{state.cast.name(event.by)} answers: {stopped(event.answer)} Yours again: {_sentence(ask)}"
        yield from _to_all([ask.question.by, ask.question.held_up], "answer", ask, _with_due(state, ask, text))


def _offer_extended(state: Aggregate, event: OfferExpirySet) -> Told:
    """Whoever is asked to sign it by then. When it is sent nobody is asked yet: each ask is told by itself."""
    for ask in state.open_asks(AskKind.SIGN_SOW):
        text = f"The offer can now be signed until the end of {day_shown(event.until)}. {_sentence(ask)}"
        yield from _to_all(ask.asked, "ask", ask, text)


def _dates_kept(state: Aggregate, event: DatesKept) -> Told:
    """Whoever decides the deal, and may have before, hears why; they are not asked anew."""
    for ask in state.open_asks(AskKind.DECIDE_DEAL):
        text = f"{state.cast.name(event.by)} keeps the wished dates: {sentence(event.reason)} {_sentence(ask)}"
        yield from _to_all(ask.asked, "ask", ask, text)


def _ended(state: Aggregate, event: AskEnded) -> Told:
    ask = state.asks[event.ask]
    because = f" Because: {stopped(event.because)}" if event.because else ""
    people = [*_who_asked(state, ask), *(v.person for v in ask.voters), *(s.person for s in ask.stand_ins)]
    people += [ask.final_person] if ask.climbed and ask.final_person else []
    people += _who_signed(state, ask) if event.outcome in AGAINST else []
    informed = _who_was_informed(state, ask) if event.outcome is Outcome.APPROVED else ()
    people = [person for person in people if person not in informed]
    yield from _to_all(people, "outcome", ask, lambda person: _outcome(state, ask, event.outcome, person) + because)


def _who_was_informed(state: Aggregate, ask: Ask) -> tuple[str, ...]:
    """Who has read the answer to a question of theirs as such, and that what they asked about is theirs again."""
    about = state.asks.get(ask.subject.removeprefix("question:")) if ask.kind is AskKind.ANSWER_QUESTION else None
    question = about.question if about is not None else None
    return (question.by, question.held_up) if question is not None else ()


def _who_signed(state: Aggregate, ask: Ask) -> list[str]:
    """Who has signed by now what another sends back: their signature is for nothing."""
    if ask.kind not in SIGNATURES:
        return []
    if isinstance(state, ChangeOrder):
        return [one.by for one in state.signatures]
    document = state.documents.get(OF_DOCUMENTS[ask.kind]) if ask.kind in OF_DOCUMENTS else None
    return [one.by for one in document.signatures] if document is not None else []


def _who_asked(state: Aggregate, ask: Ask) -> tuple[str, ...]:
    """Who asked, of a change everybody who submitted it, and who stands in for these now."""
    submitted = state.brief.submitters if isinstance(state, ChangeOrder) else ()
    asked = dict.fromkeys((ask.requester, *submitted))
    return (*asked, *(one for person in asked for one in who_stands_in_for(state, person)))


def _outcome(state: Aggregate, ask: Ask, outcome: Outcome, reader: str) -> str:
    """The outcome first, and that it was the reader's where it was. A role is told by who has it now, or not."""
    if ask.kind is AskKind.ACCEPT_ROLE and outcome in ROLE_ANSWERED:
        who, role = state.cast.name(ask.voters[0].person), role_label(ask.subject.removeprefix("role:"))
        title = f" {state.title}" if isinstance(state, Engagement) else ""
        return f"{who} {ROLE_ANSWERED[outcome]} {role} of {state.id}{title}."
    own = next((vote for vote in decisive(ask) if vote.by == reader), None) if outcome in ANSWERED else None
    score = f" Your score: {own.answer.score}." if own is not None and own.answer.score is not None else ""
    return f"{outcome_label(ask.kind, outcome)}{' by you' if own else ''}: {_sentence(ask)}{score}"


def _sentence(ask: Ask) -> str:
    """Its title as a sentence that another may follow."""
    return ask.title if ask.title.endswith(("?", ".", "!", "…")) else f"{ask.title}."


def _named(state: Engagement) -> str:
    """How an engagement is spoken of: `ENG-2026-0042 Halden grid control`."""
    return f"{state.id} {state.title}"


def _vacant(state: Aggregate, event: VacancyOpened) -> Told:
    if isinstance(state, Engagement):
        yield event.vacancy.accountable, "vacancy", vacancy_ref(state, event.vacancy), _gap(state, event.vacancy)


def _vacancy_turned(state: Aggregate, event: VacancyTurned) -> Told:
    if isinstance(state, Engagement):
        vacancy = state.vacancies[event.role]
        yield vacancy.accountable, "vacancy", vacancy_ref(state, vacancy), _gap(state, vacancy)


def _gap(state: Engagement, vacancy: Vacancy) -> str:
    """What is missing, in words, and what to do about it."""
    missing = {
        VacancyCause.ENDING: "will soon have no",
        VacancyCause.AWAY: "has nobody who answers as",
    }
    remedy = how_filled(state, vacancy)
    if not who_must_fill(state, vacancy):
        remedy = f"{why_nobody_may_fill(state, vacancy.role)} {remedy}"
    lack = f"{missing.get(vacancy.cause, 'has no')} {role_label(vacancy.role)}"
    return f"{_named(state)} {lack}. {sentence(vacancy.because)} {remedy}"


def _vacancy_climbed(state: Aggregate, event: VacancyClimbed) -> Told:
    if isinstance(state, Engagement):
        step = vacancy_ref(state, state.vacancies[event.role])
        accountable = state.cast.name(event.accountable)
        for person in event.told:
            text = f"{_named(state)} still has no {role_label(event.role)}. Accountable now: {accountable}."
            yield person, "vacancy", step, text


def _vacancy_covered(state: Aggregate, event: VacancyCovered) -> Told:
    if isinstance(state, Engagement):
        vacancy = state.vacancies[event.role]
        for one in event.stand_ins:
            text = f"You may do this for {state.cast.name(one.instead_of)}: {_gap(state, vacancy)}"
            yield one.person, "vacancy", vacancy_ref(state, vacancy), text


def _proposed(state: Aggregate, event: HolderProposed) -> Told:
    """Whoever let another answer for them hears whom that one asked."""
    one = event.proposal
    if one.for_whom is not None and isinstance(state, Engagement):
        by, person = state.cast.name(one.by), state.cast.name(one.person)
        text = f"For you, {by} asked {person} to be {role_label(one.role)} of {_named(state)}."
        yield one.for_whom, "outcome", None, text


def _estimate_chosen(state: Aggregate, event: EstimateChosen) -> Told:
    """Whoever gave hours for a package hears which count, and why."""
    if isinstance(state, Engagement):
        choice = event.choice
        whose = listed([state.cast.name(one) for one in choice.of])
        between = f"between those of {whose}" if len(choice.of) > 1 else f"as {whose} gave them"
        text = f"The hours that count for {choice.package} of {_named(state)}: {choice.hours}, {between}."
        for one in state.estimates:
            if one.package == choice.package:
                yield one.by, "outcome", None, f"{text} Because: {sentence(choice.statement)}"


def _tasks(state: Aggregate, event: TasksOpened) -> Told:
    if isinstance(state, Engagement):
        for task in event.tasks:
            text = f"Condition {task.id} of {_named(state)}, by {day_shown(task.due)}: {task.text}"
            yield task.owner, "task", task_ref(state, task), text


def _day(state: Engagement, task: Task) -> str:
    return day_shown(task_day(state, task))


def _task_moved(state: Aggregate, event: TaskMoved) -> Told:
    """Whoever gets it hears that it is theirs, before anything counts as late with them."""
    if isinstance(state, Engagement):
        task = state.tasks[event.task]
        text = f"Yours now: condition {task.id} of {_named(state)}, by {day_shown(task.due)}: {task.text}"
        yield task.owner, "task", task_ref(state, task), text


def _task_covered(state: Aggregate, event: TaskCovered) -> Told:
    if isinstance(state, Engagement) and state.hold is None:  # on hold nothing is done about it
        task = state.tasks[event.task]
        condition = f"condition {task.id} of {_named(state)}, due on {_day(state, task)}: {task.text}"
        for person in event.stand_ins:
            yield (
                person,
                "task",
                task_ref(state, task),
                f"You may do this for {state.cast.name(task.owner)}: {condition}",
            )


def _task_due(state: Aggregate, event: TaskReminded) -> Told:
    if isinstance(state, Engagement):
        task = state.tasks[event.task]
        for person in event.people:
            whose = "Still yours: " if person == task.owner else f"{state.cast.name(task.owner)}'s: "
            text = f"{whose}condition {task.id} of {_named(state)}, due on {_day(state, task)}: {task.text}"
            yield person, "reminder", task_ref(state, task), text


def _task_met(state: Aggregate, event: TaskCompleted, by: str) -> Told:
    """Whoever owns or set a condition hears that it is met, and what was done; not where they say so themselves."""
    if isinstance(state, Engagement):
        task = state.tasks[event.task]
        theirs = {task.set_by: "which you set", task.owner: "which was yours"}
        for person, whose in theirs.items():
            if person is not None and person != by:
                text = f"Condition {task.id} of {_named(state)}, {whose}, is met, says {state.cast.name(by)}:"
                yield person, "outcome", None, f"{text} {sentence(event.note)} It was: {sentence(task.text)}"


def _task_climbed(state: Aggregate, event: TaskClimbed) -> Told:
    if isinstance(state, Engagement):
        task = state.tasks[event.task]
        whose = state.cast.name(task.owner)
        late = f"{whose}'s condition {task.id} of {_named(state)} is overdue since {_day(state, task)}."
        text = f"{late} Accountable now: {state.cast.name(event.accountable)}. {task.text}"
        for person in event.told:
            yield person, "escalation", task_ref(state, task), text


def _change_told(state: Aggregate, n: int, what: str) -> Told:
    """Customer care and sales are informed of every change, whoever decides it."""
    if not isinstance(state, Engagement):
        return
    for role in ("customer_care", "sales"):
        person = state.cast.holder(role)
        if person is not None:
            yield person, "change", change_ref(state, n), f"Change {n} of {state.id} {what}"


def _change_routed(state: Aggregate, event: ChangeRouted) -> Told:
    who = ", ".join(map(role_label, event.change.route))
    yield from _change_told(state, event.change.n, f"needs the approval of: {who}. {event.change.facts.title}")


def _change_moved(state: Aggregate, event: ChangeMoved) -> Told:
    moved = "".join(f" {line}" for line in _days_of(state, event)) if isinstance(state, Engagement) else ""
    yield from _change_told(state, event.n, f"is {event.status.value}.{moved}")


def _days_of(state: Engagement, event: ChangeMoved) -> Iterator[str]:
    """Each milestone that it moved, and to which day."""
    for name, day in event.milestones.items():
        yield f"{name} {state.milestones[name].title} is now due {day_shown(day)}."


TELLERS: dict[type, Callable[[Aggregate, Any], Told]] = {
    AskOpened: _opened,
    AskReminded: _reminded,
    StandInAsked: _stands_in,
    RungReached: _climbed,
    FinalAuthorityAsked: _final,
    VoterReplaced: _moved,
    VoterDropped: _dropped,
    VoterSeated: _seated,
    InformationAsked: _question,
    InformationGiven: _informed,
    OfferExpirySet: _offer_extended,
    DatesKept: _dates_kept,
    AskEnded: _ended,
    VacancyOpened: _vacant,
    VacancyTurned: _vacancy_turned,
    VacancyClimbed: _vacancy_climbed,
    VacancyCovered: _vacancy_covered,
    HolderProposed: _proposed,
    EstimateChosen: _estimate_chosen,
    TasksOpened: _tasks,
    TaskCovered: _task_covered,
    TaskMoved: _task_moved,
    TaskReminded: _task_due,
    TaskClimbed: _task_climbed,
    ChangeRouted: _change_routed,
    ChangeMoved: _change_moved,
    DirectoryTaken: told_of_addresses,
}
