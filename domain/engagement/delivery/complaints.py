"""A client's complaints: somebody takes it, then plans for it; until there is a plan, somebody always owns it."""

from typing import NamedTuple

from domain.asks.bound_facts import items_in, under
from domain.asks.ending import end_ask
from domain.asks.model import AGAINST, Ask, AskKind, Outcome, listed
from domain.asks.opening import open_ask
from domain.directory.people import MANAGING_DIRECTOR
from domain.engagement.aggregate import Engagement
from domain.engagement.delivery.commands import RaiseComplaint, WithdrawComplaint
from domain.engagement.delivery.complaint_status import BY_MISTAKE, COMPLAINED_BY, OF_COMPLAINTS
from domain.engagement.delivery.contacts import require_of_client
from domain.engagement.delivery.events import ComplaintRaised, ComplaintWithdrawn
from domain.playbook.model import Method
from domain.shared.errors import AlreadyDecided, AskedAlready, NotFound
from domain.shared.limits import MAX_KEPT_TEXT_BYTES
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import fitting, same_words, shortened
from domain.shared.transaction import Transaction
from domain.shared.values import PersonId, RoleName, was_given

# Who owes the plan for a complaint: the first of these; when one declines, the next.
OWE_A_PLAN = ("customer_care", "head_of_customer_care", "provider_sponsor", MANAGING_DIRECTOR)
# The key above the reasons of those who declined.
REFUSED = "refused"


class ComplaintSubject(NamedTuple):
    """What asks about a complaint show: bound, and beside it."""

    facts: dict[str, str]
    beside: dict[str, str]


def raise_complaint(transaction: Transaction[Engagement], command: RaiseComplaint) -> None:
    """Raises a client's complaint, to be acknowledged within hours, then planned for. Its raiser does not judge it."""
    complaint, person_id = f"X{transaction.state.complaints + 1}", command.person_id
    if person_id is not None:
        require_of_client(transaction.state, person_id, "Only the client can complain.")
    _require_new(transaction.state, command)
    beside = {COMPLAINED_BY: transaction.state.cast.name(person_id)} if person_id is not None else {}
    transaction.record(ComplaintRaised(id=complaint, text=command.text, person_id=person_id))
    first, about = _who_cares(transaction.state), ComplaintSubject({"complaint": command.text}, beside)
    title = f"Acknowledge the complaint {complaint}"
    _ask_about(transaction, AskKind.ACKNOWLEDGE_COMPLAINT, complaint, title, first, about, transaction.actor.person_id)


def _require_new(state: Engagement, command: RaiseComplaint) -> None:
    """Raises AskedAlready for the same text by the same person while it is being handled: it was entered twice."""
    for ask in state.open_asks(*OF_COMPLAINTS):
        complaint = ask.subject.removeprefix("complaint:")
        if state.complained.get(complaint) == command.person_id and same_words(ask.facts["complaint"], command.text):
            raise AskedAlready(
                f"Complaint {complaint} says the same, and {listed([state.cast.name(p) for p in ask.asked])} is asked.",
                remedy="If anything is new, say what.",
            )


def withdraw_complaint(transaction: Transaction[Engagement], command: WithdrawComplaint) -> None:
    """Withdraws a complaint entered by mistake: its asks end, and the person who complained is told.

    Raises NotFound, and AlreadyDecided once there is a plan or it is already withdrawn.
    """
    state, complaint = transaction.state, command.complaint
    if not was_given(complaint, "X", state.complaints):
        raise NotFound(
            f"There is no complaint {complaint}.",
            remedy="Check the engagement's complaints.",
            action=RemedyAction.SHOW_DEAL,
            field="complaint",
        )
    asked = [ask for ask in state.open_asks(*OF_COMPLAINTS) if ask.subject == f"complaint:{complaint}"]
    if not asked:
        raise AlreadyDecided(
            f"Nobody is asked about {complaint} any more.",
            remedy="See the engagement for its outcome.",
            action=RemedyAction.SHOW_DEAL,
        )
    transaction.record(ComplaintWithdrawn(id=complaint, reason=command.reason))
    for ask in asked:
        end_ask(transaction, ask, Outcome.WITHDRAWN, fitting(f"{BY_MISTAKE}: {command.reason}"))


def _who_cares(state: Engagement) -> RoleName:
    return next(role for role in OWE_A_PLAN if state.cast.holder(role) is not None)


def _ask_about(
    transaction: Transaction[Engagement],
    kind: AskKind,
    complaint: str,
    title: str,
    role: str,
    about: ComplaintSubject,
    requester: PersonId | None = None,
) -> None:
    open_ask(
        transaction,
        kind,
        f"complaint:{complaint}",
        title=title,
        facts=about.facts,
        beside=about.beside,
        roles=[role],
        requester=requester or transaction.state.manager,
        method=Method.EACH,
    )


def on_complaint_acknowledged(transaction: Transaction[Engagement], ask: Ask) -> None:
    """Asks whoever took the complaint for a plan; if they decline, asks the next above."""
    if ask.outcome in AGAINST:
        _pass_on(transaction, ask, "not_theirs")
    elif ask.outcome is Outcome.APPROVED:
        complaint = ask.subject.removeprefix("complaint:")
        title = f"Plan what will be done about complaint {complaint}"
        _ask_about(
            transaction,
            AskKind.PLAN_COMPLAINT,
            complaint,
            title,
            ask.roles[-1],
            ComplaintSubject(ask.facts, ask.beside),
        )


def on_complaint_planned(transaction: Transaction[Engagement], ask: Ask) -> None:
    """If the person asked says that there is no plan, asks the next above."""
    if ask.outcome in AGAINST:
        _pass_on(transaction, ask, "no_plan")


def _pass_on(transaction: Transaction[Engagement], ask: Ask, said: str) -> None:
    """Asks the next above for the same, showing the reasons so far; the last one can only accept.

    So a complaint always has an owner. Weighed: asking whether to coach or replace the manager if nobody owns it
    (another question: whatever the answer, the complaint would still have no owner).
    """
    state, said_no = transaction.state, ask.votes[-1]
    above = OWE_A_PLAN[OWE_A_PLAN.index(ask.roles[-1]) + 1 :]
    asked = {said_no.by, said_no.voter}
    role = next((r for r in above if state.may_be_above(p := state.cast.holder(r)) and p not in asked), OWE_A_PLAN[-1])
    why = shortened(ask.why_ended or "", MAX_KEPT_TEXT_BYTES)
    place = f"{REFUSED}.{len(items_in(ask.facts, REFUSED)) + 1}"
    about = ComplaintSubject(ask.facts | under(place, {"said": said, "by": said_no.by, "why": why}), ask.beside)
    _ask_about(transaction, ask.kind, ask.subject.removeprefix("complaint:"), ask.title, role, about, ask.requester)
