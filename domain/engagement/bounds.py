"""How much may be open in one engagement as a whole, so that no fact, state or card outgrows what carries it.

The engine takes 2 MB a message (2,097,152 bytes), and some messages carry a whole engagement with the answers that it
remembers. So each area of what people add has a bound of its own, in rows and in bytes (JSON, UTF-8), and all of it
together has one: what opens something is refused by name where the engagement, with everything that then may follow
of itself, would not fit. What is over a bound already may still shrink.

Answers, ends and closes are never refused for size. Their room is kept when that is opened which they answer, at the
most words that they may have:

- for each package and each of its experts the hours with what they assume and fear, once as an estimate and twice as
  what is shown to whoever attests it (the ask of now and the one before stay, so that their difference can be told);
- for each ask and whoever owes it an answer, the longest reason (2,000 signs of four bytes) and the conditions of a
  yes, which become tasks; for each promise, why it was not kept;
- for each open change and each role that it may be routed to, the conditions of a yes, which come as tasks;
- for each role that somebody holds or is asked to take, why nobody does once it is released or declined;
- for each complaint why there is no plan, said by one after the other, as the next above is shown it;
- for each milestone what is asked about it: whether it is accepted, whether it is billed; for each need with a measure
  where it stands at the close; for each of the client's people how they find it;
- for the handoff and for customer care what whoever takes over is shown, the plan, and their answers;
- for what stays of what ended: asks, tasks that are done, contacts with the client;
- until the baseline is signed, twice what the asks on the way there will show: needs, scope, hours, the whole deal.
"""

from collections import Counter
from collections.abc import Callable, Sized
from typing import Any, NamedTuple

from domain.asking.choices import LABELS, takes_no_conditions
from domain.asks import KEPT_ENDED, KEPT_OF_A_KIND, OF_EACH_MILESTONE, OF_THEMSELVES, Ask, Asking, AskKind, Verdict
from domain.complaints import OF_COMPLAINTS
from domain.engagement import commands as c
from domain.engagement.change_routing import BY_THE_WHOLE
from domain.engagement.complaining import OWE_A_PLAN
from domain.engagement.contract import is_accepted
from domain.engagement.coverage import required_roles
from domain.engagement.estimates import scope_facts
from domain.engagement.events import KEPT_CONTACTS, KEPT_DONE, MOST_KEPT_OF_CONTACTS
from domain.engagement.satisfaction import who_is_asked
from domain.engagement.state import Engagement, Estimate
from domain.engagement.subjects import handoff_facts
from domain.limits import (
    KIB,
    MAX_KEPT_OF_WORDS,
    MOST_BESIDE_A_DEAL,
    MOST_CONDITIONS,
    MOST_KEPT_OF_A_RETURN,
    MOST_SAID_AS_CONDITIONS,
    MOST_SAID_OF_A_MILESTONE,
    MOST_SAID_OF_A_PACKAGE,
    MOST_WHY_NOT,
    MOST_WHY_UNHELD,
)
from domain.people_room import known_of_people, room_of_people
from domain.refusals import BadValue
from domain.values import weight


class Area(NamedTuple):
    """Something that commands add to: its name, what of a state is in it, and how much of it may be."""

    name: str
    of: Callable[[Engagement], Any]
    rows: int
    kib: int


def _plan(state: Engagement) -> Any:
    return (state.milestones, state.requirements, state.prepared_requirements, state.purchases)


def _roles(state: Engagement) -> Any:
    return (tuple(one.having(expectations=()) for one in state.proposals.values()), state.handovers)


def _expected(state: Engagement) -> Any:
    held = (holding.expectations for holding in state.all_holdings)
    asked = (proposal.expectations for proposal in state.proposals.values())
    return tuple(expectation for expectations in (*held, *asked) for expectation in expectations)


def _open_changes(state: Engagement) -> Any:
    return tuple(change for change in state.changes.values() if change.status.is_open)


def _pending(state: Engagement) -> Any:
    return tuple(one for name, one in state.potential_changes.items() if state.is_pending(name))


def _asked_by_people(state: Engagement) -> Any:
    return tuple(ask.id for ask in state.open_asks() if ask.kind not in OF_THEMSELVES)


def _shown_to_experts(state: Engagement) -> Any:
    return scope_facts(state, tuple(state.packages))


