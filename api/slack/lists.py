"""Lists with server-side search: colleagues, clients and their people, engagements. All from our own stores."""

import re
from collections.abc import Iterator, Sequence

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from adapters.delivery import RetryLater, Unreachable
from adapters.slack.text import bounded
from api.slack.context import SlackContext
from api.slack.forms import ANOTHER, CLIENT_NAMES, CLIENTS, ENGAGEMENTS, OWNERS, PEOPLE, TO_CLIENT, option
from api.slack.request import Body, SlackRequest
from application.queries.access import require_of_the_firm
from application.queries.colleagues import To, who_may
from application.queries.engagements import EngagementFilter, engagements
from domain.directory.directory import Directory
from domain.shared.errors import Refusal
from domain.shared.text import composed, fits
from domain.shared.transaction import Actor
from domain.shared.values import AskId, digest

MOST = 100
MAX_LABEL = 75
_START, _OF_DIGEST, _LONGEST_ID = 30, 6, 40
# Values and their labels.
Pairs = list[tuple[str, str]]


class Lists:
    """The handlers of searched lists."""

    def __init__(self, context: SlackContext) -> None:
        self._context = context

    def listen(self, bolt: AsyncApp) -> None:
        """Registers the handlers. A list whose options depend on an ask has the ask in its action id."""
        for what in (PEOPLE, CLIENT_NAMES, CLIENTS, ENGAGEMENTS, TO_CLIENT):
            bolt.options(what)(self.find)
        for what in (OWNERS, ANOTHER):
            bolt.options(re.compile(rf"^{what}:"))(self.find)

    async def find(self, ack: AsyncAck, body: Body) -> None:
        """Answers with what matches the text typed so far; nothing for someone who may see none of it."""
        sought = str(composed(str(body.get("value") or "")))[:100]
        try:
            actor = await self._context.promptly(self._context.actor_of(SlackRequest.parse(body).account))
            found = await self._found(actor, str(body.get("action_id")), sought)
        except (Refusal, RetryLater, Unreachable):
            found = []
        await ack(options=[option(pair).to_dict() for pair in told_apart(found[:MOST])])

    async def _found(self, actor: Actor, what: str, sought: str) -> Pairs:
        kind, _, about = what.partition(":")
        if kind in {OWNERS, ANOTHER}:
            to = To.ANSWER if kind == ANOTHER else To.MEET_CONDITIONS
            return [(one.id, one.name) for one in await who_may(self._context.app, actor, AskId(about), to, sought)]
        directory = await require_of_the_firm(self._context.app, actor)
        if what == PEOPLE:
            return _fitting([(one.id, one.name) for one in directory.people if one.active], sought)
        if what == CLIENT_NAMES:
            named = ((client_value(client.name), client.name) for client in directory.clients)
            return [(value, name) for value, name in named if fits(name, sought)]
        if what == CLIENTS:
            return _fitting(list(client_people(directory)), sought)
        return await self._of_engagements(actor, directory, what, sought)

    async def _of_engagements(self, actor: Actor, directory: Directory, what: str, sought: str) -> Pairs:
        wanted = EngagementFilter(mine=True, limit=MOST, q=sought if what == ENGAGEMENTS else None)
        running = [one for one in (await engagements(self._context.app, actor, wanted)).items if not one.stage.is_end]
        if what == ENGAGEMENTS:
            return [(one.id, f"{one.id} {one.title}") for one in running]
        pairs = ((one, who) for one in running for who in directory.client_people(one.client) if who.active)
        return _fitting([(f"{one.id}|{who.id}", f"{who.name} · {one.id} {one.title}") for one, who in pairs], sought)


def client_value(name: str) -> str:
    """A client's name as a list value: Slack allows 150 characters, and a name may be longer."""
    return digest(name)


def client_named(directory: Directory, value: str) -> str | None:
    """The name of the client that was chosen; None if it does not exist, or no longer does."""
    return next((client.name for client in directory.clients if client_value(client.name) == value), None)


def client_people(directory: Directory) -> Iterator[tuple[str, str]]:
    """All clients' people, with their client."""
    for client in directory.clients:
        yield from ((one.id, f"{one.name} · {client.name}") for one in client.people if one.active)


def _fitting(pairs: Sequence[tuple[str, str]], sought: str) -> Pairs:
    return [pair for pair in pairs if fits(f"{pair[0]} {pair[1]}", sought)]


def told_apart(pairs: Sequence[tuple[str, str]]) -> Pairs:
    """The same with labels short enough for Slack; where several begin alike, the label shows where they differ."""
    starts: dict[str, list[str]] = {}
    for _, label in pairs:
        starts.setdefault(bounded(label, MAX_LABEL), []).append(label)
    shown = [(value, _apart(label, starts[bounded(label, MAX_LABEL)])) for value, label in pairs]
    seen = [label for _, label in shown]
    return [(value, _marked(label, value) if seen.count(label) > 1 else label) for value, label in shown]


def _apart(label: str, alike: Sequence[str]) -> str:
    """Shortens a label that begins like others: its beginning, and the text where it differs from the closest one."""
    others = [other for other in alike if other != label]
    if not others:
        return bounded(label, MAX_LABEL)
    differs = max(_same_start(label, other) for other in others)
    rest = MAX_LABEL - _START - 1
    return f"{label[:_START]}…{label[max(_START, min(differs - 5, len(label) - rest)) :][:rest]}"


def _same_start(one: str, other: str) -> int:
    """The length of two texts' common prefix."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _marked(label: str, value: str) -> str:
    """For labels that look the same as far as they can be shown: adds the id, or part of the digest."""
    mark = f" ({value[:_OF_DIGEST] if len(value) > _LONGEST_ID else value})"
    return f"{label[: MAX_LABEL - len(mark)]}{mark}"
