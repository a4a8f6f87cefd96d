"""The names of the record's streams: each is a workflow id, which an operator can read.

This is the one place that spells them, for the engine, the record and anyone who looks up a change order's chain.
"""

from typing import NamedTuple

from domain.shared.values import EngagementId

# The stream of operations on the directory. No workflow runs under this name.
DIRECTORY = "directory"
# The stream of what was erased at a person's lawful request.
ERASURES = "erasures"
# The stream of which playbook came into force when.
PLAYBOOKS = "playbooks"
# The streams that are no aggregate's: no workflow writes them, and no state is folded from them.
OF_THE_FIRM = (DIRECTORY, ERASURES, PLAYBOOKS)
_ENGAGEMENT = "engagement/"
_CHANGE = "/change/"


class Between(NamedTuple):
    """Names from `first` on and before `end`, compared byte by byte."""

    first: str
    end: str


def engagement_stream(engagement_id: EngagementId) -> str:
    """The stream of an engagement: `engagement/ENG-2026-0042`."""
    return stream_start(engagement_id)


def stream_start(start: str = "") -> str:
    """The prefix of the streams of all engagements whose id starts like this."""
    return f"{_ENGAGEMENT}{start}"


def change_stream(engagement_id: EngagementId, n: int) -> str:
    """The stream of an engagement's n-th change order: `engagement/ENG-2026-0042/change/1`."""
    return f"{engagement_stream(engagement_id)}{_CHANGE}{n}"


def changes_of(engagement_id: EngagementId) -> Between:
    """The range that the streams of all of an engagement's change orders fall into."""
    start = f"{engagement_stream(engagement_id)}{_CHANGE}"
    return Between(start, f"{start}:")  # a colon sorts right after the digits


def engagement_of(stream: str) -> EngagementId:
    """The engagement that a stream belongs to, whether its own or a change order's."""
    return EngagementId(stream.removeprefix(_ENGAGEMENT).partition(_CHANGE)[0])


def change_of(stream: str) -> str:
    """The number of the change order that a stream belongs to; empty for any other stream."""
    return stream.partition(_CHANGE)[2]


def stream_label(stream: str) -> str:
    """A stream's name for people: `ENG-2026-0042`, `change 1 of ENG-2026-0042`."""
    change = change_of(stream)
    return f"change {change} of {engagement_of(stream)}" if change else engagement_of(stream)


def is_change(stream: str) -> bool:
    """True for the stream of a change order."""
    return _CHANGE in stream
