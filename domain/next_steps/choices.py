"""The buttons for acts owed and vacancies: one table for every channel.

What does not fit a form (a scope of many packages) is done on the command line: each act names its action too.
"""

from enum import StrEnum

from domain.next_steps.acts_owed import ActKind
from domain.next_steps.model import StepKind
from domain.playbook.model import role_label
from domain.shared.remedy_actions import ActionRef, RemedyAction
from domain.shared.values import EngagementId, PersonId, Value


class Do(StrEnum):
    """What a button does."""

    ADD_NEEDS = "add_needs"
    CORRECT_NEEDS = "correct_needs"
    RESTATE = "restate"
    COVER = "cover"
    DECLINE = "decline"
    SCOPE = "scope"
    CLARIFY = "clarify"
    CHOOSE = "choose"
    MOVE_DATES = "move_dates"
    KEEP_DATES = "keep_dates"
    PROPOSE = "propose"
    PROPOSE_ANOTHER = "propose_another"
    MILESTONES = "milestones"
    DRAFT_SOW = "draft_sow"
    SEND_SOW = "send_sow"
    DRAFT_BRD = "draft_brd"
    SEND_BRD = "send_brd"
    REQUIREMENTS = "requirements"
    TAKE_REQUIREMENTS = "take_requirements"
    EXTEND_OFFER = "extend_offer"
    NAME_PARTY = "name_party"
    HAND_OVER = "hand_over"
    EXPECT = "expect"
    DELIVER = "deliver"
    TAKE_BACK = "take_back"
    HOURS = "hours"
    SUBMIT = "submit"
    REVISE = "revise"
    DROP = "drop"
    WITHDRAW = "withdraw"
    RECONCILE = "reconcile"
    CLOSE = "close"
    RESUME = "resume"
    EXTEND = "extend"
    CANCEL = "cancel"
    NAME_HOLDER = "name_holder"
    ASK_FOR_ROLE = "ask_for_role"
    MEET = "meet"


class StepChoice(Value):
    """A button: what it does, its label and, if it needs no form, the confirmation shown before it is done."""

    do: Do
    label: str
    confirm: str = ""

    @property
    def is_plain(self) -> bool:
        """True if pressing it needs no further input."""
        return bool(self.confirm)


CHOICES: dict[ActKind, tuple[StepChoice, ...]] = {
    ActKind.RECORD_NEEDS: (StepChoice(do=Do.ADD_NEEDS, label="Record the needs"),),
    ActKind.RESTATE_NEEDS: (
        StepChoice(
            do=Do.RESTATE, label="Restate them to the client", confirm="The client's sponsor is asked to confirm."
        ),
        StepChoice(do=Do.CORRECT_NEEDS, label="Correct the needs"),
    ),
    ActKind.CORRECT_NEEDS: (StepChoice(do=Do.CORRECT_NEEDS, label="Correct the needs"),),
    ActKind.COVER_PROMISE: (
        StepChoice(do=Do.COVER, label="Cover it"),
        StepChoice(do=Do.DECLINE, label="Decline it"),
    ),
    ActKind.SET_SCOPE: (StepChoice(do=Do.SCOPE, label="Set the work packages"),),
    ActKind.ANSWER_RETURN: (StepChoice(do=Do.CLARIFY, label="Clarify a package"),),
    ActKind.CHOOSE_ESTIMATE: (StepChoice(do=Do.CHOOSE, label="Choose the hours"),),
    ActKind.ANSWER_STAFFING: (
        StepChoice(do=Do.MOVE_DATES, label="Move the dates"),
        StepChoice(do=Do.KEEP_DATES, label="Keep them"),
    ),
    ActKind.PROPOSE_PRICE: (StepChoice(do=Do.PROPOSE, label="Propose a price"),),
    ActKind.SET_MILESTONES: (StepChoice(do=Do.MILESTONES, label="Set the milestones"),),
    ActKind.DRAFT_SOW: (
        StepChoice(
            do=Do.DRAFT_SOW, label="Draft the SOW", confirm="It is drafted from the record and reviewed internally."
        ),
    ),
    ActKind.SEND_SOW: (StepChoice(do=Do.SEND_SOW, label="Send the SOW", confirm="The signers are asked, ours first."),),
    ActKind.CORRECT_CLIENT: (),  # a client belongs to the directory: the card names the action
    ActKind.EXTEND_OFFER: (
        StepChoice(do=Do.EXTEND_OFFER, label="Extend the offer"),
        StepChoice(do=Do.CANCEL, label="Let it lapse"),
    ),
    ActKind.NAME_CLIENT_PERSON: (StepChoice(do=Do.NAME_PARTY, label="Name somebody"),),
    ActKind.SET_REQUIREMENTS: (StepChoice(do=Do.REQUIREMENTS, label="Set the requirements"),),
    ActKind.DRAFT_BRD: (
        StepChoice(
            do=Do.DRAFT_BRD, label="Draft the BRD", confirm="It is drafted from the record and reviewed internally."
        ),
        StepChoice(do=Do.REQUIREMENTS, label="Change the requirements"),
    ),
    ActKind.SEND_BRD: (StepChoice(do=Do.SEND_BRD, label="Send the BRD", confirm="The signers are asked, ours first."),),
    ActKind.OFFER_HANDOFF: (StepChoice(do=Do.HAND_OVER, label="Hand over"),),
    ActKind.CORRECT_EXPECTATIONS: (StepChoice(do=Do.EXPECT, label="Correct them"),),
    ActKind.DELIVER_MILESTONE: (StepChoice(do=Do.DELIVER, label="Deliver it"),),
    ActKind.RECORD_HOURS: (StepChoice(do=Do.HOURS, label="Record the hours"),),
    ActKind.SUBMIT_CHANGE: (
        StepChoice(do=Do.SUBMIT, label="Submit the change"),
        StepChoice(do=Do.DROP, label="Drop it"),
    ),
    ActKind.REVISE_CHANGE: (
        StepChoice(do=Do.REVISE, label="Revise the change"),
        StepChoice(do=Do.WITHDRAW, label="Withdraw the change"),
    ),
    ActKind.RECONCILE_PROMISE: (StepChoice(do=Do.RECONCILE, label="Say whether it was kept"),),
    ActKind.CLOSE: (StepChoice(do=Do.CLOSE, label="Close the engagement"),),
    ActKind.RESOLVE_HOLD: (
        StepChoice(do=Do.RESUME, label="Resume", confirm="All deadlines run again."),
        StepChoice(do=Do.EXTEND, label="Extend the hold"),
        StepChoice(do=Do.CANCEL, label="End the engagement"),
    ),
}

