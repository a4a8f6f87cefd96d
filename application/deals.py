"""Starting a deal, and the commands that need something from outside the engagement: people, rates, documents."""

from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field

from adapters.documents import render
from adapters.ledger import Effect
from adapters.registry import ClientChanged, ExternalTaken, NumberWanted
from application.access import Caller
from application.bringing_forward import bring_forward
from application.carrying_out import carry_out
from application.comparing import meet, stores_of
from application.early_refusals import require_leave, try_out
from application.engine import NumberTaken
from application.interlock import Interlock
from application.introductions import (
    Brought,
    around,
    compare_again,
    introduction,
    nearest,
    newcomer,
    nobody,
    with_people,
)
from application.off_loop import off_loop
from application.once import taken_up
from application.request_ids import request_id
from application.sight import seen
from application.view import Figure, FractionFigure, MoneyFigure, PersonView, View
from application.visibility import eventually
from domain.asks import CLIENT_ROLES
from domain.directory import Client, Directory, name_key
from domain.engagement import commands as c
from domain.engagement.acts import as_of
from domain.engagement.dealing import reckon, require_attested, said_no_before, terms_meant, who_would_approve
from domain.engagement.decide import PARTY_FIELDS, permit_at, start
from domain.engagement.documents import require_draftable
from domain.engagement.permissions import Sight, may_see, permit_preview
from domain.engagement.qualifying import homes_named
from domain.engagement.state import (
    DocumentKind,
    Engagement,
    Expectations,
    External,
    Milestone,
    Need,
    PreparedRequirement,
    PriceWish,
    Promise,
    Purchase,
    Waiver,
    WorkPackage,
)
from domain.engagement.subjects import basis
from domain.firm.word import periods_of, stand_ins_of
from domain.limits import MOST_ROWS
from domain.near import meant
from domain.notices import StopCause
from domain.playbook import Kind, Playbook, Stage
from domain.pricing import commission, under_the_floor, why_approved
from domain.refusals import OPERATORS_AT_WORK, BadValue, ForeignEngine, NotYours, Refusal, Rule
from domain.streams import engagement_stream
from domain.turn import Actor
from domain.values import CURRENCY_FORM, Day, Money, PersonId, RoleName, Truth, Value, digest
from domain.words import Line, OwnWords
from workflows.messages import Opening, Receipt

OPEN_PATIENCE_SECONDS = 10.0
REPEAT = "Send the same request again in a moment, with the same Idempotency-Key: it starts nothing twice."
NO_NUMBER = "ENG-0000-0000"
"""Of a deal that is only looked at."""

N = TypeVar("N", c.ProposeHolder, c.ReplaceHolder, c.RequestRole)
Party = Literal["provider_sponsor", "client_sponsor", "client_signatory", "counterpart"]


class FirstCall(Value):
    """What a salesperson knows at the first call."""

    client: Line
    title: Line
    kind: Kind
    provider_sponsor: PersonId
    client_sponsor: PersonId
    client_signatory: PersonId
    wished_start: Day
    wished_end: Day
    wished_value: Annotated[Money, Field(ge=0)] | None = None
    """What the client would like to pay, in the firm's currency."""


class NewDeal(FirstCall):
    """That, who sells it, and what else is known: all of it begins the deal, or nothing does."""

    salesperson: PersonId
    needs: Annotated[tuple[Need, ...], Field(max_length=MOST_ROWS)] = ()
    promises: Annotated[tuple[Promise, ...], Field(max_length=MOST_ROWS)] = ()
    packages: Annotated[tuple[WorkPackage, ...], Field(max_length=MOST_ROWS)] = ()
    milestones: Annotated[tuple[Milestone, ...], Field(max_length=MOST_ROWS)] = ()
    purchases: Annotated[tuple[Purchase, ...], Field(max_length=MOST_ROWS)] = ()
    requirements: Annotated[tuple[PreparedRequirement, ...], Field(max_length=MOST_ROWS)] = ()
    """What the seller has of them: prepared for the business analyst, who takes it or sets their own."""
    price: PriceWish | None = None
    """What the seller has in mind: shown to them when a price is due, and not proposed."""
    external: External | None = None

    @property
    def external_key(self) -> str | None:
        """What it is called in the system that it came from: `crm:OPP-4711`."""
        return self.external.key if self.external else None

    """What the deal is called where it comes from: no other deal is started of the same."""


