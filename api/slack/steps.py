"""Acts owed and vacancies in Slack: pressing a button, sending a form, previewing a price before it is proposed."""

import re

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.models.views import View

from adapters.delivery import RetryLater, Unreachable
from adapters.slack.step_cards import STEP as ACTION
from adapters.slack.step_cards import StepPressed
from api.slack.context import NOT_KEPT, STALE, SlackContext
from api.slack.forms import Values, errors_of
from api.slack.home import Home
from api.slack.price_fields import price_preview, terms_of
from api.slack.request import Body, SlackRequest, button_carries, view_carries
from api.slack.step_fields import STEP, About, StepForm
from api.slack.step_forms import CHANGE, PLAIN, PRICE, change_preview, deed_of, draft_of, form, submitted_by
from application.authentication import Caller
from application.commands.next_steps import DoStep
from application.commands.price import preview_price
from application.inbox.deferred_commands import CommandSender
from application.inbox.processor import How, InboxOutcome
from application.notifications.step_cards import could_hold, step_of
from application.off_loop import off_loop
from application.queries.change_preview import preview_change
from domain.engagement.permissions import Sight, may_see
from domain.next_steps.references import StepRef
from domain.shared.errors import Refusal


class Steps:
    """The handlers of cards of acts and vacancies."""

    def __init__(self, context: SlackContext, home: Home) -> None:
        self._context = context
        self._home = home

    def listen(self, bolt: AsyncApp) -> None:
        """Registers the handlers."""
        bolt.action(re.compile(rf"^{ACTION}:"), matchers=[button_carries(StepPressed)])(self.press)
        bolt.view(PRICE, matchers=[view_carries(StepForm)])(self.preview)
        bolt.view(CHANGE, matchers=[view_carries(StepForm)])(self.show_route)
        bolt.view(STEP, matchers=[view_carries(StepForm)])(self.submit)

    async def press(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """A button: stores its command if no more is needed, otherwise opens its form."""
        who, pressed = (
            SlackRequest.parse(body, req.headers),
            StepPressed.model_validate_json(body["actions"][0]["value"]),
        )
        at_home = (body.get("view") or {}).get("type") == "home"
        if pressed.do not in PLAIN:
            await ack()
            await self._open_form(who, pressed, at_home=at_home)
            return
        deferred = DoStep(step=pressed.step, do=pressed.do, deed=PLAIN[pressed.do])
        key = await self._context.keep(who, deferred, pressed.step, pressed.do.value)
        await ack()
        if at_home:
            await self._home.drawn_after(who, key)

    async def _open_form(self, who: SlackRequest, pressed: StepPressed, *, at_home: bool) -> None:
        """Opens the form for things as they are now; an outdated card is answered with the current one."""
        try:
            about = await self._about(who, pressed.step)
            choice = next((one for one in about.card.choices if one.do is pressed.do), None)
            if choice is None:
                outcome = InboxOutcome(how=How.REFUSED, told=STALE, step=pressed.step)
                await self._context.say_outcome(who.account, who.answer_to.model_dump_json(), outcome)
                return
            await self._context.open(who, form(about, choice, at_home=at_home))
        except (Refusal, RetryLater, Unreachable) as no:
            await self._context.refuse(who, no)

    async def _about(self, who: SlackRequest, step: str) -> About:
        """What a form is rendered from and validated against. Raises NotFound, UnknownCaller or RetryLater."""
        app, actor, ref = self._context.app, await self._context.actor_of(who.account), StepRef.read(step)
        card, state = await step_of(app, ref, actor.person_id)
        return About(
            card=card,
            state=state,
            subject=ref.what.partition(":")[2] if ref.kind == "act" else ref.what,
            directory=await off_loop(app.registry.directory),
            now=app.clock(),
            candidates=await could_hold(app, state, ref.what) if ref.kind == "vacancy" else (),
            sees_terms=may_see(state, actor, Sight.FIGURES),
        )

    async def preview(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Previews a price with its margins and approvals; it is proposed from there."""
        who, view = SlackRequest.parse(body, req.headers), body["view"]
        carried, values = StepForm.model_validate_json(view["private_metadata"]), view["state"]["values"]
        await self._context.show_next(ack, values, self._priced(who, carried, values))

    async def _priced(self, who: SlackRequest, carried: StepForm, values: Values) -> View:
        about, caller = await self._about(who, carried.step), await self._looking(who, carried)
        terms = terms_of(about, values)
        found = await preview_price(self._context.app, caller, about.state.id, terms)
        return price_preview(about, carried.do, terms, found, at_home=carried.at_home)

    async def show_route(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Previews a change order with its approvers; it is submitted from there."""
        who, view = SlackRequest.parse(body, req.headers), body["view"]
        carried, values = StepForm.model_validate_json(view["private_metadata"]), view["state"]["values"]
        await self._context.show_next(ack, values, self._routed(who, carried, values))

    async def _routed(self, who: SlackRequest, carried: StepForm, values: Values) -> View:
        about, caller = await self._about(who, carried.step), await self._looking(who, carried)
        command = submitted_by(about, values)
        found = await preview_change(self._context.app, caller, about.state.id, draft_of(command))
        return change_preview(about, command, found, at_home=carried.at_home)

    async def _looking(self, who: SlackRequest, carried: StepForm) -> Caller:
        """The caller for previewing what they have filled in, before it is done."""
        return CommandSender(actor=await self._context.actor_of(who.account), key=carried.step).caller("preview")

    async def submit(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """A submitted form that does what is owed."""
        who, view = SlackRequest.parse(body, req.headers), body["view"]
        carried = StepForm.model_validate_json(view["private_metadata"])
        if carried.previewed is not None:
            deferred = DoStep(step=carried.step, do=carried.do, deed=carried.previewed)
            key: str | None = await self._context.keep(who, deferred, STEP, view["id"], carried.previewed)
            await ack()
        else:
            key = await self._taken(ack, body, req, who, carried)
        if key is not None and carried.at_home:
            await self._home.drawn_after(who, key)

    async def _taken(
        self, ack: AsyncAck, body: Body, req: AsyncBoltRequest, who: SlackRequest, carried: StepForm
    ) -> str | None:
        """Stores the command from the input and returns its key; errors are shown at their fields."""
        try:
            about = await self._context.promptly(self._about(who, carried.step))
        except (RetryLater, Unreachable):
            await ack(response_action="errors", errors={next(iter(body["view"]["state"]["values"])): NOT_KEPT})
            return None
        except Refusal as refusal:
            values = body["view"]["state"]["values"]
            await ack(response_action="errors", errors=errors_of(refusal.refused, values))
            return None

        def read(values: Values) -> DoStep:
            return DoStep(step=carried.step, do=carried.do, deed=deed_of(about, carried, values))

        return await self._context.take(ack, body, req, STEP, read)
