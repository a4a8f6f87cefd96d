"""Two message shortcuts: a promise made in the message, and a "can we also…"."""

from datetime import UTC, datetime

from pydantic import BaseModel
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest

from adapters.delivery import RetryLater, Unreachable
from api.slack import forms
from api.slack.context import SlackContext
from api.slack.forms import ENGAGEMENTS, TO_CLIENT, Values, filled, fitting
from api.slack.request import Body, SlackRequest, view_carries
from application.inbox.deferred_commands import DeferredPotentialChange, DeferredPromise
from domain.shared.errors import Refusal

# Callback ids of the shortcuts and of their modals.
PROMISE, ALSO = "promise", "also"


class Said(BaseModel):
    """The message's link, and when it was written, in seconds since 1970."""

    link: str
    at: float


class Shortcuts:
    """The handlers of both."""

    def __init__(self, context: SlackContext) -> None:
        self._context = context

    def listen(self, bolt: AsyncApp) -> None:
        """Registers the handlers."""
        bolt.shortcut(PROMISE)(self.begin)
        bolt.shortcut(ALSO)(self.begin)
        bolt.view(PROMISE)(self.record_promise)
        bolt.view(ALSO, matchers=[view_carries(Said)])(self.ask_also)

    async def begin(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Opens the shortcut's modal, prefilled with the message's text."""
        await ack()
        who, text = SlackRequest.parse(body, req.headers), str(body["message"].get("text") or "")
        said = _said(body)
        if body["callback_id"] == PROMISE:
            day = datetime.fromtimestamp(said.at, UTC).date()
            blocks = [
                forms.searched("to", "Promised to", TO_CLIENT, hint="A person at the client, and the engagement."),
                forms.words("text", "What was promised", initial=text),
                forms.day("on", "On", initial=day),
            ]
            view = forms.modal(PROMISE, "A promise", "Record it", blocks, said)
        else:
            blocks = [
                forms.searched("engagement", "Engagement", ENGAGEMENTS),
                forms.words("text", "Can we also…", initial=text),
            ]
            view = forms.modal(ALSO, "Can we also…", "Record it", blocks, said)
        try:
            await self._context.actor_of(who.account)
            await self._context.open(who, view)
        except (Refusal, RetryLater, Unreachable) as no:
            await self._context.refuse(who, no)

    async def record_promise(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Records a promise."""
        await self._context.take(ack, body, req, PROMISE, promise_of)

    async def ask_also(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Records a potential change, with a link to the message."""
        link = Said.model_validate_json(body["view"]["private_metadata"]).link
        await self._context.take(ack, body, req, ALSO, lambda values: also_of(values, link))


def promise_of(values: Values) -> DeferredPromise:
    """Parses the promise. Raises FormInvalid."""
    engagement, _, to = (filled(values, "to") or "").partition("|")
    given = {"engagement_id": engagement, "to": to, "text": filled(values, "text"), "on": filled(values, "on")}
    deferred: DeferredPromise = fitting(DeferredPromise, given, {"to": "to", "text": "text", "on": "on"})
    return deferred


def also_of(values: Values, link: str) -> DeferredPotentialChange:
    """Parses the potential change. Raises FormInvalid."""
    given = {"engagement_id": filled(values, "engagement"), "text": filled(values, "text"), "link": link or None}
    deferred: DeferredPotentialChange = fitting(
        DeferredPotentialChange, given, {"engagement_id": "engagement", "text": "text"}
    )
    return deferred


def _said(body: Body) -> Said:
    """The message's address in Slack's form: `https://TEAM.slack.com/archives/CHANNEL/pTS`."""
    message, team = body["message"], (body.get("team") or {}).get("domain")
    ts = str(message.get("ts") or body.get("message_ts") or "0")
    channel = (body.get("channel") or {}).get("id")
    link = f"https://{team}.slack.com/archives/{channel}/p{ts.replace('.', '')}" if team and channel else ""
    thread = message.get("thread_ts")
    if link and thread and thread != ts:
        link += f"?thread_ts={thread}&cid={channel}"
    return Said(link=link[:200], at=float(ts))
