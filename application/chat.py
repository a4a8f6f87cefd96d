"""A chat as a way to tell people: a card in their own conversation, one in the engagement's thread, and both follow.

No chat service has a key that makes a message one however often it is posted. So each carries the key of what it tells,
and where the end of an earlier attempt is not known, the conversation is searched for it before it is posted again.
What a card shows is composed anew each time it is looked at, and sent only where it differs from what was shown last.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

import structlog

from adapters.chat_cards import Due, Posted, Thread
from adapters.clock import Now
from adapters.tables import OutboxRow
from application.accounts import Accounts
from application.cards import card_in_thread, card_of
from application.interlock import Interlock
from application.off_loop import off_loop
from application.sight import is_not_there
from application.step_cards import step_card_of
from application.telling import Gone, Unreachable
from domain.asks import Outcome
from domain.card import Card
from domain.people import Person
from domain.record import Message
from domain.refusals import NotFound, NotYours
from domain.step_card import StepCard
from domain.step_refs import StepRef
from domain.streams import engagement_stream
from domain.words import fitting

log = structlog.get_logger()

LOOK_AGAIN = timedelta(seconds=3)
"""After which a card just posted is looked at, for what changed meanwhile."""
LOOK_BACK = timedelta(minutes=2)
"""By how much the service's clock may be behind ours, when an earlier attempt is looked for."""
CARD, THREAD, NOTE = "card", "thread", "note"
"""Forms of what stands in a chat because of a step."""
WITH_CARD = frozenset({"ask", "answer", "escalation"})
"""Kinds of message that are told by a whole card; `answer` and `escalation` say above it why it comes now."""


OF_STEPS = frozenset({"act", "task", "vacancy", "offer", "escalation", "reminder"})
"""Kinds of message about an act owed, a condition or a vacancy: told by its card or, where that stands, by a note."""
OF_VACANCIES = frozenset({"vacancy", "offer"})
WITH_STEP_CARD = frozenset({"act", "vacancy", "task"})
"""Kinds of steps beside asks of which the chat has cards; of a change it tells in words."""


NO_LONGER_YOURS = "You have no part in this any more."
"""To whoever is with another client now, in place of the card of what they were asked."""
NO_LONGER_OPEN = "This role is no longer open. Thank you for looking."


class Drawn(NamedTuple):
    """A message as the service takes it, the text for who sees no more, and the hash of both."""

    blocks: list[dict[str, Any]]
    text: str
    hash: str


class Artist(Protocol):
    """Draws what is told."""

    def message(self, card: Card, above: str = "") -> Drawn: ...

    def thread_message(self, card: Card) -> Drawn: ...

    def note(self, card: Card, text: str) -> Drawn: ...

    def step_message(self, card: StepCard, above: str = "") -> Drawn: ...

    def step_note(self, card: StepCard, text: str) -> Drawn: ...

    def words(self, text: str) -> Drawn: ...


class Wall(Protocol):
    """Where messages are put. All raise Patience while the service is away, Unreachable where it says no."""

    name: str

    async def channel(self, named: str) -> str:
        """The channel of this name, or of this id."""

    async def post(self, conversation: str, drawn: Drawn, key: str, thread: str | None = None) -> str:
        """Puts a message there under its key; gives where it stands."""

    async def find(self, conversation: str, key: str, since: datetime, thread: str | None = None) -> str | None:
        """Where a message of this key stands, if it does."""

    async def change(self, conversation: str, where: str, drawn: Drawn) -> None:
        """Puts this in place of what stands there."""


