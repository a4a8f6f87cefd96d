"""Limits on how much may be open in an engagement, so that no event, state or card outgrows what carries it.

Temporal takes 2 MB per message (2,097,152 bytes), and some messages carry a whole engagement with the answers that it
remembers. So each area that people add to has a limit in rows and bytes (JSON, UTF-8), and all areas together have one.
A command that opens something is refused, naming the limit, if the engagement with everything that may then follow
automatically would not fit. What already exceeds a limit may still shrink.

Answers, endings and closing are never refused for size. Opening what they answer reserves room for the longest texts
they may have:

- for each package and each of its experts: hours with assumptions and risks, once as an estimate and twice as shown for
  attestation (the current ask and the previous one stay, so that their difference can be shown);
- for each ask and everybody who owes it an answer: the longest reason (2,000 characters of four bytes) and the
  conditions of an approval, which become tasks; for each promise, why it was not kept;
- for each open change and each role it may be routed to: the conditions of an approval, which become tasks;
- for each role that somebody holds or is asked to take: why nobody holds it once it is released or declined;
- for each complaint: why there is no plan, from one person after the other, as the next above is shown it;
- for each milestone: the asks to accept and to bill it; for each measured need, its measure at the close; for each of
  the client's people, their satisfaction;
- for the handoff and customer care: what those who take over are shown, the plan, and their answers;
- for what is kept of ended things: asks, done tasks, contacts with the client;
- until the baseline is signed: twice what the asks until then will show: needs, scope, hours, the whole deal.
"""

from collections.abc import Sized
from typing import Any

from domain.asks.choices import takes_no_conditions
from domain.asks.model import AskKind, Verdict
from domain.directory.participants_size import known_of_people, room_of_people
from domain.engagement.aggregate import Engagement
from domain.engagement.answers.commands import AnswerAsk, DelegateAsk, GiveInformation
from domain.engagement.changes.commands import (
    DropPotentialChange,
    RecordPotentialChange,
    ReportChange,
    ReviseChange,
    SubmitChange,
)
from domain.engagement.closing.commands import (
    CancelEngagement,
    CloseEngagement,
    HoldEngagement,
    LoseDeal,
    ResumeEngagement,
)
from domain.engagement.command import Command
from domain.engagement.delivery.commands import (
    AskPulse,
    BillMilestone,
    DeliverMilestone,
    RaiseComplaint,
    RecordContact,
    ReportHours,
    TakeMilestoneBack,
    WithdrawComplaint,
)
from domain.engagement.documents.commands import ExtendOffer, SendDocument, SetRequirements, TakeRequirements
from domain.engagement.needs.commands import CoverPromise, DeclinePromise, ReconcilePromise, RecordNeeds, RecordPromises
from domain.engagement.playbook.commands import TakePlaybook
from domain.engagement.roles.commands import (
    AgreeExpectations,
    NameParty,
    ProposeHolder,
    ReleaseRole,
    ReplaceHolder,
    RequestRole,
    TakeDirectory,
)
from domain.engagement.roles.coverage import required_roles
from domain.engagement.scope.commands import (
    ChooseEstimate,
    GiveEstimate,
    KeepDates,
    MoveDates,
    SetMilestones,
    SetPurchases,
    SetWorkPackages,
)
from domain.engagement.size.areas import (
    ASKS,
    CHANGES,
    CHOICES,
    EXPECTED,
    FATES,
    NEEDS,
    PLAN,
    POTENTIAL,
    PROMISES,
    ROLES,
    SCOPE,
    SHOWN,
    Area,
)
from domain.engagement.size.reserved import taken
from domain.engagement.tasks.commands import CompleteTask
from domain.shared.errors import BadValue
from domain.shared.limits import (
    KIB,
    MAX_CONDITIONS,
)
from domain.shared.values import weight

