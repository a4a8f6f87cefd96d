"""Who is told of each fact, and in what words. How it is delivered (Slack, mail) is decided elsewhere."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, get_args

from domain.asks.document_shown import OF_DOCUMENTS
from domain.asks.eligibility import why_nobody
from domain.asks.events import (
    AskEnded,
    AskEscalated,
    AskOpened,
    AskReminded,
    FinalAuthorityAsked,
    InformationAsked,
    InformationGiven,
    StandInAsked,
    VoterDropped,
    VoterReplaced,
    VoterSeated,
)
from domain.asks.model import AGAINST, SIGNATURES, Ask, AskKind, Outcome, asked_about, listed
from domain.asks.outcomes import outcome_label
from domain.asks.tally import decisive, lacks_judge
from domain.change_order.order import ChangeOrder
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.events import ChangeRouted, ChangeStatusChanged
from domain.engagement.documents.events import OfferExpirySet
from domain.engagement.roles.events import (
    DirectoryTaken,
    HolderProposed,
    VacancyCauseChanged,
    VacancyCovered,
    VacancyEscalated,
    VacancyOpened,
)
from domain.engagement.roles.stand_ins import who_stands_in_for
from domain.engagement.scope.events import DatesKept, EstimateChosen
from domain.engagement.tasks.events import (
    TaskCompleted,
    TaskCovered,
    TaskEscalated,
    TaskReassigned,
    TaskReminded,
    TasksOpened,
)
from domain.next_steps.references import StepRef, change_ref
from domain.next_steps.texts import HOW_TO_FIND_A_JUDGE
from domain.notifications import acts_owed
from domain.notifications.acts_owed import what_comes_next
from domain.notifications.addresses import told_of_addresses
from domain.notifications.complaints import told_of_complaint
from domain.notifications.endings import told_of_end
from domain.notifications.holds import told_of_hold
from domain.notifications.hours import told_of_hours
from domain.notifications.notice import Told, engagement_label
from domain.notifications.operators import OperatorKind
from domain.notifications.promises import told_of_promise
from domain.notifications.roles import told_of_lost_role
from domain.notifications.tasks import (
    told_of_new_tasks,
    told_of_task_due,
    told_of_task_escalated,
    told_of_task_met,
    told_of_task_reassigned,
    told_of_task_stand_in,
)
from domain.notifications.team import told_of_team
from domain.notifications.vacancies import (
    told_of_vacancy,
    told_of_vacancy_cause,
    told_of_vacancy_escalated,
    told_of_vacancy_stand_in,
)
from domain.playbook.model import role_label
from domain.record.facts import Aggregate, Message, Recorded
from domain.shared.calendar import day_shown
from domain.shared.text import fitting, sentence, stopped
from domain.shared.values import PersonId

# The kinds of message to operators.
ABOUT_THE_SYSTEM: frozenset[str] = frozenset(get_args(OperatorKind))
ROLE_ANSWERED = {Outcome.APPROVED: "is now", Outcome.DECLINED: "declined to be"}
# Outcomes that are answers.
ANSWERED = frozenset({Outcome.APPROVED, Outcome.RETURNED, Outcome.DECLINED})


def messages(state: Aggregate, fact: Recorded, settled: Aggregate | None = None) -> tuple[Message, ...]:
    """The messages that a fact causes, also to people of the client; `state` is the aggregate after it.

    `settled` is the aggregate after all facts of the transaction: people told that an ask has ended hear what comes
    next.
    """
    return tuple(
        Message(
            key=f"{fact.stream}#{fact.seq}:{kind}:{person_id}",
            to=person_id,
            kind=kind,
            stream=fact.stream,
            ask_id=about if isinstance(about, str) else None,
            step=str(about) if isinstance(about, StepRef) else None,
            text=fitting(
                text + (what_comes_next(settled, person_id, fact.at) if settled and kind == "outcome" else "")
            ),
        )
        for person_id, kind, about, text in _all_told(state, fact, settled or state)
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
        person_id, text = lost
        yield person_id, "role", None, text
    teller = TELLERS.get(type(fact.event))
    if teller is not None:
        yield from teller(state, fact.event)
    if isinstance(fact.event, TaskCompleted):
        yield from told_of_task_met(state, fact.event, fact.by)
    of_act = acts_owed.TELLERS.get(type(fact.event))
    if of_act is not None and isinstance(state, Engagement):
        yield from of_act(state, fact.event)


def _to_all(people: Iterable[PersonId], kind: str, ask: Ask, text: str | Callable[[PersonId], str]) -> Told:
    """The same message once to each person, or what `text` returns for each."""
    for person_id in dict.fromkeys(people):
        yield person_id, kind, ask.id, text if isinstance(text, str) else text(person_id)


def _with_due(state: Aggregate, ask: Ask, text: str) -> Callable[[PersonId], str]:
    """A text that ends with the due time in its reader's zone."""

    def told(person_id: PersonId) -> str:
        return f"{text} Due {state.cast.shown_to(person_id, ask.due_at)}." if ask.due_at else text

    return told


