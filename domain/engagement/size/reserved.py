"""How much of an engagement's size is reserved for answers, endings and closing, which are never refused for size."""

from collections import Counter

from domain.asks.bound_facts import items_in
from domain.asks.choices import LABELS, takes_no_conditions
from domain.asks.holder import KEPT_ENDED, KEPT_OF_A_KIND, OF_EACH_MILESTONE, OF_THEMSELVES, AskHolder
from domain.asks.model import Ask, AskKind, Verdict
from domain.directory.participants_size import known_of_people, room_of_people
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import handoff_facts, promised_facts
from domain.engagement.changes.contract import is_accepted
from domain.engagement.changes.routing import BY_THE_WHOLE
from domain.engagement.delivery.complaint_status import OF_COMPLAINTS
from domain.engagement.delivery.complaints import OWE_A_PLAN, REFUSED
from domain.engagement.delivery.events import KEPT_CONTACTS, MAX_CONTACT_BYTES
from domain.engagement.delivery.satisfaction import who_is_asked
from domain.engagement.scope.values import Estimate
from domain.engagement.size.areas import shown_to_experts
from domain.shared.limits import (
    KEPT_DONE,
    KIB,
    MAX_CONDITION_TEXT_BYTES,
    MAX_DEAL_CONTEXT_BYTES,
    MAX_KEPT_TEXT_BYTES,
    MAX_MILESTONE_TEXT_BYTES,
    MAX_PACKAGE_TEXT_BYTES,
    MAX_REASON_BYTES,
    MAX_RETURN_NOTE_BYTES,
    MAX_VACANCY_REASON_BYTES,
)
from domain.shared.values import weight, weight_of_part, weight_of_state

# An estimate of a package: texts, ids, hours and a hash; or why its expert returned it before giving any.
ESTIMATE_ROOM = max(MAX_PACKAGE_TEXT_BYTES, MAX_RETURN_NOTE_BYTES) + 512
# The same as shown for attestation.
SHOWN_ROOM = MAX_PACKAGE_TEXT_BYTES + 64
# The longest reason takes 8,000 bytes; a vote also has a hash, two people and a time.
REASON_ROOM = 9 * KIB
# Conditions of an approval as tasks: twenty texts with their owners and days.
TASKS_ROOM = MAX_CONDITION_TEXT_BYTES + 20 * 240
# The same twice, in the vote and as tasks; a change order stores its votes itself.
CONDITIONS_ROOM = 2 * TASKS_ROOM
# Why there is no plan, as shown to the next above.
NO_PLAN_ROOM = MAX_KEPT_TEXT_BYTES + 256
# The words in which a role was accepted and its waiver given, besides the vote; who, by whom, when.
HELD_ROOM = 2 * MAX_KEPT_TEXT_BYTES + 512
# Why nobody holds a role, twice: with the role, and in its vacancy, which also has a clock and people.
VACANT_ROOM = 2 * MAX_VACANCY_REASON_BYTES + 512
# An ask of which only the outcome is kept.
ENDED_ROOM = 128
# A done task.
DONE_ROOM = MAX_KEPT_TEXT_BYTES + MAX_REASON_BYTES + 512
# A contact without its text.
CONTACT_ROOM = 160
# The longest plan of a handoff; what those who take over are shown contains it too.
PLAN_ROOM = 8 * KIB
WHY_NOT_ROOM = MAX_REASON_BYTES + 64
# An ask with its voters, clock and people told; what it shows is extra.
ASK_ROOM = 1280
# The asks about a milestone to the client and to finance, with its title, what was billed, and the answers.
MILESTONE_ROOM = 2 * (ASK_ROOM + 2 * KIB + REASON_ROOM) + MAX_MILESTONE_TEXT_BYTES + 256
# What may be open at once about one person's satisfaction: at a milestone, again, at the close; and a talk.
PULSES_ROOM = 4 * ASK_ROOM
# An act owed, with its clock and people told.
ACT_ROOM = 640
# Kinds of act of which there is at most one at a time.
ACTS_BESIDE = 20
# How often the facts of an ask may be in a state: see `domain.asks.holder.KEPT_ALIKE`.
SHOWN_TWICE = 2