# What can be done about a delivered milestone until the client has answered.
TAKE_BACK = StepChoice(do=Do.TAKE_BACK, label="Take it back")
# While a price waits for its approvals: a mistake is corrected before anyone has decided.
#
# A choice of its own, so that a form for the act that was opened earlier does not replace a price proposed since.
PROPOSE_ANOTHER = StepChoice(do=Do.PROPOSE_ANOTHER, label="Propose another price")
NAME_HOLDER = StepChoice(do=Do.NAME_HOLDER, label="Name somebody")
MEET = StepChoice(do=Do.MEET, label="Mark it as met")
ASK_FOR_ROLE = StepChoice(do=Do.ASK_FOR_ROLE, label="Ask for the role")

# Parties of the deal hold no role of the playbook: they are named, and do not accept.
PARTIES = frozenset({"provider_sponsor", "client_sponsor", "client_signatory", "counterpart"})
NAME_PARTY = StepChoice(do=Do.NAME_PARTY, label="Name somebody")


def vacancy_choices(role: str) -> tuple[StepChoice, ...]:
    """What can be done by those who must fill a vacancy."""
    return (NAME_PARTY if role in PARTIES else NAME_HOLDER,)


# The extra choice if something is prepared for an act.
TAKE_PREPARED: dict[ActKind, StepChoice] = {
    ActKind.SET_REQUIREMENTS: StepChoice(
        do=Do.TAKE_REQUIREMENTS, label="Accept them as prepared", confirm="They are set as the seller prepared them."
    ),
}


SAME_AGAIN = "Nothing in it has changed since it came back. The same text is reviewed again."


def act_choices(act: str, *, prepared: bool = False, unchanged: bool = False) -> tuple[StepChoice, ...]:
    """What can be done about an act, by its id; `prepared`: something is prepared for it.

    `unchanged`: it would bring back what was returned, so choices that change that come first.
    """
    kind = ActKind(act.partition(":")[0])
    if unchanged:
        again, *others = CHOICES[kind]
        return (*others, again.replace(confirm=SAME_AGAIN))
    return ((TAKE_PREPARED[kind],) if prepared else ()) + CHOICES[kind]


# Which button changes what a document says, if it is shown beside drafting it.
CHANGES = {"requirements": Do.REQUIREMENTS}


def buttons_beside(kind: ActKind) -> dict[str, str]:
    """The labels of those buttons, keyed by what each changes."""
    labels = {choice.do: choice.label for choice in CHOICES[kind]}
    return {what: labels[do] for what, do in CHANGES.items() if do in labels}


