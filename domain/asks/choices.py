"""What a person may answer to an ask, and what each answer must contain: the buttons of every card.

Weighed: letting each channel offer every verdict and refuse most of them (people learn what is possible only by being
refused), and a list of verdicts in the playbook (screen wording would become policy). Instead, one table names the
sensible answers in the words of each kind of ask; `answering` refuses any other verdict, whatever the channel.
"""

from collections.abc import Iterator
from enum import StrEnum

from domain.asks.consequences import leads_to
from domain.asks.holder import AskHolder
from domain.asks.model import REVIEWS, Ask, AskKind, Verdict
from domain.directory.people import MANAGING_DIRECTOR
from domain.engagement.delivery.complaint_status import OF_COMPLAINTS
from domain.playbook.model import Method
from domain.shared.values import PersonId, Value


class Wanted(StrEnum):
    """What an answer carries besides its verdict."""

    REASON = "reason"
    CONDITIONS = "conditions"
    SCORE = "score"
    MEASURED = "measured"
    AVAILABLE_FROM = "available_from"
    PACKAGES = "packages"
    """The packages that a return is limited to."""
    HOURS = "hours"
    """Three-point hours for each package. They are an estimate, not a verdict."""


class AnswerChoice(Value):
    """One possible answer. `wants` is required with it, `may_bring` is optional."""

    verdict: Verdict
    label: str
    wants: tuple[Wanted, ...] = ()
    may_bring: tuple[Wanted, ...] = ()
    leads_to: str = ""
    """What the answer leads to, where the label does not say so."""
    packages: tuple[str, ...] = ()
    """The packages to which the answer can be limited."""

    @property
    def is_plain(self) -> bool:
        """True where the verdict needs nothing else."""
        return not self.wants and not self.may_bring


