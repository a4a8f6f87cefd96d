"""Acts owed and vacancies in Slack: a button is pressed, a form is sent, a price is previewed before it is proposed."""

import re

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.models.views import View

from api.slack.desk import NOT_KEPT, STALE, Body, Came, Desk, button_carries, came, view_carries
from api.slack.forms import Values, errors_of
from api.slack.home import Home
from api.slack.price_fields import price_preview, terms_of
from api.slack.step_cards import STEP as ACTION
from api.slack.step_cards import StepPressed
from api.slack.step_fields import STEP, About, StepForm
from api.slack.step_forms import CHANGE, PLAIN, PRICE, change_preview, deed_of, draft_of, form, submitted_by
from application.access import Caller
from application.changes import preview_change
from application.deals import preview_price
from application.doing_steps import DoStep
from application.off_loop import off_loop
from application.reception import How, Outcome
from application.step_cards import could_hold, step_of
from application.telling import Patience, Unreachable
from application.wishes import Wisher
from domain.engagement.permissions import Sight, may_see
from domain.refusals import Refusal
from domain.step_refs import StepRef


class Steps:
    """The handlers of cards of acts and vacancies."""

    def __init__(self, desk: Desk, home: Home) -> None:
        self._desk = desk
        self._home = home

    def listen(self, bolt: AsyncApp) -> None:
        """Registers the handlers."""
        bolt.action(re.compile(rf"^{ACTION}:"), matchers=[button_carries(StepPressed)])(self.press)
        bolt.view(PRICE, matchers=[view_carries(StepForm)])(self.preview)
        bolt.view(CHANGE, matchers=[view_carries(StepForm)])(self.show_route)
        bolt.view(STEP, matchers=[view_carries(StepForm)])(self.submit)

    async def press(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """A button: kept at once where it says all, else the form for what it wants."""
        who, pressed = came(body, req.headers), StepPressed.model_validate_json(body["actions"][0]["value"])
        at_home = (body.get("view") or {}).get("type") == "home"
        if pressed.do not in PLAIN:
            await ack()
            await self._open_form(who, pressed, at_home=at_home)
            return
        wish = DoStep(step=pressed.step, do=pressed.do, deed=PLAIN[pressed.do])
        key = await self._desk.keep(who, wish, pressed.step, pressed.do.value)
        await ack()
        if at_home:
            await self._home.drawn_after(who, key)

    async def _open_form(self, who: Came, pressed: StepPressed, *, at_home: bool) -> None:
        """The form as things are now; a card of before is answered with the present one."""
        try:
            about = await self._about(who, pressed.step)
            choice = next((one for one in about.card.choices if one.do is pressed.do), None)
            if choice is None:
                outcome = Outcome(how=How.REFUSED, told=STALE, step=pressed.step)
                await self._desk.say_outcome(who.account, who.answer_to.model_dump_json(), outcome)
                return
            await self._desk.open(who, form(about, choice, at_home=at_home))
        except (Refusal, Patience, Unreachable) as no:
            await self._desk.refuse(who, no)

    async def _about(self, who: Came, step: str) -> About:
        """What a form is drawn from and read against. Raises NotFound, UnknownCaller, Patience."""
        app, actor, ref = self._desk.app, await self._desk.actor_of(who.account), StepRef.read(step)
        card, state = await step_of(app, ref, actor.person)
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
        """The terms of a price: shown with its margins and approvals, and proposed from there."""
        who, view = came(body, req.headers), body["view"]
        carried, values = StepForm.model_validate_json(view["private_metadata"]), view["state"]["values"]
        await self._desk.show_next(ack, values, self._priced(who, carried, values))

    async def _priced(self, who: Came, carried: StepForm, values: Values) -> View:
        about, caller = await self._about(who, carried.step), await self._looking(who, carried)
        terms = terms_of(about, values)
        found = await preview_price(self._desk.app, caller, about.state.id, terms)
        return price_preview(about, carried.do, terms, found, at_home=carried.at_home)

    async def show_route(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """A change order: shown with who would have to approve it, and submitted from there."""
        who, view = came(body, req.headers), body["view"]
        carried, values = StepForm.model_validate_json(view["private_metadata"]), view["state"]["values"]
        await self._desk.show_next(ack, values, self._routed(who, carried, values))

    async def _routed(self, who: Came, carried: StepForm, values: Values) -> View:
        about, caller = await self._about(who, carried.step), await self._looking(who, carried)
        command = submitted_by(about, values)
        found = await preview_change(self._desk.app, caller, about.state.id, draft_of(command))
        return change_preview(about, command, found, at_home=carried.at_home)

    async def _looking(self, who: Came, carried: StepForm) -> Caller:
        """Whoever looks at what they have filled in, before it is done."""
        return Wisher(actor=await self._desk.actor_of(who.account), key=carried.step).caller("preview")

    async def submit(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """A form that does what is owed."""
        who, view = came(body, req.headers), body["view"]
        carried = StepForm.model_validate_json(view["private_metadata"])
        if carried.previewed is not None:
            wish = DoStep(step=carried.step, do=carried.do, deed=carried.previewed)
            key: str | None = await self._desk.keep(who, wish, STEP, view["id"], carried.previewed)
            await ack()
        else:
            key = await self._taken(ack, body, req, who, carried)
        if key is not None and carried.at_home:
            await self._home.drawn_after(who, key)

    async def _taken(
        self, ack: AsyncAck, body: Body, req: AsyncBoltRequest, who: Came, carried: StepForm
    ) -> str | None:
        """Keeps what was filled in; what does not fit is said at its field. Gives the wish's key."""
        try:
            about = await self._desk.promptly(self._about(who, carried.step))
        except (Patience, Unreachable):
            await ack(response_action="errors", errors={next(iter(body["view"]["state"]["values"])): NOT_KEPT})
            return None
        except Refusal as refusal:
            values = body["view"]["state"]["values"]
            await ack(response_action="errors", errors=errors_of(refusal.refused, values))
            return None

        def read(values: Values) -> DoStep:
            return DoStep(step=carried.step, do=carried.do, deed=deed_of(about, carried, values))

        return await self._desk.take(ack, body, req, STEP, read)