# Commands that may be refused for the size of areas, with the areas that each one grows. An area holds only what its
# own commands write, so that what one person adds does not block another's command.
GROWS: dict[type[Command], tuple[Area, ...]] = {
    RecordNeeds: (NEEDS, SHOWN),
    RecordPromises: (PROMISES, SHOWN),
    CoverPromise: (FATES,),
    DeclinePromise: (FATES, ASKS),
    SetWorkPackages: (SCOPE, SHOWN),
    SetMilestones: (PLAN,),
    SetRequirements: (PLAN,),
    SetPurchases: (PLAN,),
    ChooseEstimate: (CHOICES,),
    SubmitChange: (CHANGES,),
    ReviseChange: (CHANGES,),
    RecordPotentialChange: (POTENTIAL, ASKS),
    AskPulse: (ASKS,),
    RaiseComplaint: (ASKS,),
    ProposeHolder: (ROLES, EXPECTED),
    ReplaceHolder: (ROLES, EXPECTED),
    RequestRole: (ROLES,),
    AgreeExpectations: (EXPECTED, ASKS),
}
# Answers, endings, closing, reports about work done, and content that is already stored here. All other commands that
# open something may be refused for size.
NEVER_FOR_SIZE = (
    AnswerAsk,
    GiveInformation,
    DelegateAsk,
    CompleteTask,
    ReconcilePromise,
    DropPotentialChange,
    SendDocument,
    TakeRequirements,
    ExtendOffer,
    MoveDates,
    DeliverMilestone,
    TakeMilestoneBack,
    BillMilestone,
    WithdrawComplaint,
    ReportHours,
    RecordContact,
    ReportChange,
    ReleaseRole,
    NameParty,
    TakeDirectory,
    TakePlaybook,
    HoldEngagement,
    ResumeEngagement,
    LoseDeal,
    CancelEngagement,
    CloseEngagement,
)

# What needs, promises and scope may bring the state to, including reserved room.
MAX_DEAL_BYTES = 1300 * KIB
# The limit for everything else that opens something: even in the largest deal people can be named, and plans and
# changes made. The rest of the 2 MB is for the last 200 receipts, which travel with the state, and for questions back.
MAX_TOTAL_BYTES = 1800 * KIB
MAX_BYTES_WITH_MILESTONES = 1560 * KIB
MAX_BYTES_WITH_REQUIREMENTS = 1650 * KIB
MAX_BYTES_WITH_CHANGES = 1700 * KIB
# Later steps keep room this way: requirements, changes, complaints and questions, and after them people to name.
MAX_BYTES_WITH_COMPLAINTS = 1750 * KIB
FILLS: dict[type[Command], int] = {
    RecordNeeds: MAX_DEAL_BYTES,
    RecordPromises: MAX_DEAL_BYTES,
    SetWorkPackages: MAX_DEAL_BYTES,
    SetMilestones: MAX_BYTES_WITH_MILESTONES,
    SetRequirements: MAX_BYTES_WITH_REQUIREMENTS,
    SetPurchases: MAX_BYTES_WITH_MILESTONES,
    SubmitChange: MAX_BYTES_WITH_CHANGES,
    ReviseChange: MAX_BYTES_WITH_CHANGES,
    RecordPotentialChange: MAX_BYTES_WITH_CHANGES,
    RaiseComplaint: MAX_BYTES_WITH_COMPLAINTS,
    AgreeExpectations: MAX_BYTES_WITH_COMPLAINTS,
    AskPulse: MAX_BYTES_WITH_COMPLAINTS,
    AnswerAsk: MAX_BYTES_WITH_COMPLAINTS,
    KeepDates: MAX_TOTAL_BYTES,
}


def require_within_bounds(before: Engagement, after: Engagement, command: Command) -> None:
    """Raises BadValue, naming the limit, if a command makes an area or the total larger than allowed."""
    areas = GROWS.get(type(command), ())
    for area in areas:
        require_within(area, area.of(before), area.of(after))
    if isinstance(command, TakeDirectory):
        _require_people_fit(before, after)
    is_answer = isinstance(command, NEVER_FOR_SIZE) and not _asks_back(command)
    if is_answer or _answers_as_asked(before, command):
        return
    _require_few_conditions(before, after)
    if areas or type(command) in FILLS or after.asks_opened > before.asks_opened:
        _require_room(before, after, _most(before, command))