_RETURN = {Verdict.RETURN: "Return"}
_REVIEW = {Verdict.APPROVE_WITH_CONDITIONS: "Approve with conditions", Verdict.OBJECT: "Object"} | _RETURN
# The answers to each kind of ask, in its own words and in the order in which cards offer them.
LABELS: dict[AskKind, dict[Verdict, str]] = {
    AskKind.ACCEPT_ROLE: {Verdict.APPROVE: "Accept the role", Verdict.DECLINE: "Decline the role"},
    AskKind.ALLOW_ROLE: {Verdict.APPROVE: "Allow it", Verdict.DECLINE: "Decline it"},
    AskKind.CONFIRM_EXPECTATIONS: {Verdict.APPROVE: "Confirm the expectations"} | _RETURN,
    AskKind.CONFIRM_NEEDS: {Verdict.APPROVE: "Confirm the needs"} | _RETURN,
    AskKind.ESTIMATE: {Verdict.APPROVE: "Give the hours"} | _RETURN,
    AskKind.CONFIRM_STAFFING: {Verdict.APPROVE: "Confirm the staffing", Verdict.RETURN: "Not on these dates"},
    AskKind.ATTEST_ESTIMATE: {
        Verdict.APPROVE: "Attest",
        Verdict.APPROVE_WITH_CONDITIONS: "Attest with conditions",
    }
    | _RETURN,
    AskKind.APPROVE_PRICE: {
        Verdict.APPROVE: "Approve the price",
        Verdict.APPROVE_WITH_CONDITIONS: "Approve with conditions",
        Verdict.DECLINE: "Decline the price",
    }
    | _RETURN,
    AskKind.DECIDE_DEAL: {
        Verdict.APPROVE: "Go",
        Verdict.APPROVE_WITH_CONDITIONS: "Go with conditions",
        Verdict.DECLINE: "No-go",
        Verdict.OBJECT: "Object",
        Verdict.STAND_ASIDE: "Stand aside",
    }
    | _RETURN,
    AskKind.CONFIRM_CLIENT: {Verdict.APPROVE: "Confirm the client"} | _RETURN,
    AskKind.ACKNOWLEDGE_DECLINE: {Verdict.APPROVE: "Acknowledge", Verdict.DECLINE: "Do not accept it"},
    AskKind.REVIEW_SOW: {Verdict.APPROVE: "Approve the SOW"} | _REVIEW,
    AskKind.SIGN_SOW: {Verdict.APPROVE: "Sign the SOW", Verdict.DECLINE: "Decline the SOW"} | _RETURN,
    AskKind.REVIEW_BRD: {Verdict.APPROVE: "Approve the BRD"} | _REVIEW,
    AskKind.SIGN_BRD: {Verdict.APPROVE: "Sign the BRD"} | _RETURN,
    AskKind.ACCEPT_HANDOFF: {
        Verdict.APPROVE: "Accept the handoff",
        Verdict.APPROVE_WITH_CONDITIONS: "Accept with conditions",
    }
    | _RETURN,
    AskKind.ACCEPT_MILESTONE: {Verdict.APPROVE: "Accept the milestone"} | _RETURN,
    AskKind.BILL_MILESTONE: {
        Verdict.APPROVE: "Billed",
        Verdict.DECLINE: "Nothing is due with it",
        Verdict.NEED_INFO: "Ask for what is missing",
    },
    AskKind.PULSE: {Verdict.APPROVE: "Give a score", Verdict.DECLINE: "Give none"},
    AskKind.EXPECTATION_TALK: {Verdict.APPROVE: "The talk was held", Verdict.DECLINE: "It cannot be held"},
    AskKind.COACH_OR_REPLACE: {Verdict.APPROVE: "Coach", Verdict.DECLINE: "Replace"},
    AskKind.CONTACT_CLIENT: {Verdict.APPROVE: "We spoke", Verdict.DECLINE: "Not reached"},
    AskKind.POTENTIAL_CHANGE: {Verdict.APPROVE: "Make it a change order", Verdict.DECLINE: "No change order"},
    AskKind.APPROVE_CHANGE: {
        Verdict.APPROVE: "Approve the change",
        Verdict.APPROVE_WITH_CONDITIONS: "Approve with conditions",
        Verdict.DECLINE: "Reject the change",
    }
    | _RETURN,
    AskKind.SIGN_CHANGE: {Verdict.APPROVE: "Sign the change", Verdict.DECLINE: "Reject the change"} | _RETURN,
    AskKind.ACKNOWLEDGE_COMPLAINT: {Verdict.APPROVE: "Acknowledge", Verdict.DECLINE: "Not mine to own"},
    AskKind.PLAN_COMPLAINT: {Verdict.APPROVE: "Here is the plan", Verdict.DECLINE: "There is no plan"},
    AskKind.ACCEPT_CARE: {
        Verdict.APPROVE: "Take it into care",
        Verdict.APPROVE_WITH_CONDITIONS: "Take it with conditions",
    }
    | _RETURN,
    AskKind.MEASURE_NEED: {Verdict.APPROVE: "Give the measure", Verdict.DECLINE: "It cannot be measured"},
    AskKind.CANCEL_ENGAGEMENT: {Verdict.APPROVE: "Cancel the engagement", Verdict.DECLINE: "Keep it"},
    AskKind.ANSWER_QUESTION: {Verdict.APPROVE: "Answer"},
}
# The labels for approving a price below the floor over delivery's dissent, which is a signature.
OVERRIDE = {
    Verdict.APPROVE: "Sign the override",
    Verdict.APPROVE_WITH_CONDITIONS: "Sign the override with conditions",
}
ASK_BACK = "Ask back"
# Kinds whose approval may carry words; they are required where a second role depends on it.
IN_WORDS = frozenset({AskKind.ACCEPT_ROLE, AskKind.ALLOW_ROLE, AskKind.EXPECTATION_TALK})


# Offered to an expert who has given hours, as long as nothing depends on them.
CORRECT_HOURS = AnswerChoice(verdict=Verdict.APPROVE, label="Correct the hours", wants=(Wanted.HOURS,))


def may_correct_hours(of: AskHolder, ask: Ask, person_id: PersonId) -> bool:
    """True if this person gave hours, is still asked for them, and nothing depends on them yet."""
    return gave_hours_by(of, ask, person_id) and of.takes_hours_anew(ask)


def gave_hours_by(of: AskHolder, ask: Ask, person_id: PersonId) -> bool:
    """True if this person gave hours for this ask and it is still the newest of its kind and subject."""
    is_asked = any(voter.person_id == person_id for voter in ask.voters)
    return is_asked and person_id in of.hours_given(ask) and of.last_ask(ask.kind, ask.subject) == ask


def hours_wanted(of: AskHolder, ask: Ask) -> tuple[str, ...]:
    """The packages or lines whose hours are still owed to an ask; once all are given, those that can be corrected."""
    owed = of.still_owed(ask)
    return tuple(owed or dict.fromkeys(name for given in of.hours_given(ask).values() for name in given))


def choices(
    ask: Ask, person_id: PersonId, *, in_words: bool = False, returnable: tuple[str, ...] = ()
) -> tuple[AnswerChoice, ...]:
    """What somebody who may answer this ask can say now, in the table's order, with asking back last.

    `in_words`: an approval counts only with a text of its own, so it requires one. `returnable`: see
    `AskHolder.returnable`.
    """
    if not ask.is_open:
        return ()
    found = tuple(_of_some(choice, returnable) for choice in _open_to(ask, person_id))
    return tuple(_with_words(choice) if choice.verdict.is_for else choice for choice in found) if in_words else found


