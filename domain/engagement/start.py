"""Starting a deal: one command with everything known of it, taken whole or not at all."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from domain.directory.directory import Client
from domain.directory.people import Absence, Delegation, Participants, Person, RateCard
from domain.engagement.aggregate import Engagement
from domain.engagement.command import Command
from domain.engagement.deal_origin import External
from domain.engagement.decide import HANDLERS, Decision, apply_all_policies
from domain.engagement.documents import prepared_requirements
from domain.engagement.documents.values import PreparedRequirement
from domain.engagement.engagement_events import EngagementStarted
from domain.engagement.item_ids import Ids
from domain.engagement.known_ids import require_own_ids
from domain.engagement.needs.commands import CoverPromise, RecordNeeds, RecordPromises
from domain.engagement.needs.values import Need, Promise
from domain.engagement.pricing.values import PriceWish
from domain.engagement.scope import requested_dates
from domain.engagement.scope.commands import SetMilestones, SetPurchases, SetWorkPackages
from domain.engagement.scope.values import Milestone, Purchase, WorkPackage
from domain.engagement.size.limits import require_within_bounds
from domain.playbook.model import Kind, Playbook
from domain.shared.calendar import Calendar
from domain.shared.errors import BadValue
from domain.shared.limits import (
    MAX_ROWS,
)
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import Pinned, ShortText
from domain.shared.transaction import Actor, Transaction
from domain.shared.values import (
    CURRENCY_FORM,
    Day,
    EngagementId,
    Hours,
    ItemId,
    Money,
    Name,
    PersonId,
    Whole,
)


class StartDeal(Command):
    """Opens an engagement. `people` has the holders of the firm's positions, the client's people, and those named."""

    kind: Literal["StartDeal"] = "StartDeal"
    id: EngagementId
    form: Kind
    title: ShortText
    client: ShortText
    vertical: Name | None = None
    currency: Annotated[str, Field(pattern=CURRENCY_FORM)]
    salesperson: PersonId
    provider_sponsor: PersonId
    client_sponsor: PersonId
    client_signatory: PersonId
    wished_start: Day
    wished_end: Day
    wished_value: Annotated[Money, Field(ge=0)] | None = None
    playbook: Pinned[Playbook]
    rate_card: RateCard
    capacity: dict[Name, Hours] = {}
    people: tuple[Person, ...]
    calendars: tuple[Calendar, ...]
    positions: dict[Name, PersonId]
    absences: tuple[Absence, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    directory: Annotated[Whole, Field(ge=0)] = 0
    """The version of the directory that all this was taken from."""
    client_to_confirm: Annotated[Client | None, Field(exclude_if=lambda client: client is None)] = None
    """The client, if sales added it and finance has not confirmed it."""
    needs: Annotated[tuple[Need, ...], Field(max_length=MAX_ROWS)] = ()
    promises: Annotated[tuple[Promise, ...], Field(max_length=MAX_ROWS)] = ()
    packages: Annotated[tuple[WorkPackage, ...], Field(max_length=MAX_ROWS)] = ()
    milestones: Annotated[tuple[Milestone, ...], Field(max_length=MAX_ROWS)] = ()
    purchases: Annotated[tuple[Purchase, ...], Field(max_length=MAX_ROWS)] = ()
    requirements: Annotated[tuple[PreparedRequirement, ...], Field(max_length=MAX_ROWS)] = ()
    """The seller's version of them: the business analyst takes it, or sets their own."""
    price: PriceWish | None = None
    external: External | None = None
    firm: Annotated[ShortText | None, Field(exclude_if=lambda firm: firm is None)] = None
    """The provider's name in the directory."""
    homes: dict[ItemId, Ids] = {}
    """By promise, the packages and milestones that name it: its home from the start."""


PARTY_FIELDS = ("salesperson", "provider_sponsor", "client_sponsor", "client_signatory")


