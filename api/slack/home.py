"""App Home: what waits for me or is overdue with others, my engagements, vacancies of my function, my absences."""

from collections.abc import Sequence
from typing import Any

import structlog
from pydantic import BaseModel
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.models.blocks import SectionBlock
from slack_sdk.models.views import View

from adapters.delivery import RetryLater, Unreachable
from adapters.slack.text import plain
from api.slack.context import Reads, SlackContext
from api.slack.forms import Values, filled, fitting
from api.slack.home_view import (
    AWAY,
    BACK,
    LET,
    MAX_OTHERS,
    MAX_STEPS,
    TAKE_BACK,
    Ends,
    Shown,
    away_form,
    home,
    letting_form,
)
from api.slack.request import Body, SlackRequest, button_carries
from application.commands import people
from application.inbox.deferred_commands import (
    DeferredAbsence,
    DeferredCommand,
    DeferredReturn,
    DeferredStandIn,
    DeferredStandInEnd,
)
from application.inbox.processor import in_words
from application.queries.asks import AskFilter, inbox
from application.queries.engagements import EngagementFilter, engagements
from application.queries.my_steps import MyStepFilter, my_next_steps
from application.queries.people import person_view
from application.queries.vacancies import VacancyFilter, vacancies
from application.reconciliation.damage import report_damage
from domain.shared.errors import Refusal
from domain.shared.transaction import Actor

log = structlog.get_logger()


class Home:
    """The handlers of App Home."""

    def __init__(self, context: SlackContext) -> None:
        self._context = context

    def listen(self, bolt: AsyncApp) -> None:
        """Registers the handlers."""
        bolt.event("app_home_opened")(self.opened)
        bolt.event("user_change")(self.user_changed)
        bolt.action(AWAY)(self.begin)
        bolt.action(LET)(self.begin)
        for name in (BACK, TAKE_BACK):
            bolt.action(name, matchers=[button_carries(Ends)])(self.take_back)
        bolt.view(AWAY)(self.be_away)
        bolt.view(LET)(self.let_answer)

    async def opened(self, body: Body) -> None:
        """Renders the home of whoever opened it."""
        event = body["event"]
        if event.get("tab") == "home":
            await self.publish(str(event["user"]))

    async def user_changed(self, body: Body) -> None:
        """An account changed: whose it is will be looked up again."""
        await self._context.accounts.forget(str(body["event"]["user"]["id"]))

    async def publish(self, account: str) -> None:
        """Renders someone's current home; an unknown person is told why there is none."""
        try:
            actor = await self._context.actor_of(account)
            view = home(await self._shown(actor))
        except Refusal as refusal:
            await report_damage(self._context.app, refusal)
            view = View(type="home", blocks=[SectionBlock(text=plain(in_words(refusal.refused)))])
        except (RetryLater, Unreachable):
            return
        try:
            await self._context.client.call("views.publish", user_id=account, view=view.to_dict())
        except (RetryLater, Unreachable) as no:  # it is rendered again the next time it is opened
            log.info("slack.home", to=account, because=str(no))

    async def _shown(self, actor: Actor) -> Shown:
        app = self._context.app
        return Shown(
            asks=await inbox(app, actor, AskFilter(limit=MAX_STEPS)),
            steps=await my_next_steps(app, actor, MyStepFilter(limit=MAX_STEPS)),
            engagements=await engagements(app, actor, EngagementFilter(mine=True, limit=MAX_OTHERS)),
            vacancies=await vacancies(app, actor, VacancyFilter(mine=True, limit=MAX_OTHERS)),
            me=await person_view(app, actor, actor.person_id),
        )

    # -- absences and delegations

    async def begin(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Opens the modal for an absence or a delegation."""
        await ack()
        who, what = SlackRequest.parse(body, req.headers), body["actions"][0]["action_id"]
        try:
            await self._context.actor_of(who.account)
            await self._context.open(who, away_form() if what == AWAY else letting_form())
        except (Refusal, RetryLater, Unreachable) as no:
            await self._context.refuse(who, no)

    async def be_away(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """A submitted absence."""
        await self._submitted(ack, body, req, AWAY, absence_of)

    async def let_answer(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """A submitted delegation."""
        await self._submitted(ack, body, req, LET, delegation_of)

    async def _submitted(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest, name: str, read: Reads) -> None:
        key = await self._context.take(ack, body, req, name, read)
        if key is not None:
            await self.drawn_after(SlackRequest.parse(body, req.headers), key)

    async def take_back(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Cancels an absence or a delegation."""
        who, action = SlackRequest.parse(body, req.headers), body["actions"][0]
        ends = Ends.model_validate_json(action["value"])
        deferred: DeferredCommand = DeferredReturn(first=ends.first)
        if ends.to is not None:
            deferred = DeferredStandInEnd(taken=people.OperationTakenBack(to=ends.to, first=ends.first))
        key = await self._context.keep(who, deferred, action["action_id"], action["value"], action.get("action_ts"))
        await ack()
        await self.drawn_after(who, key)

    async def drawn_after(self, who: SlackRequest, key: str) -> None:
        """Renders the home again once a command has had its outcome."""
        await self._context.reception.carried(key)
        await self.publish(who.account)


def absence_of(values: Values) -> DeferredAbsence:
    """Parses the absence. Raises FormInvalid."""
    return DeferredAbsence(away=_filled(people.NewAbsence, values, ("first", "last", "delegate")))


def delegation_of(values: Values) -> DeferredStandIn:
    """Parses the delegation. Raises FormInvalid."""
    return DeferredStandIn(given=_filled(people.NewDelegation, values, ("to", "first", "last", "kinds", "up_to")))


def _filled(model: type[BaseModel], values: Values, names: Sequence[str]) -> Any:
    given = {name: value for name in names if (value := filled(values, name)) is not None}
    return fitting(model, given, {name: name for name in names})
