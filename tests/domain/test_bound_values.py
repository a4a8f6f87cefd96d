"""What an ask binds: each value that matters moves its hash, and each is behind something that is shown."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.asks.bound_facts import KEY_FORM
from domain.asks.facts_shown import rows_shown
from domain.asks.model import Ask, AskKind
from domain.change_order.facts import change_facts
from domain.change_order.order import ChangeOrder
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import (
    attest_facts,
    deal_facts,
    document_facts,
    estimate_hash,
    handoff_facts,
    milestone_facts,
    needs_facts,
    staffing_facts,
)
from domain.engagement.delivery.billing import bill_facts
from domain.engagement.documents.values import Document
from domain.engagement.pricing.values import Price
from domain.playbook.model import Stage
from domain.pricing.three_points import ThreePoints
from domain.shared.values import digest
from tests.domain.story import FILES, Story, at
from tests.domain.whole_deals import asks_of

TEXT = st.text("abcdefgh ijk", min_size=3, max_size=40).map(lambda text: f"x{text.strip()}")
CENTS = st.integers(1, 10**6).map(lambda n: Decimal(n) / 100)
PERCENT = st.integers(1, 9000).map(lambda n: Decimal(n) / 100)
DAYS = st.dates(min_value=at(Stage.DECIDE, "halden").now.date())


def deal() -> Engagement:
    return at(Stage.HANDOFF, "halden").state


def priced(**changes: Any) -> Callable[[Engagement], Engagement]:
    return lambda state: state.replace(price=price_of(state).replace(**changes))


def price_of(state: Engagement) -> Price:
    assert state.price is not None
    return state.price


def first(name: str, **changes: Any) -> Callable[[Engagement], Engagement]:
    """The engagement with other values in the first of its needs, promises, packages or milestones."""

    def changed(state: Engagement) -> Engagement:
        things: dict[str, Any] = getattr(state, name)
        key = next(iter(things))
        return state.replace(**{name: {**things, key: things[key].replace(**changes)}})

    return changed


def measured(**changes: Any) -> Callable[[Engagement], Engagement]:
    def changed(state: Engagement) -> Engagement:
        need = next(one for one in state.needs.values() if one.measure is not None)
        assert need.measure is not None
        return state.replace(needs={**state.needs, need.id: need.replace(measure=need.measure.replace(**changes))})

    return changed


def quoted(**changes: Any) -> Callable[[Engagement], Engagement]:
    return lambda state: priced(quote=price_of(state).quote.replace(**changes))(state)


def termed(**changes: Any) -> Callable[[Engagement], Engagement]:
    return lambda state: priced(terms=price_of(state).terms.replace(**changes))(state)


def estimated(hours: ThreePoints) -> Callable[[Engagement], Engagement]:
    def changed(state: Engagement) -> Engagement:
        one, *rest = state.estimates
        return state.replace(estimates=(one.replace(hours=hours), *rest), choices={})

    return changed


HOURS = st.lists(st.integers(1, 900), min_size=3, max_size=3).map(lambda n: ThreePoints.model_validate(sorted(n)))


class Matters(NamedTuple):
    """A value that matters to what is read of an engagement, and how it may be other."""

    reads: Callable[[Engagement], Any]
    other: st.SearchStrategy[Callable[[Engagement], Engagement]]


def handoff(state: Engagement) -> Any:
    return handoff_facts(state)


def all_hours(state: Engagement) -> Any:
    return estimate_hash(state)


def milestone(state: Engagement) -> Any:
    return milestone_facts(next(iter(state.milestones.values())), "Done")


def bill(state: Engagement) -> Any:
    return bill_facts(state, next(iter(state.milestones.values())))


MATTERS = {
    "a need": Matters(needs_facts, TEXT.map(lambda text: first("needs", text=text))),
    "why it is one": Matters(needs_facts, TEXT.map(lambda text: first("needs", why=text))),
    "by what it is measured": Matters(needs_facts, TEXT.map(lambda text: measured(what=text))),
    "where it stands": Matters(needs_facts, CENTS.map(lambda now: measured(now=now + 1000))),
    "what is wished": Matters(needs_facts, CENTS.map(lambda target: measured(target=target + 1000))),
    "a need in the deal": Matters(deal_facts, TEXT.map(lambda text: first("needs", text=text))),
    "a promise": Matters(deal_facts, TEXT.map(lambda text: first("promises", text=text))),
    "to whom it was given": Matters(deal_facts, TEXT.map(lambda to: first("promises", to=to))),
    "a package": Matters(deal_facts, TEXT.map(lambda title: first("packages", title=title))),
    "what belongs to it": Matters(deal_facts, TEXT.map(lambda scope: first("packages", scope=scope))),
    "its hours": Matters(deal_facts, HOURS.map(estimated)),
    "its hours, as attested": Matters(all_hours, HOURS.map(estimated)),
    "its grade": Matters(all_hours, TEXT.map(lambda grade: first("packages", grade=grade))),
    "what it assumes": Matters(all_hours, TEXT.map(lambda text: first("packages", assumes=(text,)))),
    "its staffing": Matters(staffing_facts, HOURS.map(estimated)),
    "the requested start": Matters(staffing_facts, DAYS.map(lambda day: lambda state: state.replace(wished_start=day))),
    "the price": Matters(deal_facts, CENTS.map(lambda price: quoted(price=price))),
    "services": Matters(deal_facts, CENTS.map(lambda services: quoted(services=services))),
    "the margin": Matters(deal_facts, PERCENT.map(lambda margin: quoted(margin_p80=margin))),
    "the gap": Matters(deal_facts, CENTS.map(lambda gap: quoted(gap=gap, floor_price=Decimal(10**6)))),
    "the discount": Matters(deal_facts, PERCENT.map(lambda percent: termed(discount=percent + 50))),
    "the contingency": Matters(deal_facts, PERCENT.map(lambda percent: termed(contingency=percent + 50))),
    "expenses": Matters(deal_facts, CENTS.map(lambda expenses: termed(expenses=expenses))),
    "what is paid when": Matters(deal_facts, TEXT.map(lambda text: priced(payment=text))),
    "the currency": Matters(deal_facts, st.just(lambda state: state.replace(currency="XTS"))),
    "the estimate of a price": Matters(deal_facts, TEXT.map(lambda text: priced(estimate_hash=digest(text)))),
    "the plan": Matters(handoff, TEXT.map(lambda plan: lambda state: state.replace(plan=plan))),
    "a milestone": Matters(handoff, TEXT.map(lambda title: first("milestones", title=title))),
    "its day": Matters(handoff, DAYS.map(lambda day: first("milestones", due=day))),
    "its day, as accepted": Matters(milestone, DAYS.map(lambda day: first("milestones", due=day))),
    "its share": Matters(milestone, PERCENT.map(lambda share: first("milestones", share_percent=share + 100))),
    "what is paid, as billed": Matters(bill, TEXT.map(lambda text: priced(payment=text))),
    "the client": Matters(handoff, TEXT.map(lambda name: lambda state: state.replace(client=name))),
}


@pytest.mark.parametrize("what", MATTERS)
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_each_value_that_matters_moves_the_hash(what: str, data: st.DataObject) -> None:
    state, matters = deal(), MATTERS[what]
    before, changed = matters.reads(state), data.draw(matters.other)(state)
    assert digest(matters.reads(changed)) != digest(before)


@given(kept=st.sampled_from(["title", "source", "rendered", "revision"]), text=TEXT)
@settings(max_examples=20, deadline=None)
def test_a_document_is_bound_by_its_revision_its_source_and_its_bytes(kept: str, text: str) -> None:
    sow = at(Stage.BRD, "halden").state.documents["sow"]
    other: dict[str, Any] = {"source": digest(text), "rendered": digest(text), "revision": sow.revision + 1}
    moved = digest(document_facts(sow.replace(**{kept: other[kept]}))) if kept in other else digest(document_facts(sow))
    assert (moved != digest(document_facts(sow))) is (kept in other)
    assert Document.model_validate(sow.model_dump()) == sow


def order() -> ChangeOrder:
    story = at(Stage.DELIVER, "halden").copy()
    story.submit(story.deal.change_orders[0].facts)
    return next(iter(story.orders.values()))


@given(amount=CENTS, days=st.integers(400, 900), text=TEXT)
@settings(max_examples=10, deadline=None)
def test_a_change_is_bound_by_its_price_its_days_its_words_its_work_and_its_flags(
    amount: Decimal, days: int, text: str
) -> None:
    one = order()
    facts, (item, *_) = one.brief.facts, one.brief.facts.items
    others = [
        facts.replace(title=text),
        facts.replace(reason=text),
        facts.replace(items=(item.replace(amount=amount + 10**7),)),
        facts.replace(items=(item.replace(days=days),)),
        facts.replace(items=(item.replace(text=text),)),
        facts.replace(terms_changed=not facts.terms_changed),
        facts.replace(requirements_changed=not facts.requirements_changed),
        facts.replace(items=(item.replace(work=(item.work[0].replace(grade=text), *item.work[1:])),)),
    ]
    hashes = {digest(change_facts(one.replace(brief=one.brief.replace(facts=other)))) for other in [facts, *others]}
    assert len(hashes) == len(others) + 1


@pytest.mark.parametrize("file", FILES)
def test_each_value_is_behind_a_row_and_each_key_is_a_path_of_identifiers(file: str) -> None:
    story, seen = Story(file), dict[str, Ask]()
    for _ in story.rest:
        seen |= {ask.id: ask for _, ask in asks_of(story)}
    for ask in seen.values():
        before = rows_shown(str, ask.kind, ask.facts)
        for key, value in ask.facts.items():
            other = ask.facts | {key: _other(value)}
            assert rows_shown(str, ask.kind, other) != before, (ask.kind, key)


def _other(value: str) -> str:
    """Another value of the same form: a number, a day, hours, or text."""
    if value.replace(".", "").replace(",", "").isdigit():
        return f"1{value}"
    return value.replace("202", "203", 1) if value.startswith("202") and value.count("-") == 2 else f"{value}x"


def test_keys_are_identifiers() -> None:
    assert AskKind.ESTIMATE.value in {kind.value for kind in AskKind}
    assert KEY_FORM.startswith("^[a-z]")
    assert attest_facts(deal(), ("W1",)).keys() >= {"rate_card.version", "package.W1.hours"}
