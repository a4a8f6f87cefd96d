"""Asks in Slack: pressing a button, sending a form, reading an ask page by page, letting someone else answer."""

import re
from typing import Any

import structlog
from pydantic import BaseModel
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.models.views import View

from adapters.delivery import RetryLater, Unreachable
from adapters.slack import cards
from adapters.slack.cards import CHOICE, DELEGATE, OPEN, READ, AskIdRead, Pressed, ReadingPage
from api.slack import forms
from api.slack.context import NOT_KEPT, STALE, SlackContext
from api.slack.forms import ANSWER, HOURS, Answering, FormInvalid
from api.slack.request import Body, SlackRequest, button_carries, view_carries
from application.inbox.deferred_commands import DeferredAnswer, DeferredDelegation
from application.inbox.processor import How, InboxOutcome
from application.notifications.cards import EarlierHours, card_of, to_estimate
from application.queries.document_texts import text_of
from domain.asks.card import Card
from domain.asks.choices import AnswerChoice, Wanted
from domain.asks.model import Answer
from domain.shared.errors import Refusal
from domain.shared.transaction import Actor
from domain.shared.values import AskId, PersonId

log = structlog.get_logger()

LET_ANSWER = "let answer"
ENDED = "This is closed. Here is how it ended."


class Letting(BaseModel):
    """What the modal for letting someone else answer carries."""

    ask_id: AskIdRead


class Another(BaseModel):
    """The person chosen to answer."""

    to: PersonId


