"""The buttons for acts owed and vacancies: one table for every channel.

What does not fit a form (a scope of many packages) is done on the command line: each act names its command too.
"""

from enum import StrEnum
from shlex import quote

from domain.next_steps.acts_owed import ActKind
from domain.next_steps.model import StepKind
from domain.playbook.model import role_label
from domain.shared.values import EngagementId, Value


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
    ActKind.CORRECT_CLIENT: (),  # a client belongs to the directory: the card names the command
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


# The `interlock` command for each act, whichever channel the act was told in.
COMMANDS: dict[ActKind, str] = {
    ActKind.RECORD_NEEDS: "needs record {engagement} FILE",
    ActKind.RESTATE_NEEDS: "needs restate {engagement}",
    ActKind.CORRECT_NEEDS: "needs record {engagement} FILE",
    ActKind.COVER_PROMISE: "promise cover {engagement} {subject} WHAT",
    ActKind.SET_SCOPE: "scope packages {engagement} FILE",
    ActKind.ANSWER_RETURN: "scope packages {engagement} FILE",
    ActKind.CHOOSE_ESTIMATE: "scope choose {engagement} {subject} 40/60/100 --because REASON",
    ActKind.ANSWER_STAFFING: "deal dates {engagement} --start DAY --end DAY",
    ActKind.PROPOSE_PRICE: "price propose {engagement}",
    ActKind.SET_MILESTONES: "scope milestones {engagement} FILE",
    ActKind.DRAFT_SOW: "document draft {engagement} sow",
    ActKind.SEND_SOW: "document send {engagement} sow",
    ActKind.CORRECT_CLIENT: "client add {client} [--vertical TRADE] [--person 'NAME <ADDRESS>: sponsor']",
    ActKind.EXTEND_OFFER: "document extend {engagement} --until DAY",
    ActKind.NAME_CLIENT_PERSON: "role party {engagement} '{role}' PERSON --reason REASON",
    ActKind.SET_REQUIREMENTS: "scope requirements {engagement} FILE",
    ActKind.DRAFT_BRD: "document draft {engagement} brd",
    ActKind.SEND_BRD: "document send {engagement} brd",
    ActKind.OFFER_HANDOFF: "delivery handoff {engagement} --plan PLAN",
    ActKind.CORRECT_EXPECTATIONS: "role expect {engagement} '{role}' 'WHAT;DAY'",
    ActKind.DELIVER_MILESTONE: "delivery milestone {engagement} {subject}",
    ActKind.RECORD_HOURS: "delivery hours {engagement} FILE",
    ActKind.SUBMIT_CHANGE: "change submit {engagement} FILE --potential {subject}",
    ActKind.REVISE_CHANGE: "change revise {engagement} {number} FILE",
    ActKind.RECONCILE_PROMISE: "promise reconcile {engagement} {subject} --kept",
    ActKind.CLOSE: "deal close {engagement}",
    ActKind.RESOLVE_HOLD: "deal resume {engagement}",
}


# The same if something is prepared for it.
AS_PREPARED: dict[ActKind, str] = {ActKind.SET_REQUIREMENTS: "scope requirements {engagement} --as-prepared"}


def act_command(
    engagement_id: EngagementId, kind: ActKind, subject: str, client: str = "NAME", *, prepared: bool = False
) -> str:
    """How an act is done on the command line: `interlock document send ENG-2026-0042 sow`."""
    words = {
        "client": quote(client),
        "subject": subject,
        "role": role_label(subject),
        "number": subject.removeprefix("C"),
    }
    told = (AS_PREPARED if prepared else COMMANDS)[kind].format(engagement=engagement_id, **words)
    return f"interlock {told}"


def vacancy_command(engagement_id: EngagementId, role: str, person_id: str = "PERSON") -> str:
    """How a vacancy is filled on the command line, with the person if only one could fill it."""
    if role in PARTIES:
        return f"interlock role party {engagement_id} '{role_label(role)}' {person_id} --reason REASON"
    return f"interlock role propose {engagement_id} '{role_label(role)}' {person_id}"


def request_command(engagement_id: EngagementId, role: str) -> str:
    """How someone asks for a vacant role themselves: no one can propose themselves."""
    return f"interlock role request {engagement_id} '{role_label(role)}' --words WORDS"


def replace_command(engagement_id: EngagementId, role: str) -> str:
    """How someone else is asked to take over a role."""
    return f"interlock role replace {engagement_id} '{role_label(role)}' PERSON --reason REASON"


def step_command(
    engagement_id: EngagementId, kind: StepKind, ref: str, client: str = "NAME", *, prepared: bool = False
) -> str:
    """How any next step is done on the command line."""
    if kind == "act":
        name, _, subject = ref.partition(":")
        return act_command(engagement_id, ActKind(name), subject, client, prepared=prepared)
    if kind == "vacancy":
        return vacancy_command(engagement_id, ref)
    if kind == "task":
        return f"interlock delivery condition {engagement_id} {ref} --note NOTE"
    return f"interlock ask show {ref}"