NEEDS = Area("needs", lambda state: state.needs, 500, 96)
PROMISES = Area("promises", lambda state: state.promises, 500, 48)
FATES = Area("homes of promises, and reasons why one was declined", lambda state: state.fates, 500, 128)
SCOPE = Area("work packages", lambda state: state.packages, 500, 128)
SHOWN = Area("work packages with the needs and promises that they serve", _shown_to_experts, 500, 192)
PLAN = Area("milestones, requirements and purchases", _plan, 500, 192)
CHOICES = Area("choices among estimates", lambda state: (state.choices, state.undone), 500, 192)
CHANGES = Area("open change orders", _open_changes, 200, 192)
POTENTIAL = Area("pending potential changes", _pending, 200, 64)
ROLES = Area("proposals for roles", _roles, 200, 256)
EXPECTED = Area("expectations of roles", _expected, 500, 256)
ASKS = Area("open asks", _asked_by_people, 300, 64)

GROWS: dict[type[c.Command], tuple[Area, ...]] = {
    c.RecordNeeds: (NEEDS, SHOWN),
    c.RecordPromises: (PROMISES, SHOWN),
    c.CoverPromise: (FATES,),
    c.DeclinePromise: (FATES, ASKS),
    c.SetWorkPackages: (SCOPE, SHOWN),
    c.SetMilestones: (PLAN,),
    c.SetRequirements: (PLAN,),
    c.SetPurchases: (PLAN,),
    c.ChooseEstimate: (CHOICES,),
    c.SubmitChange: (CHANGES,),
    c.ReviseChange: (CHANGES,),
    c.RecordPotentialChange: (POTENTIAL, ASKS),
    c.AskPulse: (ASKS,),
    c.RaiseComplaint: (ASKS,),
    c.ProposeHolder: (ROLES, EXPECTED),
    c.ReplaceHolder: (ROLES, EXPECTED),
    c.RequestRole: (ROLES,),
    c.AgreeExpectations: (EXPECTED, ASKS),
}
"""Commands that are refused for the size of an area, each by those that it grows.

An area holds what its own commands write and nothing else: what one person fills shuts no other's door.
"""
NEVER_FOR_SIZE = (
    c.AnswerAsk,
    c.GiveInformation,
    c.DelegateAsk,
    c.CompleteTask,
    c.ReconcilePromise,
    c.DropPotentialChange,
    c.SendDocument,
    c.TakeRequirements,
    c.ExtendOffer,
    c.MoveDates,
    c.DeliverMilestone,
    c.TakeMilestoneBack,
    c.BillMilestone,
    c.WithdrawComplaint,
    c.ReportHours,
    c.RecordContact,
    c.ReportChange,
    c.ReleaseRole,
    c.NameParty,
    c.TakeDirectory,
    c.TakePlaybook,
    c.HoldEngagement,
    c.ResumeEngagement,
    c.LoseDeal,
    c.CancelEngagement,
    c.CloseEngagement,
)
"""Answers, ends, closes, what is said of work that was done, and what is kept here already and taken as it is.

Whatever else opens something is refused for size.
"""

