"""What must hold of a deal file before anything is done with it."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from decimal import Decimal
from typing import NamedTuple

from domain.asks.choices import LABELS
from domain.asks.model import REVIEWS, SIGNATURES, AskKind, Verdict
from domain.deal_file.casting import CUSTODIAN, EXPERT, DealCast, cast_of, strangers_to
from domain.deal_file.model import AnswerRow, DealFile, WorkPackageRow
from domain.directory.directory import PROJECT_MANAGER, Directory, DirectoryProblem
from domain.engagement.changes.lines import ChangeLine
from domain.playbook.model import PARTIES, Kind, Playbook, role_label
from domain.pricing.formulas import shown
from domain.shared.errors import Rule
from domain.shared.near_matches import meant
from domain.shared.unique_rows import but_for_case, names_a_change
from domain.shared.values import MAX_MONEY, PersonId, Value

MAY_ASK_FOR_CHANGES = (PROJECT_MANAGER, "engagement_manager")


class Setting(NamedTuple):
    """What a deal is checked against."""

    directory: Directory
    playbook: Playbook


Check = Callable[[DealFile, Setting], Iterator[DirectoryProblem]]


def deal_problems(
    deal: DealFile, directory: Directory, playbook: Playbook, *, unread: Collection[str] = ()
) -> tuple[DirectoryProblem, ...]:
    """Everything a deal must be refused for although its form is valid.

    `unread` are fields whose form was invalid: checks that depend on them are skipped.
    """
    setting = Setting(directory, playbook)
    sound = (check for check, fields in _CHECKS if not fields & set(unread))
    return tuple(problem for check in sound for problem in check(deal, setting))


def _dates_in_order(deal: DealFile, _setting: Setting) -> Iterator[DirectoryProblem]:
    if deal.wished_end < deal.wished_start:
        what = f"the requested end {deal.wished_end} is before the requested start {deal.wished_start}"
        yield DirectoryProblem(where="wished_end", what=what, remedy="Put the end after the start.")


def _client_is_known(deal: DealFile, setting: Setting) -> Iterator[DirectoryProblem]:
    client = setting.directory.client(deal.client)
    if client is None:
        known = [known.name for known in setting.directory.clients]
        remedy = meant(deal.client, known, setting.directory.how_clients_are_added)
        yield DirectoryProblem(where="client", what=f"there is no client {deal.client}", remedy=remedy)
    elif client.in_house != (deal.kind is Kind.IN_HOUSE):
        house = "a department of the firm" if client.in_house else "not a department of the firm"
        remedy = f"Use kind: {Kind.IN_HOUSE if client.in_house else Kind.CONTRACTED}."
        yield DirectoryProblem(where="kind", what=f"it is {deal.kind}, but {deal.client} is {house}", remedy=remedy)


def _our_people_are_known(deal: DealFile, setting: Setting) -> Iterator[DirectoryProblem]:
    for field in ("salesperson", "provider_sponsor", "agreement_custodian"):
        person = getattr(deal, field)
        if person is not None and setting.directory.colleague(person) is None:
            yield _no_colleague(
                person, field, f"Use the id of a colleague. {setting.directory.how_people_are_added}", setting
            )


def _no_colleague(person: PersonId, where: str, otherwise: str, setting: Setting) -> DirectoryProblem:
    what = f"{person} is not an active colleague at {setting.directory.firm}"
    here = [known.id for known in setting.directory.people if known.active]
    return DirectoryProblem(where=where, what=what, remedy=meant(person, here, otherwise))


def _sales_sells(deal: DealFile, setting: Setting) -> Iterator[DirectoryProblem]:
    """A champion needs no sales role: in house they represent the department that asks."""
    seller = setting.directory.colleague(deal.salesperson)
    if deal.kind is Kind.CONTRACTED and seller is not None and "sales" not in seller.roles:
        what = f"{seller.name} does not have the role sales"
        sellers = ", ".join(person.id for person in setting.directory.people_with_role("sales"))
        yield DirectoryProblem(rule=Rule.DENY_FIRST, where="salesperson", what=what, remedy=f"Name one of: {sellers}.")


def _in_house_has_a_custodian(deal: DealFile, _setting: Setting) -> Iterator[DirectoryProblem]:
    if deal.kind is Kind.IN_HOUSE and deal.agreement_custodian is None:
        what = "in-house deals have no legal review, and nobody makes sure that the agreement is written down"
        yield DirectoryProblem(
            rule=Rule.NO_SILENT_DEFAULT,
            where="agreement_custodian",
            what=what,
            remedy="Name an agreement custodian, for example somebody from quality.",
        )


def _their_people_are_theirs(deal: DealFile, setting: Setting) -> Iterator[DirectoryProblem]:
    theirs = {person.id for person in setting.directory.client_people(deal.client) if person.active}
    for field in ("client_sponsor", "client_signatory"):
        person = getattr(deal, field)
        if person not in theirs and setting.directory.client(deal.client):
            what = f"{person} is not a person at {deal.client}"
            remedy = meant(person, theirs, _one_of(theirs, setting))
            yield DirectoryProblem(where=field, what=what, remedy=remedy)


def _one_of(theirs: Collection[str], setting: Setting) -> str:
    named = f"Name one of: {', '.join(sorted(theirs))}. " if theirs else ""
    return f"{named}{setting.directory.how_clients_are_added}"


def _price_fits_the_kind(deal: DealFile, _setting: Setting) -> Iterator[DirectoryProblem]:
    price = deal.price
    if price is None:
        return
    if deal.kind is Kind.CONTRACTED and price.internal_transfer:
        what = "a contracted engagement cannot be an internal transfer"
        yield DirectoryProblem(where="price.internal_transfer", what=what, remedy="Remove it, or use kind: in_house.")
    elif deal.kind is Kind.IN_HOUSE and not price.internal_transfer:
        what = "an in-house engagement is transferred at cost and has no price"
        yield DirectoryProblem(where="price", what=what, remedy="Write price: {internal_transfer: true}.")
    elif deal.kind is Kind.IN_HOUSE:
        for field in ("discount_percent", "contingency_percent"):
            if getattr(price, field) is not None:
                what = "an internal transfer is made at cost"
                yield DirectoryProblem(where=f"price.{field}", what=what, remedy="Remove it.")


def lacking_to_play(deal: DealFile, *, unread: Collection[str] = ()) -> Iterator[DirectoryProblem]:
    """What a deal may begin without but cannot be played without: what its experts and its seller say."""
    for table in ("needs", "work_packages", "milestones"):
        if not getattr(deal, table) and table not in unread:
            yield DirectoryProblem(
                where=table, what="is missing", remedy="Add at least one; the deal cannot be played without any."
            )
    for place, row in enumerate(deal.work_packages):
        if row.hours is None:
            remedy = "Add the hours that its experts will give, as 40/60/100."
            yield DirectoryProblem(where=f"work_packages.{place}.hours", what="is missing", remedy=remedy)
    if "price" not in unread and "kind" not in unread:
        yield from _price_to_play(deal)


def _price_to_play(deal: DealFile) -> Iterator[DirectoryProblem]:
    if deal.price is None:
        yield DirectoryProblem(where="price", what="is missing", remedy="Add the price to propose.")
    elif deal.kind is Kind.CONTRACTED:
        for field in ("discount_percent", "contingency_percent", "expenses"):
            if getattr(deal.price, field) is None:
                yield DirectoryProblem(where=f"price.{field}", what="is missing", remedy="Add it, even if it is 0.")
        if deal.price.payment is None:
            remedy = 'Say when payment is due, as "100 % at acceptance".'
            yield DirectoryProblem(where="price.payment", what="is missing", remedy=remedy)


def _milestones_make_a_whole(deal: DealFile, _setting: Setting) -> Iterator[DirectoryProblem]:
    total = sum((row.share_percent for row in deal.milestones), Decimal())
    if deal.milestones and total != 100:
        what = f"the shares add up to {total} %"
        yield DirectoryProblem(where="milestones", what=what, remedy="Make share_percent add up to 100.")


def _purchases_are_bounded(deal: DealFile, _setting: Setting) -> Iterator[DirectoryProblem]:
    if sum(row.amount or Decimal() for row in deal.purchases) > MAX_MONEY:
        what = f"the amounts pass {shown(MAX_MONEY)} together"
        yield DirectoryProblem(where="purchases", what=what, remedy="Correct the amounts.")


def _hours_climb(deal: DealFile, _setting: Setting) -> Iterator[DirectoryProblem]:
    for where, row in _packages(deal):
        if row.hours is not None and not row.hours[0] <= row.hours[1] <= row.hours[2]:
            what = f"hours {'/'.join(map(str, row.hours))} are not in order"
            yield DirectoryProblem(
                where=f"{where}.hours", what=what, remedy="Write optimistic <= likely <= pessimistic."
            )


def _packages(deal: DealFile) -> Iterator[tuple[str, WorkPackageRow]]:
    for place, row in enumerate(deal.work_packages):
        yield f"work_packages.{place}", row


def _change_work(deal: DealFile) -> Iterator[tuple[str, ChangeLine]]:
    for place, change in enumerate(deal.change_orders):
        for where, line in change.all_work:
            yield f"change_orders.{place}.{where}", line


def _changes_remove_packages(deal: DealFile, _setting: Setting) -> Iterator[DirectoryProblem]:
    known = [row.id for row in deal.work_packages]
    for place, change in enumerate(deal.change_orders):
        for number, item in enumerate(change.items):
            if item.package is not None and item.package not in known:
                where = f"change_orders.{place}.items.{number}.package"
                yield _no_such(where, item.package, "work_packages", known)


def _scope_can_be_estimated(deal: DealFile, setting: Setting) -> Iterator[DirectoryProblem]:
    for where, row in _packages(deal):
        yield from _can_be_estimated(where, row, deal, setting)


def _changes_can_be_estimated(deal: DealFile, setting: Setting) -> Iterator[DirectoryProblem]:
    for where, row in _change_work(deal):
        yield from _can_be_estimated(where, row, deal, setting)


def _can_be_estimated(
    where: str, row: WorkPackageRow | ChangeLine, deal: DealFile, setting: Setting
) -> Iterator[DirectoryProblem]:
    """The seller does not estimate in their own deal, so an expert who sells it does not count."""
    role, grades = f"expert:{row.discipline}", setting.directory.rate_card.grades
    known = _disciplines(setting.directory)
    if row.discipline not in known:
        what, remedy = f"there is no discipline {row.discipline}", f"Use one of: {', '.join(known)}."
        yield DirectoryProblem(where=f"{where}.discipline", what=what, remedy=meant(row.discipline, known, remedy))
    elif not setting.directory.first_competent(role, setting.playbook, excluding=(deal.salesperson,)):
        what = f"nobody who may estimate here has the role {role_label(role)}"
        remedy = f"Use one of: {', '.join(known)}; or name an expert in the directory."
        yield DirectoryProblem(rule=Rule.NO_SILENT_DEFAULT, where=f"{where}.discipline", what=what, remedy=remedy)
    if row.grade not in grades:
        what = f"{row.grade} is not a grade of the rate card"
        remedy = meant(row.grade, grades, f"Use one of: {', '.join(grades)}.")
        yield DirectoryProblem(where=f"{where}.grade", what=what, remedy=remedy)


def _every_role_can_be_filled(deal: DealFile, setting: Setting) -> Iterator[DirectoryProblem]:
    """A role that no one can fill would stop the deal halfway: it is reported before anything is created."""
    if setting.directory.client(deal.client) is None:
        return
    cast = cast_of(deal.parties, setting.directory, setting.playbook)
    for role, reason in cast.unfilled.items():
        where = _where_filled(role, deal, setting)
        if where is not None:
            remedy = "Name somebody in the directory who can hold it and has no role here that excludes it."
            yield DirectoryProblem(rule=Rule.NO_SILENT_DEFAULT, where=where, what=reason, remedy=remedy)
    yield from _changes_come_from_its_own(deal, cast, setting)


def _where_filled(role: str, deal: DealFile, setting: Setting) -> str | None:
    """Where the file shows that a role cannot be filled; None if another check reports it already."""
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


def _changes_come_from_its_own(deal: DealFile, cast: DealCast, setting: Setting) -> Iterator[DirectoryProblem]:
    may = {person.id for person in setting.directory.people_with_role(*MAY_ASK_FOR_CHANGES)}
    theirs = ", ".join(cast.holders[role].id for role in MAY_ASK_FOR_CHANGES if role in cast.holders)
    for place in strangers_to(deal.parties.submitters, cast):
        by = deal.change_orders[place].by
        if by in may and theirs:
            what = f"{by} is neither project manager nor engagement manager of this deal"
            remedy = f"A deal has one of each, here: {theirs}."
            yield DirectoryProblem(rule=Rule.DENY_FIRST, where=f"change_orders.{place}.by", what=what, remedy=remedy)


def _disciplines(directory: Directory) -> tuple[str, ...]:
    roles = {role for person in directory.people for role in person.roles if person.active}
    return tuple(sorted(role.removeprefix("expert:") for role in roles if role.startswith("expert:")))


def _promises_name_people(deal: DealFile, setting: Setting) -> Iterator[DirectoryProblem]:
    for place, promise in enumerate(deal.promises):
        theirs = {person.id for person in setting.directory.client_people(deal.client)}
        if setting.directory.colleague(promise.by) is None:
            yield _no_colleague(promise.by, f"promises.{place}.by", "Name the colleague who promised it.", setting)
        if setting.directory.client(deal.client) and promise.to not in theirs:
            what = f"{promise.to} is not a person at {deal.client}"
            remedy = meant(promise.to, theirs, _one_of(theirs, setting))
            yield DirectoryProblem(where=f"promises.{place}.to", what=what, remedy=remedy)


def _pulses_name_people(deal: DealFile, setting: Setting) -> Iterator[DirectoryProblem]:
    for place, pulse in enumerate(deal.satisfaction):
        yield from _known(f"satisfaction.{place}.from", pulse.who, setting)


def _known(where: str, person: PersonId, setting: Setting) -> Iterator[DirectoryProblem]:
    if setting.directory.person(person) is None:
        what = f"{person} is not a known person"
        yield DirectoryProblem(
            where=where,
            what=what,
            remedy=f"Use the id of somebody in the directory. {setting.directory.how_people_are_added}",
        )


def _changes_come_from_delivery(deal: DealFile, setting: Setting) -> Iterator[DirectoryProblem]:
    may = {person.id for person in setting.directory.people_with_role(*MAY_ASK_FOR_CHANGES)}
    for place, change in enumerate(deal.change_orders):
        if change.by not in may:
            what = f"{change.by} is not a known project manager or engagement manager"
            remedy = f"Name one of: {', '.join(sorted(may))}."
            yield DirectoryProblem(rule=Rule.DENY_FIRST, where=f"change_orders.{place}.by", what=what, remedy=remedy)


def _changes_are_numbered_once(deal: DealFile, _setting: Setting) -> Iterator[DirectoryProblem]:
    yield from _once("change_orders", "n", deal.change_orders)


def _ids_are_used_once(table: str) -> Check:
    def check(deal: DealFile, _setting: Setting) -> Iterator[DirectoryProblem]:
        yield from _once(table, "id", getattr(deal, table))

    return check


def _scope_is_named_apart(deal: DealFile, _setting: Setting) -> Iterator[DirectoryProblem]:
    """Packages, milestones and changes share one set of names."""
    packages = [row.id for row in deal.work_packages]
    for place, name in enumerate(packages):
        if names_a_change(name):
            what = f"{name} is reserved for change orders"
            yield DirectoryProblem(where=f"work_packages.{place}.id", what=what, remedy="Call it W1.")
    for place, milestone in enumerate(deal.milestones):
        other = but_for_case(milestone.id, packages)
        if other is not None:
            what = f"{milestone.id} is package {other} except for its case"
            yield DirectoryProblem(where=f"milestones.{place}.id", what=what, remedy="Give each its own id.")


def _once(table: str, field: str, rows: tuple[Value, ...]) -> Iterator[DirectoryProblem]:
    seen: Counter[str] = Counter()
    for place, row in enumerate(rows):
        key = getattr(row, field)
        read = str(key).casefold()  # people read N1 and n1 as one
        seen[read] += key is not None
        if seen[read] > 1:
            yield DirectoryProblem(
                where=f"{table}.{place}.{field}", what=f"{key} is used twice", remedy="Give each its own id."
            )


def _named_exist(table: str, named: str) -> Check:
    """Rows of `table` have a field called `named`, whose ids must exist in the table of that name."""

    def check(deal: DealFile, _setting: Setting) -> Iterator[DirectoryProblem]:
        known = [row.id for row in getattr(deal, named)]
        for place, row in enumerate(getattr(deal, table)):
            for number, item in enumerate(getattr(row, named)):
                if item not in known:
                    yield _no_such(f"{table}.{place}.{named}.{number}", item, named, known)

    return check


def _no_such(where: str, item: str, named: str, known: Collection[str]) -> DirectoryProblem:
    remedy = f"Use one of: {', '.join(known)}." if known else f"List it under {named}, or remove it."
    return DirectoryProblem(where=where, what=f"{item} is not among the {named.replace('_', ' ')}", remedy=remedy)


def _pulses_have_their_place(deal: DealFile, _setting: Setting) -> Iterator[DirectoryProblem]:
    known = [*(row.id for row in deal.milestones), "close"]
    for place, pulse in enumerate(deal.satisfaction):
        if pulse.at not in known:
            yield _no_such(f"satisfaction.{place}.at", pulse.at, "milestones", known)


def _hours_were_planned(deal: DealFile, _setting: Setting) -> Iterator[DirectoryProblem]:
    known = [*(row.id for row in deal.work_packages), *(f"C{change.n}" for change in deal.change_orders)]
    for item in deal.actual_hours:
        if item not in known:
            yield _no_such(f"actual_hours.{item}", item, "work_packages and changes", known)


def _answers_are_somebodys(deal: DealFile, setting: Setting) -> Iterator[DirectoryProblem]:
    for place, answer in enumerate(deal.answers):
        known = answer.role in PARTIES or answer.role in setting.directory.positions
        if not known and setting.playbook.role(answer.role) is None:
            what = f"{answer.role} is neither a role of the playbook nor a position nor a party of the deal"
            yield DirectoryProblem(where=f"answers.{place}.role", what=what, remedy="Use the name of a role.")
        for number, condition in enumerate(answer.conditions):
            if condition.owner is not None and setting.directory.colleague(condition.owner) is None:
                where = f"answers.{place}.conditions.{number}.owner"
                what = f"{condition.owner} is not an active colleague at {setting.directory.firm}"
                yield DirectoryProblem(where=where, what=what, remedy="Name a colleague.")


def _answers_can_be_given(deal: DealFile, _setting: Setting) -> Iterator[DirectoryProblem]:
    """Answers that no ask of that kind accepts are reported here, not as a refusal halfway."""
    for place, answer in enumerate(deal.answers):
        why = _why_not_given(answer)
        if why:
            can_say = dict.fromkeys([*LABELS[answer.kind], Verdict.NEED_INFO])
            remedy = f"Use one of: {', '.join(can_say)}."
            yield DirectoryProblem(where=f"answers.{place}.verdict", what=why, remedy=remedy)


def _why_not_given(answer: AnswerRow) -> str | None:
    if answer.verdict is Verdict.STAND_ASIDE and answer.kind is not AskKind.DECIDE_DEAL:
        return "only a consensus lets people stand aside, and this is not one"
    if answer.verdict is Verdict.OBJECT and answer.kind not in {AskKind.DECIDE_DEAL, *REVIEWS}:
        return "only a consensus or a review lets people object, and this is neither"
    if answer.verdict is Verdict.APPROVE_WITH_CONDITIONS:
        if answer.role in PARTIES - {"provider_sponsor"}:
            return "only colleagues set conditions; the client returns what it does not accept"
        if answer.kind in {*SIGNATURES, AskKind.ESTIMATE}:
            return "a signature or an estimate cannot have conditions"
    if answer.verdict is not Verdict.NEED_INFO and answer.verdict not in LABELS[answer.kind]:
        return f"{answer.kind.value} is not answered with {answer.verdict.value}"
    return None


def _answers_name_changes(deal: DealFile, _setting: Setting) -> Iterator[DirectoryProblem]:
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
    """A check with the fields that it depends on."""
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