def _opened(state: Aggregate, event: AskOpened) -> Told:
    ask = state.asks[event.ask.id]
    difference = ask.difference
    changed = f" Changed: {'; '.join(difference)}." if difference else ""
    due = _with_due(state, ask, _sentence(ask))
    yield from _to_all(ask.asked, "ask", ask, lambda person_id: due(person_id) + changed)
    yield from _nobody_may(state, ask)


def _reminded(state: Aggregate, event: AskReminded) -> Told:
    ask = state.asks[event.ask_id]
    yield from _to_all(event.people, "reminder", ask, _with_due(state, ask, f"Still waiting for you: {_sentence(ask)}"))


def _stands_in(state: Aggregate, event: StandInAsked) -> Told:
    """Tells those who may answer for someone from the start; others are told as the ladder reaches them."""
    ask, stand_in = state.asks[event.ask_id], event.stand_in
    if stand_in.may_decide and ask.rung == 0 and not ask.reminded:
        text = f"You may answer for {state.cast.name(stand_in.instead_of)}: {_sentence(ask)}"
        yield from _to_all([stand_in.person_id], "ask", ask, _with_due(state, ask, text))


def _climbed(state: Aggregate, event: AskEscalated) -> Told:
    ask = state.asks[event.ask_id]
    silent = ", ".join(state.cast.name(voter.person_id) for voter in ask.silent)
    accountable = state.cast.name(state.accountable_for(ask))
    text = f"Overdue, waiting for {silent}: {_sentence(ask)} Accountable now: {accountable}."
    yield from _to_all(event.told, "escalation", ask, text)


def _final(state: Aggregate, event: FinalAuthorityAsked) -> Told:
    ask = state.asks[event.ask_id]
    text = f"You decide now, because {event.because}: {_sentence(ask)}"
    if event.person_id is not None:
        yield from _to_all([event.person_id], "ask", ask, _with_due(state, ask, text))
    yield from _nobody_may(state, ask)


def _nobody_may(state: Aggregate, ask: Ask) -> Told:
    """Tells the person at the top when an ask waits for an answer that no one may give."""
    if lacks_judge(ask):
        text = f"{why_nobody(state, ask)} {HOW_TO_FIND_A_JUDGE} {_sentence(ask)}"
        yield from _to_all([state.overseer], "escalation", ask, text)


def _dropped(state: Aggregate, event: VoterDropped) -> Told:
    yield from _nobody_may(state, state.asks[event.ask_id])


def _seated(state: Aggregate, event: VoterSeated) -> Told:
    ask = state.asks[event.ask_id]
    yield from _to_all([event.person_id], "ask", ask, _with_due(state, ask, f"Yours now: {_sentence(ask)}"))


def _moved(state: Aggregate, event: VoterReplaced) -> Told:
    ask = state.asks[event.ask_id]
    yield from _to_all([event.after], "ask", ask, _with_due(state, ask, f"Yours now: {_sentence(ask)}"))


