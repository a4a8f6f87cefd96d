"""By which command of the line a refusal is met: the domain says what to do, and this table how that is done here.

A refusal that names its command, beside the remedy or in it, needs none of it.
"""

import re
from collections.abc import Mapping
from shlex import quote
from typing import NamedTuple

from domain.playbook import role_label
from domain.refusals import Refused


class Row(NamedTuple):
    """A command for what a remedy says; `words` is searched for in it."""

    words: str
    command: str


HELP = "{same} --help"
"""How the command that was refused is written."""
CLOSER: tuple[Row, ...] = (
    Row(
        r"name another successor or none",
        "interlock people deactivate {person} --reason REASON --successor PERSON --leave-vacant",
    ),
    Row(r"name who follows", "interlock people deactivate {person} --reason REASON --position POSITION=PERSON"),
    Row(r"take the ask's id from your inbox", "interlock ask list"),
    Row(r"it is asked now as", "interlock ask show {asked_now}"),
    Row(r"(look at|see) what is asked now", "interlock ask list"),
    Row(r"see what waits for you", "interlock next"),
    Row(r"whom you know there", "interlock deal list"),
    Row(r"answers? first", "interlock ask show {awaited}"),
    Row(r"names somebody else", "interlock deal show {engagement}"),
    Row(r"see the list of engagements|name the engagement", "interlock deal list"),
    Row(r"see the register of changes", "interlock change list {engagement}"),
    Row(r"see the list of clients", "interlock client list"),
    Row(r"see the list of operations", "interlock people operations"),
    Row(r"see their (absences|delegations)", "interlock people show {person}"),
    Row(r"see its coverage for the roles", "interlock deal coverage {engagement}"),
    Row(r"see the (engagement|sow|scope)", "interlock deal show {engagement}"),
    Row(r"restate the needs", "interlock needs restate {engagement}"),
    Row(r"record what the client needs", "interlock needs record {engagement} FILE"),
    Row(r"record another, or decline", "interlock promise decline {engagement} PROMISE --reason REASON"),
    Row(r"set the milestones|share_percent|^correct them\.$", "interlock scope milestones {engagement} FILE"),
    Row(r"set the requirements", "interlock scope requirements {engagement} FILE"),
    Row(r"^draft it", "interlock document draft {engagement} {document}"),
    Row(r"send the sow", "interlock document send {engagement} sow"),
    Row(r"propose a price", "interlock price propose {engagement}"),
    Row(r"submit (a|another|the) change", "interlock change submit {engagement} FILE"),
    Row(r"have that change withdrawn", "interlock change withdraw {engagement} N --reason REASON"),
    Row(r"cancel it with the sponsor", "interlock deal cancel {engagement} --reason REASON"),
    Row(r"start the deal with it|starts it", "interlock deal start FILE"),
    Row(r"you hear of it once it goes on", "interlock deal show {engagement}"),
    Row(r"resumes? it|have it resumed", "interlock deal resume {engagement}"),
    Row(r"completes it by", "interlock delivery condition {engagement} CONDITION --note NOTE"),
    Row(r"says it was delivered", "interlock promise reconcile {engagement} PROMISE --kept"),
    Row(r"covers each by", "interlock promise cover {engagement} PROMISE WHAT"),
    Row(r"reports them", "interlock delivery hours {engagement} FILE"),
    Row(r"agreement custodian", "interlock role propose {engagement} 'agreement custodian' PERSON"),
    Row(r"proposes (them|it anew)", "interlock role propose {engagement} {role} PERSON --waive 'REASON;DAY'"),
    Row(r"^propose a holder|have a holder accept", "interlock role propose {engagement} {role} PERSON"),
    Row(r"use replace|name a successor", "interlock role replace {engagement} {role} PERSON --reason REASON"),
    Row(
        r"ask for .*in your own words|ask for it themselves", "interlock role request {engagement} {role} --words WORDS"
    ),
    Row(r"or ask for the role yourself", "interlock role request {engagement} {role} --words WORDS"),
    Row(r"name somebody (competent|else|who does)", "interlock role candidates {engagement} {role}"),
    Row(r"name (another|a known|a person|an owner|one of|the right|somebody of|who|whom)\b", "interlock people list"),
    Row(r"see the directory|of the directory|another administrator", "interlock people list"),
    Row(r"deactivate them", "interlock people deactivate {person} --reason REASON"),
    Row(r"ask the administrator for another", "interlock login"),
)
"""By the words of a remedy, the first that fits; where none does, `BY_REFUSAL` says it."""

