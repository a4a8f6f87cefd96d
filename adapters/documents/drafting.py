"""Renders SOW and BRD from an engagement's state: Markdown is the source that is stored, HTML is what is shown.

The client reads both. So templates never get the state; they get a view of what the client may know, without cost,
margin, rates, hours, grades, risks and delivery's dissent. Purchase amounts are what the firm pays, and are left out
for the same reason.

The same state gives the same bytes: nothing reads a clock, existing signatures are not shown, and tables are sorted by
id, since the order of keys is lost wherever a state is stored as canonical JSON.

Weighed: escaping by a filter at each place (one forgotten place lets a need become a heading or a link), and HTML first
with Markdown made from it. Instead, everything that a Markdown template prints is escaped unless it is `Markdown`
already. That type is for what people wrote in paragraphs, lists and tables: it is kept as they wrote it, indented under
a list item (`adapters/documents/markdown.py`).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.documents.markdown import Markdown, document, first_line, set_in
from domain.asks.eligibility import Put, seat_of
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import assumed, measured_by
from domain.engagement.documents.rules import SIGN
from domain.engagement.documents.values import DocumentKind
from domain.engagement.needs.values import Need, Promise, PromiseStatus
from domain.engagement.scope.values import Milestone, WorkPackage
from domain.playbook.model import Kind
from domain.pricing.formulas import shown
from domain.shared.calendar import day_shown
from domain.shared.text import strip_bidi
from domain.shared.values import ItemId, PersonId

TEMPLATES = Path(__file__).parents[2] / "templates"
TITLES: dict[DocumentKind, str] = {"sow": "Statement of work", "brd": "Business requirements"}
NOT_NAMED = "not yet named"

T = TypeVar("T")


class Rendered(NamedTuple):
    """A document as it is stored and hashed, both forms in UTF-8."""

    source: bytes
    html: bytes


def render(engagement: Engagement, kind: DocumentKind, revision: int, authors: tuple[PersonId, ...] = ()) -> Rendered:
    """Renders a revision of the document from the current state. `authors` draft it, and so may not sign it."""
    view = VIEWS[kind](engagement, revision, authors)
    source = _MARKDOWN.get_template(f"{kind}.md.j2").render(doc=view)
    head = f"{TITLES[kind]} {engagement.id}, revision {revision}: {engagement.title}"
    page = _HTML.get_template("document.html.j2").render(title=one_line(head), body=document(source))
    return Rendered(source.encode(), page.encode())


_SIGNIFICANT = re.compile(r"[\\`*_\[\]<>|~&#!$^{}]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_OPENS_A_BLOCK = re.compile(r"^([0-9]+(?=[.)](?: |$))|(?=[-+=]))(.)")


def one_line(text: str) -> str:
    """Puts text on one line, without characters that make it display differently from how it is stored."""
    return " ".join(strip_bidi(text).split())


def escaped(value: object) -> str:
    """Returns a value as Markdown that shows exactly its text, wherever on a line it stands."""
    if isinstance(value, Markdown):
        return value
    text = _SIGNIFICANT.sub(r"\\\g<0>", one_line(str(value)))
    return _OPENS_A_BLOCK.sub(r"\1\\\2", text)


class DraftPerson(NamedTuple):
    """Someone named in a document, by their role in it."""

    part: str
    name: str


class NeedView(NamedTuple):
    id: str
    text: str
    why: str | None
    measure: str | None


class DraftPackage(NamedTuple):
    id: str
    title: str
    scope: str | None
    needs: str
    promises: str
    assumes: tuple[str, ...]


class DraftMilestone(NamedTuple):
    id: str
    title: str
    due: str
    share: str
    promises: str


class DraftPrice(NamedTuple):
    """What the client pays. In-house it is a transfer price, of which only the total is shown."""

    total: str
    expenses: str | None
    payment: str | None


class DraftPromise(NamedTuple):
    id: str
    text: str
    by: str
    to: str
    on: str
    home: str
    declined: str | None
    because: str


class DraftRequirement(NamedTuple):
    id: str
    text: str
    needs: str
    packages: str


class TraceView(NamedTuple):
    """One need, package or milestone, with the ids that lead to it."""

    id: str
    title: str
    first: str
    second: str


class Sow(NamedTuple):
    """Everything that a statement of work may say."""

    id: str
    revision: int
    title: str
    in_house: bool
    client: str
    parties: tuple[DraftPerson, ...]
    start: str
    end: str
    needs: tuple[NeedView, ...]
    packages: tuple[DraftPackage, ...]
    milestones: tuple[DraftMilestone, ...]
    price: DraftPrice | None
    promises: tuple[DraftPromise, ...]
    people: tuple[DraftPerson, ...]
    purchases: tuple[DraftPerson, ...]
    signers: tuple[DraftPerson, ...]


class Brd(NamedTuple):
    """Everything that a requirements document may say."""

    id: str
    revision: int
    title: str
    client: str
    sow: str
    needs: tuple[NeedView, ...]
    requirements: tuple[DraftRequirement, ...]
    by_need: tuple[TraceView, ...]
    by_package: tuple[TraceView, ...]
    signers: tuple[DraftPerson, ...]


def _sow(state: Engagement, revision: int, authors: tuple[PersonId, ...]) -> Sow:
    return Sow(
        id=state.id,
        revision=revision,
        title=state.title,
        in_house=state.kind is Kind.IN_HOUSE,
        client=state.client,
        parties=_parties(state),
        start=day_shown(state.wished_start),
        end=day_shown(state.wished_end),
        needs=tuple(_need(need) for need in _by_id(state.needs)),
        packages=tuple(
            DraftPackage(p.id, p.title, p.scope, _listed(p.needs), _listed(_kept_by(state, p)), assumed(state, p))
            for p in _by_id(state.packages)
        ),
        milestones=tuple(
            DraftMilestone(m.id, m.title, day_shown(m.due), f"{m.share_percent} %", _listed(_kept_by(state, m)))
            for m in _by_id(state.milestones)
        ),
        price=_price(state),
        promises=tuple(_promise(state, promise) for promise in _by_id(state.promises)),
        people=tuple(
            DraftPerson(_part(state, role), _holder(state, role)) for role in ("engagement_manager", "customer_care")
        ),
        purchases=tuple(DraftPerson(purchase.id, purchase.title) for purchase in _by_id(state.purchases)),
        signers=_signers(state, "sow", authors),
    )


def _brd(state: Engagement, revision: int, authors: tuple[PersonId, ...]) -> Brd:
    requirements = tuple(_by_id(state.requirements))
    agreed = state.documents.get("sow")
    return Brd(
        id=state.id,
        revision=revision,
        title=state.title,
        client=state.client,
        sow=f"revision {agreed.revision} of the statement of work" if agreed else "the statement of work",
        needs=tuple(_need(need) for need in _by_id(state.needs)),
        requirements=tuple(
            DraftRequirement(r.id, r.text, _listed(r.needs), _listed(r.work_packages)) for r in requirements
        ),
        by_need=tuple(
            TraceView(
                need.id,
                first_line(need.text),
                _listed(r.id for r in requirements if need.id in r.needs),
                _listed({p for r in requirements if need.id in r.needs for p in r.work_packages}),
            )
            for need in _by_id(state.needs)
        ),
        by_package=tuple(
            TraceView(
                package.id,
                package.title,
                _listed(r.id for r in requirements if package.id in r.work_packages),
                _listed({n for r in requirements if package.id in r.work_packages for n in r.needs} | {*package.needs}),
            )
            for package in _by_id(state.packages)
            if package.id not in state.removed
        ),
        signers=_signers(state, "brd", authors),
    )


def _parties(state: Engagement) -> tuple[DraftPerson, ...]:
    roles = ["client_sponsor", "client_signatory", "provider_sponsor", "sales"]
    if state.kind is Kind.IN_HOUSE:
        roles.append("agreement_custodian")
    firm = _provider(state)
    people = [DraftPerson(_part(state, role), _holder(state, role)) for role in roles]
    return (*([DraftPerson("Provider", firm)] if firm else []), *people)


def _provider(state: Engagement) -> str | None:
    """The firm that provides the work, if it is not the client's own."""
    return None if state.kind is Kind.IN_HOUSE else state.firm


