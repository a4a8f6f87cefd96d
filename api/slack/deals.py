"""`/deal` and `/change`: a modal each, and what was filled in as the very command that REST takes."""

from collections.abc import Iterator
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from api.slack import forms
from api.slack.desk import Body, Desk, came
from api.slack.forms import CLIENT_NAMES, CLIENTS, ENGAGEMENTS, PEOPLE, Misfilled, Values, filled, fitting
from api.slack.lists import client_named
from application.deals import FirstCall
from application.off_loop import off_loop
from application.reading import require_of_the_firm
from application.telling import Patience, Unreachable
from application.wishes import StartDeal, SubmitChange
from domain.directory import Directory
from domain.engagement.change_facts import ChangeFacts
from domain.estimating import ThreePoints
from domain.playbook import Kind
from domain.refusals import Refusal
from domain.turn import Actor

DEAL, CHANGE = "deal", "change"
MOST_LINES = 6
DEAL_FIELDS = ("client", "title", "kind", "provider_sponsor", "client_sponsor", "client_signatory")
DEAL_DATES = ("wished_start", "wished_end", "wished_value")
CHANGE_FIELDS = ("title", "reason", "price", "days")
FLAGS = ("terms_changed", "requirements_changed")
POINTS = ("optimistic", "likely", "pessimistic")


class Deals:
    """The handlers of the two commands."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def listen(self, bolt: AsyncApp) -> None:
        """Registers the handlers."""
        bolt.command("/deal")(self.begin_deal)
        bolt.command("/change")(self.begin_change)
        bolt.view(DEAL)(self.start)
        bolt.view(CHANGE)(self.submit)

    async def begin_deal(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Opens the modal of a new deal."""
        await ack()
        await self._open(body, req, DEAL)

    async def begin_change(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Opens the modal of a change order."""
        await ack()
        await self._open(body, req, CHANGE)

    async def _open(self, body: Body, req: AsyncBoltRequest, what: str) -> None:
        who = came(body, req.headers)
        try:
            actor = await self._desk.actor_of(who.account)
            await self._desk.open(who, await self._modal(actor, what))
        except (Refusal, Patience, Unreachable) as no:
            await self._desk.refuse(who, no)

    async def _modal(self, actor: Actor, what: str) -> View:
        directory = await require_of_the_firm(self._desk.app, actor)
        return deal_form(directory) if what == DEAL else change_form(directory)

    async def start(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Starts the deal that was filled in, sold by whoever filled it in."""
        directory = await off_loop(self._desk.app.registry.directory)
        await self._desk.take(ack, body, req, DEAL, lambda values: deal_of(values, directory))

    async def submit(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Submits the change order that was filled in."""
        await self._desk.take(ack, body, req, CHANGE, change_of)


def deal_form(directory: Directory) -> View:
    """What a salesperson knows at the first call."""
    kinds = [(Kind.CONTRACTED.value, "Contracted"), (Kind.IN_HOUSE.value, "In house")]
    blocks: list[Block] = [
        forms.searched("client", "Client", CLIENT_NAMES),
        forms.line("title", "Title"),
        forms.chosen("kind", "Kind", kinds),
        forms.number("wished_value", f"Value wished, in {directory.currency}", optional=True, least="0"),
        forms.day("wished_start", "Start wished"),
        forms.day("wished_end", "End wished"),
        forms.words("needs", "Needs", optional=True, hint="One a line: what the client wants to be otherwise."),
        forms.searched("client_sponsor", "The client's sponsor", CLIENTS),
        forms.searched(
            "client_signatory", "Who signs for the client", CLIENTS, optional=True, hint="Else the sponsor."
        ),
        forms.searched("provider_sponsor", "Our sponsor", PEOPLE),
    ]
    return forms.modal(DEAL, "New deal", "Start the deal", blocks)


def deal_of(values: Values, directory: Directory) -> StartDeal:
    """The deal that was filled in. Raises Misfilled."""
    given = {name: filled(values, name) for name in (*DEAL_FIELDS, *DEAL_DATES)}
    given["client"] = client_named(directory, given["client"] or "")
    if given["client"] is None:
        raise Misfilled({"client": "There is no such client any more. Search for it again."})
    given["client_signatory"] = given["client_signatory"] or given["client_sponsor"]
    names = {name: name for name in given}
    deal = fitting(FirstCall, given, names)
    needs = forms.lines(filled(values, "needs"))
    wish: StartDeal = fitting(StartDeal, {"deal": deal, "needs": needs}, {"needs": "needs"})
    return wish


def change_form(directory: Directory) -> View:
    """What a change order says; work by discipline and grade, a row each."""
    kinds_of_work = [
        (f"{discipline}|{grade}", f"{discipline}, {grade.replace('_', ' ')}")
        for discipline in directory.disciplines
        for grade in directory.rate_card.grades
    ][:100]
    blocks: list[Block] = [
        forms.searched("engagement", "Engagement", ENGAGEMENTS),
        forms.line("title", "What changes"),
        forms.words("reason", "Why"),
        forms.number("price", f"Price, in {directory.currency}; negative for a reduction"),
        forms.number("days", "Days later; negative for earlier", whole=True),
        forms.ticked("flags", "It changes also", [(FLAGS[0], "terms of the contract"), (FLAGS[1], "requirements")]),
        *_work(kinds_of_work),
    ]
    return forms.modal(CHANGE, "Change order", "Submit", blocks)


def _work(kinds: list[tuple[str, str]]) -> Iterator[Block]:
    for n in range(1, MOST_LINES + 1):
        yield forms.chosen(f"work{n}", f"Work {n}", kinds, optional=True)
        hint = "Optimistic, likely and pessimistic, as in 8 12 20."
        yield forms.line(f"hours{n}", f"Hours of work {n}", optional=True, hint=hint)


def change_of(values: Values) -> SubmitChange:
    """The change order that was filled in. Raises Misfilled."""
    given: dict[str, Any] = {name: filled(values, name) for name in CHANGE_FIELDS}
    ticked = filled(values, "flags") or []
    given |= {flag: flag in ticked for flag in FLAGS}
    given["work"] = tuple(_lines(values))
    facts = fitting(ChangeFacts, given, {name: name for name in CHANGE_FIELDS} | {"work": "work1"})
    engagement = filled(values, "engagement")
    wish: SubmitChange = fitting(
        SubmitChange, {"engagement": engagement, "change": facts}, {"engagement": "engagement"}
    )
    return wish


def _lines(values: Values) -> Iterator[dict[str, Any]]:
    for n in range(1, MOST_LINES + 1):
        kind, hours = filled(values, f"work{n}"), filled(values, f"hours{n}")
        if kind is None and hours is None:
            continue
        points = (hours or "").replace(",", " ").replace("/", " ").split()
        if kind is None or len(points) != len(POINTS):
            raise Misfilled({f"hours{n}" if kind else f"work{n}": "A line has its kind of work and three numbers."})
        discipline, _, grade = kind.partition("|")
        hours_made = fitting(ThreePoints, dict(zip(POINTS, points, strict=True)), {"hours": f"hours{n}"})
        yield {"discipline": discipline, "grade": grade, "hours": hours_made}
