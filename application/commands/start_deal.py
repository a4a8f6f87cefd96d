"""Starting a deal: its number, its client, and one opening that is accepted whole or not at all."""

from typing import Annotated

from pydantic import Field

from adapters.db.ledger import Effect
from adapters.db.registry import ClientChanged, ExternalTaken, NumberWanted
from application.authentication import Caller
from application.commands.people_introduced import compare_again
from application.commands.request_ids import request_id
from application.commands.roles import unknown_person
from application.context import Interlock
from application.gateway_errors import NumberTaken
from application.off_loop import off_loop
from application.read_lag.await_visible import eventually
from application.reconciliation.compare import meet, stores_of
from application.reconciliation.restart_from_record import bring_forward
from domain.directory.delta import periods_of, stand_ins_of
from domain.directory.directory import Client, Directory, name_key
from domain.engagement.deal_origin import External
from domain.engagement.documents.values import PreparedRequirement
from domain.engagement.needs.rules import homes_named
from domain.engagement.needs.values import Need, Promise
from domain.engagement.permissions import Sight, may_see
from domain.engagement.pricing.values import PriceWish
from domain.engagement.scope.values import Milestone, Purchase, WorkPackage
from domain.engagement.start import PARTY_FIELDS, StartDeal, start
from domain.next_steps.model import in_order, next_steps
from domain.next_steps.texts import what
from domain.notifications.operators import StopCause
from domain.playbook.model import Kind, Playbook, Stage
from domain.shared.errors import (
    OPERATORS_AT_WORK,
    BadValue,
    ForeignEngine,
    PermissionDenied,
    Refusal,
    RefusalKind,
    Rule,
)
from domain.shared.limits import MAX_ROWS
from domain.shared.near_matches import meant
from domain.shared.remedy_actions import RemedyAction
from domain.shared.streams import engagement_stream
from domain.shared.text import ShortText
from domain.shared.transaction import Actor
from domain.shared.values import Day, EngagementId, Money, PersonId, Value, digest
from workflows.messages import Opening, Receipt

OPEN_PATIENCE_SECONDS = 10.0
REPEAT = "Send the same request again in a moment, with the same Idempotency-Key. Nothing is started twice."
# The number of a deal that is only tried out.
NO_NUMBER = EngagementId("ENG-0000-0000")


class FirstCall(Value):
    """What a salesperson knows at the first call."""

    client: ShortText
    title: ShortText
    kind: Kind
    provider_sponsor: PersonId
    client_sponsor: PersonId
    client_signatory: PersonId
    wished_start: Day
    wished_end: Day
    wished_value: Annotated[Money, Field(ge=0)] | None = None
    """What the client would like to pay, in the firm's currency."""


class NewDeal(FirstCall):
    """The same, with its seller and what else is known: all of it begins the deal, or nothing does."""

    salesperson: PersonId
    needs: Annotated[tuple[Need, ...], Field(max_length=MAX_ROWS)] = ()
    promises: Annotated[tuple[Promise, ...], Field(max_length=MAX_ROWS)] = ()
    packages: Annotated[tuple[WorkPackage, ...], Field(max_length=MAX_ROWS)] = ()
    milestones: Annotated[tuple[Milestone, ...], Field(max_length=MAX_ROWS)] = ()
    purchases: Annotated[tuple[Purchase, ...], Field(max_length=MAX_ROWS)] = ()
    requirements: Annotated[tuple[PreparedRequirement, ...], Field(max_length=MAX_ROWS)] = ()
    """The seller's draft of them: prepared for the business analyst, who accepts it or sets their own."""
    price: PriceWish | None = None
    """The price the seller has in mind: shown to them when a price is due, and not proposed."""
    external: External | None = None

    @property
    def external_key(self) -> str | None:
        """Its name in the system that it came from: `crm:OPP-4711`."""
        return self.external.key if self.external else None

    """The deal's name where it comes from: no other deal is started with the same one."""


class NewDealsStopped(Refusal):
    rule, title, kind = Rule.THE_RECORD_STANDS, "New deals are paused", RefusalKind.UNAVAILABLE


class AlreadyStarted(Refusal):
    rule, title, kind = Rule.WELL_FORMED, "The deal has already been started", RefusalKind.CONFLICT


class ClientBeingChanged(Refusal):
    rule, title, kind = Rule.THE_RECORD_STANDS, "The client is being changed", RefusalKind.UNAVAILABLE
    temporary = True


class BeingRecorded(Refusal):
    rule, title, kind = Rule.THE_RECORD_STANDS, "The deal is still being saved", RefusalKind.UNAVAILABLE
    temporary = True