def _most(state: Engagement, command: Command) -> int:
    """The total up to which a command may fill the state; the last of it is only for filling required roles."""
    if isinstance(command, ProposeHolder | ReplaceHolder | RequestRole):
        return MAX_TOTAL_BYTES if command.role in required_roles(state) else MAX_BYTES_WITH_COMPLAINTS
    return FILLS.get(type(command), MAX_TOTAL_BYTES)


def _asks_back(command: Command) -> bool:
    """True for a question back, which opens an ask for somebody else."""
    return isinstance(command, AnswerAsk) and command.answer.verdict is Verdict.NEED_INFO


def _answers_as_asked(state: Engagement, command: Command) -> bool:
    """True for hours given while an ask for hours is open; unrequested ones may be refused for size."""
    return isinstance(command, GiveEstimate) and any(state.open_asks(AskKind.ESTIMATE))


def _require_few_conditions(before: Engagement, after: Engagement) -> None:
    """Raises BadValue if a command asks for what may add conditions while `MAX_CONDITIONS` are open."""
    asks = (ask for name, ask in after.asks.items() if name not in before.asks)
    asked = any(ask.is_open and not takes_no_conditions(ask) for ask in asks)
    routed = any(change.status.is_open for n, change in after.changes.items() if before.changes.get(n) != change)
    if (asked or routed) and len(before.conditions) >= MAX_CONDITIONS:
        raise BadValue(
            f"{len(before.conditions)} conditions are open. From {MAX_CONDITIONS} on, nothing is asked that "
            "can add more.",
            remedy="Have some of them met first.",
            field="conditions",
        )


def _require_people_fit(before: Engagement, after: Engagement) -> None:
    """Raises BadValue if a directory update exceeds the room for people here, unless what is known shrinks."""
    size, most = known_of_people(after.cast), room_of_people(after.cast)
    if size > max(most, known_of_people(before.cast)):
        raise BadValue(
            f"What this engagement knows of people takes at most {most // KIB} KiB; with this change of the "
            f"directory it would be {-(-size // KIB)} KiB.",
            remedy="In the directory, shorten the entries of the people and calendars that it names.",
            field="people",
        )


def require_deal_fits(state: Engagement) -> None:
    """Raises BadValue if needs, promises and scope take up more than `MAX_DEAL_BYTES`, as those of a deal file may."""
    _require_room(None, state, MAX_DEAL_BYTES)


def _require_room(before: Engagement | None, after: Engagement, most: int) -> None:
    size = taken(after)
    if size > most and (before is None or size > taken(before)):
        raise BadValue(
            f"An engagement takes at most {most // KIB} KiB with the room that is kept for answers; this "
            f"would make it {-(-size // KIB)} KiB.",
            remedy="Shorten the texts, merge packages, or have open asks answered first.",
            field="engagement_id",
        )


def require_within(area: Area, before: Any, after: Any) -> None:
    """Raises BadValue if an area exceeds its limit, unless it shrinks."""
    if rows(after) > max(area.rows, rows(before)):
        raise BadValue(
            f"An engagement has at most {area.rows} rows of {area.name}; this would make {rows(after)}.",
            remedy="Merge some, or remove what is not needed.",
            field=area.name,
        )
    size = weight(after)
    if size > max(area.kib * KIB, weight(before)):
        raise BadValue(
            f"The {area.name} of an engagement take at most {area.kib} KiB; these would take {-(-size // KIB)} KiB.",
            remedy="Shorten the texts, or keep them in a document and refer to it here.",
            field=area.name,
        )


def rows(things: Any) -> int:
    """The number of rows; of several tables, the total."""
    if isinstance(things, tuple) and any(isinstance(part, (dict, tuple)) or part is None for part in things):
        return sum(len(part) for part in things if isinstance(part, Sized) and not isinstance(part, str))
    return len(things)