MOST_OF_THE_DEAL = 1300 * KIB
"""Of a state, with the room that is kept in it, that needs, promises and scope may fill."""
MOST_IN_ALL = 1800 * KIB
"""That whatever else opens something may fill: in the largest deal people are still named, and plans and changes made.

What is left of 2 MB is for the last 200 receipts, which travel with a state, and for what people ask back.
"""
MOST_WITH_MILESTONES = 1560 * KIB
MOST_WITH_REQUIREMENTS = 1650 * KIB
MOST_WITH_CHANGES = 1700 * KIB
MOST_WITH_COMPLAINTS = 1750 * KIB
"""What comes later finds room: requirements, changes, complaints and questions, and then still people to name."""
FILLS: dict[type[c.Command], int] = {
    c.RecordNeeds: MOST_OF_THE_DEAL,
    c.RecordPromises: MOST_OF_THE_DEAL,
    c.SetWorkPackages: MOST_OF_THE_DEAL,
    c.SetMilestones: MOST_WITH_MILESTONES,
    c.SetRequirements: MOST_WITH_REQUIREMENTS,
    c.SetPurchases: MOST_WITH_MILESTONES,
    c.SubmitChange: MOST_WITH_CHANGES,
    c.ReviseChange: MOST_WITH_CHANGES,
    c.RecordPotentialChange: MOST_WITH_CHANGES,
    c.RaiseComplaint: MOST_WITH_COMPLAINTS,
    c.AgreeExpectations: MOST_WITH_COMPLAINTS,
    c.AskPulse: MOST_WITH_COMPLAINTS,
    c.AnswerAsk: MOST_WITH_COMPLAINTS,
    c.KeepDates: MOST_IN_ALL,
}
ESTIMATE_ROOM = max(MOST_SAID_OF_A_PACKAGE, MOST_KEPT_OF_A_RETURN) + 512
"""An estimate of a package, its texts, ids, hours and a hash; or why its expert sent it back before giving any."""
SHOWN_ROOM = MOST_SAID_OF_A_PACKAGE + 64
"""The same as it is shown to whoever attests it."""
REASON_ROOM = 9 * KIB
"""The longest reason takes 8,000 bytes; a vote has a hash, two people and a moment beside it."""
TASKS_ROOM = MOST_SAID_AS_CONDITIONS + 20 * 240
"""Conditions of a yes as tasks: twenty texts with their owners and days."""
CONDITIONS_ROOM = 2 * TASKS_ROOM
"""The same twice, in the vote and as tasks; a change order keeps its votes itself."""
NO_PLAN_ROOM = MAX_KEPT_OF_WORDS + 256
"""What is shown to the next above of why there is no plan."""
HELD_ROOM = 2 * MAX_KEPT_OF_WORDS + 512
"""In which words a role was accepted and its waiver given, beside the vote; who, by whom, when."""
VACANT_ROOM = 2 * MOST_WHY_UNHELD + 512
"""Why nobody holds a role, twice: with the role, and in its vacancy, which has a clock and people beside it."""
ENDED_ROOM = 128
"""An ask of which it is known only how it ended."""
DONE_ROOM = MAX_KEPT_OF_WORDS + MOST_WHY_NOT + 512
"""A task that is done."""
CONTACT_ROOM = 160
"""A contact beside what was said in it."""
PLAN_ROOM = 8 * KIB
"""The longest plan of a handoff; it stands in what those who take over are shown, too."""
WHY_NOT_ROOM = MOST_WHY_NOT + 64
ASK_ROOM = 1280
"""An ask with whom it asks, its clock and who was told of it; what it shows comes beside."""
MILESTONE_ROOM = 2 * (ASK_ROOM + 2 * KIB + REASON_ROOM) + MOST_SAID_OF_A_MILESTONE + 256
"""What is asked about a milestone, of the client and of finance, with its title and what was billed; what they say."""
PULSES_ROOM = 4 * ASK_ROOM
"""What may be open at a time of one person's satisfaction: at a milestone, again, at the close; and a talk."""
ACT_ROOM = 640
"""An act owed, with its clock and whoever was told of it."""
ACTS_BESIDE = 20
"""Kinds of act of which there is one at a time."""
SHOWN_TWICE = 2
"""As often as the facts of an ask may stand in a state: see `domain.asks.KEPT_ALIKE`."""


def require_within_bounds(before: Engagement, after: Engagement, command: c.Command) -> None:
    """Raises BadValue, naming the bound, where a command makes an area, or all of them, larger than it may be."""
    areas = GROWS.get(type(command), ())
    for area in areas:
        require_within(area, area.of(before), area.of(after))
    if isinstance(command, c.TakeDirectory):
        _require_people_fit(before, after)
    is_answer = isinstance(command, NEVER_FOR_SIZE) and not _asks_back(command)
    if is_answer or _answers_as_asked(before, command):
        return
    _require_few_conditions(before, after)
    if areas or type(command) in FILLS or after.asks_opened > before.asks_opened:
        _require_room(before, after, _most(before, command))


def _most(state: Engagement, command: c.Command) -> int:
    """What a command may fill; in what is left at last only roles are filled without which the engagement stops."""
    if isinstance(command, c.ProposeHolder | c.ReplaceHolder | c.RequestRole):
        return MOST_IN_ALL if command.role in required_roles(state) else MOST_WITH_COMPLAINTS
    return FILLS.get(type(command), MOST_IN_ALL)


def _asks_back(command: c.Command) -> bool:
    """True for a question, which opens what another must answer."""
    return isinstance(command, c.AnswerAsk) and command.answer.verdict is Verdict.NEED_INFO


def _answers_as_asked(state: Engagement, command: c.Command) -> bool:
    """True for hours that somebody was asked for; those that are given unasked may be refused for size."""
    return isinstance(command, c.GiveEstimate) and any(state.open_asks(AskKind.ESTIMATE))


def _require_few_conditions(before: Engagement, after: Engagement) -> None:
    """Raises BadValue where a command asks for what may bring conditions while very many are open."""
    asks = (ask for name, ask in after.asks.items() if name not in before.asks)
    asked = any(ask.is_open and not takes_no_conditions(ask) for ask in asks)
    routed = any(change.status.is_open for n, change in after.changes.items() if before.changes.get(n) != change)
    if (asked or routed) and len(before.conditions) >= MOST_CONDITIONS:
        raise BadValue(
            f"{len(before.conditions)} conditions are open; with {MOST_CONDITIONS} of them nothing more is asked that "
            "may bring others.",
            remedy="Have some of them met first.",
            field="conditions",
        )