def taken(state: Engagement) -> int:
    """Bytes that an engagement takes, including the room reserved for answers and what follows automatically."""
    people = max(0, room_of_people(state.cast) - known_of_people(state.cast))
    way = 0 if state.baseline_signed else _way_to_the_baseline(state)
    beyond = _handoff_to_come(state) + _care_to_come(state) + _what_ended_may_take(state)
    return weight_of_state(state) + people + _answers_to_come(state) + max(way, beyond)


def _handoff_to_come(state: Engagement) -> int:
    """The plan, and what those who take over are shown and may answer; a repeated offer replaces the earlier one."""
    if state.handoff_accepted:
        return 0
    facts = ASK_ROOM + 2 * PLAN_ROOM + weight(handoff_facts(state.replace(plan=None)))
    votes = len(state.playbook.handoff) * (REASON_ROOM + CONDITIONS_ROOM)
    return max(0, facts + votes - weight(state.plan) - _stands_of(state, AskKind.ACCEPT_HANDOFF))


def _care_to_come(state: Engagement) -> int:
    """What customer care is shown and may answer when they take over at the end."""
    if state.care_accepted:
        return 0
    shown = weight(promised_facts(state))
    return max(0, ASK_ROOM + shown + REASON_ROOM + CONDITIONS_ROOM - _stands_of(state, AskKind.ACCEPT_CARE))


def _stands_of(state: Engagement, kind: AskKind) -> int:
    """The size of the asks of a kind, including room for votes on open ones."""
    asks = [ask for ask in state.asks.values() if ask.kind is kind]
    return sum(weight_of_part(ask) + (len(ask.silent) * _room_of(ask) if ask.is_open else 0) for ask in asks)


def _what_ended_may_take(state: Engagement) -> int:
    """What may still be kept of ended things, up to its limits: endings are never refused."""
    done = [task for task in state.tasks.values() if task.done]
    return (
        max(0, ENDED_ROOM * KEPT_ENDED - weight_of_part(state.ended))
        + max(0, DONE_ROOM * KEPT_DONE - weight(done))
        + max(0, MAX_CONTACT_BYTES + CONTACT_ROOM * KEPT_CONTACTS - weight_of_part(state.contacts))
    )


def _answers_to_come(state: Engagement) -> int:
    return (
        room_for_votes(state)
        + WHY_NOT_ROOM * sum(state.fate(name).delivered is None for name in state.promises)
        + TASKS_ROOM * _approvers_at_most(state) * sum(change.status.is_open for change in state.changes.values())
        + ACT_ROOM * _acts_at_most(state)
        + _asks_to_come(state)
        + _complaints_to_come(state)
        + VACANT_ROOM * len({*state.cast.holders, *state.proposals})
        + HELD_ROOM * len(state.proposals)
    )


def room_for_votes(state: AskHolder) -> int:
    """What the people asked may still answer, including questions back."""
    asks = (ask for ask in state.open_asks() if ask.kind not in {AskKind.ESTIMATE, *OF_THEMSELVES})
    votes = sum(max(1, len(ask.silent)) * _room_of(ask) for ask in asks)
    return votes + REASON_ROOM * sum(ask.open_question is not None for ask in state.open_asks())


def _asks_to_come(state: Engagement) -> int:
    """The asks still to come: about each milestone, each measured need, and each of the client's people.

    Usually one milestone at a time is answered, but with the longest answers to each, all of them stay.
    """
    standing = Counter[str]()
    for ask in state.asks.values():
        if ask.kind in OF_EACH_MILESTONE:
            asked = weight(ask.replace(question=None)) + (REASON_ROOM if ask.is_open else 0)
            standing[ask.subject.partition(":")[2]] += asked
    milestones = (name for name, one in state.milestones.items() if not is_accepted(state, one))
    measured = () if state.asked_at_close else (need for need in state.needs.values() if need.measure is not None)
    return (
        sum(max(0, MILESTONE_ROOM - standing[name]) for name in milestones)
        + sum(ASK_ROOM + weight((need.text, need.measure, need.measure)) for need in measured)
        + PULSES_ROOM * len(who_is_asked(state))
        + REASON_ROOM * len(OF_THEMSELVES)
    )


