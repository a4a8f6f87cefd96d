"""A chat as a channel: a card in each person's conversation, one in the engagement's thread, both kept current.

No chat service has a key that makes a message unique however often it is posted. So each carries its message's key, and
if the outcome of an earlier attempt is not known, the conversation is searched for it before posting again. A card's
content is composed again each time it is refreshed, and sent only if it differs from what was shown last.
"""

import asyncio
from datetime import datetime, timedelta

import structlog

from adapters.clock import Now
from adapters.db.chat_cards import Due, Posted, Thread
from adapters.db.outbox import OutboxEntry
from adapters.delivery import MessageDeleted, RenderedMessage, Unreachable
from application.context import Interlock
from application.identity import Accounts
from application.notifications.cards import card_in_thread, card_of
from application.notifications.chat_ports import ChatGateway, Renderer
from application.notifications.step_cards import step_card_of
from application.off_loop import off_loop
from application.queries.visibility import is_not_there
from domain.asks.card import Card
from domain.asks.model import Outcome
from domain.directory.people import Person
from domain.next_steps.card import StepCard
from domain.next_steps.references import StepRef, ask_in
from domain.record.facts import Message
from domain.shared.errors import NotFound, PermissionDenied
from domain.shared.streams import engagement_stream
from domain.shared.text import fitting
from domain.shared.values import AskId, EngagementId, PersonId

log = structlog.get_logger()

# How long after posting a card is checked for changes in the meantime.
RECHECK_AFTER = timedelta(seconds=3)
# How far the service's clock may be behind ours, when an earlier attempt is searched for.
SEARCH_BACK = timedelta(minutes=2)
# Forms of what is posted in a chat about a step.
CARD, THREAD, NOTE = "card", "thread", "note"
# Kinds of message that are told by a whole card; for `answer` and `escalation` it says at the top why it comes now.
WITH_CARD = frozenset({"ask", "answer", "escalation"})


# Kinds of message about an act owed, a condition or a vacancy: told by its card or, if that exists, by a note.
OF_STEPS = frozenset({"act", "task", "vacancy", "offer", "escalation", "reminder"})
OF_VACANCIES = frozenset({"vacancy", "offer"})
# Kinds of steps other than asks that have cards in the chat; changes are told in words.
WITH_STEP_CARD = frozenset({"act", "vacancy", "task"})


# Replaces the card of what someone was asked who is with another client now.
NO_LONGER_YOURS = "You are no longer part of this."
NO_LONGER_OPEN = "This role is no longer open. Thank you for looking."