def _part(state: Engagement, role: str) -> str:
    if role == "sales" and state.kind is Kind.IN_HOUSE:
        return "Champion"
    return PARTS.get(role) or role.replace("_", " ").capitalize()


def _holder(state: Engagement, role: str) -> str:
    """Name and title of the holder of a role or a position."""
    person_id = state.cast.holder(role)
    return NOT_NAMED if person_id is None else _with_title(state, person_id)


def _with_title(state: Engagement, person_id: PersonId) -> str:
    known = state.cast.people.get(person_id)
    name = state.cast.name(person_id)
    return f"{name}, {known.title}" if known is not None and known.title else name


def _signers(state: Engagement, kind: DocumentKind, authors: tuple[PersonId, ...]) -> tuple[DraftPerson, ...]:
    """In signing order, which the playbook gives."""
    provider = f"The provider, {state.firm}" if _provider(state) else "The provider"
    sides = {True: "The client", False: provider}
    roles = state.playbook.documents[kind].signers
    return tuple(DraftPerson(sides[role.startswith("client_")], _signer(state, kind, role, authors)) for role in roles)


def _signer(state: Engagement, kind: DocumentKind, role: str, authors: tuple[PersonId, ...]) -> str:
    """Who will sign: the holder of the role or, if the holder drafts the document, whoever is above them."""
    holder = state.cast.holder(role)
    if holder is None or holder not in authors:
        return _holder(state, role)
    seat = seat_of(state, Put(SIGN[kind], authors[0], authors), role)
    if seat is None:
        return NOT_NAMED
    return f"{_with_title(state, seat.person_id)}, for {state.cast.name(holder)}"