# The action that each act is, whichever channel it was told in.
ACTIONS: dict[ActKind, RemedyAction] = {
    ActKind.RECORD_NEEDS: RemedyAction.RECORD_NEEDS,
    ActKind.RESTATE_NEEDS: RemedyAction.RESTATE_NEEDS,
    ActKind.CORRECT_NEEDS: RemedyAction.RECORD_NEEDS,
    ActKind.COVER_PROMISE: RemedyAction.COVER_PROMISE,
    ActKind.SET_SCOPE: RemedyAction.SET_PACKAGES,
    ActKind.ANSWER_RETURN: RemedyAction.SET_PACKAGES,
    ActKind.CHOOSE_ESTIMATE: RemedyAction.CHOOSE_ESTIMATE,
    ActKind.ANSWER_STAFFING: RemedyAction.SET_DATES,
    ActKind.PROPOSE_PRICE: RemedyAction.PROPOSE_PRICE,
    ActKind.SET_MILESTONES: RemedyAction.SET_MILESTONES,
    ActKind.DRAFT_SOW: RemedyAction.DRAFT_DOCUMENT,
    ActKind.SEND_SOW: RemedyAction.SEND_SOW,
    ActKind.CORRECT_CLIENT: RemedyAction.CORRECT_CLIENT,
    ActKind.EXTEND_OFFER: RemedyAction.EXTEND_OFFER,
    ActKind.NAME_CLIENT_PERSON: RemedyAction.NAME_PARTY,
    ActKind.SET_REQUIREMENTS: RemedyAction.SET_REQUIREMENTS,
    ActKind.DRAFT_BRD: RemedyAction.DRAFT_DOCUMENT,
    ActKind.SEND_BRD: RemedyAction.SEND_BRD,
    ActKind.OFFER_HANDOFF: RemedyAction.OFFER_HANDOFF,
    ActKind.CORRECT_EXPECTATIONS: RemedyAction.SET_EXPECTATIONS,
    ActKind.DELIVER_MILESTONE: RemedyAction.DELIVER_MILESTONE,
    ActKind.RECORD_HOURS: RemedyAction.RECORD_HOURS,
    ActKind.SUBMIT_CHANGE: RemedyAction.SUBMIT_POTENTIAL_CHANGE,
    ActKind.REVISE_CHANGE: RemedyAction.REVISE_CHANGE,
    ActKind.RECONCILE_PROMISE: RemedyAction.RECONCILE_PROMISE,
    ActKind.CLOSE: RemedyAction.CLOSE_DEAL,
    ActKind.RESOLVE_HOLD: RemedyAction.RESUME_DEAL,
}
# The same if something is prepared for it.
AS_PREPARED: dict[ActKind, RemedyAction] = {ActKind.SET_REQUIREMENTS: RemedyAction.TAKE_REQUIREMENTS}
# What the subject of an act is, where its action must be told.
SUBJECTS: dict[ActKind, str] = {
    ActKind.COVER_PROMISE: "promise",
    ActKind.RECONCILE_PROMISE: "promise",
    ActKind.CHOOSE_ESTIMATE: "package",
    ActKind.DELIVER_MILESTONE: "milestone",
    ActKind.SUBMIT_CHANGE: "potential",
}


def act_action(
    engagement_id: EngagementId, kind: ActKind, subject: str, client: str = "", *, prepared: bool = False
) -> ActionRef:
    """The action that an act is, with what it concerns."""
    action = (AS_PREPARED if prepared else ACTIONS)[kind]
    return action.about(engagement=engagement_id, **_concerned(kind, subject, client))


def _concerned(kind: ActKind, subject: str, client: str) -> dict[str, str]:
    match kind:
        case ActKind.NAME_CLIENT_PERSON | ActKind.CORRECT_EXPECTATIONS:
            return {"role": role_label(subject)}
        case ActKind.CORRECT_CLIENT:
            return {"client": client} if client else {}
        case ActKind.REVISE_CHANGE:
            return {"n": subject.removeprefix("C")}
        case ActKind.DRAFT_SOW:
            return {"document": "sow"}
        case ActKind.DRAFT_BRD:
            return {"document": "brd"}
    return {SUBJECTS[kind]: subject} if kind in SUBJECTS else {}


def vacancy_action(engagement_id: EngagementId, role: str, person_id: PersonId | None = None) -> ActionRef:
    """The action that fills a vacancy, with the person if only one could fill it."""
    action = RemedyAction.NAME_PARTY if role in PARTIES else RemedyAction.PROPOSE_HOLDER
    person = {"person": person_id} if person_id else {}
    return action.about(engagement=engagement_id, role=role_label(role), **person)


def request_action(engagement_id: EngagementId, role: str) -> ActionRef:
    """Asking for a vacant role: no one can propose themselves."""
    return RemedyAction.REQUEST_ROLE.about(engagement=engagement_id, role=role_label(role))


def replace_action(engagement_id: EngagementId, role: str) -> ActionRef:
    """Asking someone else to take over a role."""
    return RemedyAction.REPLACE_HOLDER.about(engagement=engagement_id, role=role_label(role))


def step_action(
    engagement_id: EngagementId, kind: StepKind, ref: str, client: str = "", *, prepared: bool = False
) -> ActionRef:
    """The action that any next step is."""
    if kind == "act":
        name, _, subject = ref.partition(":")
        return act_action(engagement_id, ActKind(name), subject, client, prepared=prepared)
    if kind == "vacancy":
        return vacancy_action(engagement_id, ref)
    if kind == "task":
        return RemedyAction.COMPLETE_CONDITION.about(engagement=engagement_id, condition=ref)
    return RemedyAction.SHOW_ASK.about(ask=ref)
