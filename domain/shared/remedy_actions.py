"""What helps: after a refusal, as a next step, within a sentence. Each entry point says in its own way how it is done.

Within a sentence that cannot be split, an action is written as a reference: `{do:show_hours engagement="ENG-1"}`.
Whoever shows the sentence fills it in by a table of its own (`filled_in`). That of the command line, and of all who are
told its commands, is `adapters/console_commands.py`.
"""

import json
import re
from collections.abc import Callable
from enum import StrEnum

from domain.shared.values import Value


class RemedyAction(StrEnum):
    """An action or view that helps. A refusal names it alone: its object is in the request and the refusal."""

    SHOW_DEAL = "show_deal"
    LIST_DEALS = "list_deals"
    START_DEAL = "start_deal"
    RESUME_DEAL = "resume_deal"
    CANCEL_DEAL = "cancel_deal"
    SHOW_AWAITED_ASK = "show_awaited_ask"
    """The ask whose answer is awaited."""
    SHOW_CURRENT_ASK = "show_current_ask"
    """The ask that replaced one that has ended."""
    LIST_ASKS = "list_asks"
    SHOW_NEXT_STEPS = "show_next_steps"
    SHOW_COVERAGE = "show_coverage"
    LIST_CANDIDATES = "list_candidates"
    PROPOSE_HOLDER = "propose_holder"
    PROPOSE_WITH_WAIVER = "propose_with_waiver"
    PROPOSE_CUSTODIAN = "propose_custodian"
    REPLACE_HOLDER = "replace_holder"
    REQUEST_ROLE = "request_role"
    RECORD_NEEDS = "record_needs"
    RESTATE_NEEDS = "restate_needs"
    COVER_PROMISE = "cover_promise"
    DECLINE_PROMISE = "decline_promise"
    RECONCILE_PROMISE = "reconcile_promise"
    SET_MILESTONES = "set_milestones"
    SET_REQUIREMENTS = "set_requirements"
    PROPOSE_PRICE = "propose_price"
    DRAFT_DOCUMENT = "draft_document"
    SEND_SOW = "send_sow"
    LIST_CHANGES = "list_changes"
    SUBMIT_CHANGE = "submit_change"
    WITHDRAW_CHANGE = "withdraw_change"
    TAKE_BACK_MILESTONE = "take_back_milestone"
    SHOW_HOURS = "show_hours"
    RECORD_HOURS = "record_hours"
    COMPLETE_CONDITION = "complete_condition"
    CORRECT_CLIENT = "correct_client"
    LIST_CLIENTS = "list_clients"
    LIST_PEOPLE = "list_people"
    SHOW_PERSON = "show_person"
    NOTE_DELEGATE = "note_delegate"
    DEACTIVATE_PERSON = "deactivate_person"
    NAME_WHO_FOLLOWS = "name_who_follows"
    LEAVE_ROLES_VACANT = "leave_roles_vacant"
    LIST_OPERATIONS = "list_operations"
    SIGN_IN = "sign_in"
    SHOW_ASK = "show_ask"
    SHOW_CHANGE = "show_change"
    LIST_OWN_DEALS = "list_own_deals"
    SET_PURCHASES = "set_purchases"
    SET_PACKAGES = "set_packages"
    CHOOSE_ESTIMATE = "choose_estimate"
    SET_DATES = "set_dates"
    KEEP_DATES = "keep_dates"
    TAKE_REQUIREMENTS = "take_requirements"
    """As they were prepared."""
    SEND_BRD = "send_brd"
    EXTEND_OFFER = "extend_offer"
    PROPOSE_FURTHER_EXPERT = "propose_further_expert"
    NAME_PARTY = "name_party"
    OFFER_HANDOFF = "offer_handoff"
    SET_EXPECTATIONS = "set_expectations"
    DELIVER_MILESTONE = "deliver_milestone"
    PREVIEW_CHANGE = "preview_change"
    SUBMIT_POTENTIAL_CHANGE = "submit_potential_change"
    DROP_POTENTIAL_CHANGE = "drop_potential_change"
    REVISE_CHANGE = "revise_change"
    LOSE_DEAL = "lose_deal"
    CLOSE_DEAL = "close_deal"
    SIGN_ASK = "sign_ask"
    CREATE_TOKEN = "create_token"  # noqa: S105 -- an action
    BILL_MILESTONE = "bill_milestone"
    ADD_CLIENT = "add_client"
    LEAVE_OUT_CLIENT_PERSON = "leave_out_client_person"
    REINSTATE_PERSON = "reinstate_person"
    EXPORT_PEOPLE = "export_people"
    IMPORT_PEOPLE = "import_people"

    IMPORT_FIRST_PEOPLE = "import_first_people"
    """With the one-time token of the first start."""
    IMPORT_HERE = "import_here"
    """In place of a directory that is damaged, on the machine itself."""
    RECORD_ABSENCE = "record_absence"
    PUBLISH_PLAYBOOK = "publish_playbook"
    RECONCILE = "reconcile"
    """The record with the engine."""
    VERIFY_RECORD = "verify_record"
    ERASE_IN_FACTS = "erase_in_facts"
    """Only in the facts that are named."""
    REBUILD = "rebuild"
    """The read model."""
    REBUILD_DROPPING = "rebuild_dropping"
    """Without what no fact makes."""

    def about(self, /, **what: str) -> "ActionRef":
        """A reference to it, with what it concerns, as far as that is known: `engagement`, `role`, `person`."""
        return ActionRef(action=self, about=what)


class ActionRef(Value):
    """An action with what it concerns."""

    action: RemedyAction
    about: dict[str, str] = {}

    def __str__(self) -> str:
        """As it stands within a sentence."""
        about = "".join(f" {name}={json.dumps(what, ensure_ascii=False)}" for name, what in self.about.items())
        return f"{{do:{self.action.value}{about}}}"


ACTIONS = frozenset(action.value for action in RemedyAction)
# As `json.dumps` writes a text: anything else within a reference is somebody's own words, and stays as it is.
_QUOTED = r'"(?:[^"\\\x00-\x1f]|\\["\\bfnrt]|\\u00[01][0-9a-f])*"'
_REFERENCE = re.compile(rf"{{do:(\w+)((?: \w+={_QUOTED})*)}}")
_ABOUT = re.compile(rf"(\w+)=({_QUOTED})")
# What is left of a reference at the end of a text that was shortened (`text.fitting`).
_CUT_OFF = re.compile(r"{do:[^{}\n]*…$")


def filled_in(text: str, shown: Callable[[ActionRef], str]) -> str:
    """The text with each reference to an action replaced by how it is `shown`."""

    def each(found: re.Match[str]) -> str:
        if found[1] not in ACTIONS:
            return found[0]
        about = {name: json.loads(what) for name, what in _ABOUT.findall(found[2])}
        return shown(ActionRef(action=RemedyAction(found[1]), about=about))

    return _CUT_OFF.sub("…", _REFERENCE.sub(each, text))
