"""What every handler of Slack needs: who acts, where they are answered, and how their wish is kept."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import structlog
from pydantic import BaseModel, ValidationError
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.models.views import View

from api.slack import cards
from api.slack.forms import Misfilled, Values, errors_of
from api.slack.identity import SlackVoucher
from api.slack.step_cards import step_message
from api.slack.text import unescaped
from api.slack.web import Web
from application.accounts import Accounts
from application.cards import asked_now, card_of
from application.chat import Drawn
from application.damage import report_damage
from application.doing_steps import DoStep
from application.interlock import STORE_AWAY, Interlock
from application.off_loop import off_loop
from application.reading import require_of_the_firm
from application.reception import How, Outcome, Reception, in_words
from application.step_cards import step_card_of
from application.telling import Patience, Unreachable
from application.wishes import AnswerAsk, GiveHours, Wish, Wisher, try_wish, wish_key
from domain.directory import Directory
from domain.record import Message
from domain.refusals import Refusal
from domain.step_refs import StepRef
from domain.turn import Actor
from domain.words import fitting

log = structlog.get_logger()

RETRY = "x-slack-retry-num"
PROMPT = 0.5
"""Seconds that may be spent on what must be known before Slack is answered."""
KEPT_WITHIN = 1.4
"""Seconds: after three in all Bolt would let the next listener answer, as if it had been taken."""
STALE = "This card is out of date. Here is the current one."
NOT_KEPT = "We could not save this. Send it again in a moment."
NOT_SHOWN = "We could not show what comes next. Send it again in a moment."
T = TypeVar("T")

Body = dict[str, Any]
Reads = Callable[[Values], Wish]
"""Makes a wish of what was filled in; raises Misfilled."""
Matcher = Callable[[Body], Awaitable[bool]]


class AnswerTo(BaseModel):
    """The conversation in which somebody acted, if it was one: there they hear what came of it."""

    conversation: str | None = None
    thread: str | None = None


class Came(NamedTuple):
    """A request as it came: by which account, answered where, started by what, and whether Slack sends it again."""

    account: str
    answer_to: AnswerTo
    trigger: str
    repeated: bool


def came(body: Body, headers: Any = None) -> Came:
    """What every kind of request says of whence it came."""
    account = _text(_part(body, "user").get("id")) or _text(body.get("user_id"))
    channel = _text(_part(body, "channel").get("id")) or _text(body.get("channel_id"))
    thread = _text(_part(body, "message").get("thread_ts")) or _text(_part(body, "container").get("thread_ts"))
    answer_to = AnswerTo(conversation=channel or None, thread=thread or None)
    return Came(account, answer_to, _text(body.get("trigger_id")), bool(headers and headers.get(RETRY)))


def _part(body: Body, name: str) -> Body:
    """A part of a request that has parts; what should be one and is something else has none."""
    part = body.get(name)
    return part if isinstance(part, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def button_carries(model: type[BaseModel]) -> Matcher:
    """For listeners: true of a button whose value is this; any other was drawn by an older version of us."""

    async def carries(body: Body) -> bool:
        return _is(model, (body.get("actions") or [{}])[0].get("value"))

    return carries


def view_carries(model: type[BaseModel]) -> Matcher:
    """The same for a modal."""

    async def carries(body: Body) -> bool:
        return _is(model, (body.get("view") or {}).get("private_metadata"))

    return carries


def _is(model: type[BaseModel], text: object) -> bool:
    try:
        model.model_validate_json(str(text))
    except ValidationError:
        return False
    return True


class Desk:
    """Slack's side of the use-cases."""

    def __init__(self, app: Interlock, web: Web, voucher: SlackVoucher, now: Callable[[], datetime]) -> None:
        self.app = app
        self.web = web
        self.voucher = voucher
        self._now = now
        self.accounts = Accounts(app, voucher, now)
        self.reception = Reception(app, self, now)

    async def actor_of(self, account: str) -> Actor:
        """Who acts by an account. Raises UnknownCaller, Patience."""
        return await self.accounts.actor_of(account)

    async def promptly(self, answer: Awaitable[T]) -> T:
        """What must be known before Slack is answered; where that takes too long, Patience is raised."""
        try:
            return await asyncio.wait_for(answer, PROMPT)
        except TimeoutError:
            raise Patience("no answer in time") from None

    async def show_next(self, ack: AsyncAck, values: Values, view: Awaitable[View]) -> None:
        """Answers a form with the one that follows. What is wrong is said at its fields, and what was typed stays."""
        try:
            shown = await self.promptly(view)
        except Misfilled as wrong:
            await ack(response_action="errors", errors=wrong.errors)
        except Refusal as refusal:
            await ack(response_action="errors", errors=errors_of(refusal.refused, values))
        except (Patience, Unreachable, *STORE_AWAY):
            await ack(response_action="errors", errors={next(iter(values)): NOT_SHOWN})
        else:
            await ack(response_action="update", view=shown.to_dict())

    async def keep(self, came: Came, wish: Wish, *of: object) -> str:
        """Keeps a wish; gives its key: the account, and what it was made of, a button's value or a view's id."""
        key = wish_key("slack", came.account, *of)
        answer_to = came.answer_to.model_dump_json()
        async with asyncio.timeout(KEPT_WITHIN):
            await self.reception.keep(came.account, key, wish, answer_to, repeated=came.repeated)
        return key

    async def take(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest, name: str, read: Reads) -> str | None:
        """Takes a form that was sent: says at its fields what does not fit, else keeps the wish; gives its key."""
        view, who = body["view"], came(body, req.headers)
        try:
            wish = read(view["state"]["values"])
        except Misfilled as wrong:
            await ack(response_action="errors", errors=wrong.errors)
            return None
        if await self.refused(ack, who, wish, view["state"]["values"], name, view["id"]):
            return None
        key = await self.keep(who, wish, name, view["id"])
        await ack()
        return key

    async def refused(self, ack: AsyncAck, came: Came, wish: Wish, values: Values, *of: object) -> bool:
        """True where a wish would be refused as things stand: its form stays open, and says why at the field.

        Where that cannot be told in time the wish is kept: whoever decides refuses it then, and its person hears so.
        """
        try:
            refusal = await self.promptly(self._tried(came, wish, wish_key("slack", came.account, *of)))
        except (Patience, Unreachable, *STORE_AWAY):
            return False
        except Exception:  # what is wrong with a look ahead keeps nobody from what they wish
            log.exception("slack.look_ahead", wish=wish.wish)
            return False
        if refusal is None or not values:
            return False
        await ack(response_action="errors", errors=errors_of(refusal.refused, values))
        ask = wish.ask if isinstance(wish, AnswerAsk | GiveHours) else None
        step = wish.step if isinstance(wish, DoStep) else None
        if (ask or step) is not None and refusal.refused.field is None:  # it may be another by now, or none
            outcome = Outcome(how=How.REFUSED, told=in_words(refusal.refused), ask=ask, step=step)
            await self.say_outcome(came.account, came.answer_to.model_dump_json(), outcome)
        return True

    async def _tried(self, came: Came, wish: Wish, key: str) -> Refusal | None:
        """What stands in the way of a wish: nothing of one that was carried out; a stranger hears later why not."""
        try:
            actor = await self.actor_of(came.account)
        except Refusal:
            return None
        if await self.reception.is_done(key):
            return None
        try:
            await try_wish(self.app, Wisher(actor=actor, key=key), wish)
        except Refusal as refusal:
            return refusal
        return None

    async def open(self, came: Came, view: View, over: str | None = None) -> None:
        """Opens a modal, over one that is open where its id is given."""
        method = "views.push" if over else "views.open"
        await self.web.call(method, trigger_id=came.trigger, view=view.to_dict())

    async def open_drawn(self, came: Came, draw: Callable[[Directory], View]) -> None:
        """Opens a modal that is drawn from the directory, for a colleague; whoever is none hears why it is not."""
        try:
            actor = await self.actor_of(came.account)
            await self.open(came, draw(await require_of_the_firm(self.app, actor)))
        except (Refusal, Patience, Unreachable) as no:
            await self.refuse(came, no)

    async def change(self, view_id: str, view: View) -> None:
        """Puts a modal in place of one that is open."""
        await self.web.call("views.update", view_id=view_id, view=view.to_dict())

    # -- what people hear, and nobody else

    async def say(self, account: str, answer_to: str, told: str) -> None:
        """Says something to the person alone, where they acted."""
        await self._say(account, AnswerTo.model_validate_json(answer_to), cards.words(told))

    async def say_outcome(self, account: str, answer_to: str, outcome: Outcome) -> None:
        """Says what came of a wish; of one about an ask that was refused, with what is asked now."""
        drawn = cards.words(outcome.told)
        if outcome.how is How.REFUSED and outcome.ask is not None:
            drawn = await self._present(account, outcome.ask, outcome.told) or drawn
        elif outcome.how is How.REFUSED and outcome.step is not None:
            drawn = await self._present_step(account, outcome.step, outcome.told) or drawn
        await self._say(account, AnswerTo.model_validate_json(answer_to), drawn)

    async def refuse(self, came: Came, refusal: Refusal | Patience | Unreachable) -> None:
        """Says why something is not done."""
        if isinstance(refusal, Refusal):
            await report_damage(self.app, refusal)
        told = in_words(refusal.refused) if isinstance(refusal, Refusal) else f"Slack: {refusal}. Try again."
        await self._say(came.account, came.answer_to, cards.words(told))

    async def _present(self, account: str, ask: str, above: str) -> Drawn | None:
        """The ask as it stands now for this person; None where it does not concern them."""
        try:
            actor = await self.actor_of(account)
            now = await asked_now(self.app, ask, actor.person)
            return cards.message(await card_of(self.app, now, actor.person), above)
        except (Refusal, Patience):
            return None

    async def _present_step(self, account: str, step: str, above: str) -> Drawn | None:
        """The act or the vacancy as it stands now for this person; None where it does not concern them."""
        try:
            actor = await self.actor_of(account)
            card = await step_card_of(self.app, StepRef.read(step), actor.person)
        except (Refusal, Patience):
            return None
        return step_message(card, above)

    async def _say(self, account: str, answer_to: AnswerTo, drawn: Drawn) -> None:
        """In the conversation in which they acted, shown to them alone; else in their own; else by the outbox."""
        try:
            if not await self._said_there(account, answer_to, drawn):
                own = await self.voucher.conversation(account)
                await self.web.call("chat.postMessage", channel=own, blocks=drawn.blocks, text=drawn.text)
        except (Patience, Unreachable) as unheard:
            log.warning("slack.unheard", to=account, because=str(unheard))
            await self._say_later(account, drawn)

    async def _said_there(self, account: str, answer_to: AnswerTo, drawn: Drawn) -> bool:
        """False where they acted in no conversation, or in one that we are not in. Raises Patience."""
        if answer_to.conversation is None:
            return False
        given = {"channel": answer_to.conversation, "user": account, "blocks": drawn.blocks, "text": drawn.text}
        given |= {"thread_ts": answer_to.thread} if answer_to.thread else {}
        try:
            await self.web.call("chat.postEphemeral", **given)
        except Unreachable:
            return False
        return True

    async def _say_later(self, account: str, drawn: Drawn) -> None:
        """What could not be said now waits with everything that somebody is told; a stranger is told nothing."""
        try:
            person = (await self.actor_of(account)).person
        except (Refusal, Patience):
            return
        key, text = f"slack:{uuid.uuid4().hex}", fitting(unescaped(drawn.text))
        message = Message(key=key, to=person, kind="answer to a wish", stream="slack", text=text)
        now = self._now()
        await off_loop(lambda: self.app.outbox.add([message], now))