def _complaints_to_come(state: Engagement) -> int:
    """The reasons for having no plan as shown to those above, and the last asks about complaints, which stay whole."""
    asked = [ask for ask in state.asks.values() if ask.kind in OF_COMPLAINTS]
    still_open = [ask for ask in asked if ask.is_open]
    whole = min(KEPT_OF_A_KIND, len(still_open)) * len(OF_COMPLAINTS) * 2 * REASON_ROOM
    ended = sum(weight_of_part(ask) for ask in asked if not ask.is_open)
    return max(0, whole - ended) + sum(
        NO_PLAN_ROOM * (len(OWE_A_PLAN) - len(items_in(ask.facts, REFUSED))) for ask in still_open
    )


def _acts_at_most(state: Engagement) -> int:
    """How many more acts may come to be owed: for promises, milestones, changes and holdings, and single ones."""
    of_each = len(state.promises) + len(state.milestones) + len(state.changes) + len(state.potential_changes)
    of_each += len(state.holdings)
    return max(0, of_each + ACTS_BESIDE - len(state.acts))


def _approvers_at_most(state: Engagement) -> int:
    """Everybody to whom a change may still be routed with delivery's hours."""
    policy = state.playbook.change
    return len({*policy.always, *BY_THE_WHOLE, *(row.approver for row in policy.routes)})


def _room_of(ask: Ask) -> int:
    """What one answer may take, and an objection before it."""
    objection = REASON_ROOM if Verdict.OBJECT in LABELS[ask.kind] else 0
    return objection + (REASON_ROOM if takes_no_conditions(ask) else REASON_ROOM + CONDITIONS_ROOM)


def _way_to_the_baseline(state: Engagement) -> int:
    """What estimates, and the asks that show needs, scope, hours and the deal, may still add to a state."""
    experts = _experts(state)
    given = sum(experts[package.discipline] for package in state.packages.values())
    needs, promises, packages = map(weight_of_part, (state.needs, state.promises, state.packages))
    shown = {
        AskKind.CONFIRM_NEEDS: needs,
        AskKind.ESTIMATE: weight(shown_to_experts(state)) + REASON_ROOM * len(experts),
        AskKind.ATTEST_ESTIMATE: packages + SHOWN_ROOM * given,
        AskKind.DECIDE_DEAL: needs + promises + packages + MAX_DEAL_CONTEXT_BYTES,
    }
    standing = dict.fromkeys(shown, 0)
    for ask in state.asks.values():
        if ask.kind in standing:
            standing[ask.kind] += weight_of_part(ask)
    asks = sum(max(0, SHOWN_TWICE * most - standing[kind]) for kind, most in shown.items())
    return asks + max(0, ESTIMATE_ROOM * given - _said_of_packages(state))


def _said_of_packages(state: Engagement) -> int:
    """How much of the room reserved for hours is used, by hours and by returns of experts without hours."""
    hours = (*state.estimates, *_to_be_given_anew(state))
    given = {(one.package, one.by) for one in hours}
    return weight((hours, {name: one for name, one in state.returned.items() if (name, one.by) not in given}))


def _to_be_given_anew(state: Engagement) -> tuple[Estimate, ...]:
    """Voided hours that the same expert's next ones replace."""
    disciplines = {name: package.discipline for name, package in state.packages.items()}
    return tuple(
        one
        for one in state.fallen
        if one.package in disciplines and one.by in state.cast.experts(disciplines[one.package])
    )


def _experts(state: Engagement) -> dict[str, int]:
    """How many give hours in each discipline, or will if they accept; at least one."""
    found = {}
    for discipline in {package.discipline for package in state.packages.values()}:
        people, proposal = set(state.cast.experts(discipline)), state.proposals.get(f"expert:{discipline}")
        found[discipline] = max(1, len(people | ({proposal.person_id} if proposal else set())))
    return found
