"""Asks in Slack: a button is pressed, a form is sent, an ask is read page by page, another is to answer."""

import re
from typing import Any

import structlog
from pydantic import BaseModel
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.models.views import View

from api.slack import cards, forms
from api.slack.cards import CHOICE, DELEGATE, OPEN, READ, AskId, Page, Pressed
from api.slack.desk import NOT_KEPT, STALE, Body, Came, Desk, button_carries, came, view_carries
from api.slack.forms import ANSWER, HOURS, Answering, Misfilled
from application.cards import Given, card_of, to_estimate
from application.document_texts import text_of
from application.reception import How, Outcome
from application.telling import Patience, Unreachable
from application.wishes import AnswerAsk, DelegateAsk
from domain.asking.choices import Choice, Wanted
from domain.asks import Answer
from domain.card import Card
from domain.refusals import Refusal
from domain.turn import Actor
from domain.values import PersonId

log = structlog.get_logger()

LET_ANSWER = "let answer"
ENDED = "This is closed. Here is how it ended."


class Letting(BaseModel):
    """What the modal by which another is to answer carries."""

    ask: AskId


class Another(BaseModel):
    """Whom somebody chose to answer."""

    to: PersonId


class Asks:
    """The handlers of asks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def listen(self, bolt: AsyncApp) -> None:
        """Registers the handlers."""
        pressed, answering = [button_carries(Pressed)], [view_carries(Answering)]
        bolt.action(re.compile(rf"^{CHOICE}:"), matchers=pressed)(self.press)
        bolt.action(OPEN, matchers=pressed)(self.read)
        bolt.action(DELEGATE, matchers=pressed)(self.choose_another)
        bolt.view(READ, matchers=[view_carries(Page)])(self.read_on)
        bolt.view(ANSWER, matchers=answering)(self.answer)
        bolt.view(HOURS, matchers=answering)(self.give_hours)
        bolt.view(LET_ANSWER, matchers=[view_carries(Letting)])(self.let_answer)

    async def press(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """A button that names a decision: kept at once where it says all, else the form for what it wants."""
        who, action = came(body, req.headers), body["actions"][0]
        pressed = Pressed.model_validate_json(action["value"])
        if pressed.verdict is None or not pressed.is_plain:
            await ack()
            await self._open_form(who, pressed, body)
            return
        wish = AnswerAsk(
            ask=pressed.ask,
            subject_hash=pressed.hash,
            answer=Answer(verdict=pressed.verdict),
            label=(action.get("text") or {}).get("text") or pressed.verdict.value,
        )
        key = await self._desk.keep(who, wish, pressed.ask, pressed.hash, pressed.verdict, pressed.turn)
        await ack()
        view = body.get("view") or {}
        if view.get("type") == "modal":  # it shows what came of it, once that is known
            await self._desk.reception.carried(key)
            await self._shown(who, pressed.ask, view["id"])

    async def _open_form(self, who: Came, pressed: Pressed, body: Body) -> None:
        """The form of a choice, as the ask is now; a card of before is answered with the present one."""
        over = body["view"]["id"] if (body.get("view") or {}).get("type") == "modal" else None
        try:
            actor = await self._desk.actor_of(who.account)
            card = await card_of(self._desk.app, pressed.ask, actor.person)
            choice = next((one for one in card.choices if one.verdict is pressed.verdict), None)
            if choice is None or card.hash != pressed.hash:
                told = card.rests or (STALE if card.choices else ENDED)
                outcome = Outcome(how=How.REFUSED, told=told, ask=pressed.ask)
                await self._desk.say_outcome(who.account, who.answer_to.model_dump_json(), outcome)
                return
            await self._desk.open(who, await self._form(card, choice, actor.person), over)
        except (Refusal, Patience, Unreachable) as no:
            await self._desk.refuse(who, no)

    async def _form(self, card: Card, choice: Choice, person: str) -> View:
        if Wanted.HOURS not in choice.wants:
            return forms.answer_form(card, choice)
        return forms.hours_form(card, await to_estimate(self._desk.app, card.ask, person))

    async def answer(self, ack: AsyncAck, body: Body, view: dict[str, Any], req: AsyncBoltRequest) -> None:
        """A form that answers an ask."""
        carried = Answering.model_validate_json(view["private_metadata"])
        await self._desk.take(ack, body, req, ANSWER, lambda values: forms.answer_of(values, carried))

    async def give_hours(self, ack: AsyncAck, body: Body, view: dict[str, Any], req: AsyncBoltRequest) -> None:
        """A page of hours: kept; then the next page, if there is one."""
        who, carried = came(body, req.headers), Answering.model_validate_json(view["private_metadata"])
        try:
            wish = forms.hours_of(view["state"]["values"], carried, await self._given(who, carried.ask))
        except Misfilled as wrong:
            await ack(response_action="errors", errors=wrong.errors)
            return
        except (Patience, Unreachable):
            first = next(iter(view["state"]["values"]))
            await ack(response_action="errors", errors={first: NOT_KEPT})
            return
        if await self._desk.refused(ack, who, wish, view["state"]["values"], "hours", view["id"], carried.page):
            return
        await self._desk.keep(who, wish, "hours", view["id"], carried.page)
        following = await self._next_hours(who, carried)
        if following is None:
            await ack()
        else:
            await ack(response_action="update", view=following.to_dict())

    async def _given(self, who: Came, ask: str) -> dict[str, Given]:
        """What somebody estimated before; a stranger nothing. Raises Patience, Unreachable."""
        try:
            return await self._desk.promptly(self._given_by(who, ask))
        except Refusal:
            return {}

    async def _given_by(self, who: Came, ask: str) -> dict[str, Given]:
        return (await to_estimate(self._desk.app, ask, (await self._desk.actor_of(who.account)).person)).shown

    async def _next_hours(self, who: Came, carried: Answering) -> View | None:
        """The next page of packages; None after the last, or where it cannot be told."""
        try:
            return await self._desk.promptly(self._page_of_hours(who, carried.ask, carried.page + 1))
        except (Refusal, Patience, Unreachable):
            return None
        except Exception:  # the page before is kept: its answer must not say otherwise
            log.exception("slack.next_page", ask=carried.ask)
            return None

    async def _page_of_hours(self, who: Came, ask: str, page: int) -> View | None:
        person = (await self._desk.actor_of(who.account)).person
        asked = await to_estimate(self._desk.app, ask, person)
        if page * forms.PACKAGES_ON_PAGE >= len(asked.packages):
            return None
        return forms.hours_form(await card_of(self._desk.app, ask, person), asked, page)

    # -- reading

    async def read(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Opens an ask to be read whole."""
        await ack()
        who, pressed = came(body, req.headers), Pressed.model_validate_json(body["actions"][0]["value"])
        try:
            actor = await self._desk.actor_of(who.account)
            await self._desk.open(who, await self._read(actor, pressed.ask))
        except (Refusal, Patience, Unreachable) as no:
            await self._desk.refuse(who, no)

    async def read_on(self, ack: AsyncAck, body: Body, view: dict[str, Any], req: AsyncBoltRequest) -> None:
        """The next page."""
        who, page = came(body, req.headers), Page.model_validate_json(view["private_metadata"])
        try:
            actor = await self._desk.promptly(self._desk.actor_of(who.account))
            read = await self._desk.promptly(self._read(actor, page.ask, page.page + 1))
        except (Refusal, Patience, Unreachable) as no:
            await ack()
            await self._desk.refuse(who, no)
            return
        await ack(response_action="update", view=read.to_dict())

    async def _read(self, actor: Actor, ask: str, page: int = 0) -> View:
        """An ask to be read whole, with the text of the document that it is about. Raises NotFound, NotYours."""
        card = await card_of(self._desk.app, ask, actor.person)
        return cards.reading(card, page, await text_of(self._desk.app, actor, card))

    async def _shown(self, who: Came, ask: str, view_id: str) -> None:
        try:
            actor = await self._desk.actor_of(who.account)
            await self._desk.change(view_id, await self._read(actor, ask))
        except (Refusal, Patience, Unreachable) as no:
            await self._desk.refuse(who, no)

    # -- letting another answer

    async def choose_another(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Opens the choice of who is to answer an ask."""
        await ack()
        who, pressed = came(body, req.headers), Pressed.model_validate_json(body["actions"][0]["value"])
        over = body["view"]["id"] if (body.get("view") or {}).get("type") == "modal" else None
        hint = "For this one ask. It stays yours too: whichever of you answers first has answered."
        blocks = [forms.searched("to", "Who may answer it for you", f"{forms.ANOTHER}:{pressed.ask}", hint=hint)]
        view = forms.modal(LET_ANSWER, "Let another answer", "Let them", blocks, Letting(ask=pressed.ask))
        try:
            await self._desk.open(who, view, over)
        except (Patience, Unreachable) as no:
            await self._desk.refuse(who, no)

    async def let_answer(self, ack: AsyncAck, body: Body, view: dict[str, Any], req: AsyncBoltRequest) -> None:
        """Another is to answer."""
        ask = Letting.model_validate_json(view["private_metadata"]).ask

        def read(values: forms.Values) -> DelegateAsk:
            another = forms.fitting(Another, {"to": forms.filled(values, "to")}, {"to": "to"})
            return DelegateAsk(ask=ask, to=another.to)

        await self._desk.take(ack, body, req, "delegate", read)