class Proposal(Value):
    """Who is to hold a role, what is expected of them, until when, and a waiver where levels lack."""

    person: PersonId
    expectations: Expectations = ()
    waiver: Waiver | None = None
    until: Day | None = None
    further: Truth = False


class Replacement(Value):
    """Who is to take a role over, why, and the last day of whoever holds it now."""

    person: PersonId
    reason: OwnWords
    last_day: Day | None = None
    expectations: Expectations = ()
    waiver: Waiver | None = None


class Wish(Value):
    """A colleague's own wish to hold a vacant role."""

    words: OwnWords
    until: Day | None = None


class NewParty(Value):
    """Who is sponsor, signatory or counterpart from now on, and why."""

    person: PersonId
    reason: OwnWords


class PriceApproverView(View):
    """A role that would have to approve a price, and whoever would be asked for it; null where nobody could be."""

    role: RoleName
    who: PersonView | None


class Preview(Value):
    """A price as it would be: its margins, the approvals it would need, the seller's commission.

    `target_margin_percent` and `floor_margin_percent` are what its margins are measured by; null in house.
    """

    discount_percent: Figure
    contingency_percent: Figure
    expenses: MoneyFigure
    payment: str | None
    price: MoneyFigure
    services: MoneyFigure | None
    margin_p50: FractionFigure | None
    margin_p80: FractionFigure | None
    target_margin_percent: Figure | None
    floor_margin_percent: Figure | None
    floor_price: MoneyFigure | None
    gap: MoneyFigure | None
    approvers: tuple[RoleName, ...]
    override: RoleName | None
    asked: tuple[PriceApproverView, ...]
    """Whoever would be asked to approve it now, the override's signer last."""
    why: str | None
    """What of the price calls for these approvals, where any are needed."""
    dissent: str | None
    """By how much it lies under delivery's floor, in words, where it does."""
    said_no_before: str | None
    """By whom, when and why this very price was declined or returned, where it was."""
    commission: MoneyFigure | None
    currency: Annotated[str, Field(pattern=CURRENCY_FORM)]


class NewDealsStopped(Refusal):
    rule, title, status = Rule.THE_RECORD_STANDS, "New deals are paused", 503


class AlreadyStarted(Refusal):
    rule, title, status = Rule.WELL_FORMED, "The deal was started already", 409


class ClientBeingChanged(Refusal):
    rule, title, status = Rule.THE_RECORD_STANDS, "The client is being changed", 503
    temporary = True


class BeingRecorded(Refusal):
    rule, title, status = Rule.THE_RECORD_STANDS, "The deal is still being saved", 503
    temporary = True


async def start_deal(app: Interlock, caller: Caller, deal: NewDeal) -> Receipt:
    """Opens an engagement under a number of its own. The same request again opens nothing more.

    Raises: BadValue for parties who are not in the directory or on the wrong side; NotYours.
    """
    # a worker that cannot read the directory could not record the deal: nothing is begun then
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
    """Raises what a deal would be refused with as things stand; nothing comes of it."""
    directory = await off_loop(app.registry.sound_directory)
    playbook = await off_loop(app.registry.playbook)
    await off_loop(lambda: start(_opening(directory, playbook, deal, NO_NUMBER, actor.person), actor, app.clock()))
    await _require_new_deals(app)


async def _begun(app: Interlock, number: str | None, key: str) -> str | None:
    """The number, where this very request had the engine begin its deal: the directory may say otherwise by now."""
    return number if number is not None and await app.engine.opening_of(number) == key else None


