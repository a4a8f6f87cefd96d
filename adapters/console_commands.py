"""How each action is done on the command line: one table, for all who are told its commands, wherever they read them.

The command line shows them after a refusal and beside a next step; Slack, mails and REST where nothing of their own
does it. The domain names only the action (`domain/shared/remedy_actions.py`).
"""

from collections.abc import Iterable, Mapping
from shlex import quote

from domain.asks.choices import AnswerChoice, Wanted
from domain.shared.errors import Refused
from domain.shared.remedy_actions import ActionRef, RemedyAction, filled_in

# In the order of the commands.
COMMANDS: Mapping[RemedyAction, str] = {
    RemedyAction.SIGN_ASK: "interlock ask decide {ask} approve",
    RemedyAction.LIST_ASKS: "interlock ask list",
    RemedyAction.SHOW_CURRENT_ASK: "interlock ask show {asked_now}",
    RemedyAction.SHOW_ASK: "interlock ask show {ask}",
    RemedyAction.SHOW_AWAITED_ASK: "interlock ask show {awaited}",
    RemedyAction.DROP_POTENTIAL_CHANGE: "interlock change drop {engagement} {potential} --reason REASON",
    RemedyAction.LIST_CHANGES: "interlock change list {engagement}",
    RemedyAction.REVISE_CHANGE: "interlock change revise {engagement} {n} FILE",
    RemedyAction.SHOW_CHANGE: "interlock change show {engagement} {n}",
    RemedyAction.SUBMIT_CHANGE: "interlock change submit {engagement} FILE",
    RemedyAction.PREVIEW_CHANGE: "interlock change submit {engagement} FILE --dry-run",
    RemedyAction.SUBMIT_POTENTIAL_CHANGE: "interlock change submit {engagement} FILE --potential {potential}",
    RemedyAction.WITHDRAW_CHANGE: "interlock change withdraw {engagement} {n} --reason REASON",
    RemedyAction.ADD_CLIENT: "interlock client add {client}",
    RemedyAction.LEAVE_OUT_CLIENT_PERSON: "interlock client add {client} --without {person}",
    RemedyAction.CORRECT_CLIENT: (
        "interlock client add {client} [--vertical TRADE] [--person 'NAME <ADDRESS>: sponsor']"
    ),
    RemedyAction.LIST_CLIENTS: "interlock client list",
    RemedyAction.CANCEL_DEAL: "interlock deal cancel {engagement} --reason REASON",
    RemedyAction.CLOSE_DEAL: "interlock deal close {engagement}",
    RemedyAction.SHOW_COVERAGE: "interlock deal coverage {engagement}",
    RemedyAction.KEEP_DATES: "interlock deal dates {engagement} --keep REASON",
    RemedyAction.SET_DATES: "interlock deal dates {engagement} --start DAY --end DAY",
    RemedyAction.LIST_DEALS: "interlock deal list",
    RemedyAction.LIST_OWN_DEALS: "interlock deal list --mine",
    RemedyAction.LOSE_DEAL: "interlock deal lose {engagement} --reason REASON",
    RemedyAction.RESUME_DEAL: "interlock deal resume {engagement}",
    RemedyAction.SHOW_DEAL: "interlock deal show {engagement}",
    RemedyAction.START_DEAL: "interlock deal start FILE",
    RemedyAction.BILL_MILESTONE: "interlock delivery bill {engagement} {milestone}",
    RemedyAction.COMPLETE_CONDITION: "interlock delivery condition {engagement} {condition} --note NOTE",
    RemedyAction.OFFER_HANDOFF: "interlock delivery handoff {engagement} --plan PLAN",
    RemedyAction.SHOW_HOURS: "interlock delivery hours {engagement}",
    RemedyAction.RECORD_HOURS: "interlock delivery hours {engagement} FILE",
    RemedyAction.DELIVER_MILESTONE: "interlock delivery milestone {engagement} {milestone}",
    RemedyAction.TAKE_BACK_MILESTONE: "interlock delivery take-back {engagement} {milestone} --reason REASON",
    RemedyAction.DRAFT_DOCUMENT: "interlock document draft {engagement} {document}",
    RemedyAction.EXTEND_OFFER: "interlock document extend {engagement} --until DAY",
    RemedyAction.SEND_BRD: "interlock document send {engagement} brd",
    RemedyAction.SEND_SOW: "interlock document send {engagement} sow",
    RemedyAction.ERASE_IN_FACTS: "interlock ledger erase --fact FACT --reason REASON",
    RemedyAction.VERIFY_RECORD: "interlock ledger verify",
    RemedyAction.SIGN_IN: "interlock login",
    RemedyAction.RECORD_NEEDS: "interlock needs record {engagement} FILE",
    RemedyAction.RESTATE_NEEDS: "interlock needs restate {engagement}",
    RemedyAction.SHOW_NEXT_STEPS: "interlock next",
    RemedyAction.RECORD_ABSENCE: "interlock people away {person} FIRST LAST",
    RemedyAction.DEACTIVATE_PERSON: "interlock people deactivate {person} --reason REASON",
    RemedyAction.NAME_WHO_FOLLOWS: "interlock people deactivate {person} --reason REASON --position POSITION=PERSON",
    RemedyAction.LEAVE_ROLES_VACANT: (
        "interlock people deactivate {person} --reason REASON --successor PERSON --leave-vacant"
    ),
    RemedyAction.NOTE_DELEGATE: "interlock people delegate {person} {delegate} FIRST LAST",
    RemedyAction.EXPORT_PEOPLE: "interlock people export FILE",
    RemedyAction.IMPORT_PEOPLE: "interlock people import FILE",
    RemedyAction.IMPORT_HERE: "interlock people import FILE --here",
    RemedyAction.IMPORT_FIRST_PEOPLE: "interlock people import FILE --token TOKEN",
    RemedyAction.LIST_PEOPLE: "interlock people list",
    RemedyAction.LIST_OPERATIONS: "interlock people operations",
    RemedyAction.REINSTATE_PERSON: "interlock people reinstate {person} --reason REASON",
    RemedyAction.SHOW_PERSON: "interlock people show {person}",
    RemedyAction.PUBLISH_PLAYBOOK: "interlock playbook publish FILE",
    RemedyAction.PROPOSE_PRICE: "interlock price propose {engagement}",
    RemedyAction.COVER_PROMISE: "interlock promise cover {engagement} {promise} WHAT",
    RemedyAction.DECLINE_PROMISE: "interlock promise decline {engagement} {promise} --reason REASON",
    RemedyAction.RECONCILE_PROMISE: "interlock promise reconcile {engagement} {promise} --kept",
    RemedyAction.REBUILD: "interlock rebuild",
    RemedyAction.REBUILD_DROPPING: "interlock rebuild --drop-what-no-fact-makes",
    RemedyAction.RECONCILE: "interlock reconcile",
    RemedyAction.LIST_CANDIDATES: "interlock role candidates {engagement} {role}",
    RemedyAction.SET_EXPECTATIONS: "interlock role expect {engagement} {role} 'WHAT;DAY'",
    RemedyAction.NAME_PARTY: "interlock role party {engagement} {role} {person} --reason REASON",
    RemedyAction.PROPOSE_CUSTODIAN: "interlock role propose {engagement} 'agreement custodian' PERSON",
    RemedyAction.PROPOSE_FURTHER_EXPERT: "interlock role propose {engagement} {role} PERSON --further",
    RemedyAction.PROPOSE_WITH_WAIVER: "interlock role propose {engagement} {role} PERSON --waive 'REASON;DAY'",
    RemedyAction.PROPOSE_HOLDER: "interlock role propose {engagement} {role} {person}",
    RemedyAction.REPLACE_HOLDER: "interlock role replace {engagement} {role} PERSON --reason REASON",
    RemedyAction.REQUEST_ROLE: "interlock role request {engagement} {role} --words WORDS",
    RemedyAction.CHOOSE_ESTIMATE: "interlock scope choose {engagement} {package} 40/60/100 --because REASON",
    RemedyAction.SET_MILESTONES: "interlock scope milestones {engagement} FILE",
    RemedyAction.SET_PACKAGES: "interlock scope packages {engagement} FILE",
    RemedyAction.SET_PURCHASES: "interlock scope purchases {engagement} FILE",
    RemedyAction.TAKE_REQUIREMENTS: "interlock scope requirements {engagement} --as-prepared",
    RemedyAction.SET_REQUIREMENTS: "interlock scope requirements {engagement} FILE",
    RemedyAction.CREATE_TOKEN: "interlock token create {person}",
}
# What stands for a thing that is not known, where that is not its name in capitals.
UNKNOWN = {"engagement": "DEAL", "awaited": "ASK", "asked_now": "ASK", "client": "NAME", "delegate": "PERSON"}


