"""Which CLI command remedies a refusal: the domain says what helps, and these tables say how to do it here.

A refusal that names its command, in or next to the remedy, needs none of this.
"""

import re
from collections.abc import Mapping
from shlex import quote

from domain.playbook.model import role_label
from domain.shared.errors import Refused
from domain.shared.remedy_actions import RemedyAction

# How to call the command that was refused.
HELP = "{same} --help"
LEAVE_VACANT = "interlock people deactivate {person} --reason REASON --successor PERSON --leave-vacant"
# By the remedy action, if the refusal names one; otherwise `BY_REFUSAL` applies.
BY_ACTION: Mapping[RemedyAction, str] = {
    RemedyAction.LEAVE_ROLES_VACANT: LEAVE_VACANT,
    RemedyAction.NAME_WHO_FOLLOWS: "interlock people deactivate {person} --reason REASON --position POSITION=PERSON",
    RemedyAction.LIST_ASKS: "interlock ask list",
    RemedyAction.SHOW_CURRENT_ASK: "interlock ask show {asked_now}",
    RemedyAction.SHOW_NEXT_STEPS: "interlock next",
    RemedyAction.LIST_DEALS: "interlock deal list",
    RemedyAction.SHOW_AWAITED_ASK: "interlock ask show {awaited}",
    RemedyAction.SHOW_DEAL: "interlock deal show {engagement}",
    RemedyAction.LIST_CHANGES: "interlock change list {engagement}",
    RemedyAction.LIST_CLIENTS: "interlock client list",
    RemedyAction.LIST_OPERATIONS: "interlock people operations",
    RemedyAction.SHOW_PERSON: "interlock people show {person}",
    RemedyAction.SHOW_COVERAGE: "interlock deal coverage {engagement}",
    RemedyAction.RESTATE_NEEDS: "interlock needs restate {engagement}",
    RemedyAction.RECORD_NEEDS: "interlock needs record {engagement} FILE",
    RemedyAction.DECLINE_PROMISE: "interlock promise decline {engagement} PROMISE --reason REASON",
    RemedyAction.SET_MILESTONES: "interlock scope milestones {engagement} FILE",
    RemedyAction.SET_REQUIREMENTS: "interlock scope requirements {engagement} FILE",
    RemedyAction.DRAFT_DOCUMENT: "interlock document draft {engagement} {document}",
    RemedyAction.SEND_SOW: "interlock document send {engagement} sow",
    RemedyAction.PROPOSE_PRICE: "interlock price propose {engagement}",
    RemedyAction.SUBMIT_CHANGE: "interlock change submit {engagement} FILE",
    RemedyAction.WITHDRAW_CHANGE: "interlock change withdraw {engagement} N --reason REASON",
    RemedyAction.CANCEL_DEAL: "interlock deal cancel {engagement} --reason REASON",
    RemedyAction.START_DEAL: "interlock deal start FILE",
    RemedyAction.RESUME_DEAL: "interlock deal resume {engagement}",
    RemedyAction.COMPLETE_CONDITION: "interlock delivery condition {engagement} CONDITION --note NOTE",
    RemedyAction.RECONCILE_PROMISE: "interlock promise reconcile {engagement} PROMISE --kept",
    RemedyAction.COVER_PROMISE: "interlock promise cover {engagement} PROMISE WHAT",
    RemedyAction.TAKE_BACK_MILESTONE: "interlock delivery take-back {engagement} {milestone} --reason REASON",
    RemedyAction.SHOW_HOURS: "interlock delivery hours {engagement}",
    RemedyAction.CORRECT_CLIENT: "interlock client add NAME",
    RemedyAction.NOTE_DELEGATE: "interlock people delegate PERSON PERSON FIRST LAST",
    RemedyAction.RECORD_HOURS: "interlock delivery hours {engagement} FILE",
    RemedyAction.PROPOSE_CUSTODIAN: "interlock role propose {engagement} 'agreement custodian' PERSON",
    RemedyAction.PROPOSE_WITH_WAIVER: "interlock role propose {engagement} {role} PERSON --waive 'REASON;DAY'",
    RemedyAction.PROPOSE_HOLDER: "interlock role propose {engagement} {role} PERSON",
    RemedyAction.REPLACE_HOLDER: "interlock role replace {engagement} {role} PERSON --reason REASON",
    RemedyAction.REQUEST_ROLE: "interlock role request {engagement} {role} --words WORDS",
    RemedyAction.LIST_CANDIDATES: "interlock role candidates {engagement} {role}",
    RemedyAction.LIST_PEOPLE: "interlock people list",
    RemedyAction.DEACTIVATE_PERSON: "interlock people deactivate {person} --reason REASON",
    RemedyAction.SIGN_IN: "interlock login",
}

