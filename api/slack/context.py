"""What every Slack handler needs: who acts, where to answer them, and how their deferred command is stored."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.models.views import View

from adapters.delivery import RenderedMessage, RetryLater, Unreachable
from adapters.slack import cards
from adapters.slack.client import SlackClient
from adapters.slack.identity import SlackIdentityProvider
from adapters.slack.step_cards import step_message
from adapters.slack.text import unescaped
from api.slack.forms import FormInvalid, Values, errors_of
from api.slack.request import AnswerTo, Body, SlackRequest
from application.commands.next_steps import DoStep
from application.context import STORE_AWAY, Interlock
from application.identity import Accounts
from application.inbox.deferred_commands import (
    CommandSender,
    DeferredAnswer,
    DeferredCommand,
    DeferredHours,
    deferred_key,
    try_deferred,
)
from application.inbox.processor import How, InboxOutcome, InboxProcessor, in_words
from application.notifications.cards import asked_now, card_of
from application.notifications.step_cards import step_card_of
from application.off_loop import off_loop
from application.queries.access import require_of_the_firm
from application.reconciliation.damage import report_damage
from domain.directory.directory import Directory
from domain.next_steps.references import StepRef
from domain.record.facts import Message
from domain.shared.errors import Refusal
from domain.shared.text import fitting
from domain.shared.transaction import Actor
from domain.shared.values import AskId

log = structlog.get_logger()

# Seconds for lookups that must precede the answer to Slack.
PROMPT = 0.5
# Seconds: after three in all, Bolt would let the next listener answer as if the request had been handled.
KEPT_WITHIN = 1.4
STALE = "This card is out of date. Here is the current one."
NOT_KEPT = "We could not save this. Send it again in a moment."
NOT_SHOWN = "We could not show what comes next. Send it again in a moment."
T = TypeVar("T")

# Turns form input into a deferred command; raises FormInvalid.
Reads = Callable[[Values], DeferredCommand]


class SlackContext:
    """Slack's side of the use cases."""

    def __init__(
        self, app: Interlock, client: SlackClient, identities: SlackIdentityProvider, now: Callable[[], datetime]
    ) -> None:
        self.app = app
        self.client = client
        self.identities = identities
        self._now = now
        self.accounts = Accounts(app, identities, now)
        self.reception = InboxProcessor(app, self, now)

    async def actor_of(self, account: str) -> Actor:
        """Returns who acts by an account. Raises UnknownCaller or RetryLater."""
        return await self.accounts.actor_of(account)

    async def promptly(self, answer: Awaitable[T]) -> T:
        """Awaits what must be known before Slack is answered; raises RetryLater if that takes too long."""
        try:
            return await asyncio.wait_for(answer, PROMPT)
        except TimeoutError:
            raise RetryLater("no answer in time") from None

    async def show_next(self, ack: AsyncAck, values: Values, view: Awaitable[View]) -> None:
        """Answers a form with the one that follows. Errors are shown at their fields, and the input is kept."""
        try:
            shown = await self.promptly(view)
        except FormInvalid as wrong:
            await ack(response_action="errors", errors=wrong.errors)
        except Refusal as refusal:
            await ack(response_action="errors", errors=errors_of(refusal.refused, values))
        except (RetryLater, Unreachable, *STORE_AWAY):
            await ack(response_action="errors", errors={next(iter(values)): NOT_SHOWN})
        else:
            await ack(response_action="update", view=shown.to_dict())

    async def keep(self, request: SlackRequest, deferred: DeferredCommand, *of: object) -> str:
        """Stores a deferred command; returns its key, made of the account and a button's value or a view's id."""
        key = deferred_key("slack", request.account, *of)
        answer_to = request.answer_to.model_dump_json()
        async with asyncio.timeout(KEPT_WITHIN):
            await self.reception.keep(request.account, key, deferred, answer_to, repeated=request.repeated)
        return key

    async def take(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest, name: str, read: Reads) -> str | None:
        """Handles a submitted form: shows errors at its fields, or stores the deferred command and returns its key."""
        view, who = body["view"], SlackRequest.parse(body, req.headers)
        try:
            deferred = read(view["state"]["values"])
        except FormInvalid as wrong:
            await ack(response_action="errors", errors=wrong.errors)
            return None
        if await self.refused(ack, who, deferred, view["state"]["values"], name, view["id"]):
            return None
        key = await self.keep(who, deferred, name, view["id"])
        await ack()
        return key

    async def refused(
        self, ack: AsyncAck, request: SlackRequest, deferred: DeferredCommand, values: Values, *of: object
    ) -> bool:
        """True if a command would be refused as things are now: its form stays open and says why at the field.

        If that cannot be determined in time, the command is stored: it is then refused where it is decided, and the
        person is told.
        """
        try:
            refusal = await self.promptly(self._tried(request, deferred, deferred_key("slack", request.account, *of)))
        except (RetryLater, Unreachable, *STORE_AWAY):
            return False
        except Exception:  # an error in this check must not keep anyone from their command
            log.exception("slack.look_ahead", kind=deferred.kind)
            return False
        if refusal is None or not values:
            return False
        await ack(response_action="errors", errors=errors_of(refusal.refused, values))
        ask_id = deferred.ask_id if isinstance(deferred, DeferredAnswer | DeferredHours) else None
        step = deferred.step if isinstance(deferred, DoStep) else None
        if (ask_id or step) is not None and refusal.refused.field is None:  # it may have changed, or be gone by now
            outcome = InboxOutcome(how=How.REFUSED, told=in_words(refusal.refused), ask_id=ask_id, step=step)
            await self.say_outcome(request.account, request.answer_to.model_dump_json(), outcome)
        return True

    async def _tried(self, request: SlackRequest, deferred: DeferredCommand, key: str) -> Refusal | None:
        """Why a command would be refused; None if it was carried out already, or if the account is unknown.

        The owner of an unknown account is told later.
        """
        try:
            actor = await self.actor_of(request.account)
        except Refusal:
            return None
        if await self.reception.is_done(key):
            return None
        try:
            await try_deferred(self.app, CommandSender(actor=actor, key=key), deferred)
        except Refusal as refusal:
            return refusal
        return None

    async def open(self, request: SlackRequest, view: View, over: str | None = None) -> None:
        """Opens a modal, on top of an open one if its id is given."""
        method = "views.push" if over else "views.open"
        await self.client.call(method, trigger_id=request.trigger, view=view.to_dict())

    async def open_drawn(self, request: SlackRequest, draw: Callable[[Directory], View]) -> None:
        """Opens a modal rendered from the directory, for colleagues; all others are told why it is not."""
        try:
            actor = await self.actor_of(request.account)
            await self.open(request, draw(await require_of_the_firm(self.app, actor)))
        except (Refusal, RetryLater, Unreachable) as no:
            await self.refuse(request, no)

    async def change(self, view_id: str, view: View) -> None:
        """Replaces an open modal."""
        await self.client.call("views.update", view_id=view_id, view=view.to_dict())

    # -- what only the person is told

    async def say(self, account: str, answer_to: str, told: str) -> None:
        """Tells the person alone, where they acted."""
        await self._say(account, AnswerTo.model_validate_json(answer_to), cards.words(told))

    async def say_outcome(self, account: str, answer_to: str, outcome: InboxOutcome) -> None:
        """Says what came of a command; if it answered an ask and was refused, with what is asked now."""
        rendered = cards.words(outcome.told)
        if outcome.how is How.REFUSED and outcome.ask_id is not None:
            rendered = await self._present(account, outcome.ask_id, outcome.told) or rendered
        elif outcome.how is How.REFUSED and outcome.step is not None:
            rendered = await self._present_step(account, outcome.step, outcome.told) or rendered
        await self._say(account, AnswerTo.model_validate_json(answer_to), rendered)

    async def refuse(self, request: SlackRequest, refusal: Refusal | RetryLater | Unreachable) -> None:
        """Says why something is not done."""
        if isinstance(refusal, Refusal):
            await report_damage(self.app, refusal)
        told = in_words(refusal.refused) if isinstance(refusal, Refusal) else f"Slack: {refusal}. Try again."
        await self._say(request.account, request.answer_to, cards.words(told))

    async def _present(self, account: str, ask_id: AskId, above: str) -> RenderedMessage | None:
        """The ask as it is now for this person; None if it does not concern them."""
        try:
            actor = await self.actor_of(account)
            now = await asked_now(self.app, ask_id, actor.person_id)
            return cards.message(await card_of(self.app, now, actor.person_id), above)
        except (Refusal, RetryLater):
            return None

    async def _present_step(self, account: str, step: str, above: str) -> RenderedMessage | None:
        """The act or vacancy as it is now for this person; None if it does not concern them."""
        try:
            actor = await self.actor_of(account)
            card = await step_card_of(self.app, StepRef.read(step), actor.person_id)
        except (Refusal, RetryLater):
            return None
        return step_message(card, above)

    async def _say(self, account: str, answer_to: AnswerTo, rendered: RenderedMessage) -> None:
        """As an ephemeral message where they acted; otherwise in their direct messages; otherwise by the outbox."""
        try:
            if not await self._said_there(account, answer_to, rendered):
                own = await self.identities.conversation(account)
                await self.client.call("chat.postMessage", channel=own, blocks=rendered.blocks, text=rendered.text)
        except (RetryLater, Unreachable) as unheard:
            log.warning("slack.unheard", to=account, because=str(unheard))
            await self._say_later(account, rendered)

    async def _said_there(self, account: str, answer_to: AnswerTo, rendered: RenderedMessage) -> bool:
        """False if they acted in no conversation, or in one without our bot. Raises RetryLater."""
        if answer_to.conversation is None:
            return False
        given = {"channel": answer_to.conversation, "user": account, "blocks": rendered.blocks, "text": rendered.text}
        given |= {"thread_ts": answer_to.thread} if answer_to.thread else {}
        try:
            await self.client.call("chat.postEphemeral", **given)
        except Unreachable:
            return False
        return True

    async def _say_later(self, account: str, rendered: RenderedMessage) -> None:
        """Queues what could not be said now with the person's other messages; an unknown account is told nothing."""
        try:
            person_id = (await self.actor_of(account)).person_id
        except (Refusal, RetryLater):
            return
        key, text = f"slack:{uuid.uuid4().hex}", fitting(unescaped(rendered.text))
        message = Message(key=key, to=person_id, kind="answer to a deferred command", stream="slack", text=text)
        now = self._now()
        await off_loop(lambda: self.app.outbox.add([message], now))