def _need(need: Need) -> NeedView:
    return NeedView(need.id, need.text, need.why, measured_by(need) or None)


def _price(state: Engagement) -> DraftPrice | None:
    if state.price is None:
        return None
    money = f"{shown(state.price.quote.price)} {state.currency}"
    if state.kind is Kind.IN_HOUSE:
        return DraftPrice(money, None, state.price.payment)
    return DraftPrice(money, f"{shown(state.price.terms.expenses)} {state.currency}", state.price.payment)


def _promise(state: Engagement, promise: Promise) -> DraftPromise:
    name, fate = state.cast.name, state.fate(promise.id)
    word = "acknowledged" if fate.decline_acknowledged else "not yet acknowledged"
    return DraftPromise(
        id=promise.id,
        text=promise.text,
        by=name(promise.by),
        to=name(promise.to),
        on=day_shown(promise.on),
        home=_home(state, fate),
        declined=f"Declined, {word} by the client" if fate.declined_because else None,
        because=fate.declined_because or "",
    )


def _kept_by(state: Engagement, item: WorkPackage | Milestone) -> tuple[ItemId, ...]:
    """The promises that a package or milestone keeps, including those that it covers, as in the list of promises."""
    covered = {name: state.fate(name).covered_by for name in state.promises}
    return tuple(name for name, by in covered.items() if item.id in by or (not by and name in item.promises))


def _home(state: Engagement, fate: PromiseStatus) -> str:
    """Where a promise is kept; items that have left the scope do not count."""
    titles = {package.id: package.title for package in state.packages.values()}
    titles |= {milestone.id: milestone.title for milestone in state.milestones.values()}
    kept = [f"{item} {titles[item]}" for item in sorted(fate.covered_by, key=_natural) if item in titles]
    if kept:
        return f"Covered by {'; '.join(kept)}."
    return "" if fate.declined_because else "Not yet covered."


def _by_id(table: Mapping[str, T]) -> Iterable[T]:
    return (table[key] for key in sorted(table, key=_natural))


def _natural(key: str) -> tuple[tuple[bool, int, str], ...]:
    """Sorts N2 before N10."""
    return tuple((part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"([0-9]+)", key))


def _listed(ids: Iterable[str]) -> str:
    return ", ".join(sorted(ids, key=_natural))


PARTS = {
    "client_sponsor": "Sponsor at the client",
    "client_signatory": "Signs for the client",
    "provider_sponsor": "Sponsor at the provider",
    "sales": "Offered by",
}

VIEWS: dict[DocumentKind, Callable[[Engagement, int, tuple[PersonId, ...]], Any]] = {"sow": _sow, "brd": _brd}

_LOADER = FileSystemLoader(TEMPLATES)
_MARKDOWN = Environment(  # noqa: S701 -- HTML escapes are not Markdown's: `finalize` escapes whatever is printed
    loader=_LOADER,
    undefined=StrictUndefined,
    finalize=escaped,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_MARKDOWN.filters["set_in"] = set_in
_HTML = Environment(
    loader=_LOADER,
    undefined=StrictUndefined,
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
