"""What each ask shows, and so what each approval is bound to: values by key, hashed as they are.

The chain of dependencies is defined here, once: needs and scope → estimate → price → decision → SOW → BRD. A value in a
later link's facts or basis makes that link stale when it changes; nothing else does.
"""

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from domain.asks.bound_facts import Values, bound, part_of, under
from domain.asks.eligibility import Put, Seat, seat_of
from domain.asks.facts_shown import text_shown
from domain.asks.model import Ask, AskKind, Outcome
from domain.directory.directory import client_facts
from domain.engagement.aggregate import Engagement
from domain.engagement.delivery.billing import bill_now
from domain.engagement.documents.values import ALIVE_DOCUMENTS, Document, DocumentKind
from domain.engagement.needs.values import Need
from domain.engagement.pricing.values import Price, PriceStatus
from domain.engagement.scope.estimates import chosen_hours, estimate_facts, estimators, is_estimated
from domain.engagement.scope.values import Milestone, WorkPackage
from domain.pricing.formulas import under_the_floor
from domain.pricing.three_points import Effort, EstimateLine, ThreePoints, effort
from domain.shared.memo import memoized
from domain.shared.text import ERASED, fitting
from domain.shared.values import PersonId, digest, digest_of_part, in_cents

NAMED_IN_SOW = ("engagement_manager", "customer_care")


def needs_facts(state: Engagement) -> dict[str, str]:
    """The needs as restated to the client."""
    return _facts_of(state.needs)


def _facts_of(needs: Mapping[str, Need]) -> dict[str, str]:
    facts: dict[str, str] = {}
    for need in needs.values():
        facts |= under(f"need.{need.id}", {"text": need.text, "why": need.why})
        facts |= under(f"need.{need.id}.measure", _measure(need))
    return facts


def needs_hash(state: Engagement) -> str:
    return _hash_of(state.needs)


@memoized(256)
def _hash_of(needs: Mapping[str, Need]) -> str:
    return digest(_facts_of(needs))


def _measure(need: Need) -> dict[str, str | Decimal]:
    measure = need.measure
    return {"what": measure.what, "now": measure.now, "target": measure.target} if measure else {}


def measured_by(need: Need) -> str:
    """`calls a week: 40 now, target 10`; empty for a need without a measure."""
    measure = under("need.*.measure", _measure(need))
    return text_shown("need.*.measure.what", measure) if measure else ""


def needs_are_confirmed(state: Engagement) -> bool:
    """True while the client has confirmed the needs as they are.

    Once the engagement is over, texts may have been erased and cannot be compared with what was confirmed. Then the
    client's last answer counts: until then, any change of the needs would have been asked again.
    """
    if not state.needs or state.needs_confirmed == needs_hash(state):
        return bool(state.needs)
    erased = state.is_over and ERASED in " ".join(needs_facts(state).values())
    last = state.last_ask(AskKind.CONFIRM_NEEDS, "needs") if erased else None
    return last is not None and last.outcome is Outcome.APPROVED and last.subject_hash == state.needs_confirmed


def unattested(state: Engagement) -> tuple[str, ...]:
    """Packages whose current hours delivery has not attested.

    Once the engagement is over nothing changes any more, and erased texts are no change: whatever was void stays void.
    """
    if state.is_over:
        return tuple(name for name in state.packages if name not in state.attestations)
    whole = attest_facts(state, tuple(state.packages))
    rates = tuple(part_of(whole, "rate_card").items())
    hashes = {name: _facts_hash((*rates, *part_of(whole, f"package.{name}").items())) for name in state.packages}
    return tuple(
        name
        for name, now in hashes.items()
        if name not in state.attestations or state.attestations[name].subject_hash != now
    )


@lru_cache(maxsize=1024)
def _facts_hash(facts: tuple[tuple[str, str], ...]) -> str:
    """The hash of facts, cached."""
    return digest(dict(facts))


def attesters(state: Engagement) -> dict[Seat | None, tuple[str, ...]]:
    """Who is to attest the unattested: the delivery lead or, for their own hours, the next above who gave none.

    Under None, packages that nobody may attest: they wait for somebody to take a position above.
    """
    groups: dict[Seat | None, tuple[str, ...]] = {}
    for package in unattested(state):
        put = Put(AskKind.ATTEST_ESTIMATE, state.sold_last, estimators(state, package))
        seat = seat_of(state, put, "delivery_lead")
        groups[seat] = (*groups.get(seat, ()), package)
    return groups