class _About(dict[str, str]):
    """What an action concerns, as a shell takes it."""

    def __missing__(self, name: str) -> str:
        return UNKNOWN.get(name, name.upper())


def command_of(ref: ActionRef) -> str:
    """The command by which an action is done, with a word in capitals for each thing that is not known."""
    return COMMANDS[ref.action].format_map(_About({name: quote(what) for name, what in ref.about.items()}))


def remedy_of(refused: Refused) -> str:
    """What a refusal says to do, with the commands of the actions that it names."""
    return with_commands(refused.remedy)


def what_to_do(refused: Refused) -> str:
    """The same, and the command of the action that helps most, if it names one."""
    return f"{remedy_of(refused)} {command_of(refused.action.about())}" if refused.action else remedy_of(refused)


# How the command line takes each part of an answer.
GIVEN_BY: Mapping[Wanted, str] = {
    Wanted.REASON: "--reason REASON",
    Wanted.CONDITIONS: "--condition 'TEXT;PERSON;YYYY-MM-DD'",
    Wanted.SCORE: "--score 0-10",
    Wanted.MEASURED: "--measured NUMBER",
    Wanted.AVAILABLE_FROM: "--available-from YYYY-MM-DD",
    Wanted.PACKAGES: "--package PACKAGE",
}


def answer_command(ask_id: str, choice: AnswerChoice, hours_for: Iterable[str] = ()) -> str:
    """The command that gives an answer: `interlock ask decide ENG-2026-0042.A7 decline --reason REASON`.

    `hours_for`: the packages or lines whose hours it gives, if it gives hours.
    """
    if Wanted.HOURS in choice.wants:
        return " ".join(("interlock ask estimate", ask_id, *(f"{name}=40/60/100" for name in hours_for)))
    wanted = [GIVEN_BY[one] for one in choice.wants] + [f"[{GIVEN_BY[one]}]" for one in choice.may_bring]
    return " ".join(("interlock ask decide", ask_id, choice.verdict.value.replace("_", "-"), *wanted))


def with_commands(text: str) -> str:
    """A text with the commands of the actions that it names; one of which nothing is given is called by its name."""
    return filled_in(text, lambda ref: command_of(ref) if ref.about else COMMANDS[ref.action].partition(" {")[0])