async def _open(app: Interlock, caller: Caller, deal: NewDeal, key: str, directory: Directory) -> str:
    """Has the engine begin a deal, and gives its number; one that was given before is gone on with."""
    playbook = await off_loop(app.registry.playbook)
    now, by = app.clock(), caller.actor.person
    start(_opening(directory, playbook, deal, NO_NUMBER, by), caller.actor, now)  # refused before it has a number
    await meet(stores_of(app))  # a deal that was begun in another's engine could not be taken back
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
        said = f"{deal.client} was changed in the directory at this moment. Nothing has been started."
        raise ClientBeingChanged(said, remedy=REPEAT) from None
    command = _opening(directory, playbook, deal, number, by)
    try:
        await app.engine.open(Opening(command=command, actor=caller.actor.having(command=key)))
    except NumberTaken as taken:
        raise await _number_taken(app, caller.actor, deal, wanted, taken) from None
    except ForeignEngine:  # it was exchanged since it was met
        await meet(stores_of(app))
        raise _new_deals_stopped() from None
    return number


async def _number(app: Interlock, caller: Caller, deal: NewDeal, wanted: NumberWanted) -> str:
    """A number for a deal. Raises AlreadyStarted where one of its external id is there, and ClientChanged.

    A request for the same deal that got a number, and came no further, leaves it to this one: whichever of the two
    reaches the engine first opens it, and the other is told so.
    """
    year = app.clock().year
    try:
        return await off_loop(lambda: app.registry.engagement_number(wanted, year))
    except ExternalTaken as taken:
        first = taken.engagement
    if await off_loop(lambda: app.read.engagement(first)) is not None:
        raise await off_loop(lambda: _already_started(app, caller.actor, first, deal))
    return await off_loop(lambda: app.registry.share_number(wanted, first))


async def _number_taken(
    app: Interlock, actor: Actor, deal: NewDeal, wanted: NumberWanted, taken: NumberTaken
) -> Refusal:
    """What a deal is refused with whose number the engine knows as another opening."""
    number = str(taken)
    ours = await off_loop(lambda: app.registry.number_of(taken.by)) == number
    state = await eventually(lambda: app.read.engagement(number), OPEN_PATIENCE_SECONDS if ours else 0)
    if state is not None and (deal.external is None or state.external != deal.external):
        await off_loop(lambda: app.registry.forget_number(wanted))
        return BeingRecorded(f"{number} is another deal: this one gets a number of its own.", remedy=REPEAT)
    if ours or state is not None:  # another request for the same deal opened it
        return await off_loop(lambda: _already_started(app, actor, number, deal))
    if not await app.engine.is_own():  # it was exchanged, and knows another's deal by that number
        await meet(stores_of(app))
        return _new_deals_stopped()
    why = f"the record has not given {number}, which the engine knows as another deal: the record was set back."
    await off_loop(lambda: app.installation.stop_new_deals(StopCause.NUMBER_BEHIND, why, app.clock()))
    await off_loop(lambda: app.registry.forget_number(wanted))
    return _new_deals_stopped()


def _already_started(app: Interlock, actor: Actor, engagement: str, deal: NewDeal) -> Refusal:
    """Names the deal that was started of the same deal of another system, to whoever may see it."""
    of = deal.external_key or engagement
    state = app.read.engagement(engagement)
    if state is None:
        return BeingRecorded(f"{of} has been started and is still being saved.", remedy=REPEAT)
    named = engagement if may_see(state, actor, Sight.EXISTENCE) else "another deal"
    return AlreadyStarted(f"{of} was started as {named}.", remedy="Go on with that one.", field="external")


async def _require_new_deals(app: Interlock) -> None:
    """Raises NewDealsStopped where a new deal could be another's."""
    why = await off_loop(app.installation.stopped)
    if why:
        raise _new_deals_stopped()


def _new_deals_stopped() -> NewDealsStopped:
    return NewDealsStopped(
        "New deals cannot be started until a technical fault is repaired. Deals that run go on, unless they are said "
        "to be paused.",
        remedy=OPERATORS_AT_WORK,
    )


