"""`/deal`: a modal, and its input as the same command that REST takes."""

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from api.lines import lines
from api.slack import forms
from api.slack.context import SlackContext
from api.slack.forms import CLIENT_NAMES, CLIENTS, PEOPLE, FormInvalid, Values, filled, fitting
from api.slack.lists import client_named
from api.slack.request import Body, SlackRequest
from application.commands.start_deal import FirstCall
from application.inbox.deferred_commands import DeferredDeal
from application.off_loop import off_loop
from domain.directory.directory import Directory
from domain.playbook.model import Kind

DEAL = "deal"
DEAL_FIELDS = ("client", "title", "kind", "provider_sponsor", "client_sponsor", "client_signatory")
DEAL_DATES = ("wished_start", "wished_end", "wished_value")


class Deals:
    """The handlers of the command."""

    def __init__(self, context: SlackContext) -> None:
        self._context = context

    def listen(self, bolt: AsyncApp) -> None:
        """Registers the handlers."""
        bolt.command("/deal")(self.begin_deal)
        bolt.view(DEAL)(self.start)

    async def begin_deal(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Opens the modal for a new deal."""
        await ack()
        await self._context.open_drawn(SlackRequest.parse(body, req.headers), deal_form)

    async def start(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Starts the deal that was filled in, sold by whoever filled it in."""
        directory = await off_loop(self._context.app.registry.directory)
        await self._context.take(ack, body, req, DEAL, lambda values: deal_of(values, directory))


def deal_form(directory: Directory) -> View:
    """What a salesperson knows at the first call."""
    kinds = [(Kind.CONTRACTED.value, "Contracted"), (Kind.IN_HOUSE.value, "In house")]
    blocks: list[Block] = [
        forms.searched("client", "Client", CLIENT_NAMES),
        forms.line("title", "Title"),
        forms.chosen("kind", "Kind", kinds),
        forms.number("wished_value", f"Target value, in {directory.currency}", optional=True, least="0"),
        forms.day("wished_start", "Requested start"),
        forms.day("wished_end", "Requested end"),
        forms.words("needs", "Needs", optional=True, hint="One per line: what the client wants to change."),
        forms.searched("client_sponsor", "The client's sponsor", CLIENTS),
        forms.searched(
            "client_signatory",
            "Who signs for the client",
            CLIENTS,
            optional=True,
            hint="If left empty, the sponsor signs.",
        ),
        forms.searched("provider_sponsor", "Our sponsor", PEOPLE),
    ]
    return forms.modal(DEAL, "New deal", "Start the deal", blocks)


def deal_of(values: Values, directory: Directory) -> DeferredDeal:
    """Parses the deal. Raises FormInvalid."""
    given = {name: filled(values, name) for name in (*DEAL_FIELDS, *DEAL_DATES)}
    given["client"] = client_named(directory, given["client"] or "")
    if given["client"] is None:
        raise FormInvalid({"client": "This client no longer exists. Search for it again."})
    given["client_signatory"] = given["client_signatory"] or given["client_sponsor"]
    names = {name: name for name in given}
    deal = fitting(FirstCall, given, names)
    needs = lines(filled(values, "needs"))
    deferred: DeferredDeal = fitting(DeferredDeal, {"deal": deal, "needs": needs}, {"needs": "needs"})
    return deferred
