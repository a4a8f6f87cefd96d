"""What goes into the workflows and comes out: one model each, so that every hint is a model's."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from domain.change_order.order import AnyOrderCommand, Brief, ChangeOrder, Report
from domain.engagement.aggregate import Engagement
from domain.engagement.commands import AnyCommand
from domain.engagement.start import StartDeal
from domain.shared.errors import Waiting
from domain.shared.transaction import Actor
from domain.shared.values import Digest, Value

# Recent requests whose answers are kept: the server's own deduplication does not cross a continue-as-new.
REMEMBERED = 200

# How long the engine waits for a worker that died at a task: the default of ten seconds is as long a stall.
#
# With the replay that follows it stays under the three seconds in which somebody has a receipt after a crash. Longer
# than `durable.LOCAL_PATIENCE` by so much that a task need not be prolonged while the record is written: the SDK
# prolongs after 80 percent. Where a replay takes longer than this, the server gives each further attempt more time.
TASK_TIMEOUT = timedelta(seconds=2.2)
# The update by which a running workflow is asked something, and the query by which one that has ended is.
INSPECT = "inspect"
# The type of the refusal that carries an answer.
ANSWER = "Answer"
# The type of the refusal of an update that no command is called.
UNKNOWN_UPDATE = "UnknownUpdate"
# What an operator signals once record and engine were compared.
RECONCILED = "reconciled"
# What a change order signals to its engagement: its report, and that it may have missed what it was told.
REPORTED, BRIEF_MISSED = "change_reported", "brief_missed"
# What an engagement signals to its change order: what is so now, and up to which report it has heard.
BRIEFED, REPORT_ACKNOWLEDGED = "briefed", "report_acknowledged"
# How long a change order waits for its report to be acknowledged before it repeats it, at first and at last.
FIRST_REPEAT, MAX_REPEAT = timedelta(seconds=10), timedelta(hours=1)


def key_of(request_id: str) -> str:
    """The id of a request without its body: the same for whatever comes under one key."""
    return request_id.partition(".")[0]


class Receipt(Value):
    """The answer to a command: where it stands in the record, what happened, what waits next.

    `made` names what is new and has a number: `change 2`, `condition T1`; empty where the record alone answers.
    """

    stream: str
    sequence: int
    happened: tuple[str, ...]
    stage: str
    asks: tuple[str, ...] = ()
    waits_for: tuple[Waiting, ...] = ()
    said: tuple[str, ...] = ()
    """What happened in sentences, where its kind alone does not say it: a figure corrected, a day moved."""
    made: tuple[str, ...] = ()


class ChainHead(Value):
    """What a workflow was told of its chain when it last wrote: the newest fact then, and the hash of its row."""

    seq: int
    hash: Digest


class Position(Value):
    """How far a workflow has come: facts that it decided, and those of them that it wrote into the record.

    Where `quarantined` is not empty it decides nothing, and this is why. One that `goes_on` from the record decides
    nothing either, until it has. `installation` is whose it is, and `head` that of its chain, where it knows.
    `asks` are the open ones, with the hashes of what they show, by which they are answered; None of a worker that does
    not say them.
    """

    decided: int
    recorded: int
    quarantined: str = ""
    goes_on: bool = False
    installation: str = ""
    head: ChainHead | None = None
    asks: dict[str, str] | None = None


class StateQuestion(Value):
    """What a workflow is asked: how far it has come, all of its state, or whether it stands by what it answered.

    `request`: the id of the request that it answered.
    """

    about: Literal["position", "state", "remembers"]
    request: str = ""


class Remembered(Value):
    """A request that was answered: the same one again gets the same receipt, another body is refused."""

    id: str
    body: Digest
    receipt: Receipt


class CommandRequest(Value):
    """A command to an engagement, who gives it, and the id and body by which a repeat is known.

    `acknowledged`: up to which fact of the stream people have been answered or told. A workflow that does not reach so
    far was set back, and decides nothing. `installation`: whose request it is. Another's workflow refuses it.
    """

    id: Annotated[str, Field(max_length=128)]
    body: Digest
    actor: Actor
    command: AnyCommand
    acknowledged: int = 0
    installation: str = ""
    done: bool = False
    """The record holds what this very request did: it is not carried out again."""
    readings: Annotated[tuple[int, ...], Field(max_length=50)] | None = None
    """Where the engagement may stand for it to be carried out: what the caller read. None: anywhere."""


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
    """What either workflow takes along when it continues as new: beside its state the last answers, oldest first."""

    remembered: tuple[Remembered, ...] = ()
    head: ChainHead | None = None


class Carried(CarriedOver):
    """What an engagement takes along."""

    state: Engagement
    told: tuple[LastBriefing, ...] = ()


class ForLife(Value):
    """What a workflow is given for its life, and hands on to whatever it becomes or begins."""

    clock_offset: timedelta = timedelta()
    """How far the installation's clock is ahead of the engine's."""
    salt: str = ""
    """A secret that the engine alone keeps: `Recorded.salt` of all its facts."""
    installation: str = ""
    """Whose it is. Empty in one that was begun before this was kept."""

    @property
    def for_life(self) -> "ForLife":
        """These three alone, without the state that came with them."""
        return ForLife(clock_offset=self.clock_offset, salt=self.salt, installation=self.installation)


class EngagementInput(ForLife):
    """Either how it begins or what is carried."""

    opening: Opening | None = None
    carried: Carried | None = None


class CarriedOrder(CarriedOver):
    """What a change order takes along."""

    state: ChangeOrder
    acknowledged: int = 0
    chain: tuple[str, str] | None = None
    missed: bool = False
    """It goes on from the record: what it was told meanwhile may be lost, and it asks to be told again."""


class OrderInput(ForLife):
    """Either the engagement's brief or what is carried; for its life it has what its engagement has."""

    brief: Brief | None = None
    carried: CarriedOrder | None = None


class ReportSignal(Value):
    """A change order's report on its way to the engagement, with its chain's ends."""

    n: int
    report: Report
    chain: tuple[str, str] | None = None


class DigestInput(Value):
    """Whose digests: the people of an installation who work in a zone."""

    zone: str
    clock_offset: timedelta = timedelta()
    installation: str = ""


class DigestReport(Value):
    """How many people were looked at, and for how many there is a digest of the day."""

    people: int = 0
    told: int = 0
