"""Whom somebody was last told what waits, and when: on each page, for colleagues."""

from typing import NamedTuple

from application.context import Interlock
from application.off_loop import off_loop
from application.queries.access import reader_of
from application.queries.view import Reader
from application.queries.visibility import seen
from domain.directory.people import Participants
from domain.engagement.aggregate import Engagement
from domain.shared.streams import change_stream, engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import AskId, EngagementId

# By the word that a channel's name begins with; what else it may say is for operators.
CHANNELS = {"slack": "in Slack", "mail": "by mail"}


class LastMessage(NamedTuple):
    """Who was told, when in the reader's zone, and through which channel: `by mail`."""

    who: str
    at_shown: str
    channel: str


async def last_message(app: Interlock, actor: Actor, engagement_id: EngagementId) -> LastMessage | None:
    """The newest message about an engagement and its change orders."""
    state = await seen(app, actor, engagement_id)
    reader = await reader_of(app, actor, state.cast)
    return await off_loop(lambda: newest_message(app, reader, state.cast, _streams(state, engagement_id)))


def newest_message(
    app: Interlock, reader: Reader, cast: Participants, streams: list[str], ask_id: AskId | None = None
) -> LastMessage | None:
    """The newest message because of these streams, or about one ask of theirs."""
    found = app.outbox.last_told(streams, ask_id)
    if found is None:
        return None
    who, at, channel = found
    known = cast.name(who) if who in cast.people else app.registry.directory().name_of(who)
    return LastMessage(
        "you" if who == reader.actor.person_id else known, reader.shown(at), CHANNELS.get(channel.partition(":")[0], "")
    )


def _streams(state: Engagement, engagement_id: EngagementId) -> list[str]:
    return [engagement_stream(engagement_id), *(change_stream(engagement_id, n) for n in state.changes)]