async def start_deal(app: Interlock, caller: Caller, deal: NewDeal) -> Receipt:
    """Opens an engagement under a number of its own. A repeated request opens nothing more.

    Raises: BadValue for parties who are not in the directory or on the wrong side; PermissionDenied.
    """
    # a worker that cannot read the directory could not record the deal, so nothing is started then
    key, known = request_id(caller, "engagements"), await off_loop(app.registry.sound_directory)
    number = await off_loop(lambda: app.registry.number_given(key, digest(deal)))
    effect = await off_loop(lambda: _effect(app, number, key) if number else None)
    if number is None or effect is None:
        number = await _begun(app, number, key) or await _open(app, caller, deal, key, known)
        effect = await eventually(lambda: _effect(app, number, key), OPEN_PATIENCE_SECONDS)
    if effect is None:
        raise BeingRecorded(
            f"{number} has been started and is still being saved. Nothing you entered is lost.", remedy=REPEAT
        )
    await bring_forward(app.engine, app.standings, engagement_stream(number), effect.seq)
    await compare_again(app, number, known)
    return app.acknowledgements.answered(_started(number, effect))


async def try_deal(app: Interlock, actor: Actor, deal: NewDeal) -> None:
    """Raises what a deal would currently be refused with; changes nothing."""
    directory = await off_loop(app.registry.sound_directory)
    playbook = await off_loop(app.registry.playbook)
    await off_loop(lambda: start(_opening(directory, playbook, deal, NO_NUMBER, actor.person_id), actor, app.clock()))
    await _require_new_deals(app)


class AskedFirst(Value):
    """Someone of whom a deal would ask something as soon as it starts: what, by when in the reader's zone."""

    who: ShortText
    what: str
    due_shown: str | None


async def who_is_asked_first(app: Interlock, actor: Actor, deal: NewDeal) -> tuple[AskedFirst, ...]:
    """Who would be asked for what, and by when, if the deal started now. Raises what `try_deal` raises."""
    directory = await off_loop(app.registry.sound_directory)
    playbook, now = await off_loop(app.registry.playbook), app.clock()
    opening = _opening(directory, playbook, deal, NO_NUMBER, actor.person_id)
    state = (await off_loop(lambda: start(opening, actor, now))).state
    await _require_new_deals(app)
    steps = sorted(next_steps(state, now), key=lambda step: in_order(step, now))
    return tuple(
        AskedFirst(
            who=state.cast.name(step.who),
            what=what(state, step),
            due_shown=state.cast.shown_to(actor.person_id, step.due) if step.due else None,
        )
        for step in steps
    )


async def _begun(app: Interlock, number: EngagementId | None, key: str) -> EngagementId | None:
    """The number, if this very request had the engine start its deal: the directory may have changed since."""
    return number if number is not None and await app.engine.opening_of(number) == key else None


async def _open(app: Interlock, caller: Caller, deal: NewDeal, key: str, directory: Directory) -> EngagementId:
    """Has the engine start a deal, and returns its number; a number given earlier is used again."""
    playbook = await off_loop(app.registry.playbook)
    now, by = app.clock(), caller.actor.person_id
    start(_opening(directory, playbook, deal, NO_NUMBER, by), caller.actor, now)  # refused before it has a number
    await meet(stores_of(app))  # a deal that was started in another's engine could not be taken back
    await _require_new_deals(app)
    wanted = NumberWanted(
        key=key,
        body_hash=digest(deal),
        client=_client_of(directory, deal),
        people=(deal.client_sponsor, deal.client_signatory),
        seller=deal.salesperson,
        external=deal.external_key,
    )
    try:
        number = await _number(app, caller, deal, wanted)
    except ClientChanged:
        said = f"{deal.client} was just changed in the directory. Nothing has been started."
        raise ClientBeingChanged(said, remedy=REPEAT) from None
    command = _opening(directory, playbook, deal, number, by)
    try:
        await app.engine.open(Opening(command=command, actor=caller.actor.replace(command=key)))
    except NumberTaken as taken:
        raise await _number_taken(app, caller.actor, deal, wanted, taken) from None
    except ForeignEngine:  # it was exchanged since it was checked
        await meet(stores_of(app))
        raise _new_deals_stopped() from None
    return number


async def _number(app: Interlock, caller: Caller, deal: NewDeal, wanted: NumberWanted) -> EngagementId:
    """A number for a deal. Raises AlreadyStarted if one with its external id exists, and ClientChanged.

    An earlier request for the same deal that got a number, and came no further, leaves it to this one: whichever of the
    two reaches the engine first opens it, and the other is told so.
    """
    year = app.clock().year
    try:
        return await off_loop(lambda: app.registry.engagement_number(wanted, year))
    except ExternalTaken as taken:
        first = taken.engagement_id
    if await off_loop(lambda: app.read.engagement(first)) is not None:
        raise await off_loop(lambda: _already_started(app, caller.actor, first, deal))
    return await off_loop(lambda: app.registry.share_number(wanted, first))