def _with_words(choice: AnswerChoice) -> AnswerChoice:
    rest = tuple(wanted for wanted in choice.may_bring if wanted is not Wanted.REASON)
    return choice.replace(wants=tuple(dict.fromkeys((*choice.wants, Wanted.REASON))), may_bring=rest)


def _of_some(choice: AnswerChoice, returnable: tuple[str, ...]) -> AnswerChoice:
    if choice.verdict is not Verdict.RETURN or not returnable:
        return choice
    return choice.replace(may_bring=(*choice.may_bring, Wanted.PACKAGES), packages=returnable)


def offered(ask: Ask, person_id: PersonId) -> dict[Verdict, str]:
    """Every verdict that this ask accepts from somebody, with its label. `answering` refuses all others.

    It includes asking back even while a question is open; `choices` leaves that out then.
    """
    is_final = _has_the_last_word(ask, person_id)
    labels = LABELS[ask.kind] | (OVERRIDE if ask.kind is AskKind.APPROVE_PRICE and ask.is_signed_by(person_id) else {})
    found = {v: label for v, label in labels.items() if not _is_barred(ask, v, is_final=is_final)}
    return found if ask.kind is AskKind.ANSWER_QUESTION else {**found, Verdict.NEED_INFO: ASK_BACK, **found}


def _open_to(ask: Ask, person_id: PersonId) -> Iterator[AnswerChoice]:
    for verdict, label in offered(ask, person_id).items():
        if verdict is not Verdict.NEED_INFO or ask.open_question is None:
            yield AnswerChoice(
                verdict=verdict,
                label=label,
                wants=wanted(ask.kind, verdict),
                may_bring=_optional(ask, verdict),
                leads_to=leads_to(ask.kind, verdict),
            )


def _has_the_last_word(ask: Ask, person_id: PersonId) -> bool:
    """True for the final authority once the ask has been escalated to them, and for anybody standing in for them."""
    speaks_for = {one.instead_of for one in ask.stand_ins if one.person_id == person_id}
    return ask.asks_last_word and ask.final_person in {person_id, *speaks_for}


def _is_barred(ask: Ask, verdict: Verdict, *, is_final: bool) -> bool:
    """True for a verdict that this ask accepts from nobody, or not from its final authority."""
    if verdict is Verdict.STAND_ASIDE:
        return is_final or ask.method is not Method.CONSENSUS
    if verdict is Verdict.OBJECT:
        # The final authority decides over an objection; one raised after their decision would have no effect.
        talked_over = ask.method is Method.CONSENSUS or ask.kind in REVIEWS
        return is_final or ask.final_vote is not None or not talked_over
    if verdict is Verdict.DECLINE and ask.kind in OF_COMPLAINTS:
        return MANAGING_DIRECTOR in ask.roles  # the highest level already: there is nobody above to own it instead
    if verdict is Verdict.DECLINE and ask.kind is AskKind.SIGN_SOW:
        return not ask.for_client  # the firm has decided the deal already: its own signer can only return what is wrong
    return verdict is Verdict.APPROVE_WITH_CONDITIONS and takes_no_conditions(ask)


def takes_no_conditions(ask: Ask) -> bool:
    """True if approval takes no conditions: the kind offers none, or the answer is the client's."""
    return Verdict.APPROVE_WITH_CONDITIONS not in LABELS[ask.kind] or ask.for_client


def wanted(kind: AskKind, verdict: Verdict) -> tuple[Wanted, ...]:
    """What an answer with this verdict must contain for this kind of ask."""
    if verdict is Verdict.APPROVE_WITH_CONDITIONS:
        return (Wanted.CONDITIONS,)
    if kind is AskKind.ANSWER_QUESTION:
        return (Wanted.REASON,)
    if verdict.is_for:
        return {
            AskKind.ESTIMATE: (Wanted.HOURS,),
            AskKind.PULSE: (Wanted.SCORE,),
            AskKind.MEASURE_NEED: (Wanted.MEASURED,),
            AskKind.PLAN_COMPLAINT: (Wanted.REASON,),
        }.get(kind, ())
    return () if verdict is Verdict.STAND_ASIDE else (Wanted.REASON,)


def _optional(ask: Ask, verdict: Verdict) -> tuple[Wanted, ...]:
    if ask.kind is AskKind.CONFIRM_STAFFING and verdict is Verdict.RETURN:
        return (Wanted.AVAILABLE_FROM,)
    words = verdict.is_for and (ask.kind in {*IN_WORDS, AskKind.PULSE} or verdict is Verdict.APPROVE_WITH_CONDITIONS)
    return (Wanted.REASON,) if words else ()
