"""Which command remedies a refusal: that of the action it names (`adapters/console_commands.py`), else by its kind."""

import re
from collections.abc import Mapping

from adapters.console_commands import command_of
from domain.playbook.model import role_label
from domain.shared.errors import Refused
from domain.shared.remedy_actions import RemedyAction

# By the kind of refusal, where it names no action (see docs/rules.md); None: the help of the command that was refused.
BY_REFUSAL: Mapping[str, RemedyAction | None] = {
    "EstimateNotAttested": RemedyAction.SHOW_DEAL,
    "DealNotDecided": RemedyAction.SHOW_DEAL,
    "PromiseWithoutHome": RemedyAction.COVER_PROMISE,
    "NotWhatWasShown": RemedyAction.SHOW_ASK,
    "HoursGivenSince": RemedyAction.SHOW_ASK,
    "BaselineIsSigned": RemedyAction.SUBMIT_CHANGE,
    "EditedMeanwhile": RemedyAction.SHOW_DEAL,
    "OfferExpired": RemedyAction.EXTEND_OFFER,
    "BulkSigningRefused": RemedyAction.SHOW_ASK,
    "NotApprovedInside": RemedyAction.SHOW_DEAL,
    "ClientNotConfirmed": RemedyAction.SHOW_DEAL,
    "RoleVacant": RemedyAction.PROPOSE_HOLDER,
    "NotByDefault": RemedyAction.LIST_CANDIDATES,
    "SuccessorUnfit": RemedyAction.LEAVE_ROLES_VACANT,
    "NotCompetent": RemedyAction.LIST_CANDIDATES,
    "NobodyAccountable": RemedyAction.REPLACE_HOLDER,
    "RoleHeld": RemedyAction.REPLACE_HOLDER,
    "LeavingNotConfirmed": RemedyAction.IMPORT_PEOPLE,
    "NoLongerOwed": RemedyAction.SHOW_NEXT_STEPS,
    "ExplicitApprovalRequired": RemedyAction.SHOW_ASK,
    "OwnRequest": RemedyAction.SHOW_DEAL,
    "ChangeNotApproved": RemedyAction.SHOW_CHANGE,
    "AlreadyDecided": RemedyAction.SHOW_DEAL,
    "AskedAlready": RemedyAction.SHOW_DEAL,
    "DoneAlready": RemedyAction.SHOW_DEAL,
    "OnRecordAlready": RemedyAction.SHOW_DEAL,
    "SentBack": RemedyAction.SHOW_DEAL,
    "AskHasEnded": RemedyAction.SHOW_DEAL,
    "VoteIsOver": RemedyAction.SHOW_DEAL,
    "PermissionDenied": RemedyAction.SHOW_DEAL,
    "UnknownCaller": RemedyAction.SIGN_IN,
    "NotNow": RemedyAction.SHOW_DEAL,
    "AskedOften": RemedyAction.LIST_CANDIDATES,
    "ConditionOpen": RemedyAction.COMPLETE_CONDITION,
    "StillOwed": RemedyAction.SHOW_DEAL,
    "ChangeNotReturned": RemedyAction.SHOW_CHANGE,
    "OnHold": RemedyAction.RESUME_DEAL,
    "Ended": RemedyAction.SHOW_DEAL,
    "ChangeEnded": RemedyAction.SUBMIT_CHANGE,
    "BadValue": None,
    "NotFound": RemedyAction.LIST_DEALS,
    "InputRefused": None,
    "FileNotTaken": None,
    "DirectoryFileRefused": None,
    "AnsweredTwice": None,
    "AlreadyStarted": RemedyAction.LIST_OWN_DEALS,
}
# Where the command differs because the refusal concerned the directory, clients, tokens or playbooks.
OUTSIDE_DEALS: Mapping[str, RemedyAction | None] = {
    "PermissionDenied": RemedyAction.LIST_PEOPLE,
    "NotFound": RemedyAction.LIST_PEOPLE,
    "OwnRequest": RemedyAction.LIST_PEOPLE,
    "NobodyAccountable": RemedyAction.LIST_PEOPLE,
    "AlreadyDecided": None,
    "DoneAlready": None,
    "OnRecordAlready": None,
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
    "NotSignedIn": "It is said on pages alone, which lead to the sign-in page.",
    "NotOurForm": "It is said on pages alone.",
    "NotLetIn": "It is said on the sign-in page alone.",
    "ProviderNotResponding": "It is said on the sign-in page alone.",
    "DoneBefore": "It is said between engine and front door; people get the receipt.",
    "KeyReused": "Commands make a key of their own for each request.",
    "NotAcceptable": "It is said of how a program sends; commands send it as it is taken.",
    "RefusedByWorkflow": "It travels under the name of the refusal that the workflow gave.",
}


def command_for(refused: Refused, path: str, same: str) -> str | None:
    """The command by which the caller can proceed; None if none helps, or the remedy names its commands itself.

    `path`: the REST path that was called, which identifies the deal. `same`: the command that was refused, without its
    arguments.
    """
    action, name = refused.action, _class_name(refused.name)
    if action is None:
        table = OUTSIDE_DEALS if OUTSIDE.search(path) and name in OUTSIDE_DEALS else BY_REFUSAL
        if name not in table or "interlock " in refused.remedy:
            return None
        action = table[name]
    return command_of(action.about(**_known(refused, path))) if action is not None else f"{same} --help"


def commands_for(refused: Refused, path: str, same: str) -> tuple[str, ...]:
    """The same; for vacant roles one command each, and for people who have not answered yet, how to see their ask."""
    if _class_name(refused.name) != "RoleVacant" or refused.action is not None:
        return tuple(filter(None, [command_for(refused, path, same)]))
    each = (
        command_for(refused.replace(waits_for=(one,)), path, same)
        if one.ask_id.startswith(VACANCY)
        else command_of(RemedyAction.SHOW_ASK.about(ask=one.ask_id))
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
    """What the refusal concerns, as far as it can be told."""
    waits = next(iter(refused.waits_for), None)
    awaited, vacant = (waits.ask_id, "") if waits else ("", "")
    if awaited.startswith(VACANCY):
        awaited, vacant = "", awaited.removeprefix(VACANCY)
    ask = ASK.search(path)
    deal = ENGAGEMENT.search(path) or ENGAGEMENT.search(awaited) or ENGAGEMENT.search(refused.detail)
    role = _part(path, "roles") or _part(path, "parties") or vacant or (waits.role if waits else None)
    found = {
        "engagement": deal[0] if deal else None,
        "ask": ask[1] if ask else awaited,
        "awaited": awaited,
        "asked_now": refused.asked_now,
        "role": role_label(role) if role else None,
        "n": _part(path, "changes"),
        "document": (_part(path, "documents") or "").partition(".")[0],
        "person": _part(path, "people"),
        "milestone": _part(path, "milestones"),
    }
    return {name: what for name, what in found.items() if what}


def _part(path: str, of: str) -> str | None:
    found = re.search(rf"/{of}/([^/?.]+(?:\.[^/?]+)?)", path)
    return found[1] if found else None