def _require_people_fit(before: Engagement, after: Engagement) -> None:
    """Raises BadValue where the directory's word would bring more of people than its room here, unless it shrinks."""
    size, most = known_of_people(after.cast), room_of_people(after.cast)
    if size > max(most, known_of_people(before.cast)):
        raise BadValue(
            f"What this engagement knows of people takes at most {most // KIB} KiB; with this word of the "
            f"directory it would be {-(-size // KIB)} KiB.",
            remedy="Shorten in the directory what is said of the people and calendars that it names.",
            field="people",
        )


def require_deal_fits(state: Engagement) -> None:
    """Raises BadValue where what is sold takes more than it may, however it came there."""
    _require_room(None, state, MOST_OF_THE_DEAL)


def _require_room(before: Engagement | None, after: Engagement, most: int) -> None:
    size = taken(after)
    if size > most and (before is None or size > taken(before)):
        raise BadValue(
            f"What is in an engagement takes at most {most // KIB} KiB with the room that is kept for answers; this "
            f"would make it {-(-size // KIB)} KiB.",
            remedy="Shorten the texts, put several packages into one, or have what is open answered first.",
            field="engagement",
        )


def taken(state: Engagement) -> int:
    """Bytes that an engagement takes, and those that are kept in it for whatever is answered and follows of itself."""
    people = max(0, room_of_people(state.cast) - known_of_people(state.cast))
    way = 0 if state.baseline_signed else _way_to_the_baseline(state)
    beyond = _handoff_to_come(state) + _care_to_come(state) + _what_ended_may_take(state)
    return weight(state) + people + _answers_to_come(state) + max(way, beyond)


def _handoff_to_come(state: Engagement) -> int:
    """The plan, and what those who take over are shown and may say; an offer that is made anew takes its place."""
    if state.handoff_accepted:
        return 0
    facts = ASK_ROOM + 2 * PLAN_ROOM + weight(handoff_facts(state.having(plan=None)))
    votes = len(state.playbook.handoff) * (REASON_ROOM + CONDITIONS_ROOM)
    return max(0, facts + votes - weight(state.plan) - _stands_of(state, AskKind.ACCEPT_HANDOFF))


def _care_to_come(state: Engagement) -> int:
    """What customer care is shown and may say, who take over at the end."""
    if state.care_accepted:
        return 0
    shown = sum(weight((f"promise {name}", promise.text)) for name, promise in state.promises.items())
    return max(0, ASK_ROOM + shown + REASON_ROOM + CONDITIONS_ROOM - _stands_of(state, AskKind.ACCEPT_CARE))


def _stands_of(state: Engagement, kind: AskKind) -> int:
    """What asks of a kind take, with the room that they have for their votes while they are open."""
    asks = [ask for ask in state.asks.values() if ask.kind is kind]
    return sum(weight(ask) + (len(ask.silent) * _room_of(ask) if ask.is_open else 0) for ask in asks)


