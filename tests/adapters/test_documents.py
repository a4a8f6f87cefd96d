"""SOW and BRD say all that was agreed, nothing of what is the firm's own, and words in them stay words."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from adapters.documents.drafting import NOT_NAMED, Rendered, escaped, one_line, render
from adapters.documents.markdown import ELEMENTS
from adapters.files.deal_file import read_deal
from domain.engagement import start
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import whole_effort
from domain.engagement.documents.values import DocumentKind, Requirement
from domain.engagement.needs.values import Need, Promise, PromiseStatus
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.pricing.rules import reckon
from domain.engagement.scope.values import Estimate, Milestone, Purchase, WorkPackage
from domain.engagement.start import StartDeal
from domain.pricing.formulas import commission, shown
from domain.pricing.three_points import ThreePoints
from domain.shared.calendar import day_shown
from domain.shared.text import LongText
from domain.shared.transaction import Actor
from domain.shared.values import PersonId, canonical
from tests.samples import sample_directory, sample_playbook

ROOT = Path(__file__).parents[2]
FIRM = sample_directory()
PLAYBOOK = sample_playbook()
KINDS: tuple[DocumentKind, ...] = ("sow", "brd")
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
DISSENT_DISCOUNT = Decimal(60)


def engagement(deal: str = "halden", discount: Decimal | None = None, **changes: Any) -> Engagement:
    """An engagement as its sample deal tells it, estimated and priced; `changes` are fields of the state."""
    told, _ = read_deal(ROOT / f"examples/deal-{deal}.yaml", FIRM, PLAYBOOK)
    command = StartDeal(
        id="ENG-2026-0001",
        form=told.kind,
        currency=FIRM.currency,
        playbook=PLAYBOOK,
        rate_card=FIRM.rate_card,
        people=tuple(FIRM.everyone()),
        calendars=tuple(FIRM.calendars.values()),
        positions=FIRM.positions,
        **told.model_dump(
            include={
                "title", "client", "salesperson", "provider_sponsor", "client_sponsor", "client_signatory",
                "wished_start", "wished_end",
            }
        ),
    )  # fmt: skip
    state = start.start(command, Actor(person_id=told.salesperson), NOW).state
    holders = state.cast.holders | {"engagement_manager": "marta.silva", "customer_care": "diego.ramos"}
    packages = {row.id: WorkPackage.model_validate(row.model_dump(exclude={"hours"})) for row in told.work_packages}
    state = state.replace(
        cast=state.cast.replace(holders=holders),
        needs={row.id: Need.model_validate(row.model_dump()) for row in told.needs},
        promises={row.id: Promise.model_validate(row.model_dump()) for row in told.promises},
        packages=packages,
        milestones={row.id: Milestone.model_validate(row.model_dump()) for row in told.milestones},
        requirements={row.id: Requirement.model_validate(row.model_dump()) for row in told.requirements},
        estimates=tuple(
            Estimate(
                package=row.id,
                by="anil.mehta",
                hours=ThreePoints(**dict(zip(("optimistic", "likely", "pessimistic"), row.played_hours, strict=True))),
                package_hash="0" * 64,
            )
            for row in told.work_packages
        ),
    )
    price = ProposePrice(
        discount_percent=told.wished_price.discount_percent if discount is None else discount,
        contingency_percent=told.wished_price.contingency_percent,
        expenses=told.wished_price.expenses or Decimal(),
        payment=told.wished_price.payment,
        internal_transfer=told.wished_price.internal_transfer,
    )
    return state.replace(price=reckon(state, price, told.salesperson)).replace(**changes)


class Reading(HTMLParser):
    """What a browser would take a page for: its tags in order, and its text."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(" ".join([tag, *(f"{name}={value}" for name, value in attrs)]))

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] != ["style"] or not data.strip().startswith(":root"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())


def page_text(rendered: Rendered) -> str:
    return Reading(rendered.html).text


