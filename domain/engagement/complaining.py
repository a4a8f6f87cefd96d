"""Complaints of the client: who takes one, then what is planned; each is somebody's until it is planned."""

from typing import NamedTuple

from domain.asking.ending import end_ask
from domain.asking.opening import open_ask
from domain.asks import AGAINST, Ask, AskKind, Outcome, listed
from domain.complaints import BY_MISTAKE, COMPLAINED_BY, OF_COMPLAINTS
from domain.engagement import commands as c
from domain.engagement.delivering import require_of_client
from domain.engagement.events import ComplaintRaised, ComplaintWithdrawn
from domain.engagement.state import Engagement
from domain.limits import MAX_KEPT_OF_WORDS
from domain.people import MANAGING_DIRECTOR
from domain.playbook import Method
from domain.refusals import AlreadyDecided, AskedAlready, NotFound
from domain.turn import Turn
from domain.values import PersonId, was_given
from domain.words import fitting, same_words, shortened

OWE_A_PLAN = ("customer_care", "head_of_customer_care", "provider_sponsor", MANAGING_DIRECTOR)
"""Who owes what is done about a complaint: the first of these; where they say no, the next above."""


class About(NamedTuple):
    """What asks about a complaint show: bound, and beside it."""

    facts: dict[str, str]
    beside: dict[str, str]


def raise_complaint(turn: Turn[Engagement], command: c.RaiseComplaint) -> None:
    """A client's complaint: acknowledged within hours, then a plan. Whoever raises it does not judge it."""
    complaint, person = f"X{turn.state.complaints + 1}", command.person
    if person is not None:
        require_of_client(turn.state, person, "A complaint is the client's.")
    _require_new(turn.state, command)
    beside = {COMPLAINED_BY: turn.state.cast.name(person)} if person is not None else {}
    turn.record(ComplaintRaised(id=complaint, text=command.text, person=person))
    first, about = _who_cares(turn.state), About({"complaint": command.text}, beside)
    title = f"Acknowledge the complaint {complaint}"
    _ask_about(turn, AskKind.ACKNOWLEDGE_COMPLAINT, complaint, title, first, about, turn.actor.person)


def _require_new(state: Engagement, command: c.RaiseComplaint) -> None:
    """Raises AskedAlready for words of the same person that somebody is asked about: it was entered twice."""
    for ask in state.open_asks(*OF_COMPLAINTS):
        complaint = ask.subject.removeprefix("complaint:")
        if state.complained.get(complaint) == command.person and same_words(ask.facts["complaint"], command.text):
            raise AskedAlready(
                f"Complaint {complaint} says the same, and {listed([state.cast.name(p) for p in ask.asked])} is asked.",
                remedy="Say what is new in it, if anything is.",
            )


def withdraw_complaint(turn: Turn[Engagement], command: c.WithdrawComplaint) -> None:
    """Says that it was recorded by mistake: nobody is asked about it any more, and whoever complained is told.

    Raises NotFound, AlreadyDecided once what is done is planned, or it is withdrawn.
    """
    state, complaint = turn.state, command.complaint
    if not was_given(complaint, "X", state.complaints):
        raise NotFound(f"There is no complaint {complaint}.", remedy="See the engagement's.", field="complaint")
    asked = [ask for ask in state.open_asks(*OF_COMPLAINTS) if ask.subject == f"complaint:{complaint}"]
    if not asked:
        raise AlreadyDecided(
            f"Nobody is asked about {complaint} any more.", remedy="See the engagement for what came of it."
        )
    turn.record(ComplaintWithdrawn(id=complaint, reason=command.reason))
    for ask in asked:
        end_ask(turn, ask, Outcome.WITHDRAWN, fitting(f"{BY_MISTAKE}: {command.reason}"))


def _who_cares(state: Engagement) -> str:
    return next(role for role in OWE_A_PLAN if state.cast.holder(role) is not None)


def _ask_about(
    turn: Turn[Engagement],
    kind: AskKind,
    complaint: str,
    title: str,
    role: str,
    about: About,
    requester: PersonId | None = None,
) -> None:
    open_ask(
        turn,
        kind,
        f"complaint:{complaint}",
        title=title,
        facts=about.facts,
        beside=about.beside,
        roles=[role],
        requester=requester or turn.state.manager,
        method=Method.EACH,
    )


def on_complaint_acknowledged(turn: Turn[Engagement], ask: Ask) -> None:
    """Whoever takes it plans what is done; where it is not theirs, the next above owes it."""
    if ask.outcome in AGAINST:
        _pass_on(turn, ask, "not theirs")
    elif ask.outcome is Outcome.APPROVED:
        complaint = ask.subject.removeprefix("complaint:")
        title = f"Plan what is done about complaint {complaint}"
        _ask_about(turn, AskKind.PLAN_COMPLAINT, complaint, title, ask.roles[-1], About(ask.facts, ask.beside))


def on_complaint_planned(turn: Turn[Engagement], ask: Ask) -> None:
    """Where whoever was asked says that there is no plan, the next above owes it."""
    if ask.outcome in AGAINST:
        _pass_on(turn, ask, "no plan")


def _pass_on(turn: Turn[Engagement], ask: Ask, said: str) -> None:
    """Asks the next above the same, who reads why; the last of them can only say yes.

    So a complaint is at each moment somebody's. Weighed: having the manager coached or replaced where nobody owns it
    (which is another question: whatever was answered, nobody owned the complaint after it).
    """
    state, said_no = turn.state, ask.votes[-1]
    above = OWE_A_PLAN[OWE_A_PLAN.index(ask.roles[-1]) + 1 :]
    asked = {said_no.by, said_no.voter}
    role = next((r for r in above if state.may_be_above(p := state.cast.holder(r)) and p not in asked), OWE_A_PLAN[-1])
    why = shortened(ask.why_ended or "no reason was given", MAX_KEPT_OF_WORDS)
    about = About(ask.facts | {f"{said}, says {state.cast.name(said_no.by)}": why}, ask.beside)
    _ask_about(turn, ask.kind, ask.subject.removeprefix("complaint:"), ask.title, role, about, ask.requester)