SHOW = "interlock deal show {engagement}"
BY_REFUSAL: Mapping[str, str] = {
    "EstimateNotAttested": SHOW,
    "DealNotDecided": SHOW,
    "PromiseWithoutHome": "interlock promise cover {engagement} PROMISE WHAT",
    "NotWhatWasShown": "interlock ask show {ask}",
    "HoursGivenSince": "interlock ask show {ask}",
    "BaselineIsSigned": "interlock change submit {engagement} FILE",
    "EditedMeanwhile": SHOW,
    "OfferExpired": "interlock document extend {engagement} --until DAY",
    "OneByOne": "interlock ask show {ask}",
    "NotApprovedInside": SHOW,
    "ClientNotConfirmed": SHOW,
    "RoleVacant": "interlock role propose {engagement} {role} PERSON",
    "NotByDefault": "interlock role candidates {engagement} {role}",
    "SuccessorUnfit": "interlock people deactivate {person} --reason REASON --successor PERSON --leave-vacant",
    "NotCompetent": "interlock role candidates {engagement} {role}",
    "NobodyAccountable": "interlock role replace {engagement} {role} PERSON --reason REASON",
    "RoleHeld": "interlock role replace {engagement} {role} PERSON --reason REASON",
    "LeavingNotConfirmed": "interlock people import FILE",
    "NoLongerOwed": "interlock next",
    "OnlyAWordApproves": "interlock ask show {ask}",
    "OwnRequest": SHOW,
    "ChangeNotApproved": "interlock change show {engagement} {n}",
    "AlreadyDecided": SHOW,
    "AskedAlready": SHOW,
    "DoneAlready": SHOW,
    "OnRecordAlready": SHOW,
    "SentBack": SHOW,
    "AskHasEnded": SHOW,
    "VoteIsOver": SHOW,
    "NotYours": SHOW,
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
    "AnsweredTwice": HELP,
    "AlreadyStarted": "interlock deal list --mine",
}
"""By the kind of refusal: see docs/rules.md."""
OUTSIDE_DEALS: Mapping[str, str] = {
    "NotYours": "interlock people list",
    "NotFound": "interlock people list",
    "OwnRequest": "interlock people list",
    "NobodyAccountable": "interlock people list",
    "AlreadyDecided": HELP,
    "DoneAlready": HELP,
    "OnRecordAlready": HELP,
}
"""What is another command where the directory, clients, tokens or playbooks were concerned."""

_AGAIN = "The same command again helps, once what is in its way has passed; the shell has it."
_OPERATORS = "Only who keeps the installation can mend it: docs/operations.md says by which commands."
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
"""What no command helps against, and why."""


def command_for(refused: Refused, path: str, same: str) -> str | None:
    """By which command whoever was refused goes on: as the refusal says, else by the table; None where none helps.

    `path`: what was asked for over REST, which says in which deal. `same`: the command that was refused, without its
    arguments.
    """
    if refused.command is not None or "interlock " in refused.remedy:
        return refused.command
    found = next((row.command for row in CLOSER if re.search(row.words, refused.remedy, re.IGNORECASE)), None)
    name = _class_name(refused.name)
    general = OUTSIDE_DEALS.get(name) if OUTSIDE.search(path) else None
    command = found or general or BY_REFUSAL.get(name)
    if command is None or name in WITHOUT_COMMAND:
        return None
    return command.format_map(_known(refused, path) | {"same": same})


def commands_for(refused: Refused, path: str, same: str) -> tuple[str, ...]:
    """The same; where roles are vacant one for each, and of whoever was asked and has not answered how it stands."""
    if _class_name(refused.name) != "RoleVacant" or "interlock " in refused.remedy:
        return tuple(filter(None, [command_for(refused, path, same)]))
    each = (
        command_for(refused.having(waits_for=(one,), remedy=""), path, same)
        if one.ask.startswith(VACANCY)
        else f"interlock ask show {one.ask}"
        for one in refused.waits_for
    )
    return tuple(dict.fromkeys(filter(None, each)))


def _class_name(name: str) -> str:
    """`AlreadyDecided` of `already-decided`, as it comes over REST."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("-"))


ENGAGEMENT = re.compile(r"\b[A-Z]{2,8}-\d{4}-\d{4,9}\b")
OUTSIDE = re.compile(r"^/api/v1/(people|clients|tokens|playbooks|outbox|digest)\b")
VACANCY = "vacancy:"
ASK = re.compile(r"/asks/([^/?]+)")


def _known(refused: Refused, path: str) -> dict[str, str]:
    """What stands in a command, as far as it is known: of what is not, the word that help uses."""
    waits = next(iter(refused.waits_for), None)
    awaited, vacant = (waits.ask, "") if waits else ("", "")
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
    }


def _part(path: str, of: str) -> str | None:
    found = re.search(rf"/{of}/([^/?.]+(?:\.[^/?]+)?)", path)
    return found[1] if found else None