def _question(state: Aggregate, event: InformationAsked) -> Told:
    ask, question = state.asks[event.ask_id], event.question
    yield from _to_all([question.to], "question", ask, f"{state.cast.name(question.by)} asks: {question.text}")


def _informed(state: Aggregate, event: InformationGiven) -> Told:
    ask = state.asks[event.ask_id]
    if ask.question is not None:
        text = f"{state.cast.name(event.by)} answers: {stopped(event.answer)} Yours again: {_sentence(ask)}"
        yield from _to_all([ask.question.by, ask.question.held_up], "answer", ask, _with_due(state, ask, text))


def _offer_extended(state: Aggregate, event: OfferExpirySet) -> Told:
    """Tells those asked to sign by then. When it is first sent no one is asked yet: each ask is told by itself."""
    for ask in state.open_asks(AskKind.SIGN_SOW):
        text = f"The offer can now be signed until the end of {day_shown(event.until)}. {_sentence(ask)}"
        yield from _to_all(ask.asked, "ask", ask, text)


def _dates_kept(state: Aggregate, event: DatesKept) -> Told:
    """Tells those who decide the deal, and may have before, the reason; they are not asked again."""
    for ask in state.open_asks(AskKind.DECIDE_DEAL):
        text = f"{state.cast.name(event.by)} keeps the requested dates: {sentence(event.reason)} {_sentence(ask)}"
        yield from _to_all(ask.asked, "ask", ask, text)


def _ended(state: Aggregate, event: AskEnded) -> Told:
    ask = state.asks[event.ask_id]
    because = f" Because: {stopped(event.because)}" if event.because else ""
    people = [*_who_asked(state, ask), *(v.person_id for v in ask.voters), *(s.person_id for s in ask.stand_ins)]
    people += [ask.final_person] if ask.climbed and ask.final_person else []
    people += _who_signed(state, ask) if event.outcome in AGAINST else []
    informed = _who_was_informed(state, ask) if event.outcome is Outcome.APPROVED else ()
    people = [person_id for person_id in people if person_id not in informed]
    yield from _to_all(
        people, "outcome", ask, lambda person_id: _outcome(state, ask, event.outcome, person_id) + because
    )


def _who_was_informed(state: Aggregate, ask: Ask) -> tuple[PersonId, ...]:
    """Who has already read the answer to a question as such, and so knows that the original ask is theirs again."""
    about = state.asks.get(asked_about(ask)) if ask.kind is AskKind.ANSWER_QUESTION else None
    question = about.question if about is not None else None
    return (question.by, question.held_up) if question is not None else ()


def _who_signed(state: Aggregate, ask: Ask) -> list[PersonId]:
    """Those who had signed what another now sends back: their signature no longer counts."""
    if ask.kind not in SIGNATURES:
        return []
    if isinstance(state, ChangeOrder):
        return [one.by for one in state.signatures]
    document = state.documents.get(OF_DOCUMENTS[ask.kind]) if ask.kind in OF_DOCUMENTS else None
    return [one.by for one in document.signatures] if document is not None else []


def _who_asked(state: Aggregate, ask: Ask) -> tuple[PersonId, ...]:
    """Who asked, for a change everyone who submitted it, and who stands in for them now."""
    submitted = state.brief.submitters if isinstance(state, ChangeOrder) else ()
    asked = dict.fromkeys((ask.requester, *submitted))
    return (*asked, *(one for person_id in asked for one in who_stands_in_for(state, person_id)))


def _outcome(state: Aggregate, ask: Ask, outcome: Outcome, reader: PersonId) -> str:
    """The outcome first, and that it was the reader's own if so. For a role, who holds it now, or does not."""
    if ask.kind is AskKind.ACCEPT_ROLE and outcome in ROLE_ANSWERED:
        who, role = state.cast.name(ask.voters[0].person_id), role_label(ask.subject.removeprefix("role:"))
        title = f" {state.title}" if isinstance(state, Engagement) else ""
        return f"{who} {ROLE_ANSWERED[outcome]} {role} of {state.id}{title}."
    own = next((vote for vote in decisive(ask) if vote.by == reader), None) if outcome in ANSWERED else None
    score = f" Your score: {own.answer.score}." if own is not None and own.answer.score is not None else ""
    return f"{outcome_label(ask.kind, outcome)}{' by you' if own else ''}: {_sentence(ask)}{score}"