async def _number_taken(
    app: Interlock, actor: Actor, deal: NewDeal, wanted: NumberWanted, taken: NumberTaken
) -> Refusal:
    """The refusal of a deal whose number the engine knows as another opening."""
    number = taken.number
    ours = await off_loop(lambda: app.registry.number_of(taken.by)) == number
    state = await eventually(lambda: app.read.engagement(number), OPEN_PATIENCE_SECONDS if ours else 0)
    if state is not None and (deal.external is None or state.external != deal.external):
        await off_loop(lambda: app.registry.forget_number(wanted))
        return BeingRecorded(f"{number} is another deal: this one gets a number of its own.", remedy=REPEAT)
    if ours or state is not None:  # another request for the same deal opened it
        return await off_loop(lambda: _already_started(app, actor, number, deal))
    if not await app.engine.is_own():  # the engine was exchanged, and knows another installation's deal by that number
        await meet(stores_of(app))
        return _new_deals_stopped()
    why = f"the record has not given {number}, which the engine knows as another deal: the record was set back."
    await off_loop(lambda: app.installation.stop_new_deals(StopCause.NUMBER_BEHIND, why, app.clock()))
    await off_loop(lambda: app.registry.forget_number(wanted))
    return _new_deals_stopped()


def _already_started(app: Interlock, actor: Actor, engagement_id: EngagementId, deal: NewDeal) -> Refusal:
    """Names the deal already started from the same external deal, to someone who may see it."""
    of = deal.external_key or engagement_id
    state = app.read.engagement(engagement_id)
    if state is None:
        return BeingRecorded(f"{of} has been started and is still being saved.", remedy=REPEAT)
    named = engagement_id if may_see(state, actor, Sight.EXISTENCE) else "another deal"
    return AlreadyStarted(f"{of} was started as {named}.", remedy="Continue with that one.", field="external")


async def _require_new_deals(app: Interlock) -> None:
    """Raises NewDealsStopped if a new deal could be another's."""
    why = await off_loop(app.installation.stopped)
    if why:
        raise _new_deals_stopped()


def _new_deals_stopped() -> NewDealsStopped:
    return NewDealsStopped(
        "New deals cannot be started until a technical fault is repaired. Running deals continue, unless they "
        "are shown "
        "as paused.",
        remedy=OPERATORS_AT_WORK,
    )


def _effect(app: Interlock, number: EngagementId, key: str) -> Effect | None:
    return app.read.effect_of(engagement_stream(number), key)


def _started(number: EngagementId, effect: Effect) -> Receipt:
    """The receipt of an opening: the same however far the engagement has come since."""
    stream = engagement_stream(number)
    stage = Stage.QUALIFY.value
    return Receipt(stream=stream, sequence=effect.seq, happened=effect.happened, said=effect.said, stage=stage)


def _opening(directory: Directory, playbook: Playbook, deal: NewDeal, number: EngagementId, by: PersonId) -> StartDeal:
    """How a deal begins, for a given caller.

    Raises BadValue for what the directory does not know, and PermissionDenied, so that no one else learns which clients
    and people there are.
    """
    if directory.colleague(by) is None:
        raise PermissionDenied(
            "Only colleagues can start deals.", remedy="Ask your contact there.", action=RemedyAction.LIST_DEALS
        )
    client = _client_of(directory, deal)
    if client.in_house != (deal.kind is Kind.IN_HOUSE):
        raise BadValue(
            "A deal with a department must be in house, a deal with a client contracted.",
            remedy="Correct the kind.",
            field="kind",
        )
    named = {field: getattr(deal, field) for field in PARTY_FIELDS}
    for field, person in named.items():
        if directory.person(person) is None:
            raise unknown_person(directory, person, by, field, field)
        if (known := directory.person(person)) is not None and known.to_confirm:
            raise BadValue(
                f"Sales added {known.name} to {client.name}, and finance has not confirmed them.",
                remedy=f"Name another of {client.name}, or have finance of a running deal confirm them. "
                f"{directory.keeper} may vouch for them: interlock client add.",
                field=field,
            )
    wanted = {*named.values(), *directory.positions.values(), *(promise.by for promise in deal.promises)}
    people = [person for person in directory.people if person.id in wanted and person.active]
    people += stand_ins_of(directory, people)
    everyone = {person.id: person for person in (*people, *client.people)}
    used = {person.calendar for person in everyone.values()}
    absences, delegations = periods_of(directory, everyone)
    return StartDeal(
        id=number,
        form=deal.kind,
        **{name: getattr(deal, name) for name in type(deal).model_fields if name != "kind"},
        homes=homes_named(deal.promises, deal.packages, deal.milestones),
        firm=directory.firm,
        vertical=client.vertical,
        currency=directory.currency,
        playbook=playbook,
        rate_card=directory.rate_card,
        client_to_confirm=None if client.is_confirmed else client,
        capacity=directory.capacity,
        people=tuple(everyone.values()),
        calendars=tuple(calendar for calendar in directory.calendars.values() if calendar.name in used),
        positions=directory.positions,
        absences=absences,
        delegations=delegations,
    )


def _client_of(directory: Directory, deal: NewDeal) -> Client:
    client, as_known = directory.client(deal.client), directory.client_spelt(deal.client)
    if client is None and as_known is not None and name_key(as_known.name) != name_key(deal.client):
        said = f"{deal.client} is now called {as_known.name}."
        raise BadValue(said, remedy=f"Use that name: {as_known.name}.", field="client")
    if client is None:
        remedy = meant(deal.client, [known.name for known in directory.clients], directory.how_clients_are_added)
        raise BadValue(f"There is no client {deal.client}.", remedy=remedy, field="client")
    return client