class ChatFace:
    """Tells by a chat, and keeps what it told about next steps up to date."""

    follows = True

    def serves(self, person: Person) -> bool:
        """The firm's own people."""
        return person.client is None

    def __init__(
        self,
        app: Interlock,
        accounts: Accounts,
        wall: Wall,
        artist: Artist,
        channel: str | None = None,
        now: Now | None = None,
    ) -> None:
        """`channel`: where engagements have their threads; none without."""
        self.name = wall.name
        self._app = app
        self._accounts = accounts
        self._wall = wall
        self._artist = artist
        self._channel = channel
        self._now = now or app.clock
        self._beginning = asyncio.Lock()

    # -- telling one person

    async def tell(self, person: Person, message: OutboxRow, *, again: bool, card: Card | None = None) -> str:
        """Tells a message, and says how. Raises Unreachable, Patience."""
        conversation = await self._accounts.conversation_of(person)
        if message.step is not None and message.kind in OF_STEPS:
            ref = StepRef.read(message.step)
            shown = await self._step_card(ref, person.id) if ref.kind in WITH_STEP_CARD else None
            if shown is not None:
                return await self._tell_of_step(person, message, shown, conversation, again=again)
        if card is None or card.outcome is not Outcome.OPEN or message.kind not in {*WITH_CARD, "reminder"}:
            if again:
                await self.left_out(message)
            return await self._tell_words(conversation, message, card, again=again)
        form = NOTE if message.kind == "reminder" and await self._has_card(card.ask, person.id) else CARD
        text = "" if message.kind == "ask" else message.text
        posted = Posted(message.key, card.ask, person.id, form, text, conversation, None, "")
        await self._stand(posted, since=(message.tried_at or self._now()) if again else None)
        return self.name

    async def _tell_of_step(
        self, person: Person, message: OutboxRow, card: StepCard, conversation: str, *, again: bool
    ) -> str:
        """An act or a vacancy: by its card, which says all there is; what comes after by a note beside it."""
        since = (message.tried_at or self._now()) if again else None
        has_card = await self._has_card(card.ref, person.id)
        if has_card and message.kind in OF_VACANCIES and card.choices:
            return f"{self.name}: its card says it"
        form = NOTE if has_card or message.kind == "reminder" else CARD
        text = message.text if form == NOTE or message.kind == "escalation" else ""
        await self._stand(Posted(message.key, card.ref, person.id, form, text, conversation, None, ""), since=since)
        return self.name

    async def _step_card(self, ref: StepRef, person: str) -> StepCard | None:
        try:
            return await step_card_of(self._app, ref, person)
        except NotFound:
            return None

    async def left_out(self, message: OutboxRow) -> None:
        """A card that an earlier attempt put up unseen follows its step. Raises Patience."""
        await self._adopt(message.key, (message.tried_at or self._now()) - LOOK_BACK)

    async def _tell_words(self, conversation: str, message: OutboxRow, card: Card | None, *, again: bool) -> str:
        if message.kind == "outcome" and card is not None and await self._has_card(card.ask, message.to):
            return f"{self.name}: its card says it"
        drawn, since = self._artist.words(message.text), message.tried_at or self._now()
        found = await self._wall.find(conversation, message.key, since - LOOK_BACK) if again else None
        if found is None:
            await self._wall.post(conversation, drawn, message.key)
        return self.name

    async def _has_card(self, step: str, person: str) -> bool:
        cards = await off_loop(lambda: self._app.cards.of_step(step))
        return any(card.person == person and card.form == CARD and card.ts for card in cards)

    # -- what stands because of a step

    async def _stand(self, posted: Posted, *, since: datetime | None, thread: str | None = None) -> None:
        """Puts a card up, or finds the one that an earlier attempt did; then it is looked at once more.

        It is written down before it is composed, so that whatever changes from then on is noted for it.
        """
        await off_loop(lambda: self._app.cards.begin(posted))
        try:
            drawn = await self._drawn(posted)
            found = await self._wall.find(posted.conversation, posted.key, since - LOOK_BACK, thread) if since else None
            stands = found or await self._wall.post(posted.conversation, drawn, posted.key, thread)
        except Unreachable:
            await off_loop(lambda: self._app.cards.gone(posted.key))
            raise
        again = Due(posted.step, self._now() + LOOK_AGAIN)
        shown = drawn.hash if found is None else ""
        await off_loop(lambda: self._app.cards.stands(posted.key, stands, shown, again))

    async def _adopt(self, key: str, since: datetime, thread: str | None = None) -> None:
        """What an earlier attempt may have put up unseen, of an ask that is not put any more, is found and follows."""
        posted = await off_loop(lambda: self._app.cards.of_key(key))
        if posted is None or posted.ts is not None:
            return
        try:
            stands = await self._wall.find(posted.conversation, key, since, thread)
        except Unreachable:
            stands = None
        if stands is None:
            await off_loop(lambda: self._app.cards.gone(key))
            return
        await off_loop(lambda: self._app.cards.stands(key, stands, "", Due(posted.step, self._now())))

    async def _drawn(self, posted: Posted) -> Drawn:
        if StepRef.fits(posted.step):
            return await self._drawn_step(posted)
        if posted.form == THREAD:
            return self._artist.thread_message(await card_in_thread(self._app, posted.step))
        try:
            card = await card_of(self._app, posted.step, posted.person)
        except NotYours:  # it was put to another since: what is left is what everybody may see
            return self._artist.thread_message(await card_in_thread(self._app, posted.step))
        except NotFound as refusal:
            if not is_not_there(refusal):
                raise
            return self._artist.words(NO_LONGER_YOURS)
        if posted.form == NOTE:
            return self._artist.note(card, posted.text)
        return self._artist.message(card, posted.text if card.outcome is Outcome.OPEN else "")

    async def _drawn_step(self, posted: Posted) -> Drawn:
        card = await self._step_card(StepRef.read(posted.step), posted.person)
        if card is None:  # of an engagement that they do not see, or see no more
            was_offered = StepRef.read(posted.step).kind == "vacancy"
            return self._artist.words(NO_LONGER_OPEN if was_offered else NO_LONGER_YOURS)
        if posted.form == NOTE:
            return self._artist.step_note(card, posted.text)
        return self._artist.step_message(card, posted.text if card.ended is None else "")

    async def follow(self, step: str) -> bool:
        """Brings all cards of a step up to date, and puts an ask's into its thread; False where some could not be.

        Raises: Patience.
        """
        posted = await off_loop(lambda: self._app.cards.of_step(step))
        standing = [card for card in posted if card.ts is not None]
        brought_up = await asyncio.gather(*(self._bring_up(card) for card in standing))
        has_thread = any(card.form == THREAD and card.ts for card in posted)
        if self._channel and not has_thread and not StepRef.fits(step):
            await self._into_thread(step, self._channel, begun=any(card.form == THREAD for card in posted))
        return all(brought_up)

    async def _bring_up(self, card: Posted) -> bool:
        """False where it stands, and could not be changed."""
        try:
            drawn = await self._drawn(card)
        except NotFound:
            return True
        if drawn.hash == card.shown:
            return True
        try:
            await self._wall.change(card.conversation, card.ts or "", drawn)
        except Gone as gone:
            log.info("card.gone", key=card.key, because=str(gone))
            await off_loop(lambda: self._app.cards.gone(card.key))
            return True
        except Unreachable as no:
            log.warning("card.unreachable", key=card.key, because=str(no))
            return False
        await off_loop(lambda: self._app.cards.shows(card.key, drawn.hash))
        return True

    # -- threads

    async def _into_thread(self, ask: str, channel: str, *, begun: bool) -> None:
        """The card that the engagement's thread shows; none of an ask that has ended before."""
        try:
            card = await card_in_thread(self._app, ask)
        except NotFound:
            return
        if card.outcome is not Outcome.OPEN:
            known = await off_loop(lambda: self._app.cards.thread_of(card.engagement)) if begun else None
            if known is not None:
                await self._adopt(f"thread:{ask}", self._now() - LOOK_BACK, known.ts)
            return
        try:
            thread = await self._thread(card.engagement, await self._wall.channel(channel))
            posted = Posted(f"thread:{ask}", ask, "", THREAD, "", thread.conversation, None, "")
            await self._stand(posted, since=self._now() - LOOK_BACK if begun else None, thread=thread.ts)
        except Unreachable as no:
            await self._say_without_thread(card, channel, str(no))

    async def _thread(self, engagement: str, channel: str) -> Thread:
        """Where an engagement's cards stand; two asks at once begin one thread."""
        async with self._beginning:
            known = await off_loop(lambda: self._app.cards.thread_of(engagement))
            if known is not None:
                return known
            state = await off_loop(lambda: self._app.read.engagement(engagement))
            key = f"thread:{engagement}"
            drawn = self._artist.words(f"{engagement} {state.title} · {state.client}" if state else engagement)
            since = state.started_at if state else self._now()
            begun = await self._wall.find(channel, key, since) or await self._wall.post(channel, drawn, key)
            thread = Thread(channel, begun)
            await off_loop(lambda: self._app.cards.keep_thread(engagement, thread))
            return thread

    async def _say_without_thread(self, card: Card, channel: str, because: str) -> None:
        """Whoever manages the engagement hears, once, that its thread cannot be written to."""
        state = await off_loop(lambda: self._app.read.engagement(card.engagement))
        if state is None:
            return
        text = f"{state.id} {state.title} has no thread in Slack any more: channel {channel} says {because}. "
        text += "Restore the channel, or have the administrator name another. Asks reach each person as before."
        message = Message(
            key=f"thread:{state.id}:{channel}:{because}"[:200],
            to=state.manager,
            kind="thread",
            stream=engagement_stream(state.id),
            text=fitting(text),
        )
        now = self._now()
        await off_loop(lambda: self._app.outbox.add([message], now))