@pytest.mark.parametrize("deal", ["halden", "casework-inhouse", "lindqvist-small"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_state_gives_the_same_bytes(deal: str, kind: DocumentKind) -> None:
    assert render(engagement(deal), kind, 1) == render(engagement(deal), kind, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_read_back_with_its_keys_sorted_gives_the_same_bytes(kind: DocumentKind) -> None:
    state = engagement(needs={f"N{n}": Need(id=f"N{n}", text=f"Need {n}") for n in range(1, 13)})
    again = Engagement.model_validate_json(canonical(state))
    assert list(again.needs)[1] == "N10"
    assert render(again, kind, 3) == render(state, kind, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_two_revisions_differ_in_their_number_alone(kind: DocumentKind) -> None:
    first, second = (render(engagement(), kind, revision).source.decode() for revision in (1, 2))
    assert first != second
    assert first.replace("revision 1", "revision 2", 1) == second


def test_no_date_stands_in_it_but_those_of_the_deal() -> None:
    told, _ = read_deal(ROOT / "examples/deal-halden.yaml", FIRM, PLAYBOOK)
    known = {told.wished_start, told.wished_end}
    known |= {m.due for m in told.milestones} | {p.on for p in told.promises}
    text = render(engagement(), "sow", 1).source.decode()
    found = re.findall(r"[A-Z][a-z]{2} \d{1,2} [A-Z][a-z]{2} \d{4}", text)
    assert set(found) == {day_shown(day) for day in known}
    assert not re.search(r"\d{4}-\d{2}-\d{2}", text)


@pytest.mark.parametrize("deal", ["halden", "casework-inhouse", "lindqvist-small"])
def test_a_sow_says_every_need_promise_package_and_milestone(deal: str) -> None:
    state = engagement(deal)
    text = page_text(render(state, "sow", 1))
    for need in state.needs.values():
        assert f"{need.id} {need.text}" in text
        assert need.why is None or f"Why: {need.why}" in text
        assert need.measure is None or f"Measured by: {need.measure.what}: {need.measure.now} now" in text
    for promise in state.promises.values():
        assert f"{promise.id} {promise.text}" in text
    for package in state.packages.values():
        assert f"{package.id} {package.title}" in text
        assert all(assumption in text for assumption in package.assumes)
    for milestone in state.milestones.values():
        assert f"{milestone.id} {milestone.title} {day_shown(milestone.due)} {milestone.share_percent} %" in text


def test_a_sow_says_the_price_its_expenses_and_how_it_is_paid() -> None:
    state = engagement()
    assert state.price is not None
    text = page_text(render(state, "sow", 1))
    assert f"Total price {shown(state.price.quote.price)} EUR" in text
    assert "Of this, expenses 46,000.00 EUR" in text
    assert "Payment: 20 % at start, 60 % over milestones, 20 % at acceptance" in text


def test_in_house_the_price_is_one_transfer() -> None:
    state = engagement("casework-inhouse")
    assert state.price is not None
    text = page_text(render(state, "sow", 1))
    assert f"Internal transfer of {shown(state.price.quote.price)} EUR" in text
    assert "Champion Sofie Berg" in text
    assert "Total price" not in text


FIRMS_OWN_WORDS = (
    "cost", "margin", "commission", "dissent", "discount", "contingency", "floor", "override", "rate card", "per hour",
    "p50", "p80", "optimistic", "pessimistic", "principal", "senior", "consultant", "offshore", "risk",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("deal", "discount"), [("halden", None), ("halden", DISSENT_DISCOUNT), ("casework-inhouse", None)]
)
def test_what_is_the_firms_own_is_not_in_it(deal: str, discount: Decimal | None, kind: DocumentKind) -> None:
    state = engagement(deal, discount, purchases={"B1": Purchase(id="B1", title="Gloves", amount=Decimal("7777.77"))})
    assert state.price is not None
    quoted, effort = state.price.quote, whole_effort(state)
    secrets = {effort.cost_p50, effort.list_total, effort.hours_p50, effort.hours_p80, Decimal("7777.77")}
    secrets |= {effort.cost_p80} if quoted.services else set()
    secrets |= {figure for figure in (quoted.services, quoted.floor_price, quoted.gap) if figure}
    secrets |= {100 * margin for margin in (quoted.margin_p50, quoted.margin_p80) if margin is not None}
    if quoted.services and quoted.margin_p50:
        secrets.add(commission(quoted.services, quoted.margin_p50, PLAYBOOK.price, PLAYBOOK.commission))
    rendered = render(state, kind, 1)
    for told in (rendered.source.decode(), page_text(rendered)):
        figures = {figure.replace(",", "") for figure in re.findall(r"\d[\d,]*\.\d+", told)}
        assert not {shown(secret).replace(",", "") for secret in secrets} & figures
        assert [word for word in FIRMS_OWN_WORDS if re.search(rf"\b{word}", told.lower())] == []
        assert [risk for package in state.packages.values() for risk in package.risks if risk in told] == []


@pytest.mark.parametrize(
    ("fate", "says"),
    [
        (PromiseStatus(), "Not yet covered."),
        (
            PromiseStatus(covered_by=("W2", "M4")),
            "Covered by M4 All nine depots live, hypercare ended; W2 Mobile client",
        ),
        (PromiseStatus(covered_by=("W99",)), "Not yet covered."),
        (
            PromiseStatus(declined_because="No such radio exists", decline_acknowledged=True),
            "Declined, acknowledged by the client: No such radio exists",
        ),
        (
            PromiseStatus(declined_because="No such radio exists"),
            "Declined, not yet acknowledged by the client: No such radio exists",
        ),
    ],
)
def test_each_promise_says_what_became_of_it(fate: PromiseStatus, says: str) -> None:
    assert says in page_text(render(engagement(fates={"P1": fate}), "sow", 1))


def test_what_covers_a_promise_names_it_as_the_promise_names_what_covers_it() -> None:
    fates = {"P1": PromiseStatus(covered_by=("M4",))}
    source = render(engagement(fates=fates), "sow", 1).source.decode()
    rows = {line.split("|")[1].strip(): line for line in source.splitlines() if line.startswith("| M")}
    assert "P1" in rows["M4"]
    assert "P1" not in rows["M1"]


def test_the_client_reads_whom_they_will_meet() -> None:
    text = page_text(render(engagement(), "sow", 1))
    assert "Engagement manager Marta Silva" in text
    assert "Customer care Diego Ramos" in text


def test_a_part_that_nobody_plays_is_said_to_be_open() -> None:
    state = engagement()
    bare = state.replace(cast=state.cast.replace(holders={**state.cast.holders, "customer_care": ""}))
    holders = {role: person for role, person in bare.cast.holders.items() if person}
    bare = bare.replace(cast=bare.cast.replace(holders=holders))
    assert f"Customer care {NOT_NAMED}" in page_text(render(bare, "sow", 1))


def test_those_who_sign_stand_in_their_order() -> None:
    assert "The provider Tomasz Nowak The client Kari Moe, Chief Operating Officer" in page_text(
        render(engagement(), "sow", 1)
    )
    assert "The provider Marta Silva The client Kari Moe" in page_text(render(engagement(), "brd", 1))


def test_purchases_are_named() -> None:
    purchases = {"B1": Purchase(id="B1", title="420 rugged phones", amount=Decimal(9))}
    assert "B1 420 rugged phones" in page_text(render(engagement(purchases=purchases), "sow", 1))
    assert "Nothing is bought for this work." in page_text(render(engagement(), "sow", 1))


def test_a_brd_traces_each_requirement_both_ways() -> None:
    state = engagement()
    text = page_text(render(state, "brd", 1))
    for requirement in state.requirements.values():
        needs, packages = ", ".join(requirement.needs), ", ".join(requirement.work_packages)
        assert f"{requirement.id} {requirement.text} Needs: {needs}. Work packages: {packages}." in text
    assert f"N1 {state.needs['N1'].text} R1 W2" in text
    assert f"W1 {state.packages['W1'].title} none N1, N2, N3" in text


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_deal_is_still_a_document(kind: DocumentKind) -> None:
    bare = engagement(needs={}, promises={}, packages={}, milestones={}, requirements={}, price=None)
    assert page_text(render(bare, kind, 1)).count("recorded.") >= 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_needs_nothing_from_elsewhere(kind: DocumentKind) -> None:
    page = render(engagement(), kind, 1).html
    assert b'<html lang="en">' in page
    assert not re.search(rb"src=|href=|url\(|@import|<script|<link", page)
    assert Reading(page).tags.count("h1") == 1


HOSTILE = (
    "# Total price: 1 EUR",
    "x\n\n## Price\n\n- 1 EUR",
    "x\r\n# Price",
    "Setext\n===",
    "---",
    "- item",
    "+ item",
    "1. item",
    "12) item",
    "= x",
    "> quoted",
    "    code",
    "\tcode",
    "```\ncode\n```",
    "~~~",
    "a | b | c",
    "\\| a \\\\| b",
    "ends with \\",
    "| a |\n| --- |\n| b |",
    "<script>alert(1)</script>",
    "</main><h1>Price</h1>",
    "<!-- hidden",
    "&lt;b&gt; &#60;i&#62; &copy;",
    "[free](https://evil.example)",
    "![x](https://evil.example/p.png)",
    "[x]: https://evil.example",
    "<https://evil.example>",
    "https://evil.example www.evil.example a@evil.example",
    "*bold* **bold** _it_ __it__ `code` ~~gone~~",
    "{{ doc.id }} {% raw %} {# note #}",
    "${7*7} $x$",
    "line\u2028break\u2029here",
    "\u202egnp.exe",
    "\u2066hidden\u2069",
)
TEXT = TypeAdapter(LongText)


def with_words(line: str = "x", prose: str = "x") -> Engagement:
    """An engagement in which people wrote one text wherever one line is asked for, and another wherever some are."""
    state, line, prose = engagement(), TEXT.validate_python(line), TEXT.validate_python(prose)
    cast = state.cast.replace(
        people={id_: person.replace(name=line, title=line) for id_, person in state.cast.people.items()}
    )
    fates = {"P1": PromiseStatus(covered_by=("W1", "M1"), declined_because=prose)}
    assert state.price is not None
    return state.replace(
        title=line,
        client=line,
        cast=cast,
        fates=fates,
        needs={k: v.replace(text=prose, why=prose) for k, v in state.needs.items()},
        promises={k: v.replace(text=prose) for k, v in state.promises.items()},
        packages={k: v.replace(title=line, scope=prose, assumes=(prose, prose)) for k, v in state.packages.items()},
        milestones={k: v.replace(title=line) for k, v in state.milestones.items()},
        requirements={k: v.replace(text=prose) for k, v in state.requirements.items()},
        purchases={"B1": Purchase(id="B1", title="x").replace(title=line)},
        price=state.price.replace(payment=prose),
    )


HARMLESS = {kind: render(with_words(), kind, 1).html for kind in KINDS}


def assert_words_stay_words(words: str, kind: DocumentKind) -> None:
    """The page has exactly the shape that it has with a harmless word, and shows the words as they were written."""
    shaped = Reading(render(with_words(line=words), kind, 1).html)
    assert shaped.tags == Reading(HARMLESS[kind]).tags
    assert shaped.text.count(one_line(TEXT.validate_python(words))) >= 10


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words(words: str, kind: DocumentKind) -> None:
    assert_words_stay_words(words, kind)


SYNTAX = st.text(st.sampled_from(list("\\`*_[]()<>|~&#!^$@{}:/.-+=1 \"'%;\n\tax")), min_size=1, max_size=30)


@settings(max_examples=60, deadline=None)
@given(SYNTAX.map(str.strip).filter(bool))
def test_no_mixture_of_signs_is_more_than_words(words: str) -> None:
    for kind in KINDS:
        assert_words_stay_words(words, kind)


class Skeleton(HTMLParser):
    """A page without what stands in items of lists: the tags and words that are ours. And all tags within the items."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.ours: list[str] = []
        self.theirs: list[str] = []
        self.items = 0
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        (self.theirs if self.items else self.ours).append(tag)
        self.items += tag == "li"
        assert all(name != "href" or re.match("https?:|mailto:", value or "") for name, value in attrs)

    def handle_endtag(self, tag: str) -> None:
        self.items -= tag == "li"

    def handle_data(self, data: str) -> None:
        if not self.items and data.strip():
            self.ours.append(data.strip())


def assert_prose_stays_in_its_item(words: str, kind: DocumentKind) -> None:
    page, harmless = Skeleton(render(with_words(prose=words), kind, 1).html), Skeleton(HARMLESS[kind])
    titles = {f"{first} …" for first in TEXT.validate_python(words).split("\n")}
    assert len(page.ours) == len(harmless.ours), titles
    assert [tag for tag in page.ours if tag in OUTLINE] == [tag for tag in harmless.ours if tag in OUTLINE]
    assert set(page.theirs) <= ELEMENTS


OUTLINE = ("h1", "h2", "h3", "table", "tr", "p", "ul", "li")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_prose_stays_in_its_item_and_out_of_the_outline(words: str, kind: DocumentKind) -> None:
    assert_prose_stays_in_its_item(words, kind)


BLOCKS = st.sampled_from(
    [
        "# x",
        "---",
        "===",
        "--",
        "- x",
        "1. x",
        "> x",
        "| a |",
        "| - |",
        "```",
        "    x",
        "\t- x",
        "",
        "*",
        "+",
        "\\",
        "x",
        "  ",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.one_of(SYNTAX, st.lists(BLOCKS, min_size=1, max_size=8).map("\n".join)).map(str.strip))
def test_no_mixture_of_lines_leaves_its_item(words: str) -> None:
    assume(re.search("[a1x<>=*|-]", words))
    for kind in KINDS:
        assert_prose_stays_in_its_item(words, kind)


SCOPE = "Two halves.\n\nThe second\nof them.\n\n- a list\n- of two\n\n| depot | phones |\n| --- | --- |\n| Oslo | 40 |"
SCOPE_SHOWN = (
    r"<p>Two halves\.</p>\n<p>The second<br />\nof them\.</p>\n<ul>\n<li>a list</li>\n<li>of two</li>\n</ul>\n"
    r"<table>.*?<th>depot</th>\n<th>phones</th>.*?<td>Oslo</td>\n<td>40</td>.*?</table>"
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("field", ["scope", "assumes", "need", "promise", "requirement", "payment"])
def test_paragraphs_lists_and_tables_are_shown_as_such(field: str, kind: DocumentKind) -> None:
    state = engagement()
    assert state.price is not None
    changed: dict[str, Any] = {
        "scope": {"packages": {"W1": state.packages["W1"].replace(scope=SCOPE)}},
        "assumes": {"packages": {"W1": state.packages["W1"].replace(assumes=(SCOPE, SCOPE))}},
        "need": {"needs": {"N1": Need(id="N1", text=SCOPE, why=SCOPE)}},
        "promise": {"promises": {"P1": state.promises["P1"].replace(text=SCOPE)}},
        "requirement": {"requirements": {"R1": state.requirements["R1"].replace(text=SCOPE)}},
        "payment": {"price": state.price.replace(payment=SCOPE)},
    }
    shown = len(re.findall(SCOPE_SHOWN, render(state.replace(**changed[field]), kind, 1).html.decode(), re.DOTALL))
    told = {
        "sow": {"scope": 1, "assumes": 2, "need": 2, "promise": 1, "payment": 1},
        "brd": {"need": 1, "requirement": 1},
    }
    assert shown == told[kind].get(field, 0)


@pytest.mark.parametrize(
    ("words", "source"),
    [
        ("31 % of visits, 10,000 SEK (now nine)", "31 % of visits, 10,000 SEK (now nine)"),
        ("2027-01-11 to 2027-07-30", "2027-01-11 to 2027-07-30"),
        ("https://evil.example", "https\\://evil.example"),
        ("www.evil.example", "www\\.evil.example"),
        ("1. first", "1\\. first"),
        ("46.50 EUR", "46.50 EUR"),
        ("<b>", "\\<b\\>"),
    ],
)
def test_the_source_stays_readable(words: str, source: str) -> None:
    assert escaped(words) == source


def test_the_provider_is_named_among_the_parties_and_where_it_signs() -> None:
    state = engagement().replace(firm="Fjordline Consulting AS")
    source = render(state, "sow", 1).source.decode()
    assert "| Provider | Fjordline Consulting AS |" in source
    assert "| The provider, Fjordline Consulting AS |" in source
    assert "| Provider |" not in render(engagement(), "sow", 1).source.decode()


def test_a_sow_says_what_the_experts_assume_whose_hours_count() -> None:
    state = engagement()
    first, *others = state.estimates
    state = state.replace(estimates=(first.replace(assumptions=("The yard system can be tested.",)), *others))
    assert "The yard system can be tested." in render(state, "sow", 1).source.decode()


def test_whoever_draws_a_brd_is_not_printed_as_who_signs_it() -> None:
    """The next above signs, and is named with in whose place; the client's signers are as they are."""
    state = engagement()
    manager = state.cast.holder("engagement_manager")
    assert manager is not None
    text = page_text(render(state, "brd", 1, (manager,)))
    head = state.cast.holder(state.head_role("engagement_manager"))
    assert head is not None
    assert f"{state.cast.name(head)}" in text
    assert f"for {state.cast.name(manager)}" in text
    assert f"for {state.cast.name(manager)}" not in page_text(render(state, "brd", 1, (PersonId("kofi.mensah"),)))


def test_our_tables_can_stand_cell_below_cell_each_with_its_heading() -> None:
    html = render(engagement(), "sow", 1).html.decode()
    assert '<td data-label="What the client accepts">' in html
    assert html.count('<table class="stacked">') >= 3