def _effect(app: Interlock, number: str, key: str) -> Effect | None:
    return app.read.effect_of(engagement_stream(number), key)


def _started(number: str, effect: Effect) -> Receipt:
    """The receipt of an opening: the same however far the engagement has come since."""
    stream = engagement_stream(number)
    stage = Stage.QUALIFY.value
    return Receipt(stream=stream, sequence=effect.seq, happened=effect.happened, said=effect.said, stage=stage)


def _opening(directory: Directory, playbook: Playbook, deal: NewDeal, number: str, by: str) -> c.StartDeal:
    """How a deal begins, for whoever asks.

    Raises BadValue for who or what the directory does not know, and NotYours: nobody else learns which clients and
    people there are.
    """
    if directory.colleague(by) is None:
        raise NotYours("Deals are started by the firm.", remedy="Ask whom you know there.")
    client = _client_of(directory, deal)
    if client.in_house != (deal.kind is Kind.IN_HOUSE):
        raise BadValue("A department's deal is in house, a client's contracted.", remedy="Correct it.", field="kind")
    named = {field: getattr(deal, field) for field in PARTY_FIELDS}
    for field, person in named.items():
        if directory.person(person) is None:
            raise _unknown(directory, person, by, field, field)
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
    return c.StartDeal(
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
        said = f"{deal.client} is called {as_known.name} now."
        raise BadValue(said, remedy=f"Name it so: {as_known.name}.", field="client")
    if client is None:
        remedy = meant(deal.client, [known.name for known in directory.clients], directory.how_clients_are_added)
        raise BadValue(f"There is no client {deal.client}.", remedy=remedy, field="client")
    return client


async def propose_holder(app: Interlock, caller: Caller, engagement: str, role: str, body: Proposal) -> Receipt:
    """Names somebody of the directory for a role."""
    directory = await off_loop(app.registry.directory)
    command = await _about(app, caller, engagement, c.ProposeHolder, directory, role, body.person, body)
    return await with_people(app, caller, engagement, command, directory, [role, body.model_dump(mode="json")])


async def try_holder(app: Interlock, caller: Caller, engagement: str, role: str, body: Proposal) -> None:
    """Raises what naming somebody would be refused with as things stand; nothing comes of it."""
    directory = await off_loop(app.registry.directory)
    command = await _about(app, caller, engagement, c.ProposeHolder, directory, role, body.person, body)
    await try_out(app, caller, engagement, command)


async def replace_holder(app: Interlock, caller: Caller, engagement: str, role: str, body: Replacement) -> Receipt:
    """Has somebody of the directory asked to take a role over."""
    directory = await off_loop(app.registry.directory)
    command = await _about(app, caller, engagement, c.ReplaceHolder, directory, role, body.person, body)
    return await with_people(app, caller, engagement, command, directory, [role, body.model_dump(mode="json")])


async def request_role(app: Interlock, caller: Caller, engagement: str, role: str, body: Wish) -> Receipt:
    """Asks, for whoever calls, to be allowed a vacant role."""
    directory = await off_loop(app.registry.directory)
    command = await _about(app, caller, engagement, c.RequestRole, directory, role, caller.actor.person, body)
    return await with_people(app, caller, engagement, command, directory, [role, body.model_dump(mode="json")])


async def try_request(app: Interlock, caller: Caller, engagement: str, role: str, body: Wish) -> None:
    """Raises what asking for a role would be refused with as things stand; nothing comes of it."""
    directory = await off_loop(app.registry.directory)
    command = await _about(app, caller, engagement, c.RequestRole, directory, role, caller.actor.person, body)
    await try_out(app, caller, engagement, command)


async def name_party(app: Interlock, caller: Caller, engagement: str, party: Party, body: NewParty) -> Receipt:
    """Names another sponsor, signatory or counterpart from the directory."""
    directory = await off_loop(app.registry.directory)
    command = await _naming(app, caller, engagement, directory, party, body)
    return await with_people(app, caller, engagement, command, directory, [party, body.model_dump(mode="json")])


async def try_party(app: Interlock, caller: Caller, engagement: str, party: Party, body: NewParty) -> None:
    """Raises what naming them would be refused with as things stand; nothing comes of it."""
    directory = await off_loop(app.registry.directory)
    await try_out(app, caller, engagement, await _naming(app, caller, engagement, directory, party, body))


async def _naming(
    app: Interlock, caller: Caller, engagement: str, directory: Directory, party: Party, body: NewParty
) -> c.NameParty:
    person = directory.person(body.person)
    if person is None:
        about_nobody = c.NameParty(party=party, person=nobody(body.person), reason=body.reason)
        await require_leave(app, caller, engagement, about_nobody)
        raise _unknown(directory, body.person, caller.actor.person, "person", party)
    return c.NameParty(party=party, person=person, **around(directory, person), reason=body.reason)


def _unknown(directory: Directory, person: str, by: str, field: str, party: str) -> BadValue:
    """Nobody of that name; whoever may have been meant, else who adds them."""
    of_client = party in CLIENT_ROLES
    otherwise = directory.how_clients_are_added if of_client else directory.how_people_are_added
    remedy = nearest(directory.everyone(), person, directory.colleague(by), otherwise)
    return BadValue(f"Nobody is called {person}.", remedy=remedy, field=field)


async def _about(
    app: Interlock,
    caller: Caller,
    engagement: str,
    kind: type[N],
    directory: Directory,
    role: str,
    person: str,
    body: Proposal | Replacement | Wish,
) -> N:
    """A command that names a colleague. That there is nobody of that name is told to those alone who may name one."""
    if directory.colleague(person) is None:
        await require_leave(app, caller, engagement, kind(role=role, person=nobody(person), **_terms(body)))
    return kind(**newcomer(directory, role, person, caller.actor.person), **_terms(body))


def _terms(body: Value) -> dict[str, Any]:
    return {name: getattr(body, name) for name in type(body).model_fields if name != "person"}


async def record_promises(
    app: Interlock, caller: Caller, engagement: str, promises: tuple[Promise, ...], *, said: object = None
) -> Receipt:
    """Records what was promised, by any colleague."""
    command, brought = await _promised(app, engagement, promises)
    said = said if said is not None else command.model_dump(mode="json", exclude={"introduces"})
    return await with_people(app, caller, engagement, command, brought.directory, said)


async def try_promises(app: Interlock, caller: Caller, engagement: str, promises: tuple[Promise, ...]) -> None:
    """Raises what promises would be refused with as things stand; nothing comes of it."""
    command, _ = await _promised(app, engagement, promises)
    await try_out(app, caller, engagement, command)


async def _promised(app: Interlock, engagement: str, promises: tuple[Promise, ...]) -> tuple[c.RecordPromises, Brought]:
    state = await off_loop(lambda: app.read.engagement(engagement))
    brought = await introduction(app, state.cast if state else None, [promise.by for promise in promises])
    return c.RecordPromises(promises=promises, introduces=brought.introduces), brought


async def take_rate_card(app: Interlock, caller: Caller, engagement: str) -> Receipt:
    """Takes the directory's rate card as it is now."""
    directory = await off_loop(app.registry.directory)
    return await carry_out(app, caller, engagement, c.TakeRateCard(rate_card=directory.rate_card), said="the rate card")


async def take_playbook(app: Interlock, caller: Caller, engagement: str) -> Receipt:
    """Moves the engagement to the playbook in force."""
    playbook = await off_loop(app.registry.playbook)
    return await carry_out(app, caller, engagement, c.TakePlaybook(playbook=playbook), said="the playbook")


async def draft_document(app: Interlock, caller: Caller, engagement: str, kind: DocumentKind) -> Receipt:
    """Draws a new revision from the record, keeps its bytes, and has it reviewed inside.

    What is drawn is another revision each time, so that a repeat of the request is known by what was asked.
    """
    return await taken_up(app, caller, kind, Receipt, lambda: _draft(app, caller, engagement, kind))


async def _draft(app: Interlock, caller: Caller, engagement: str, kind: DocumentKind) -> Receipt:
    state = await seen(app, caller.actor, engagement)
    nothing = digest("")
    empty = c.DraftDocument(document=kind, source=nothing, rendered=nothing, basis=nothing)
    try:
        authors = drawn_by(state, empty, caller.actor, app.clock())
    except Refusal:  # readers may be behind: the engine refuses it too, or knows the request and answers as before
        return await carry_out(app, caller, engagement, empty, said={"document": kind})
    before = state.documents.get(kind)
    drawn = render(state, kind, before.revision + 1 if before else 1, authors)
    source = await off_loop(lambda: app.documents.keep(drawn.source))
    rendered = await off_loop(lambda: app.documents.keep(drawn.html))
    as_before = sha256(render(state, kind, before.revision, before.authors).source).hexdigest() if before else None
    drawn_from = basis(state, kind)
    command = c.DraftDocument(document=kind, source=source, rendered=rendered, basis=drawn_from, as_before=as_before)
    return await carry_out(app, caller, engagement, command, said={"document": kind})


def drawn_by(state: Engagement, command: c.DraftDocument, actor: Actor, now: datetime) -> tuple[PersonId, ...]:
    """Whoever draws it, then for whom: neither signs it. Raises the refusal that stands in the way of drafting it."""
    authors = permit_at(state, command, actor, now).people
    require_draftable(state, command.document)
    return authors


async def propose_these_terms(app: Interlock, caller: Caller, engagement: str, terms: c.ProposePrice) -> Receipt:
    """Proposes a price; terms that the caller left out stay as they stand, else as they were wished."""
    state = await seen(app, caller.actor, engagement)
    meant = terms_meant(state, terms, terms.model_fields_set)
    return await carry_out(app, caller, engagement, meant, said=terms.model_dump(mode="json", exclude_unset=True))


async def preview_price(app: Interlock, caller: Caller, engagement: str, terms: c.ProposePrice) -> Preview:
    """Reckons a price without proposing it; the commission only for whom it concerns."""
    state = await seen(app, caller.actor, engagement)
    permit_preview(as_of(state, app.clock()), terms, caller.actor)
    return preview_of(state, terms_meant(state, terms, terms.model_fields_set), caller.actor)


def preview_of(state: Engagement, terms: c.ProposePrice, actor: Actor) -> Preview:
    """What a price would be, as this person may see it. Raises EstimateNotAttested."""
    require_attested(state)
    price = reckon(state, terms, actor.person)
    quoted, policy, paid = price.quote, state.playbook.price, None
    if quoted.services is not None and quoted.margin_p50 is not None and may_see(state, actor, Sight.COMMISSION):
        paid = commission(quoted.services, quoted.margin_p50, policy, state.playbook.commission)
    return Preview(
        **quoted.model_dump(),
        discount_percent=price.terms.discount,
        contingency_percent=price.terms.contingency,
        expenses=price.terms.expenses,
        payment=price.payment,
        target_margin_percent=policy.target_margin if quoted.services is not None else None,
        floor_margin_percent=policy.floor_margin if quoted.services is not None else None,
        approvers=price.approvers,
        override=price.override,
        asked=tuple(_price_approver(state, role, who) for role, who in who_would_approve(state, price)),
        why=why_approved(quoted, price.terms, policy),
        dissent=under_the_floor(quoted, price.terms, state.currency),
        said_no_before=said_no_before(state, price),
        commission=paid,
        currency=state.currency,
    )


def _price_approver(state: Engagement, role: RoleName, person: PersonId | None) -> PriceApproverView:
    who = PersonView(id=person, name=state.cast.name(person)) if person else None
    return PriceApproverView(role=role, who=who)
