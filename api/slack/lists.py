"""Lists that are searched while somebody types: colleagues, people of clients, engagements. From the database alone."""

from collections.abc import Iterator, Sequence

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from api.slack.desk import Body, Desk, came
from api.slack.forms import CLIENTS, ENGAGEMENTS, PEOPLE, TO_CLIENT, option
from application.interlock import off_loop
from application.reading import EngagementFilter, engagements
from application.telling import Patience, Unreachable
from domain.directory import Directory
from domain.refusals import Refusal
from domain.turn import Actor
from domain.words import comparable

MOST = 100
Pairs = list[tuple[str, str]]


class Lists:
    """The handlers of searched lists."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def listen(self, bolt: AsyncApp) -> None:
        """Registers the handlers."""
        for what in (PEOPLE, CLIENTS, ENGAGEMENTS, TO_CLIENT):
            bolt.options(what)(self.find)

    async def find(self, ack: AsyncAck, body: Body) -> None:
        """What fits the words typed so far; nothing for whoever may not see any of it."""
        sought = str(body.get("value") or "")[:100]
        try:
            actor = await self._desk.promptly(self._desk.actor_of(came(body).account))
            found = await self._found(actor, str(body.get("action_id")), sought)
        except (Refusal, Patience, Unreachable):
            found = []
        await ack(options=[option(pair).to_dict() for pair in found[:MOST]])

    async def _found(self, actor: Actor, what: str, sought: str) -> Pairs:
        directory = await off_loop(self._desk.app.registry.directory)
        if what == PEOPLE:
            return _fitting([(one.id, one.name) for one in directory.people if one.active], sought)
        if what == CLIENTS:
            return _fitting(list(client_people(directory)), sought)
        wanted = EngagementFilter(mine=True, limit=MOST, q=sought if what == ENGAGEMENTS else None)
        running = [one for one in (await engagements(self._desk.app, actor, wanted)).items if not one.stage.is_end]
        if what == ENGAGEMENTS:
            return [(one.id, f"{one.id} {one.title}") for one in running]
        pairs = ((one, who) for one in running for who in directory.client_people(one.client) if who.active)
        return _fitting([(f"{one.id}|{who.id}", f"{who.name} · {one.id} {one.title}") for one, who in pairs], sought)


def client_people(directory: Directory) -> Iterator[tuple[str, str]]:
    """Everybody of the clients, with whose they are."""
    for client in directory.clients:
        yield from ((one.id, f"{one.name} · {client.name}") for one in client.people if one.active)


def _fitting(pairs: Sequence[tuple[str, str]], sought: str) -> Pairs:
    words = comparable(sought).split()
    return [pair for pair in pairs if all(word in comparable(f"{pair[0]} {pair[1]}") for word in words)]