def attest_facts(state: Engagement, packages: tuple[str, ...]) -> dict[str, str]:
    """The hours to be attested, with who estimated them and at what rates."""
    facts = under("rate_card", {"version": state.rate_card.version, "hash": digest_of_part(state.rate_card)})
    for name in packages:
        package, hours = state.packages.get(name), chosen_hours(state, name)
        if package is not None and hours is not None:
            facts |= under(f"package.{name}", _attested(package, hours, estimators(state, name)))
            facts[f"package.{name}.of"] = state.package_hash(package)
    return facts


def _attested(package: WorkPackage, hours: ThreePoints, by: tuple[PersonId, ...]) -> dict[str, str]:
    """Hours as delivery attests them. Estimators are bound by id, as a name may be corrected."""
    kind = {"grade": package.grade, "discipline": package.discipline}
    return {"hours": hours.written, "by": ",".join(by), **kind, "title": package.title}


def estimator_notes(state: Engagement, packages: tuple[str, ...]) -> dict[str, str]:
    """Assumptions and risks of the experts whose hours count for these packages: shown beside them, not bound."""
    shown_beside: dict[str, str] = {}
    for estimate in state.estimates:
        if estimate.package in packages and estimate.by in estimators(state, estimate.package):
            by = state.cast.name(estimate.by)
            for what, texts in (("assumed", estimate.assumptions), ("feared", estimate.risks)):
                if texts:
                    shown_beside[f"{estimate.package}, {what} by {by}"] = fitting("; ".join(texts))
    return shown_beside


def behind_the_packages(state: Engagement, packages: tuple[str, ...]) -> dict[str, str]:
    """Assumptions and risks scoped with the packages, for the person who attests their hours."""
    found = (state.packages[name] for name in packages if name in state.packages)
    behind = {
        f"{one.id}, {what}": texts for one in found for what, texts in (("assumes", one.assumes), ("risk", one.risks))
    }
    return {name: fitting("; ".join(texts)) for name, texts in behind.items() if texts}


def assumed(state: Engagement, package: WorkPackage) -> tuple[str, ...]:
    """A package's assumptions: as scoped, plus those of the experts whose hours count, once that is decided."""
    counted = estimators(state, package.id) if _is_decided(state, package.id) else ()
    given = (one for one in state.estimates if one.package == package.id and one.by in counted)
    texts = dict.fromkeys(text for estimate in given for text in estimate.assumptions)
    return (*package.assumes, *(text for text in texts if text not in package.assumes))


def _is_decided(state: Engagement, package: str) -> bool:
    """True if it is decided whose hours count: they were chosen, or are the only ones and no others are owed."""
    owed = (name for ask in state.open_asks(AskKind.ESTIMATE) for name in state.still_owed(ask))
    return package in state.choices or (chosen_hours(state, package) is not None and package not in owed)


def staffing_facts(state: Engagement) -> dict[str, str]:
    """What the resource manager is asked: hours by discipline, free hours a week, requested dates."""
    hours: dict[str, Decimal] = {}
    for package in state.packages.values():
        points = chosen_hours(state, package.id)
        hours[package.discipline] = hours.get(package.discipline, Decimal()) + (points.mean if points else 0)
    facts = under("wished", {"start": state.wished_start, "end": state.wished_end})
    for discipline, needed in sorted(hours.items()):
        free = state.capacity.get(discipline)
        facts |= under(f"discipline.{discipline}", {"hours": in_cents(needed), "free": free})
    return facts


def is_attested(state: Engagement) -> bool:
    """True if delivery has attested every package's hours as they are now."""
    return is_estimated(state) and not unattested(state)


def estimate_hash(state: Engagement) -> str:
    """The hash of the whole estimate, to which a price is pinned."""
    return digest(attest_facts(state, tuple(state.packages)))