def _what_ended_may_take(state: Engagement) -> int:
    """What stays of what ended, up to as much of it as may: ends are never refused."""
    done = [task for task in state.tasks.values() if task.done]
    return (
        max(0, ENDED_ROOM * KEPT_ENDED - weight(state.ended))
        + max(0, DONE_ROOM * KEPT_DONE - weight(done))
        + max(0, MOST_KEPT_OF_CONTACTS + CONTACT_ROOM * KEPT_CONTACTS - weight(state.contacts))
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


def room_for_votes(state: Asking) -> int:
    """What those asked may still say, and those who are asked back."""
    asks = (ask for ask in state.open_asks() if ask.kind not in {AskKind.ESTIMATE, *OF_THEMSELVES})
    votes = sum(max(1, len(ask.silent)) * _room_of(ask) for ask in asks)
    return votes + REASON_ROOM * sum(ask.open_question is not None for ask in state.open_asks())


def _asks_to_come(state: Engagement) -> int:
    """What will be asked of itself: about each milestone, each measured need, and of each of the client's people.

    One milestone at a time is answered; but where each is answered in the most words, all of them stay.
    """
    standing = Counter[str]()
    for ask in state.asks.values():
        if ask.kind in OF_EACH_MILESTONE:
            asked = weight(ask.having(question=None)) + (REASON_ROOM if ask.is_open else 0)
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
    """What those above read of why there is no plan yet, and the last asks about complaints, which stay whole."""
    asked = [ask for ask in state.asks.values() if ask.kind in OF_COMPLAINTS]
    still_open = [ask for ask in asked if ask.is_open]
    whole = min(KEPT_OF_A_KIND, len(still_open)) * len(OF_COMPLAINTS) * 2 * REASON_ROOM
    ended = sum(weight(ask) for ask in asked if not ask.is_open)
    return max(0, whole - ended) + sum(NO_PLAN_ROOM * (len(OWE_A_PLAN) + 1 - len(ask.facts)) for ask in still_open)


def _acts_at_most(state: Engagement) -> int:
    """How many more may come to be owed: for promises, milestones, changes, holdings, and those that stand alone."""
    of_each = len(state.promises) + len(state.milestones) + len(state.changes) + len(state.potential_changes)
    of_each += len(state.holdings)
    return max(0, of_each + ACTS_BESIDE - len(state.acts))


def _approvers_at_most(state: Engagement) -> int:
    """Delivery's hours may yet route a change to any of them."""
    policy = state.playbook.change
    return len({*policy.always, *BY_THE_WHOLE, *(row.approver for row in policy.routes)})


def _room_of(ask: Ask) -> int:
    """What one answer may take, and an objection before it."""
    objection = REASON_ROOM if Verdict.OBJECT in LABELS[ask.kind] else 0
    return objection + (REASON_ROOM if takes_no_conditions(ask) else REASON_ROOM + CONDITIONS_ROOM)


def _way_to_the_baseline(state: Engagement) -> int:
    """What estimates and the asks that show needs, scope, hours and the deal may still add to a state."""
    experts = _experts(state)
    given = sum(experts[package.discipline] for package in state.packages.values())
    needs, promises, packages = weight(state.needs), weight(state.promises), weight(state.packages)
    shown = {
        AskKind.CONFIRM_NEEDS: needs,
        AskKind.ESTIMATE: weight(_shown_to_experts(state)) + REASON_ROOM * len(experts),
        AskKind.ATTEST_ESTIMATE: packages + SHOWN_ROOM * given,
        AskKind.DECIDE_DEAL: needs + promises + packages + MOST_BESIDE_A_DEAL,
    }
    standing = dict.fromkeys(shown, 0)
    for ask in state.asks.values():
        if ask.kind in standing:
            standing[ask.kind] += weight(ask)
    asks = sum(max(0, SHOWN_TWICE * most - standing[kind]) for kind, most in shown.items())
    return asks + max(0, ESTIMATE_ROOM * given - _said_of_packages(state))


def _said_of_packages(state: Engagement) -> int:
    """What hours take of the room that is kept for them, and returns where no hours of their expert stand."""
    hours = (*state.estimates, *_to_be_given_anew(state))
    given = {(one.package, one.by) for one in hours}
    return weight((hours, {name: one for name, one in state.returned.items() if (name, one.by) not in given}))


def _to_be_given_anew(state: Engagement) -> tuple[Estimate, ...]:
    """Hours that count no more, whose place those take that the same expert gives now."""
    disciplines = {name: package.discipline for name, package in state.packages.items()}
    return tuple(
        one
        for one in state.fallen
        if one.package in disciplines and one.by in state.cast.experts(disciplines[one.package])
    )


def _experts(state: Engagement) -> dict[str, int]:
    """How many give hours in each discipline, or will where they accept; one at least."""
    found = {}
    for discipline in {package.discipline for package in state.packages.values()}:
        people, proposal = set(state.cast.experts(discipline)), state.proposals.get(f"expert:{discipline}")
        found[discipline] = max(1, len(people | ({proposal.person} if proposal else set())))
    return found


def require_within(area: Area, before: Any, after: Any) -> None:
    """Raises BadValue where an area is larger than it may be, unless it shrinks."""
    if rows(after) > max(area.rows, rows(before)):
        raise BadValue(
            f"An engagement has at most {area.rows} rows of {area.name}; these would be {rows(after)}.",
            remedy="Put several into one, or take out what is not needed.",
            field=area.name,
        )
    size = weight(after)
    if size > max(area.kib * KIB, weight(before)):
        raise BadValue(
            f"The {area.name} of an engagement take at most {area.kib} KiB; these would take {-(-size // KIB)} KiB.",
            remedy="Shorten the texts, or keep them in a document and name it here.",
            field=area.name,
        )


def rows(things: Any) -> int:
    """How many there are; of several tables, of all together."""
    if isinstance(things, tuple) and any(isinstance(part, (dict, tuple)) or part is None for part in things):
        return sum(len(part) for part in things if isinstance(part, Sized) and not isinstance(part, str))
    return len(things)
