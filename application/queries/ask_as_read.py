"""What voters read when they answered: the values that they are bound to, in the texts and with the names of then.

Weighed: keeping the text of each vote (it repeats what the ask holds, in every fact and in each state), or rendering it
in the current texts (which is not what was read). Chosen: each vote names the language and the version of the texts;
each version is kept once, by its hash, by whoever first shows it. So a release adds a few kilobytes.
"""

from collections.abc import Iterator, Sequence

from adapters.db.projection import fold
from application.commands.asks import stream_of
from application.context import Interlock
from application.kept_texts import texts_of
from application.off_loop import off_loop
from application.queries.asks import shown_ask
from application.queries.view import View
from domain.asks.events import VoteCast
from domain.asks.facts_shown import facts_shown
from domain.asks.subject_texts import TextVersion
from domain.record.facts import Recorded
from domain.shared.transaction import Actor
from domain.shared.values import AskId, PersonId


class AsReadView(View):
    """What someone read before they answered."""

    by: PersonId
    voter: PersonId
    subject_hash: str
    read_in: TextVersion
    facts_shown: dict[str, str]


class AsReadViews(View):
    votes: tuple[AsReadView, ...]


async def as_read(app: Interlock, actor: Actor, ask_id: AskId) -> AsReadViews:
    """Each vote of an ask with what was read before it, for those who may see its subject. Raises NotFound."""
    view = await shown_ask(app, actor, ask_id)
    if view.facts is None:
        return AsReadViews(votes=())
    facts = await off_loop(lambda: app.read.facts(stream_of(ask_id)))
    return AsReadViews(votes=tuple(await off_loop(lambda: list(_votes(app, facts, ask_id)))))


def _votes(app: Interlock, facts: Sequence[Recorded], ask_id: AskId) -> Iterator[AsReadView]:
    for n, fact in enumerate(facts):
        event = fact.event
        if isinstance(event, VoteCast) and event.ask_id == ask_id:
            state = fold(facts[:n]).after
            asked = state.asks[ask_id]
            yield AsReadView(
                by=event.vote.by,
                voter=event.vote.voter,
                subject_hash=event.vote.subject_hash,
                read_in=event.vote.read_in,
                facts_shown=facts_shown(state.cast, asked.kind, asked.facts, texts_of(app, event.vote.read_in)),
            )
