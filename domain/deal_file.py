"""A deal as it is written down in a file (examples/deal-*.yaml): the facts of an engagement, start to close.

The models hold the form. `deal_problems` holds what the form cannot: that ids which are named exist, that
people are who the file says, that every discipline has an expert and every grade a rate.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from decimal import Decimal
from typing import Annotated, Any, NamedTuple, Self

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from domain.asking.choices import LABELS
from domain.asks import REVIEWS, SIGNATURES, AskKind, Verdict
from domain.deal_cast import CUSTODIAN, EXPERT, DealCast, Parties, cast_of, strangers_to
from domain.directory import PROJECT_MANAGER, Directory, Problem
from domain.engagement.change_facts import ChangeFacts, ChangeItem, ChangeLine, Days, Work
from domain.engagement.state import External
from domain.estimating import three_numbers
from domain.limits import MOST_CHANGE_LINES, MOST_CONTINGENCY, MOST_ROWS, MOST_TEXTS
from domain.near import meant
from domain.playbook import PARTIES, Kind, Playbook, role_label
from domain.pricing import shown
from domain.refusals import Rule
from domain.rows import but_for_case, names_a_change
from domain.values import MOST_MONEY, Amount, Day, Hours, ItemId, Money, Name, Percent, PersonId, RoleName, Value, Whole
from domain.words import Line, Words

MOST = 500
"""Rows of what no single command takes: above it a file is a mistake, or an attack."""

Ids = Annotated[tuple[ItemId, ...], Field(max_length=MOST_ROWS)]
Texts = Annotated[tuple[Words, ...], Field(max_length=MOST_TEXTS)]
ThreeHours = Annotated[tuple[Hours, Hours, Hours], BeforeValidator(three_numbers)]
"""Optimistic, likely, pessimistic, in any notation of three points; their order is checked with all else."""
Flag = Annotated[bool, Field(strict=True)]
MAY_ASK_FOR_CHANGES = (PROJECT_MANAGER, "engagement_manager")


class Measure(Value):
    """How it will be seen that a need is met."""

    what: Line
    now: Amount
    target: Amount


class NeedRow(Value):
    id: ItemId
    text: Words
    why: Words | None = None
    measure: Measure | None = None


class PromiseRow(Value):
    id: ItemId
    by: PersonId
    to: PersonId
    text: Words
    on: Annotated[Day, Field(validation_alias=AliasChoices("on", "true"))]
    """Tools that write YAML 1.1 turn the key `on` into `true`."""


class WorkPackageRow(Value):
    id: ItemId
    title: Line
    scope: Words | None = None
    """What is done and delivered, in full."""
    discipline: Name
    grade: Name
    hours: ThreeHours | None = None
    """Where a deal is played, what its experts say; whoever sells does not estimate."""
    needs: Ids = ()
    promises: Ids = ()
    assumes: Texts = ()
    risks: Texts = ()

    @property
    def played_hours(self) -> tuple[Decimal, Decimal, Decimal]:
        """The hours of a file that can be played (`lacking_to_play`). Raises ValueError for another."""
        if self.hours is None:
            raise ValueError(f"{self.id} has no hours")
        return self.hours


class PriceRow(Value):
    """A price that sales wishes; or, in house, a transfer at cost."""

    internal_transfer: Flag = False
    discount_percent: Annotated[Percent, Field(lt=100)] | None = None
    contingency_percent: Annotated[Percent, Field(le=MOST_CONTINGENCY)] | None = None
    expenses: Annotated[Money, Field(ge=0)] | None = None
    payment: Words | None = None


class PurchaseRow(Value):
    """Something to be bought for the deal; a line of text is enough."""

    title: Annotated[Line, Field(validation_alias=AliasChoices("title", "text"))]
    id: ItemId | None = None
    amount: Annotated[Money, Field(ge=0)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _text_is_enough(cls, given: Any) -> Any:
        return {"title": given} if isinstance(given, str) else given


class MilestoneRow(Value):
    id: ItemId
    title: Line
    due: Day
    share_percent: Annotated[Percent, Field(le=100)]
    promises: Ids = ()


class RequirementRow(Value):
    id: ItemId
    text: Words
    needs: Ids = ()
    work_packages: Ids = ()


_REQUIREMENTS = ("requirements_changed", "acceptance_changed", "acceptance_criteria_changed")


class ChangeRow(Value):
    """A change order, by item or with one price, as `ChangeFacts` has it."""

    n: Annotated[Whole, Field(ge=1, le=9999)]
    by: PersonId
    title: Line
    reason: Words
    items: Annotated[tuple[ChangeItem, ...], Field(max_length=MOST_CHANGE_LINES)] = ()
    work: Work = ()
    price: Money | None = None
    days: Days = 0
    terms_changed: Flag = False
    requirements_changed: Annotated[Flag, Field(validation_alias=AliasChoices(*_REQUIREMENTS))] = False
    """Requirements or acceptance criteria: both take the same eye, so either name sets it."""

    @model_validator(mode="before")
    @classmethod
    def _any_of_its_names_sets_it(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        flags = [given[name] for name in _REQUIREMENTS if name in given]
        rest = {name: value for name, value in given.items() if name not in _REQUIREMENTS}
        ill = (flag for flag in flags if not isinstance(flag, bool))
        return {**rest, "requirements_changed": next(ill, any(flags))}

    @model_validator(mode="after")
    def _makes_a_change(self) -> Self:
        self.facts  # noqa: B018 -- raises where items and price do not make one
        return self

    @property
    def facts(self) -> ChangeFacts:
        """The change order as it is submitted."""
        return ChangeFacts.model_validate(self.model_dump(exclude={"n", "by"}, exclude_defaults=True))

    @property
    def all_work(self) -> tuple[tuple[str, ChangeLine], ...]:
        """All work that it adds, with where it stands in the row."""
        by_item = ((f"items.{place}.work", item.work) for place, item in enumerate(self.items))
        return tuple((f"{at}.{n}", line) for at, work in (("work", self.work), *by_item) for n, line in enumerate(work))


class SatisfactionRow(Value):
    """The answer to a pulse, at a milestone or at the `close`."""

    at: ItemId
    score: Annotated[Whole, Field(ge=0, le=10)]
    who: Annotated[PersonId, Field(alias="from")]


class ConditionRow(Value):
    """What must be done because a yes came with it; a line of text is enough."""

    text: Words
    owner: PersonId | None = None
    due: Day | None = None

    @model_validator(mode="before")
    @classmethod
    def _text_is_enough(cls, given: Any) -> Any:
        return {"text": given} if isinstance(given, str) else given


OTHER_WORDS = {
    "need_information": Verdict.NEED_INFO,
    "objection": Verdict.OBJECT,
    "no_go": Verdict.DECLINE,
    "reject": Verdict.DECLINE,
    "go": Verdict.APPROVE,
}


def _verdict(said: Any) -> Any:
    """People write verdicts as they speak: with spaces, or by another usual word."""
    if not isinstance(said, str):
        return said
    plain = said.strip().lower().replace(" ", "_").replace("-", "_")
    return OTHER_WORDS.get(plain, plain)


class AnswerRow(Value):
    """What the holder of a role says when a kind of ask comes to them, where it is not a plain yes."""

    kind: AskKind
    role: RoleName
    verdict: Annotated[Verdict, BeforeValidator(_verdict)]
    reason: Words | None = None
    change: Annotated[Whole, Field(ge=1)] | None = None
    conditions: Annotated[tuple[ConditionRow, ...], Field(max_length=20)] = ()


OPENING = (
    "client",
    "title",
    "kind",
    "salesperson",
    "provider_sponsor",
    "client_sponsor",
    "client_signatory",
    "wished_start",
    "wished_end",
)
"""Who and what a file is about; with its needs, promises, scope, milestones and purchases it opens the engagement."""


class DealFile(Value):
    """A deal file. What is not required is empty where it is not given: a deal begins with less than is played."""

    client: Line
    title: Line
    external: External | None = None
    kind: Kind
    salesperson: PersonId
    provider_sponsor: PersonId
    client_sponsor: PersonId
    client_signatory: PersonId
    agreement_custodian: PersonId | None = None
    wished_start: Day
    wished_end: Day
    needs: Annotated[tuple[NeedRow, ...], Field(max_length=MOST_ROWS)] = ()
    promises: Annotated[tuple[PromiseRow, ...], Field(max_length=MOST_ROWS)] = ()
    work_packages: Annotated[tuple[WorkPackageRow, ...], Field(max_length=MOST_ROWS)] = ()
    price: PriceRow | None = None
    purchases: Annotated[tuple[PurchaseRow, ...], Field(max_length=MOST_ROWS)] = ()
    milestones: Annotated[tuple[MilestoneRow, ...], Field(max_length=MOST_ROWS)] = ()
    requirements: Annotated[tuple[RequirementRow, ...], Field(max_length=MOST_ROWS)] = ()
    change_orders: Annotated[tuple[ChangeRow, ...], Field(max_length=MOST)] = ()
    actual_hours: Annotated[dict[ItemId, Hours], Field(max_length=2 * MOST)] = {}
    satisfaction: Annotated[tuple[SatisfactionRow, ...], Field(max_length=MOST)] = ()
    answers: Annotated[tuple[AnswerRow, ...], Field(max_length=MOST)] = ()

    @property
    def wished_price(self) -> PriceRow:
        """The price that is wished; nothing of it where none is."""
        return self.price or PriceRow()

    @property
    def parties(self) -> Parties:
        """What decides who can play in it."""
        in_changes = {line.discipline for change in self.change_orders for _, line in change.all_work}
        return Parties(
            kind=self.kind,
            client=self.client,
            salesperson=self.salesperson,
            provider_sponsor=self.provider_sponsor,
            custodian=self.agreement_custodian if self.kind is Kind.IN_HOUSE else None,
            submitters=tuple(change.by for change in self.change_orders),
            disciplines=frozenset({package.discipline for package in self.work_packages} | in_changes),
            has_purchases=bool(self.purchases),
        )


class Setting(NamedTuple):
    """What a deal is checked against."""

    directory: Directory
    playbook: Playbook


Check = Callable[[DealFile, Setting], Iterator[Problem]]


def deal_problems(
    deal: DealFile, directory: Directory, playbook: Playbook, *, unread: Collection[str] = ()
) -> tuple[Problem, ...]:
    """Everything for which a deal must be refused though its form is right.

    `unread` are fields whose form was wrong: what rests on them is not judged, all else is.
    """
    setting = Setting(directory, playbook)
    sound = (check for check, fields in _CHECKS if not fields & set(unread))
    return tuple(problem for check in sound for problem in check(deal, setting))


def _dates_in_order(deal: DealFile, _setting: Setting) -> Iterator[Problem]:
    if deal.wished_end < deal.wished_start:
        what = f"the wished end {deal.wished_end} is before the wished start {deal.wished_start}"
        yield Problem(where="wished_end", what=what, remedy="Put the end after the start.")


def _client_is_known(deal: DealFile, setting: Setting) -> Iterator[Problem]:
    client = setting.directory.client(deal.client)
    if client is None:
        known = [known.name for known in setting.directory.clients]
        remedy = meant(deal.client, known, setting.directory.how_clients_are_added)
        yield Problem(where="client", what=f"there is no client {deal.client}", remedy=remedy)
    elif client.in_house != (deal.kind is Kind.IN_HOUSE):
        house = "a department of the firm" if client.in_house else "not a department of the firm"
        remedy = f"Use kind: {Kind.IN_HOUSE if client.in_house else Kind.CONTRACTED}."
        yield Problem(where="kind", what=f"it is {deal.kind}, but {deal.client} is {house}", remedy=remedy)


def _our_people_are_known(deal: DealFile, setting: Setting) -> Iterator[Problem]:
    for field in ("salesperson", "provider_sponsor", "agreement_custodian"):
        person = getattr(deal, field)
        if person is not None and setting.directory.colleague(person) is None:
            yield _no_colleague(
                person, field, f"Use the id of a colleague. {setting.directory.how_people_are_added}", setting
            )


def _no_colleague(person: str, where: str, otherwise: str, setting: Setting) -> Problem:
    what = f"{person} is no active person of {setting.directory.firm}"
    here = [known.id for known in setting.directory.people if known.active]
    return Problem(where=where, what=what, remedy=meant(person, here, otherwise))


def _sales_sells(deal: DealFile, setting: Setting) -> Iterator[Problem]:
    """A champion needs no sales role: in house they stand for the department that asks."""
    seller = setting.directory.colleague(deal.salesperson)
    if deal.kind is Kind.CONTRACTED and seller is not None and "sales" not in seller.roles:
        what = f"{seller.name} does not have the role sales"
        sellers = ", ".join(person.id for person in setting.directory.people_with_role("sales"))
        yield Problem(rule=Rule.DENY_FIRST, where="salesperson", what=what, remedy=f"Name one of: {sellers}.")


def _in_house_has_a_custodian(deal: DealFile, _setting: Setting) -> Iterator[Problem]:
    if deal.kind is Kind.IN_HOUSE and deal.agreement_custodian is None:
        what = "in house no legal function takes part, and nobody sees that the agreement is written down"
        yield Problem(
            rule=Rule.NO_SILENT_DEFAULT,
            where="agreement_custodian",
            what=what,
            remedy="Name an agreement custodian, as somebody of quality.",
        )


def _their_people_are_theirs(deal: DealFile, setting: Setting) -> Iterator[Problem]:
    theirs = {person.id for person in setting.directory.client_people(deal.client) if person.active}
    for field in ("client_sponsor", "client_signatory"):
        person = getattr(deal, field)
        if person not in theirs and setting.directory.client(deal.client):
            what = f"{person} is no person of {deal.client}"
            remedy = meant(person, theirs, _one_of(theirs, setting))
            yield Problem(where=field, what=what, remedy=remedy)


def _one_of(theirs: Collection[str], setting: Setting) -> str:
    named = f"Name one of: {', '.join(sorted(theirs))}. " if theirs else ""
    return f"{named}{setting.directory.how_clients_are_added}"


def _price_fits_the_kind(deal: DealFile, _setting: Setting) -> Iterator[Problem]:
    price = deal.price
    if price is None:
        return
    if deal.kind is Kind.CONTRACTED and price.internal_transfer:
        what = "a contracted engagement is no internal transfer"
        yield Problem(where="price.internal_transfer", what=what, remedy="Remove it, or use kind: in_house.")
    elif deal.kind is Kind.IN_HOUSE and not price.internal_transfer:
        what = "an in-house engagement is transferred at cost and has no price of its own"
        yield Problem(where="price", what=what, remedy="Write price: {internal_transfer: true}.")
    elif deal.kind is Kind.IN_HOUSE:
        for field in ("discount_percent", "contingency_percent"):
            if getattr(price, field) is not None:
                what = "an internal transfer is at cost"
                yield Problem(where=f"price.{field}", what=what, remedy="Remove it.")


def lacking_to_play(deal: DealFile, *, unread: Collection[str] = ()) -> Iterator[Problem]:
    """What a deal may begin without, and is not played without: its experts and its seller say what the file says."""
    for table in ("needs", "work_packages", "milestones"):
        if not getattr(deal, table) and table not in unread:
            yield Problem(where=table, what="is missing", remedy="Add at least one: the deal is played from them.")
    for place, row in enumerate(deal.work_packages):
        if row.hours is None:
            remedy = "Add the hours that its experts will say, as 40/60/100."
            yield Problem(where=f"work_packages.{place}.hours", what="is missing", remedy=remedy)
    if "price" not in unread and "kind" not in unread:
        yield from _price_to_play(deal)


def _price_to_play(deal: DealFile) -> Iterator[Problem]:
    if deal.price is None:
        yield Problem(where="price", what="is missing", remedy="Add the price that is proposed.")
    elif deal.kind is Kind.CONTRACTED:
        for field in ("discount_percent", "contingency_percent", "expenses"):
            if getattr(deal.price, field) is None:
                yield Problem(where=f"price.{field}", what="is missing", remedy="Add it, also where it is 0.")
        if deal.price.payment is None:
            remedy = 'Say when payment is due, as "100 % at acceptance".'
            yield Problem(where="price.payment", what="is missing", remedy=remedy)


def _milestones_make_a_whole(deal: DealFile, _setting: Setting) -> Iterator[Problem]:
    total = sum((row.share_percent for row in deal.milestones), Decimal())
    if deal.milestones and total != 100:
        what = f"the shares add up to {total} %"
        yield Problem(where="milestones", what=what, remedy="Let share_percent add up to 100.")


def _purchases_are_bounded(deal: DealFile, _setting: Setting) -> Iterator[Problem]:
    if sum(row.amount or Decimal() for row in deal.purchases) > MOST_MONEY:
        what = f"the amounts pass {shown(MOST_MONEY)} together"
        yield Problem(where="purchases", what=what, remedy="Correct the amounts.")


def _hours_climb(deal: DealFile, _setting: Setting) -> Iterator[Problem]:
    for where, row in _packages(deal):
        if row.hours is not None and not row.hours[0] <= row.hours[1] <= row.hours[2]:
            what = f"hours {'/'.join(map(str, row.hours))} are not in order"
            yield Problem(where=f"{where}.hours", what=what, remedy="Write optimistic <= likely <= pessimistic.")


def _packages(deal: DealFile) -> Iterator[tuple[str, WorkPackageRow]]:
    for place, row in enumerate(deal.work_packages):
        yield f"work_packages.{place}", row


def _change_work(deal: DealFile) -> Iterator[tuple[str, ChangeLine]]:
    for place, change in enumerate(deal.change_orders):
        for where, line in change.all_work:
            yield f"change_orders.{place}.{where}", line


def _changes_remove_packages(deal: DealFile, _setting: Setting) -> Iterator[Problem]:
    known = [row.id for row in deal.work_packages]
    for place, change in enumerate(deal.change_orders):
        for number, item in enumerate(change.items):
            if item.package is not None and item.package not in known:
                where = f"change_orders.{place}.items.{number}.package"
                yield _no_such(where, item.package, "work_packages", known)


def _scope_can_be_estimated(deal: DealFile, setting: Setting) -> Iterator[Problem]:
    for where, row in _packages(deal):
        yield from _can_be_estimated(where, row, deal, setting)


def _changes_can_be_estimated(deal: DealFile, setting: Setting) -> Iterator[Problem]:
    for where, row in _change_work(deal):
        yield from _can_be_estimated(where, row, deal, setting)


def _can_be_estimated(
    where: str, row: WorkPackageRow | ChangeLine, deal: DealFile, setting: Setting
) -> Iterator[Problem]:
    """Whoever sells does not estimate in that deal, so an expert who sells it does not count."""
    role, grades = f"expert:{row.discipline}", setting.directory.rate_card.grades
    known = _disciplines(setting.directory)
    if row.discipline not in known:
        what, remedy = f"there is no discipline {row.discipline}", f"Use one of: {', '.join(known)}."
        yield Problem(where=f"{where}.discipline", what=what, remedy=meant(row.discipline, known, remedy))
    elif not setting.directory.first_competent(role, setting.playbook, excluding=(deal.salesperson,)):
        what = f"nobody who may estimate here is {role_label(role)}"
        remedy = f"Use one of: {', '.join(known)}; or name an expert in the directory."
        yield Problem(rule=Rule.NO_SILENT_DEFAULT, where=f"{where}.discipline", what=what, remedy=remedy)
    if row.grade not in grades:
        what = f"{row.grade} is no grade of the rate card"
        remedy = meant(row.grade, grades, f"Use one of: {', '.join(grades)}.")
        yield Problem(where=f"{where}.grade", what=what, remedy=remedy)


def _every_role_can_be_filled(deal: DealFile, setting: Setting) -> Iterator[Problem]:
    """A role that nobody can fill would stop the deal half-way: it is said before anything is created."""
    if setting.directory.client(deal.client) is None:
        return
    cast = cast_of(deal.parties, setting.directory, setting.playbook)
    for role, reason in cast.unfilled.items():
        where = _where_filled(role, deal, setting)
        if where is not None:
            remedy = "Name somebody in the directory who can be it and has no role here that excludes it."
            yield Problem(rule=Rule.NO_SILENT_DEFAULT, where=where, what=reason, remedy=remedy)
    yield from _changes_come_from_its_own(deal, cast, setting)


def _where_filled(role: str, deal: DealFile, setting: Setting) -> str | None:
    """Where in the file it shows that a role cannot be filled; None where another check says so already."""
    if role == CUSTODIAN and deal.agreement_custodian is not None:
        return CUSTODIAN if setting.directory.colleague(deal.agreement_custodian) else None
    if role == CUSTODIAN:
        return None
    if not role.startswith(EXPERT):
        return f"roles.{role}"
    if not setting.directory.first_competent(role, setting.playbook, excluding=(deal.salesperson,)):
        return None
    work: tuple[tuple[str, WorkPackageRow | ChangeLine], ...] = (*_packages(deal), *_change_work(deal))
    return next(f"{where}.discipline" for where, row in work if f"{EXPERT}{row.discipline}" == role)


def _changes_come_from_its_own(deal: DealFile, cast: DealCast, setting: Setting) -> Iterator[Problem]:
    may = {person.id for person in setting.directory.people_with_role(*MAY_ASK_FOR_CHANGES)}
    theirs = ", ".join(cast.holders[role].id for role in MAY_ASK_FOR_CHANGES if role in cast.holders)
    for place in strangers_to(deal.parties.submitters, cast):
        by = deal.change_orders[place].by
        if by in may and theirs:
            what = f"{by} is neither project manager nor engagement manager of this deal"
            remedy = f"A deal has one of each, here: {theirs}."
            yield Problem(rule=Rule.DENY_FIRST, where=f"change_orders.{place}.by", what=what, remedy=remedy)


def _disciplines(directory: Directory) -> tuple[str, ...]:
    roles = {role for person in directory.people for role in person.roles if person.active}
    return tuple(sorted(role.removeprefix("expert:") for role in roles if role.startswith("expert:")))


def _promises_name_people(deal: DealFile, setting: Setting) -> Iterator[Problem]:
    for place, promise in enumerate(deal.promises):
        theirs = {person.id for person in setting.directory.client_people(deal.client)}
        if setting.directory.colleague(promise.by) is None:
            yield _no_colleague(promise.by, f"promises.{place}.by", "Name who of the firm promised it.", setting)
        if setting.directory.client(deal.client) and promise.to not in theirs:
            what = f"{promise.to} is no person of {deal.client}"
            remedy = meant(promise.to, theirs, _one_of(theirs, setting))
            yield Problem(where=f"promises.{place}.to", what=what, remedy=remedy)


def _pulses_name_people(deal: DealFile, setting: Setting) -> Iterator[Problem]:
    for place, pulse in enumerate(deal.satisfaction):
        yield from _known(f"satisfaction.{place}.from", pulse.who, setting)


def _known(where: str, person: str, setting: Setting) -> Iterator[Problem]:
    if setting.directory.person(person) is None:
        what = f"{person} is not a known person"
        yield Problem(
            where=where,
            what=what,
            remedy=f"Use the id of somebody in the directory. {setting.directory.how_people_are_added}",
        )


def _changes_come_from_delivery(deal: DealFile, setting: Setting) -> Iterator[Problem]:
    may = {person.id for person in setting.directory.people_with_role(*MAY_ASK_FOR_CHANGES)}
    for place, change in enumerate(deal.change_orders):
        if change.by not in may:
            what = f"{change.by} is not a known project manager or engagement manager"
            remedy = f"Name one of: {', '.join(sorted(may))}."
            yield Problem(rule=Rule.DENY_FIRST, where=f"change_orders.{place}.by", what=what, remedy=remedy)


def _changes_are_numbered_once(deal: DealFile, _setting: Setting) -> Iterator[Problem]:
    yield from _once("change_orders", "n", deal.change_orders)


def _ids_are_used_once(table: str) -> Check:
    def check(deal: DealFile, _setting: Setting) -> Iterator[Problem]:
        yield from _once(table, "id", getattr(deal, table))

    return check


def _scope_is_named_apart(deal: DealFile, _setting: Setting) -> Iterator[Problem]:
    """Packages, milestones and changes are named beside each other."""
    packages = [row.id for row in deal.work_packages]
    for place, name in enumerate(packages):
        if names_a_change(name):
            what = f"{name} names a change order"
            yield Problem(where=f"work_packages.{place}.id", what=what, remedy="Call it W1.")
    for place, milestone in enumerate(deal.milestones):
        other = but_for_case(milestone.id, packages)
        if other is not None:
            what = f"{milestone.id} is package {other} but for its case"
            yield Problem(where=f"milestones.{place}.id", what=what, remedy="Give each its own.")


def _once(table: str, field: str, rows: tuple[Value, ...]) -> Iterator[Problem]:
    seen: Counter[str] = Counter()
    for place, row in enumerate(rows):
        key = getattr(row, field)
        read = str(key).casefold()  # people read N1 and n1 as one
        seen[read] += key is not None
        if seen[read] > 1:
            yield Problem(where=f"{table}.{place}.{field}", what=f"{key} is used twice", remedy="Give each its own.")


def _named_exist(table: str, named: str) -> Check:
    """Rows of `table` have a list called as the table that it names."""

    def check(deal: DealFile, _setting: Setting) -> Iterator[Problem]:
        known = [row.id for row in getattr(deal, named)]
        for place, row in enumerate(getattr(deal, table)):
            for number, item in enumerate(getattr(row, named)):
                if item not in known:
                    yield _no_such(f"{table}.{place}.{named}.{number}", item, named, known)

    return check


def _no_such(where: str, item: str, named: str, known: Collection[str]) -> Problem:
    remedy = f"Use one of: {', '.join(known)}." if known else f"List it under {named}, or remove it."
    return Problem(where=where, what=f"{item} is not among the {named.replace('_', ' ')}", remedy=remedy)


def _pulses_have_their_place(deal: DealFile, _setting: Setting) -> Iterator[Problem]:
    known = [*(row.id for row in deal.milestones), "close"]
    for place, pulse in enumerate(deal.satisfaction):
        if pulse.at not in known:
            yield _no_such(f"satisfaction.{place}.at", pulse.at, "milestones", known)


def _hours_were_planned(deal: DealFile, _setting: Setting) -> Iterator[Problem]:
    known = [*(row.id for row in deal.work_packages), *(f"C{change.n}" for change in deal.change_orders)]
    for item in deal.actual_hours:
        if item not in known:
            yield _no_such(f"actual_hours.{item}", item, "work_packages and changes", known)


def _answers_are_somebodys(deal: DealFile, setting: Setting) -> Iterator[Problem]:
    for place, answer in enumerate(deal.answers):
        known = answer.role in PARTIES or answer.role in setting.directory.positions
        if not known and setting.playbook.role(answer.role) is None:
            what = f"{answer.role} is neither a role of the playbook nor a position nor a party of the deal"
            yield Problem(where=f"answers.{place}.role", what=what, remedy="Use the name of a role.")
        for number, condition in enumerate(answer.conditions):
            if condition.owner is not None and setting.directory.colleague(condition.owner) is None:
                where = f"answers.{place}.conditions.{number}.owner"
                what = f"{condition.owner} is no active person of {setting.directory.firm}"
                yield Problem(where=where, what=what, remedy="Name somebody of the firm.")


def _answers_can_be_given(deal: DealFile, _setting: Setting) -> Iterator[Problem]:
    """What no ask of that kind takes is said here, not by a refusal half-way."""
    for place, answer in enumerate(deal.answers):
        why = _why_not_given(answer)
        if why:
            can_say = dict.fromkeys([*LABELS[answer.kind], Verdict.NEED_INFO])
            remedy = f"Use one of: {', '.join(can_say)}."
            yield Problem(where=f"answers.{place}.verdict", what=why, remedy=remedy)


def _why_not_given(answer: AnswerRow) -> str | None:
    if answer.verdict is Verdict.STAND_ASIDE and answer.kind is not AskKind.DECIDE_DEAL:
        return "one stands aside only in a consensus, and this is none"
    if answer.verdict is Verdict.OBJECT and answer.kind not in {AskKind.DECIDE_DEAL, *REVIEWS}:
        return "one objects only in a consensus or a review, and this is neither"
    if answer.verdict is Verdict.APPROVE_WITH_CONDITIONS:
        if answer.role in PARTIES - {"provider_sponsor"}:
            return "conditions are for people of the firm; the client returns what it does not accept"
        if answer.kind in {*SIGNATURES, AskKind.ESTIMATE}:
            return "a signature and an estimate have no conditions"
    if answer.verdict is not Verdict.NEED_INFO and answer.verdict not in LABELS[answer.kind]:
        return f"{answer.kind.value} is not answered with {answer.verdict.value}"
    return None


def _answers_name_changes(deal: DealFile, _setting: Setting) -> Iterator[Problem]:
    numbers = {change.n for change in deal.change_orders}
    for place, answer in enumerate(deal.answers):
        if answer.change is not None and answer.change not in numbers:
            known = [str(number) for number in sorted(numbers)]
            yield _no_such(f"answers.{place}.change", str(answer.change), "change_orders", known)


_TABLES_WITH_IDS = ("needs", "promises", "work_packages", "purchases", "milestones", "requirements")
_NAMED = (
    ("work_packages", "needs"),
    ("work_packages", "promises"),
    ("milestones", "promises"),
    ("requirements", "needs"),
    ("requirements", "work_packages"),
)


def _on(check: Check, *fields: str) -> tuple[Check, frozenset[str]]:
    """A check with the fields on which it rests."""
    return check, frozenset(fields)


_CHECKS = (
    _on(_dates_in_order, "wished_start", "wished_end"),
    _on(_client_is_known, "client", "kind"),
    _on(_our_people_are_known, "salesperson", "provider_sponsor", "agreement_custodian"),
    _on(_sales_sells, "kind", "salesperson"),
    _on(_in_house_has_a_custodian, "kind", "agreement_custodian"),
    _on(_their_people_are_theirs, "client", "client_sponsor", "client_signatory"),
    _on(_price_fits_the_kind, "kind", "price"),
    _on(_milestones_make_a_whole, "milestones"),
    _on(_purchases_are_bounded, "purchases"),
    _on(_hours_climb, "work_packages"),
    _on(_changes_remove_packages, "change_orders", "work_packages"),
    _on(_scope_can_be_estimated, "work_packages", "salesperson"),
    _on(_changes_can_be_estimated, "change_orders", "salesperson"),
    _on(
        _every_role_can_be_filled,
        *("kind", "client", "salesperson", "provider_sponsor", "agreement_custodian"),
        *("work_packages", "purchases", "change_orders"),
    ),
    _on(_promises_name_people, "promises", "client"),
    _on(_pulses_name_people, "satisfaction"),
    _on(_changes_come_from_delivery, "change_orders"),
    _on(_changes_are_numbered_once, "change_orders"),
    *(_on(_ids_are_used_once(table), table) for table in _TABLES_WITH_IDS),
    _on(_scope_is_named_apart, "work_packages", "milestones"),
    *(_on(_named_exist(table, named), table, named) for table, named in _NAMED),
    _on(_pulses_have_their_place, "satisfaction", "milestones"),
    _on(_hours_were_planned, "actual_hours", "work_packages", "change_orders"),
    _on(_answers_are_somebodys, "answers"),
    _on(_answers_can_be_given, "answers"),
    _on(_answers_name_changes, "answers", "change_orders"),
)