SHOW = "interlock deal show {engagement}"
# By the kind of refusal: see docs/rules.md.
BY_REFUSAL: Mapping[str, str] = {
    "EstimateNotAttested": SHOW,
    "DealNotDecided": SHOW,
    "PromiseWithoutHome": "interlock promise cover {engagement} PROMISE WHAT",
    "NotWhatWasShown": "interlock ask show {ask}",
    "HoursGivenSince": "interlock ask show {ask}",
    "BaselineIsSigned": "interlock change submit {engagement} FILE",
    "EditedMeanwhile": SHOW,
    "OfferExpired": "interlock document extend {engagement} --until DAY",
    "BulkSigningRefused": "interlock ask show {ask}",
    "NotApprovedInside": SHOW,
    "ClientNotConfirmed": SHOW,
    "RoleVacant": "interlock role propose {engagement} {role} PERSON",
    "NotByDefault": "interlock role candidates {engagement} {role}",
    "SuccessorUnfit": LEAVE_VACANT,
    "NotCompetent": "interlock role candidates {engagement} {role}",
    "NobodyAccountable": "interlock role replace {engagement} {role} PERSON --reason REASON",
    "RoleHeld": "interlock role replace {engagement} {role} PERSON --reason REASON",
    "LeavingNotConfirmed": "interlock people import FILE",
    "NoLongerOwed": "interlock next",
    "ExplicitApprovalRequired": "interlock ask show {ask}",
    "OwnRequest": SHOW,
    "ChangeNotApproved": "interlock change show {engagement} {n}",
    "AlreadyDecided": SHOW,
    "AskedAlready": SHOW,
    "DoneAlready": SHOW,
    "OnRecordAlready": SHOW,
    "SentBack": SHOW,
    "AskHasEnded": SHOW,
    "VoteIsOver": SHOW,
    "PermissionDenied": SHOW,
    "UnknownCaller": "interlock login",
    "NotNow": SHOW,
    "AskedOften": "interlock role candidates {engagement} {role}",
    "ConditionOpen": "interlock delivery condition {engagement} CONDITION --note NOTE",
    "StillOwed": SHOW,
    "ChangeNotReturned": "interlock change show {engagement} {n}",
    "OnHold": "interlock deal resume {engagement}",
    "Ended": SHOW,
    "ChangeEnded": "interlock change submit {engagement} FILE",
    "BadValue": HELP,
    "NotFound": "interlock deal list",
    "InputRefused": HELP,
    "FileNotTaken": HELP,
    "DirectoryFileRefused": HELP,
    "AnsweredTwice": HELP,
    "AlreadyStarted": "interlock deal list --mine",
}
# Where the command differs because the refusal concerned the directory, clients, tokens or playbooks.
OUTSIDE_DEALS: Mapping[str, str] = {
    "PermissionDenied": "interlock people list",
    "NotFound": "interlock people list",
    "OwnRequest": "interlock people list",
    "NobodyAccountable": "interlock people list",
    "AlreadyDecided": HELP,
    "DoneAlready": HELP,
    "OnRecordAlready": HELP,
}