def start(command: StartDeal, actor: Actor, now: datetime) -> Decision:
    """Opens an engagement with everything known of it: whole, or not at all.

    Raises BadValue if a party cannot have its part or the actor may not start the deal, and whatever any of the parts
    in the opening would be refused with.
    """
    people = {person.id: person for person in command.people}
    _check_parties(command, people, actor)
    seller_calendar = people[command.salesperson].calendar or command.calendars[0].name
    cast = Participants(
        people=people,
        calendars={calendar.name: calendar for calendar in command.calendars},
        positions=command.playbook.positions_among(command.positions),
        absences=command.absences,
        delegations=command.delegations,
        holders={
            "sales": command.salesperson,
            "provider_sponsor": command.provider_sponsor,
            "client_sponsor": command.client_sponsor,
            "client_signatory": command.client_signatory,
        },
        usual_calendar=seller_calendar,
    )
    engagement = Engagement(
        id=command.id,
        kind=command.form,
        playbook=command.playbook,
        cast=cast,
        title=command.title,
        client=command.client,
        vertical=command.vertical,
        currency=command.currency,
        started_at=now,
        wished_start=command.wished_start,
        wished_end=command.wished_end,
        wished_value=command.wished_value,
        rate_card=command.rate_card,
        capacity=command.capacity,
        directory=command.directory,
        wished_price=command.price,
        client_to_confirm=command.client_to_confirm,
        external=command.external,
        firm=command.firm,
    )
    transaction = Transaction(engagement, actor, now)
    transaction.record(EngagementStarted(engagement=engagement))
    for part in _parts_of(command):
        before = transaction.state
        require_own_ids(before, part)
        HANDLERS[type(part)](transaction, part)
        require_within_bounds(before, transaction.state, part)
    prepared_requirements.prepare_requirements(transaction, command.requirements)
    apply_all_policies(transaction)
    return Decision(transaction.state, tuple(transaction.events))


def _parts_of(command: StartDeal) -> Iterator[Command]:
    """The contents of the opening as single commands, each after those that it depends on."""
    if command.needs:
        yield RecordNeeds(needs=command.needs)
    if command.promises:
        yield RecordPromises(promises=command.promises)
    if command.packages:
        yield SetWorkPackages(packages=command.packages)
    if command.milestones:
        yield SetMilestones(milestones=command.milestones)
    if command.purchases:
        yield SetPurchases(purchases=command.purchases)
    for promise, items in command.homes.items():
        yield CoverPromise(promise=promise, by=items)


def _check_parties(command: StartDeal, people: Mapping[PersonId, Person], actor: Actor) -> None:
    requested_dates.require_in_order(command.wished_start, command.wished_end, "wished_end")
    for field in PARTY_FIELDS:
        person = people.get(getattr(command, field))
        if person is None or not person.active:
            raise BadValue(
                f"There is nobody called {getattr(command, field)}.",
                remedy="Name somebody in the directory.",
                action=RemedyAction.LIST_PEOPLE,
                field=field,
            )
        if (person.client is not None) != field.startswith("client_"):
            raise BadValue(
                f"{person.name} belongs to the other side.",
                remedy="Name somebody from the right side.",
                action=RemedyAction.LIST_PEOPLE,
                field=field,
            )
    if command.provider_sponsor == command.salesperson:
        raise BadValue(
            "The seller of a deal cannot sponsor it.",
            remedy="Name somebody else.",
            action=RemedyAction.LIST_PEOPLE,
            field="provider_sponsor",
        )
    seller = people[command.salesperson]
    if (
        command.form is Kind.CONTRACTED
        and "sales" not in seller.roles
        and "head_of_sales" not in _held(command, seller.id)
    ):
        raise BadValue(
            f"{seller.name} is not in sales.",
            remedy="Name somebody in sales.",
            action=RemedyAction.LIST_PEOPLE,
            field="salesperson",
        )
    if actor.person_id != command.salesperson and "head_of_sales" not in _held(command, actor.person_id):
        raise BadValue(
            "A deal is started by its seller.",
            remedy=f"{seller.name} can start it.",
            action=RemedyAction.START_DEAL,
            field="salesperson",
        )


def _held(command: StartDeal, person_id: PersonId) -> set[str]:
    return {position for position, holder in command.positions.items() if holder == person_id}