class ChatChannel:
    """Sends messages by a chat, and keeps its cards of next steps current."""

    follows = True

    def serves(self, person: Person) -> bool:
        """True for the firm's own people."""
        return person.client is None

    def __init__(
        self,
        app: Interlock,
        accounts: Accounts,
        gateway: ChatGateway,
        renderer: Renderer,
        channel: str | None = None,
        now: Now | None = None,
    ) -> None:
        """`channel`: where engagements have their threads; no threads if None."""
        self.name = gateway.name
        self._app = app
        self._accounts = accounts
        self._gateway = gateway
        self._renderer = renderer
        self._channel = channel
        self._now = now or app.clock
        self._beginning = asyncio.Lock()

    # -- telling one person

    async def tell(self, person: Person, message: OutboxEntry, *, again: bool, card: Card | None = None) -> str:
        """Sends a message, and returns how. Raises Unreachable, RetryLater."""
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
        form = NOTE if message.kind == "reminder" and await self._has_card(card.ask_id, person.id) else CARD
        text = "" if message.kind == "ask" else message.text
        posted = Posted(message.key, card.ask_id, person.id, form, text, conversation, None, "")
        await self._post(posted, since=(message.tried_at or self._now()) if again else None)
        return self.name

    async def _tell_of_step(
        self, person: Person, message: OutboxEntry, card: StepCard, conversation: str, *, again: bool
    ) -> str:
        """An act or a vacancy: its card says everything; what comes after is told by a note beside it."""
        since = (message.tried_at or self._now()) if again else None
        has_card = await self._has_card(card.ref, person.id)
        if has_card and message.kind in OF_VACANCIES and card.choices:
            return f"{self.name}: its card says it"
        form = NOTE if has_card or message.kind == "reminder" else CARD
        text = message.text if form == NOTE or message.kind == "escalation" else ""
        await self._post(Posted(message.key, card.ref, person.id, form, text, conversation, None, ""), since=since)
        return self.name

    async def _step_card(self, ref: StepRef, person_id: PersonId) -> StepCard | None:
        try:
            return await step_card_of(self._app, ref, person_id)
        except NotFound:
            return None

    async def left_out(self, message: OutboxEntry) -> None:
        """A card that an earlier attempt posted unnoticed is kept current like others. Raises RetryLater."""
        await self._reconcile(message.key, (message.tried_at or self._now()) - SEARCH_BACK)

    async def _tell_words(self, conversation: str, message: OutboxEntry, card: Card | None, *, again: bool) -> str:
        if message.kind == "outcome" and card is not None and await self._has_card(card.ask_id, message.to):
            return f"{self.name}: its card says it"
        rendered, since = self._renderer.words(message.text), message.tried_at or self._now()
        found = await self._gateway.find(conversation, message.key, since - SEARCH_BACK) if again else None
        if found is None:
            await self._gateway.post(conversation, rendered, message.key)
        return self.name

    async def _has_card(self, step: str, person_id: PersonId) -> bool:
        cards = await off_loop(lambda: self._app.cards.of_step(step))
        return any(card.person_id == person_id and card.form == CARD and card.ts for card in cards)

    # -- what is posted because of a step

    async def _post(self, posted: Posted, *, since: datetime | None, thread: str | None = None) -> None:
        """Posts a card, or finds the one that an earlier attempt posted; then it is checked once more.

        It is recorded before it is composed, so that any change from then on is noted for it.
        """
        await off_loop(lambda: self._app.cards.begin(posted))
        try:
            rendered = await self._render(posted)
            found = (
                await self._gateway.find(posted.conversation, posted.key, since - SEARCH_BACK, thread)
                if since
                else None
            )
            stands = found or await self._gateway.post(posted.conversation, rendered, posted.key, thread)
        except Unreachable:
            await off_loop(lambda: self._app.cards.gone(posted.key))
            raise
        again = Due(posted.step, self._now() + RECHECK_AFTER)
        shown = rendered.hash if found is None else ""
        await off_loop(lambda: self._app.cards.stands(posted.key, stands, shown, again))

    async def _reconcile(self, key: str, since: datetime, thread: str | None = None) -> None:
        """Finds and refreshes what an earlier attempt may have posted unnoticed, of an ask that is no longer put."""
        posted = await off_loop(lambda: self._app.cards.of_key(key))
        if posted is None or posted.ts is not None:
            return
        try:
            stands = await self._gateway.find(posted.conversation, key, since, thread)
        except Unreachable:
            stands = None
        if stands is None:
            await off_loop(lambda: self._app.cards.gone(key))
            return
        await off_loop(lambda: self._app.cards.stands(key, stands, "", Due(posted.step, self._now())))

    async def _render(self, posted: Posted) -> RenderedMessage:
        ask_id = ask_in(posted.step)
        if ask_id is None:
            return await self._render_step(posted)
        if posted.form == THREAD or not posted.person_id:
            return self._renderer.thread_message(await card_in_thread(self._app, ask_id))
        try:
            card = await card_of(self._app, ask_id, posted.person_id)
        except PermissionDenied:  # it was put to another since: what remains is what everyone may see
            return self._renderer.thread_message(await card_in_thread(self._app, ask_id))
        except NotFound as refusal:
            if not is_not_there(refusal):
                raise
            return self._renderer.words(NO_LONGER_YOURS)
        if posted.form == NOTE:
            return self._renderer.note(card, posted.text)
        return self._renderer.message(card, posted.text if card.outcome is Outcome.OPEN else "")

    async def _render_step(self, posted: Posted) -> RenderedMessage:
        card = await self._step_card(StepRef.read(posted.step), posted.person_id) if posted.person_id else None
        if card is None:  # of an engagement that they do not, or no longer, see
            was_offered = StepRef.read(posted.step).kind == "vacancy"
            return self._renderer.words(NO_LONGER_OPEN if was_offered else NO_LONGER_YOURS)
        if posted.form == NOTE:
            return self._renderer.step_note(card, posted.text)
        return self._renderer.step_message(card, posted.text if card.ended is None else "")

    async def follow(self, step: str) -> bool:
        """Refreshes all cards of a step, and posts an ask's card in its thread; False if some could not be refreshed.

        Raises: RetryLater.
        """
        posted = await off_loop(lambda: self._app.cards.of_step(step))
        standing = [card for card in posted if card.ts is not None]
        refreshed = await asyncio.gather(*(self._refresh_card(card) for card in standing))
        has_thread = any(card.form == THREAD and card.ts for card in posted)
        ask_id = ask_in(step)
        if self._channel and not has_thread and ask_id is not None:
            await self._into_thread(ask_id, self._channel, begun=any(card.form == THREAD for card in posted))
        return all(refreshed)

    async def _refresh_card(self, card: Posted) -> bool:
        """False if it is still posted, but could not be changed."""
        try:
            rendered = await self._render(card)
        except NotFound:
            return True
        if rendered.hash == card.shown:
            return True
        try:
            await self._gateway.change(card.conversation, card.ts or "", rendered)
        except MessageDeleted as gone:
            log.info("card.gone", key=card.key, because=str(gone))
            await off_loop(lambda: self._app.cards.gone(card.key))
            return True
        except Unreachable as no:
            log.warning("card.unreachable", key=card.key, because=str(no))
            return False
        await off_loop(lambda: self._app.cards.shows(card.key, rendered.hash))
        return True

    # -- threads

    async def _into_thread(self, ask_id: AskId, channel: str, *, begun: bool) -> None:
        """Posts the card in the engagement's thread; none for an ask that ended before."""
        try:
            card = await card_in_thread(self._app, ask_id)
        except NotFound:
            return
        if card.outcome is not Outcome.OPEN:
            known = await off_loop(lambda: self._app.cards.thread_of(card.engagement_id)) if begun else None
            if known is not None:
                await self._reconcile(f"thread:{ask_id}", self._now() - SEARCH_BACK, known.ts)
            return
        try:
            thread = await self._thread(card.engagement_id, await self._gateway.channel(channel))
            posted = Posted(f"thread:{ask_id}", ask_id, "", THREAD, "", thread.conversation, None, "")
            await self._post(posted, since=self._now() - SEARCH_BACK if begun else None, thread=thread.ts)
        except Unreachable as no:
            await self._say_without_thread(card, channel, str(no))

    async def _thread(self, engagement_id: EngagementId, channel: str) -> Thread:
        """The thread of an engagement's cards; two concurrent asks start only one."""
        async with self._beginning:
            known = await off_loop(lambda: self._app.cards.thread_of(engagement_id))
            if known is not None:
                return known
            state = await off_loop(lambda: self._app.read.engagement(engagement_id))
            key = f"thread:{engagement_id}"
            rendered = self._renderer.words(
                f"{engagement_id} {state.title} · {state.client}" if state else engagement_id
            )
            since = state.started_at if state else self._now()
            begun = await self._gateway.find(channel, key, since) or await self._gateway.post(channel, rendered, key)
            thread = Thread(channel, begun)
            await off_loop(lambda: self._app.cards.keep_thread(engagement_id, thread))
            return thread

    async def _say_without_thread(self, card: Card, channel: str, because: str) -> None:
        """Tells the engagement manager, once, that its thread cannot be written to."""
        state = await off_loop(lambda: self._app.read.engagement(card.engagement_id))
        if state is None:
            return
        text = f"{state.id} {state.title} no longer has a thread in Slack: channel {channel} says {because}. "
        text += "Restore the channel, or have the administrator name another. People still get their asks as before."
        message = Message(
            key=f"thread:{state.id}:{channel}:{because}"[:200],
            to=state.manager,
            kind="thread",
            stream=engagement_stream(state.id),
            text=fitting(text),
        )
        now = self._now()
        await off_loop(lambda: self._app.outbox.add([message], now))