def _sentence(ask: Ask) -> str:
    """The ask's title as a sentence that another may follow."""
    return ask.title if ask.title.endswith(("?", ".", "!", "…")) else f"{ask.title}."


def _proposed(state: Aggregate, event: HolderProposed) -> Told:
    """Tells someone who let another answer for them whom that person asked."""
    one = event.proposal
    if one.for_whom is not None and isinstance(state, Engagement):
        by, person_id = state.cast.name(one.by), state.cast.name(one.person_id)
        text = f"For you, {by} asked {person_id} to be {role_label(one.role)} of {engagement_label(state)}."
        yield one.for_whom, "outcome", None, text


def _estimate_chosen(state: Aggregate, event: EstimateChosen) -> Told:
    """Tells everyone who gave hours for a package which count, and why."""
    if isinstance(state, Engagement):
        choice = event.choice
        whose = listed([state.cast.name(one) for one in choice.of])
        between = f"between those of {whose}" if len(choice.of) > 1 else f"as {whose} gave them"
        text = f"The hours that count for {choice.package} of {engagement_label(state)}: {choice.hours}, {between}."
        for one in state.estimates:
            if one.package == choice.package:
                yield one.by, "outcome", None, f"{text} Because: {sentence(choice.statement)}"


def _change_told(state: Aggregate, n: int, what: str) -> Told:
    """Informs customer care and sales of every change, whoever decides it."""
    if not isinstance(state, Engagement):
        return
    for role in ("customer_care", "sales"):
        person_id = state.cast.holder(role)
        if person_id is not None:
            yield person_id, "change", change_ref(state, n), f"Change {n} of {state.id} {what}"


def _change_routed(state: Aggregate, event: ChangeRouted) -> Told:
    who = ", ".join(map(role_label, event.change.route))
    yield from _change_told(state, event.change.n, f"needs the approval of: {who}. {event.change.facts.title}")


def _change_moved(state: Aggregate, event: ChangeStatusChanged) -> Told:
    moved = "".join(f" {line}" for line in _days_of(state, event)) if isinstance(state, Engagement) else ""
    yield from _change_told(state, event.n, f"is {event.status.value}.{moved}")


def _days_of(state: Engagement, event: ChangeStatusChanged) -> Iterator[str]:
    """Each milestone that the change moved, and to which day."""
    for name, day in event.milestones.items():
        yield f"{name} {state.milestones[name].title} is now due {day_shown(day)}."


TELLERS: dict[type, Callable[[Aggregate, Any], Told]] = {
    AskOpened: _opened,
    AskReminded: _reminded,
    StandInAsked: _stands_in,
    AskEscalated: _climbed,
    FinalAuthorityAsked: _final,
    VoterReplaced: _moved,
    VoterDropped: _dropped,
    VoterSeated: _seated,
    InformationAsked: _question,
    InformationGiven: _informed,
    OfferExpirySet: _offer_extended,
    DatesKept: _dates_kept,
    AskEnded: _ended,
    VacancyOpened: told_of_vacancy,
    VacancyCauseChanged: told_of_vacancy_cause,
    VacancyEscalated: told_of_vacancy_escalated,
    VacancyCovered: told_of_vacancy_stand_in,
    HolderProposed: _proposed,
    EstimateChosen: _estimate_chosen,
    TasksOpened: told_of_new_tasks,
    TaskCovered: told_of_task_stand_in,
    TaskReassigned: told_of_task_reassigned,
    TaskReminded: told_of_task_due,
    TaskEscalated: told_of_task_escalated,
    ChangeRouted: _change_routed,
    ChangeStatusChanged: _change_moved,
    DirectoryTaken: told_of_addresses,
}