_AGAIN = "The same command again helps, once what is in its way has passed; the shell has it."
_OPERATORS = "Only who keeps the installation can mend it: docs/operations.md says by which commands."
# Refusals that no command remedies, and why.
WITHOUT_COMMAND: Mapping[str, str] = {
    "BeingRecorded": _AGAIN,
    "CatchingUp": _AGAIN,
    "ClientBeingChanged": _AGAIN,
    "NotKept": _AGAIN,
    "DatabaseAway": _AGAIN,
    "EngineAway": _AGAIN,
    "TooManyAtOnce": _AGAIN,
    "Quarantined": _OPERATORS,
    "RecordBehind": _OPERATORS,
    "ForeignEngine": _OPERATORS,
    "NewDealsStopped": _OPERATORS,
    "DealsUnknown": _OPERATORS,
    "IntegrityBroken": _OPERATORS,
    "ContentEdited": _OPERATORS,
    "ContentMissing": _OPERATORS,
    "WouldBeDropped": _OPERATORS,
    "EngagementRuns": "It is said at the machine alone, and names the commands itself.",
    "NotByLink": "It is said on the page of a mail's link alone.",
    "NoSuchLink": "It is said on the page of a mail's link alone.",
    "DoneBefore": "It is said between engine and front door; people get the receipt.",
    "KeyReused": "Commands make a key of their own for each request.",
    "NotAcceptable": "It is said of how a program sends; commands send it as it is taken.",
    "RefusedByWorkflow": "It travels under the name of the refusal that the workflow gave.",
}


def command_for(refused: Refused, path: str, same: str) -> str | None:
    """The command by which the caller can proceed: the refusal's own, else from the tables; None if none helps.

    `path`: the REST path that was called, which identifies the deal. `same`: the command that was refused, without its
    arguments.
    """
    if refused.command is not None or "interlock " in refused.remedy:
        return refused.command
    found = BY_ACTION[refused.action] if refused.action is not None else None
    name = _class_name(refused.name)
    general = OUTSIDE_DEALS.get(name) if OUTSIDE.search(path) else None
    command = found or general or BY_REFUSAL.get(name)
    if command is None or name in WITHOUT_COMMAND:
        return None
    return command.format_map(_known(refused, path) | {"same": same})


def commands_for(refused: Refused, path: str, same: str) -> tuple[str, ...]:
    """The same; for vacant roles one command each, and for people who have not answered yet, how to see their ask."""
    if _class_name(refused.name) != "RoleVacant" or "interlock " in refused.remedy:
        return tuple(filter(None, [command_for(refused, path, same)]))
    each = (
        command_for(refused.replace(waits_for=(one,), remedy="", action=None), path, same)
        if one.ask_id.startswith(VACANCY)
        else f"interlock ask show {one.ask_id}"
        for one in refused.waits_for
    )
    return tuple(dict.fromkeys(filter(None, each)))


def _class_name(name: str) -> str:
    """`AlreadyDecided` from `already-decided`, as REST returns it."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("-"))


ENGAGEMENT = re.compile(r"\b[A-Z]{2,8}-\d{4}-\d{4,9}\b")
OUTSIDE = re.compile(r"^/api/v1/(people|clients|tokens|playbooks|outbox|digest)\b")
VACANCY = "vacancy:"
ASK = re.compile(r"/asks/([^/?]+)")


def _known(refused: Refused, path: str) -> dict[str, str]:
    """Values for a command's placeholders, as far as known; otherwise the placeholder that the help uses."""
    waits = next(iter(refused.waits_for), None)
    awaited, vacant = (waits.ask_id, "") if waits else ("", "")
    if awaited.startswith(VACANCY):
        awaited, vacant = "", awaited.removeprefix(VACANCY)
    ask = ASK.search(path)
    deal = ENGAGEMENT.search(path) or ENGAGEMENT.search(awaited) or ENGAGEMENT.search(refused.detail)
    role = _part(path, "roles") or _part(path, "parties") or vacant or (waits.role if waits else None)
    return {
        "engagement": deal[0] if deal else "DEAL",
        "ask": ask[1] if ask else awaited or "ASK",
        "awaited": awaited or "ASK",
        "asked_now": refused.asked_now or "ASK",
        "role": quote(role_label(role)) if role else "ROLE",
        "n": _part(path, "changes") or "N",
        "document": (_part(path, "documents") or "DOCUMENT").partition(".")[0],
        "person": _part(path, "people") or "PERSON",
        "milestone": _part(path, "milestones") or "MILESTONE",
    }


def _part(path: str, of: str) -> str | None:
    found = re.search(rf"/{of}/([^/?.]+(?:\.[^/?]+)?)", path)
    return found[1] if found else None