def lines(state: Engagement, *, without: Collection[str] = ()) -> list[EstimateLine]:
    """The scope as priced lines with the hours that count; `without` packages that a change removes."""
    kept = (package for package in state.packages.values() if package.id not in without)
    found = ((package, chosen_hours(state, package.id)) for package in kept)
    return [EstimateLine(grade=package.grade, hours=hours) for package, hours in found if hours is not None]


def whole_effort(state: Engagement) -> Effort:
    """Hours and cost of the whole scope at the pinned rates."""
    return effort(lines(state), state.rate_card, state.playbook.estimate)


def price_facts(state: Engagement, price: Price) -> dict[str, str]:
    """The price with its margins and, below the floor, delivery's dissent."""
    quote, terms = price.quote, price.terms
    facts = under(
        "price",
        {
            "amount": in_cents(quote.price),
            "currency": state.currency,
            "estimate": price.estimate_hash,
            "discount": terms.discount,
            "contingency": terms.contingency,
            "expenses": in_cents(terms.expenses),
            "payment": price.payment,
        },
    )
    if quote.services is not None and quote.margin_p50 is not None and quote.margin_p80 is not None:
        margins = {"margin_p50": in_cents(quote.margin_p50 * 100), "margin_p80": in_cents(quote.margin_p80 * 100)}
        facts |= under("price", {"services": in_cents(quote.services), **margins})
    return facts | under("price", under_the_floor(quote, terms))


def deal_facts(state: Engagement) -> dict[str, str]:
    """What a deal decision binds: needs, promises, scope, estimate, price."""
    price = price_facts(state, state.price) if state.price is not None else {}
    return needs_facts(state) | _promise_facts(state) | _package_facts(state) | price


def _promise_facts(state: Engagement) -> dict[str, str]:
    facts: dict[str, str] = {}
    for promise in state.promises.values():
        facts |= under(f"promise.{promise.id}", {"text": promise.text, "to": promise.to})
    return facts


def _package_facts(state: Engagement) -> dict[str, str]:
    facts: dict[str, str] = {}
    for name, package in state.packages.items():
        hours = chosen_hours(state, name)
        told = {"title": package.title, "hours": hours.written if hours else None, "scope": package.scope}
        facts |= under(f"package.{name}", told)
    return facts


def basis(state: Engagement, kind: DocumentKind) -> str:
    """The hash of what a document is drawn from; a revision with another basis is stale."""
    return digest(drawn_from(state, kind))


def drawn_from(state: Engagement, kind: DocumentKind) -> dict[str, Any]:
    """The same by part, each under the name people know it by, to say which part has changed."""
    if kind == "brd":
        sow = state.documents.get("sow")
        content = [requirement.model_dump(mode="json") for requirement in state.requirements.values()]
        return {"requirements": content, "SOW": sow.source if sow else "", "removed packages": sorted(state.removed)}
    fates = {name: state.fate(name).model_dump(mode="json") for name in state.promises}
    return {
        "needs": needs_facts(state),
        "promises": [_promise_facts(state), fates],
        "packages": _package_facts(state),
        "price": price_facts(state, state.price) if state.price is not None else {},
        "requested dates": [str(state.wished_start), str(state.wished_end)],
        "assumptions": {name: assumed(state, package) for name, package in state.packages.items()},
        "milestones": [milestone.model_dump(mode="json") for milestone in state.milestones.values()],
        "purchases": [purchase.model_dump(mode="json") for purchase in state.purchases.values()],
        **{role: state.cast.holder(role) for role in NAMED_IN_SOW},
    }


def handoff_facts(state: Engagement) -> dict[str, str]:
    """What those who deliver take over: the plan and everything agreed, including signed change orders."""
    facts = bound({"plan": state.plan}) | engagement_facts(state)
    for package in state.packages.values():
        if package.id not in state.removed:
            facts[f"package.{package.id}.title"] = package.title
    for name, milestone in state.milestones.items():
        facts |= under(f"milestone.{name}", {"title": milestone.title, "due": milestone.due})
    facts |= promised_facts(state)
    for name, document in state.documents.items():
        facts |= under(f"document.{name}", {"revision": document.revision, "source": document.source})
    return facts


def engagement_facts(state: Engagement) -> dict[str, str]:
    """Which engagement it is, and whose."""
    return under("engagement", {"id": state.id, "title": state.title, "client": state.client})