class Asks:
    """The handlers of asks."""

    def __init__(self, context: SlackContext) -> None:
        self._context = context

    def listen(self, bolt: AsyncApp) -> None:
        """Registers the handlers."""
        pressed, answering = [button_carries(Pressed)], [view_carries(Answering)]
        bolt.action(re.compile(rf"^{CHOICE}:"), matchers=pressed)(self.press)
        bolt.action(OPEN, matchers=pressed)(self.read)
        bolt.action(DELEGATE, matchers=pressed)(self.choose_another)
        bolt.view(READ, matchers=[view_carries(ReadingPage)])(self.read_on)
        bolt.view(ANSWER, matchers=answering)(self.answer)
        bolt.view(HOURS, matchers=answering)(self.give_hours)
        bolt.view(LET_ANSWER, matchers=[view_carries(Letting)])(self.let_answer)

    async def press(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """A decision button: stores the decision if no more is needed, otherwise opens its form."""
        who, action = SlackRequest.parse(body, req.headers), body["actions"][0]
        pressed = Pressed.model_validate_json(action["value"])
        if pressed.verdict is None or not pressed.is_plain:
            await ack()
            await self._open_form(who, pressed, body)
            return
        deferred = DeferredAnswer(
            ask_id=pressed.ask_id,
            subject_hash=pressed.subject_hash,
            read_in=pressed.read_in,
            answer=Answer(verdict=pressed.verdict),
            label=(action.get("text") or {}).get("text") or pressed.verdict.value,
        )
        key = await self._context.keep(
            who, deferred, pressed.ask_id, pressed.subject_hash, pressed.verdict, pressed.version
        )
        await ack()
        view = body.get("view") or {}
        if view.get("type") == "modal":  # it will show the outcome once that is known
            await self._context.reception.carried(key)
            await self._shown(who, pressed.ask_id, view["id"])

    async def _open_form(self, who: SlackRequest, pressed: Pressed, body: Body) -> None:
        """Opens the form of a choice for the ask as it is now; an outdated card is answered with the current one."""
        over = body["view"]["id"] if (body.get("view") or {}).get("type") == "modal" else None
        try:
            actor = await self._context.actor_of(who.account)
            card = await card_of(self._context.app, pressed.ask_id, actor.person_id)
            choice = next((one for one in card.choices if one.verdict is pressed.verdict), None)
            if choice is None or card.subject_hash != pressed.subject_hash:
                told = card.rests or (STALE if card.choices else ENDED)
                outcome = InboxOutcome(how=How.REFUSED, told=told, ask_id=pressed.ask_id)
                await self._context.say_outcome(who.account, who.answer_to.model_dump_json(), outcome)
                return
            await self._context.open(who, await self._form(card, choice, actor.person_id), over)
        except (Refusal, RetryLater, Unreachable) as no:
            await self._context.refuse(who, no)

    async def _form(self, card: Card, choice: AnswerChoice, person_id: PersonId) -> View:
        if Wanted.HOURS not in choice.wants:
            return forms.answer_form(card, choice)
        return forms.hours_form(card, await to_estimate(self._context.app, card.ask_id, person_id))

    async def answer(self, ack: AsyncAck, body: Body, view: dict[str, Any], req: AsyncBoltRequest) -> None:
        """A submitted form that answers an ask."""
        carried = Answering.model_validate_json(view["private_metadata"])
        await self._context.take(ack, body, req, ANSWER, lambda values: forms.answer_of(values, carried))

    async def give_hours(self, ack: AsyncAck, body: Body, view: dict[str, Any], req: AsyncBoltRequest) -> None:
        """A submitted page of hours: stores it, then shows the next page, if any."""
        who, carried = SlackRequest.parse(body, req.headers), Answering.model_validate_json(view["private_metadata"])
        try:
            deferred = forms.hours_of(view["state"]["values"], carried, await self._given(who, carried.ask_id))
        except FormInvalid as wrong:
            await ack(response_action="errors", errors=wrong.errors)
            return
        except (RetryLater, Unreachable):
            first = next(iter(view["state"]["values"]))
            await ack(response_action="errors", errors={first: NOT_KEPT})
            return
        if await self._context.refused(ack, who, deferred, view["state"]["values"], "hours", view["id"], carried.page):
            return
        await self._context.keep(who, deferred, "hours", view["id"], carried.page)
        following = await self._next_hours(who, carried)
        if following is None:
            await ack()
        else:
            await ack(response_action="update", view=following.to_dict())

    async def _given(self, who: SlackRequest, ask_id: AskId) -> dict[str, EarlierHours]:
        """What someone estimated before; nothing for an unknown account. Raises RetryLater or Unreachable."""
        try:
            return await self._context.promptly(self._given_by(who, ask_id))
        except Refusal:
            return {}

    async def _given_by(self, who: SlackRequest, ask_id: AskId) -> dict[str, EarlierHours]:
        return (
            await to_estimate(self._context.app, ask_id, (await self._context.actor_of(who.account)).person_id)
        ).shown

    async def _next_hours(self, who: SlackRequest, carried: Answering) -> View | None:
        """The next page of packages; None after the last, or if it cannot be determined."""
        try:
            return await self._context.promptly(self._page_of_hours(who, carried.ask_id, carried.page + 1))
        except (Refusal, RetryLater, Unreachable):
            return None
        except Exception:  # the previous page is stored, and its answer must not suggest otherwise
            log.exception("slack.next_page", ask=carried.ask_id)
            return None

    async def _page_of_hours(self, who: SlackRequest, ask_id: AskId, page: int) -> View | None:
        person_id = (await self._context.actor_of(who.account)).person_id
        asked = await to_estimate(self._context.app, ask_id, person_id)
        if page * forms.PACKAGES_ON_PAGE >= len(asked.packages):
            return None
        return forms.hours_form(await card_of(self._context.app, ask_id, person_id), asked, page)

    # -- reading

    async def read(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Opens an ask to be read in full."""
        await ack()
        who, pressed = SlackRequest.parse(body, req.headers), Pressed.model_validate_json(body["actions"][0]["value"])
        try:
            actor = await self._context.actor_of(who.account)
            await self._context.open(who, await self._read(actor, pressed.ask_id))
        except (Refusal, RetryLater, Unreachable) as no:
            await self._context.refuse(who, no)

    async def read_on(self, ack: AsyncAck, body: Body, view: dict[str, Any], req: AsyncBoltRequest) -> None:
        """Shows the next page."""
        who, page = SlackRequest.parse(body, req.headers), ReadingPage.model_validate_json(view["private_metadata"])
        try:
            actor = await self._context.promptly(self._context.actor_of(who.account))
            read = await self._context.promptly(self._read(actor, page.ask_id, page.page + 1))
        except (Refusal, RetryLater, Unreachable) as no:
            await ack()
            await self._context.refuse(who, no)
            return
        await ack(response_action="update", view=read.to_dict())

    async def _read(self, actor: Actor, ask_id: AskId, page: int = 0) -> View:
        """Renders an ask in full, with the text of its document. Raises NotFound or PermissionDenied."""
        card = await card_of(self._context.app, ask_id, actor.person_id)
        return cards.reading(card, page, await text_of(self._context.app, actor, card))

    async def _shown(self, who: SlackRequest, ask_id: AskId, view_id: str) -> None:
        try:
            actor = await self._context.actor_of(who.account)
            await self._context.change(view_id, await self._read(actor, ask_id))
        except (Refusal, RetryLater, Unreachable) as no:
            await self._context.refuse(who, no)

    # -- letting someone else answer

    async def choose_another(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Opens the choice of who should answer an ask."""
        await ack()
        who, pressed = SlackRequest.parse(body, req.headers), Pressed.model_validate_json(body["actions"][0]["value"])
        over = body["view"]["id"] if (body.get("view") or {}).get("type") == "modal" else None
        hint = "For this ask only. You can still answer too: whoever answers first decides."
        blocks = [forms.searched("to", "Who may answer it for you", f"{forms.ANOTHER}:{pressed.ask_id}", hint=hint)]
        view = forms.modal(LET_ANSWER, "Let somebody else answer", "Let them", blocks, Letting(ask_id=pressed.ask_id))
        try:
            await self._context.open(who, view, over)
        except (RetryLater, Unreachable) as no:
            await self._context.refuse(who, no)

    async def let_answer(self, ack: AsyncAck, body: Body, view: dict[str, Any], req: AsyncBoltRequest) -> None:
        """A submitted choice of who should answer."""
        ask_id = Letting.model_validate_json(view["private_metadata"]).ask_id

        def read(values: forms.Values) -> DeferredDelegation:
            another = forms.fitting(Another, {"to": forms.filled(values, "to")}, {"to": "to"})
            return DeferredDelegation(ask_id=ask_id, to=another.to)

        await self._context.take(ack, body, req, "delegate", read)
