"""What goes into the workflows and comes out: one model each, since every type hint must be a model."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from domain.change_order.order import AnyOrderCommand, Brief, ChangeOrder, Report
from domain.engagement.aggregate import Engagement
from domain.engagement.commands import AnyCommand
from domain.engagement.start import StartDeal
from domain.shared.errors import Waiting
from domain.shared.transaction import Actor
from domain.shared.values import AskId, Digest, Value

# Recent requests whose answers are kept: the server's own deduplication does not cross a continue-as-new.
REMEMBERED = 200

# How long the engine waits for a worker that died during a task: the default of ten seconds is as long a stall.
#
# With the replay that follows, it stays under the three seconds within which a caller has a receipt after a crash. It
# exceeds `aggregate_runner.LOCAL_PATIENCE` by enough that the task need not be extended while the record is written:
# the SDK extends after 80 percent. If a replay takes longer than this, the server gives each further attempt more time.
TASK_TIMEOUT = timedelta(seconds=2.2)
# The update that asks a running workflow a question, and the query that asks one that has ended.
INSPECT = "inspect"
# The type of the rejection that carries an answer.
ANSWER = "Answer"
# The type of the rejection of an update whose name is not a command's.
UNKNOWN_UPDATE = "UnknownUpdate"
# The signal that an operator sends once record and engine were compared.
RECONCILED = "reconciled"
# The signals from a change order to its engagement: its report, and that it may have missed a brief.
REPORTED, BRIEF_MISSED = "change_reported", "brief_missed"
# The signals from an engagement to its change order: the current brief, and the last report it has processed.
BRIEFED, REPORT_ACKNOWLEDGED = "briefed", "report_acknowledged"
# How long a change order waits for an acknowledgement before it repeats its report: at first, and at most.
FIRST_REPEAT, MAX_REPEAT = timedelta(seconds=10), timedelta(hours=1)


def key_of(request_id: str) -> str:
    """The id of a request without its body: the same for every request under one key."""
    return request_id.partition(".")[0]


class Receipt(Value):
    """The answer to a command: its place in the record, what happened, what waits next.

    `made` names what is new and has a number: `change 2`, `condition T1`; empty if the answer comes from the record
    alone.
    """

    stream: str
    sequence: int
    happened: tuple[str, ...]
    stage: str
    asks: tuple[AskId, ...] = ()
    waits_for: tuple[Waiting, ...] = ()
    said: tuple[str, ...] = ()
    """What happened in sentences, where the event's kind does not say it: a figure corrected, a date moved."""
    made: tuple[str, ...] = ()


class ChainHead(Value):
    """What a workflow was told of its chain at its last write: the newest fact then, and the hash of its row."""

    seq: int
    hash: Digest


class Position(Value):
    """How far a workflow has come: how many facts it has decided, and how many of them it has written to the record.

    If `quarantined` is not empty, it decides nothing, for that reason. One that `goes_on` from the record decides
    nothing either, until it has. `installation` is the installation it belongs to; `head` is its chain's, if it knows.
    `asks` maps each open ask to the hash of what it shows, by which it is answered; None from a worker too old to send
    it.
    """

    decided: int
    recorded: int
    quarantined: str = ""
    goes_on: bool = False
    installation: str = ""
    head: ChainHead | None = None
    asks: dict[AskId, str] | None = None


class StateQuestion(Value):
    """A question to a workflow: how far it has come, all of its state, or whether an answer it gave still holds.

    `request`: the id of the request that it answered.
    """

    about: Literal["position", "state", "remembers"]
    request: str = ""


class Remembered(Value):
    """A request that was answered: the same one again gets the same receipt; a different body is refused."""

    id: str
    body: Digest
    receipt: Receipt


class CommandRequest(Value):
    """A command to an engagement, who gives it, and the id and body by which a repeat is recognised.

    `acknowledged`: the last fact of the stream that people have been told about. A workflow that has not reached it was
    set back, and decides nothing. `installation`: where the request comes from; another installation's workflow refuses
    it.
    """

    id: Annotated[str, Field(max_length=128)]
    body: Digest
    actor: Actor
    command: AnyCommand
    acknowledged: int = 0
    installation: str = ""
    done: bool = False
    """The record already holds what this very request did: it is not carried out again."""
    readings: Annotated[tuple[int, ...], Field(max_length=50)] | None = None
    """The versions at which the command may be carried out: those the caller has read. None: any."""


class OrderRequest(Value):
    """The same for a change order."""

    id: Annotated[str, Field(max_length=128)]
    body: Digest
    actor: Actor
    command: AnyOrderCommand
    acknowledged: int = 0
    installation: str = ""
    done: bool = False


class Opening(Value):
    """How an engagement begins."""

    command: StartDeal
    actor: Actor


class LastBriefing(Value):
    """What a change order was last told: the digest of its brief."""

    n: int
    brief: Digest


class CarriedOver(Value):
    """What either workflow takes along when it continues as new, beside its state: the last answers, oldest first."""

    remembered: tuple[Remembered, ...] = ()
    head: ChainHead | None = None


class Carried(CarriedOver):
    """What an engagement takes along."""

    state: Engagement
    told: tuple[LastBriefing, ...] = ()


class ForLife(Value):
    """What a workflow is given for its life, and passes on to its next run and its children."""

    clock_offset: timedelta = timedelta()
    """How far the installation's clock is ahead of the engine's."""
    salt: str = ""
    """A secret that only the engine keeps: `Recorded.salt` of all its facts."""
    installation: str = ""
    """The installation it belongs to. Empty in one that was started before this was kept."""

    @property
    def for_life(self) -> "ForLife":
        """These three alone, without the state that came with them."""
        return ForLife(clock_offset=self.clock_offset, salt=self.salt, installation=self.installation)


class EngagementInput(ForLife):
    """Either how it begins or what is carried over."""

    opening: Opening | None = None
    carried: Carried | None = None


class CarriedOrder(CarriedOver):
    """What a change order takes along."""

    state: ChangeOrder
    acknowledged: int = 0
    chain: tuple[str, str] | None = None
    missed: bool = False
    """It resumes from the record: briefs sent meanwhile may be lost, so it asks for the current one."""


class OrderInput(ForLife):
    """Either the engagement's brief or what is carried over; for its life it has what its engagement has."""

    brief: Brief | None = None
    carried: CarriedOrder | None = None


class ReportSignal(Value):
    """A change order's report on its way to the engagement, with the ends of its chain."""

    n: int
    report: Report
    chain: tuple[str, str] | None = None


class DigestInput(Value):
    """Whose digests: the people of an installation who work in a time zone."""

    zone: str
    clock_offset: timedelta = timedelta()
    installation: str = ""


class DigestReport(Value):
    """How many people were checked, and how many of them have a digest that day."""

    people: int = 0
    told: int = 0