def promised_facts(state: Engagement) -> dict[str, str]:
    """What was promised, for the people who must keep it."""
    return {f"promise.{name}.text": promise.text for name, promise in state.promises.items()}


def milestone_facts(milestone: Milestone, note: str | None) -> dict[str, str]:
    """A milestone as the client accepts it."""
    told: Values = {"title": milestone.title, "due": milestone.due, "share": milestone.share_percent, "note": note}
    return under("milestone", told)


def document_facts(document: Document) -> dict[str, str]:
    """A revision as it is reviewed and signed: the hashes of its stored source and rendered bytes."""
    hashes = {"source": document.source, "rendered": document.rendered}
    return under("document", {"kind": document.kind, "revision": document.revision, **hashes})


def current_facts(state: Engagement, ask: Ask) -> dict[str, str] | None:
    """What an open ask would show now; None if nothing is left to ask. For most kinds the facts cannot change."""
    reading = CURRENT_FACTS.get(ask.kind)
    return reading(state, ask) if reading else ask.facts


def _client_now(state: Engagement, _ask: Ask) -> dict[str, str] | None:
    """None once the directory has the client confirmed: nothing is left to ask."""
    client = state.client_to_confirm
    return client_facts(client) if client is not None else None


def _estimate_now(state: Engagement, ask: Ask) -> dict[str, str] | None:
    return estimate_facts(state, tuple(name for name in ask.packages if name in state.packages)) or None


def _staffing_now(state: Engagement, _ask: Ask) -> dict[str, str] | None:
    return staffing_facts(state) if is_estimated(state) else None


def _attestation_now(state: Engagement, ask: Ask) -> dict[str, str] | None:
    asked = ask.voters[0].person_id if ask.voters else None
    packages = next((of for seat, of in attesters(state).items() if asked == (seat.person_id if seat else None)), None)
    return attest_facts(state, packages) if packages and is_estimated(state) else None


def _price_now(state: Engagement, _ask: Ask) -> dict[str, str] | None:
    price = state.price
    return price_facts(state, price) if price is not None and price.status is PriceStatus.PROPOSED else None


def _deal_now(state: Engagement, _ask: Ask) -> dict[str, str] | None:
    approved = state.price is not None and state.price.status is PriceStatus.APPROVED
    return deal_facts(state) if approved else None


def _document_now(state: Engagement, ask: Ask) -> dict[str, str] | None:
    document = state.documents.get("brd" if ask.subject.startswith("brd") else "sow")
    alive = document is not None and document.status in ALIVE_DOCUMENTS
    return document_facts(document) if document is not None and alive else None


def _milestone_now(state: Engagement, ask: Ask) -> dict[str, str] | None:
    milestone = state.milestones.get(ask.subject.removeprefix("milestone:"))
    return milestone_facts(milestone, ask.facts.get("milestone.note")) if milestone is not None else None


def _decline_now(state: Engagement, ask: Ask) -> dict[str, str] | None:
    return ask.facts if state.fate(ask.subject.removeprefix("promise:")).declined_because else None


CURRENT_FACTS: dict[AskKind, Callable[[Engagement, Ask], dict[str, str] | None]] = {
    AskKind.CONFIRM_NEEDS: lambda state, _ask: needs_facts(state),
    AskKind.CONFIRM_CLIENT: _client_now,
    AskKind.ESTIMATE: _estimate_now,
    AskKind.CONFIRM_STAFFING: _staffing_now,
    AskKind.ATTEST_ESTIMATE: _attestation_now,
    AskKind.APPROVE_PRICE: _price_now,
    AskKind.DECIDE_DEAL: _deal_now,
    AskKind.REVIEW_SOW: _document_now,
    AskKind.SIGN_SOW: _document_now,
    AskKind.REVIEW_BRD: _document_now,
    AskKind.SIGN_BRD: _document_now,
    AskKind.ACKNOWLEDGE_DECLINE: _decline_now,
    AskKind.ACCEPT_HANDOFF: lambda state, _ask: handoff_facts(state),
    AskKind.ACCEPT_MILESTONE: _milestone_now,
    AskKind.BILL_MILESTONE: bill_now,
}
