"""A deal's file is read whole, or refused with everything that is wrong with it."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from adapters.files.deal_file import deal_from, read_deal
from adapters.files.yaml_source import FileProblem, FileRefused, parse_source
from domain.asks.model import AskKind, Verdict
from domain.deal_file.model import DealFile
from domain.directory.directory import PROJECT_MANAGER
from domain.engagement.command import Command
from domain.engagement.documents.commands import SetRequirements
from domain.engagement.needs.commands import RecordNeeds, RecordPromises
from domain.engagement.scope.commands import SetMilestones, SetPurchases, SetWorkPackages
from domain.playbook.model import Kind, role_label
from domain.shared.limits import MAX_ROWS
from tests.samples import sample_directory, sample_playbook

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
FIRM = sample_directory()
PLAYBOOK = sample_playbook()
HALDEN = (EXAMPLES / "deal-halden.yaml").read_text(encoding="utf-8")
LINDQVIST = (EXAMPLES / "deal-lindqvist-small.yaml").read_text(encoding="utf-8")
IN_HOUSE = (EXAMPLES / "deal-casework-inhouse.yaml").read_text(encoding="utf-8")
Changes = tuple[str, str]


def changed(text: str, *changes: Changes) -> str:
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    return text


def deal(text: str) -> tuple[DealFile, tuple[str, ...]]:
    return deal_from(parse_source("d.yaml", text.encode()), FIRM, PLAYBOOK, to_play=True)


def problems(text: str) -> list[FileProblem]:
    with pytest.raises(FileRefused) as refused:
        deal(text)
    return list(refused.value.problems)


def line_of(text: str, piece: str) -> int:
    return text[: text.index(piece)].count("\n") + 1


@pytest.mark.parametrize("name", ["deal-halden", "deal-casework-inhouse", "deal-lindqvist-small"])
def test_each_sample_is_read_without_a_warning(name: str) -> None:
    _, warnings = read_deal(EXAMPLES / f"{name}.yaml", FIRM, PLAYBOOK)
    assert warnings == ()


PROSE = "Two halves.\n\nThe second.\n\n- a list\n- of two\n\n| depot | phones |\n| --- | --- |\n| Oslo | 40 |"


def test_text_keeps_its_paragraphs_lists_and_tables() -> None:
    quoted = PROSE.replace("\n", "\\n")
    price = HALDEN[HALDEN.index("price: {") :].partition("\n")[0]
    block = "\n".join(f"    {line}" for line in PROSE.split("\n"))
    terms = f"price:\n  discount_percent: 8\n  contingency_percent: 6\n  expenses: 46000\n  payment: |\n{block}"
    halden, _ = deal(changed(HALDEN, ("{id: W1, ", f'{{id: W1, scope: "{quoted}", '), (price, terms)))
    assert halden.work_packages[0].scope == halden.wished_price.payment == PROSE


def test_a_deal_is_read_whole() -> None:
    halden, _ = deal(HALDEN)
    assert (halden.kind, halden.wished_start) == (Kind.CONTRACTED, date(2027, 1, 11))
    assert halden.needs[1].measure is not None
    assert halden.needs[1].measure.target == 60
    assert halden.promises[0].on == date(2026, 10, 6)
    assert halden.work_packages[1].hours == (Decimal(620), Decimal(840), Decimal(1350))
    assert halden.wished_price.expenses == 46000
    assert [change.price for change in halden.change_orders] == [6400, 27500, 8900]
    assert halden.actual_hours["C2"] == 128
    assert (halden.satisfaction[0].who, halden.satisfaction[0].score) == ("odd.vik", 7)


def test_what_is_not_required_is_empty() -> None:
    required = "\n".join(
        line for line in IN_HOUSE.split("\n") if not line.startswith(("purchases", "requirements", "  - {id: R"))
    )
    read, warnings = deal(required)
    assert (read.purchases, read.requirements, read.change_orders, read.answers) == ((), (), (), ())
    assert (read.actual_hours, read.satisfaction, warnings) == ({}, (), ())


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        ("client: Halden", "client: Holden", "client"),
        ("salesperson: luca.ferri", "salesperson: nobody", "salesperson"),
        ("salesperson: luca.ferri", "salesperson: peter.olsen", "salesperson"),
        ("provider_sponsor: tomasz.nowak", "provider_sponsor: kari.moe", "provider_sponsor"),
        ("client_sponsor: kari.moe", "client_sponsor: anna.lindqvist", "client_sponsor"),
        ("client_signatory: kari.moe", "client_signatory: luca.ferri", "client_signatory"),
        ("wished_end: 2027-07-30", "wished_end: 2026-07-30", "wished_end"),
        ("wished_end: 2027-07-30", "wished_end: in summer", "wished_end"),
        ("title: Field", "titel: Field", "titel"),
        ('by: luca.ferri, to: odd.vik, text: "Works', 'by: nobody, to: odd.vik, text: "Works', "promises.0.by"),
        ("hours: [620, 840, 1350]", "hours: [840, 620, 1350]", "work_packages.1.hours"),
        ("hours: [620, 840, 1350]", "hours: [620, 840]", "work_packages.1.hours"),
        ("hours: [620, 840, 1350]", "hours: [-620, 840, 1350]", "work_packages.1.hours.0"),
        ("hours: [620, 840, 1350]", "hour: [620, 840, 1350]", "work_packages.1.hour"),
        ("discipline: data", "discipline: alchemy", "work_packages.4.discipline"),
        ("grade: principal", "grade: wizard", "work_packages.0.grade"),
        ("needs: [N1, N4], promises: [P4]", "needs: [N1, N9], promises: [P4]", "work_packages.7.needs.1"),
        ("needs: [N2]}\n  - {id: W4", "needs: [N2], promises: [P9]}\n  - {id: W4", "work_packages.2.promises.0"),
        ("- {id: W4", "- {id: W1", "work_packages.3.id"),
        ("- {id: W4", "- {id: C1", "work_packages.3.id"),
        ("discount_percent: 8, ", "", "price.discount_percent"),
        ("discount_percent: 8", "discount_percent: 100", "price.discount_percent"),
        ("discount_percent: 8", "discount_percent: -1", "price.discount_percent"),
        ("price: {discount", "price: {internal_transfer: true, discount", "price.internal_transfer"),
        ("share_percent: 35", "share_percent: 34", "milestones"),
        ("P1, P3, P4]", "P1, P7]", "milestones.3.promises.1"),
        (
            "needs: [N4], work_packages: [W7]}\nchange",
            "needs: [N4], work_packages: [W9]}\nchange",
            "requirements.3.work_packages.0",
        ),
        ("n: 2, by: peter.olsen", "n: 2, by: luca.ferri", "change_orders.1.by"),
        ("n: 2, by", "n: 1, by", "change_orders.1.n"),
        (
            "{discipline: training, grade: consultant, hours: [32",
            "{discipline: magic, grade: consultant, hours: [32",
            "change_orders.1.work.1.discipline",
        ),
        ("hours: [32, 40, 52]", "hours: [42, 40, 52]", "change_orders.1.work.1.hours"),
        ("terms_changed: true", "terms_changed: perhaps", "change_orders.1.terms_changed"),
        ("C1: 41", "C7: 41", "actual_hours.C7"),
        ("at: M2, score: 7", "at: M9, score: 7", "satisfaction.0.at"),
        ("score: 7", "score: 11", "satisfaction.0.score"),
        ("from: odd.vik}", "from: nobody}", "satisfaction.0.from"),
    ],
)
def test_a_mistake_is_named_by_line_and_field(before: str, after: str, path: str) -> None:
    text = changed(HALDEN, (before, after))
    found = {problem.path: problem for problem in problems(text)}
    assert path in found
    assert all(problem.file == "d.yaml" and problem.remedy for problem in found.values())
    assert found[path].line == line_of(HALDEN, "milestones:" if path == "milestones" else before)


def test_all_mistakes_are_told_at_once_also_where_the_form_is_wrong() -> None:
    text = changed(
        HALDEN,
        ("client: Halden", "client: Holden"),
        ("wished_start: 2027-01-11", "wished_start: soon"),
        ("discipline: data", "discipline: alchemy"),
        ("share_percent: 35", "share: 35"),
        ("C1: 41", "C7: 41"),
    )
    assert [problem.path for problem in problems(text)] == [
        "client",
        "wished_start",
        "work_packages.4.discipline",
        "milestones.3.share_percent",
        "actual_hours.C7",
    ]


def test_what_rests_on_a_misspelt_field_is_not_held_against_the_file() -> None:
    assert [problem.path for problem in problems(changed(HALDEN, ("promises:\n", "promisses:\n")))] == ["promisses"]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        (("agreement_custodian: olga.petrova", ""), "agreement_custodian"),
        (("agreement_custodian: olga.petrova", "agreement_custodian: nobody"), "agreement_custodian"),
        (("{internal_transfer: true}", "{discount_percent: 5}"), "price"),
        (("{internal_transfer: true}", "{internal_transfer: true, discount_percent: 5}"), "price.discount_percent"),
        (("kind: in_house", "kind: contracted"), "kind"),
    ],
)
def test_in_house_has_its_own_formality(changes: Changes, path: str) -> None:
    assert path in [problem.path for problem in problems(changed(IN_HOUSE, changes))]


def test_who_sells_is_no_expert_in_that_deal() -> None:
    assert "work_packages.4.discipline" not in [p.path for p in problems(changed(HALDEN, ("luca.ferri", "kofi")))]
    seller = FIRM.replace(
        people=tuple(p.replace(roles=(*p.roles, "sales")) if p.id == "kofi.mensah" else p for p in FIRM.people)
    )
    with pytest.raises(FileRefused) as refused:
        deal_from(parse_source("d", HALDEN.replace("luca.ferri", "kofi.mensah").encode()), seller, PLAYBOOK)
    assert [problem.path for problem in refused.value.problems] == ["work_packages.4.discipline"]


def test_where_whoever_could_manage_the_project_may_not_the_file_is_refused_with_who_and_why() -> None:
    """As it is at the handoff: no ladder ends at a project manager, and no sponsor of the deal manages it."""
    able = [person.id for person in FIRM.competent(PROJECT_MANAGER, PLAYBOOK)]
    heads = dict(zip(list(FIRM.positions), able, strict=False))
    firm = FIRM.replace(positions={**FIRM.positions, **heads})
    assert set(able) <= set(firm.positions.values())
    with pytest.raises(FileRefused) as refused:
        deal_from(parse_source("d.yaml", LINDQVIST.encode()), firm, PLAYBOOK, to_play=True)
    (found,) = [problem.message for problem in refused.value.problems if "project manager: " in problem.message]
    held = [role_label(position) for position in heads]
    assert (
        f"{firm.name_of(able[0])} is {held[0]}, where ladders end, and no ladder may end at a project manager" in found
    )
    assert found.count(";") == len(able) - 1


def test_an_unknown_key_is_ignored_with_a_warning() -> None:
    read, warnings = deal(changed(HALDEN, ("kind: contracted\n", "kind: contracted\ncrm_number: 4711\n")))
    assert read == deal(HALDEN)[0]
    assert warnings == ("d.yaml:5: crm_number is not a known field and is ignored",)


@pytest.mark.parametrize("name", ["acceptance_changed", "acceptance_criteria_changed", "requirements_changed"])
def test_acceptance_criteria_count_as_requirements(name: str) -> None:
    read, warnings = deal(changed(HALDEN, ("terms_changed: true", f"terms_changed: true, {name}: true")))
    assert [change.requirements_changed for change in read.change_orders] == [False, True, False]
    assert warnings == ()


def test_one_name_of_a_flag_does_not_undo_another() -> None:
    flags = "terms_changed: true, acceptance_changed: true, requirements_changed: false"
    read, _ = deal(changed(HALDEN, ("terms_changed: true", flags)))
    assert read.change_orders[1].requirements_changed


def test_a_change_may_take_away() -> None:
    read, _ = deal(changed(HALDEN, ("price: 6400, days: 3", "price: -6400, days: -3")))
    assert (read.change_orders[0].price, read.change_orders[0].days) == (Decimal(-6400), -3)


def test_a_purchase_is_a_line_or_a_row() -> None:
    rows = 'purchases: ["420 phones", {id: B1, text: "Licences", amount: 12000.50}]'
    read, warnings = deal(changed(HALDEN, ("purchases: []", rows)))
    assert [(row.id, row.title, row.amount) for row in read.purchases] == [
        (None, "420 phones", None),
        ("B1", "Licences", Decimal("12000.5")),
    ]
    assert warnings == ()


ANSWERS = """
answers:
  - {kind: decide_deal, role: finance, verdict: approve_with_conditions,
     conditions: ["Bill monthly", {text: "Insure", owner: sven.aas, due: 2027-01-05}]}
  - {kind: approve_change, role: legal, verdict: decline, reason: "Too risky", change: 2}
"""


def test_answers_say_who_says_what() -> None:
    read, _ = deal(HALDEN + ANSWERS)
    finance, legal = read.answers
    assert (finance.kind, finance.verdict) == (AskKind.DECIDE_DEAL, Verdict.APPROVE_WITH_CONDITIONS)
    assert [(row.text, row.owner) for row in finance.conditions] == [("Bill monthly", None), ("Insure", "sven.aas")]
    assert (legal.reason, legal.change) == ("Too risky", 2)


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        ("kind: decide_deal", "kind: decide", "answers.0.kind"),
        ("verdict: decline", "verdict: maybe", "answers.1.verdict"),
        ("role: legal", "role: jester", "answers.1.role"),
        ("change: 2", "change: 9", "answers.1.change"),
        ("owner: sven.aas", "owner: nobody", "answers.0.conditions.1.owner"),
    ],
)
def test_an_answer_to_nothing_is_refused(before: str, after: str, path: str) -> None:
    assert [problem.path for problem in problems(changed(HALDEN + ANSWERS, (before, after)))] == [path]


@pytest.mark.parametrize("role", ["expert:data", "provider_sponsor", "managing_director", "client_signatory"])
def test_an_answer_may_be_that_of_an_expert_a_party_or_a_position(role: str) -> None:
    read, _ = deal(changed(HALDEN + ANSWERS, ("role: legal", f"role: {role}")))
    assert read.answers[1].role == role


@pytest.mark.parametrize("text", ["[]", "3", "{}", "client: 3\nneeds: [1]\nprice: no\nactual_hours: []"])
def test_nonsense_is_refused_and_never_breaks(text: str) -> None:
    assert problems(text)


def test_reads_what_a_yaml_1_1_tool_has_written_of_a_sample() -> None:
    assert deal(HALDEN.replace(", on: 2026", ", true: 2026")) == deal(HALDEN)


@pytest.mark.parametrize(
    ("said", "meant"), [("need information", "need_info"), ("No-go", "decline"), ("approve with conditions", None)]
)
def test_a_verdict_is_read_as_people_write_it(said: str, meant: str | None) -> None:
    row = f"answers: [{{kind: decide_deal, role: finance, verdict: {said}, reason: so}}]"
    assert deal(f"{HALDEN}\n{row}\n")[0].answers[0].verdict == (meant or "approve_with_conditions")


def test_a_price_without_contingency_or_expenses_is_refused_by_name() -> None:
    text = changed(HALDEN, ("contingency_percent: 6, expenses: 46000, ", ""))
    assert {problem.path for problem in problems(text)} == {"price.contingency_percent", "price.expenses"}


@pytest.mark.parametrize("written", ["1,800", "1,800.50", "1,800,000", "-1,800", "3,5", "1800,50"])
def test_a_number_with_a_comma_is_no_other_number(written: str) -> None:
    found = problems(changed(HALDEN, ("expenses: 46000", f"expenses: {written}")))
    assert [(problem.path, problem.message) for problem in found] == [("price.expenses", "contains a comma")]


def test_a_file_is_refused_at_the_limits_of_the_commands_that_it_becomes() -> None:
    row = "  - {id: X%s, title: T, discipline: architecture, grade: senior, hours: [1, 2, 4]}"
    many = "work_packages:\n" + "\n".join(row % n for n in range(MAX_ROWS)) + "\n"
    found = problems(changed(HALDEN, ("work_packages:\n", many)))
    assert any(p.path == "work_packages" and str(MAX_ROWS) in p.message for p in found)


@pytest.mark.parametrize(
    ("table", "row", "bound"),
    [
        ("needs", "{{id: X{n}, text: {text}}}", "The needs of an engagement take at most 96 KiB"),
        (
            "promises",
            "{{id: X{n}, by: luca.ferri, to: odd.vik, text: {text}, on: 2026-10-06}}",
            "The promises of an engagement take at most 48 KiB",
        ),
        (
            "work_packages",
            "{{id: X{n}, title: T, scope: {text}, discipline: architecture, grade: senior, hours: [1, 2, 4]}}",
            "The work packages of an engagement take at most 128 KiB",
        ),
    ],
)
def test_a_file_is_refused_where_an_engagement_would_not_take_all_of_a_table(table: str, row: str, bound: str) -> None:
    rows = "\n".join("  - " + row.format(n=n, text="a" * 1900) for n in range(80))
    assert [
        p.path for p in problems(changed(HALDEN, (f"{table}:\n", f"{table}:\n{rows}\n"))) if bound in p.message
    ] == [table]


def test_a_file_is_refused_where_an_engagement_would_not_take_all_of_its_tables_together() -> None:
    row = "  - {id: X%s, title: T, discipline: architecture, grade: senior, hours: [1, 2, 4]}"
    rows = "\n".join(row % n for n in range(185))
    needs = "\n".join(f"  - {{id: X{n}, text: {'a' * 900}}}" for n in range(100))
    packages = changed(HALDEN, ("work_packages:\n", f"work_packages:\n{rows}\n"))
    assert len(deal(packages)[0].work_packages) > 185
    (problem,) = problems(packages.replace("needs:\n", f"needs:\n{needs}\n", 1))
    assert (problem.path, "takes at most 1300 KiB" in problem.message) == ("work_packages", True)


def test_a_contingency_above_what_a_price_may_have_is_refused_by_its_line() -> None:
    text = changed(HALDEN, ("contingency_percent: 6", "contingency_percent: 150"))
    assert [(p.path, p.line) for p in problems(text)] == [
        ("price.contingency_percent", line_of(text, "contingency_percent: 150"))
    ]


def test_each_list_has_one_limit_in_files_and_in_commands() -> None:
    pairs: dict[str, type[Command]] = {
        "needs": RecordNeeds,
        "promises": RecordPromises,
        "work_packages": SetWorkPackages,
        "purchases": SetPurchases,
        "milestones": SetMilestones,
        "requirements": SetRequirements,
    }
    for name, command in pairs.items():
        field = command.model_fields[name.removeprefix("work_")]
        assert _most(DealFile.model_fields[name]) == _most(field), name


def _most(field: FieldInfo) -> int:
    return next(int(held.max_length) for held in field.metadata if hasattr(held, "max_length"))


def test_a_list_in_place_of_a_deal_is_refused_in_a_sentence() -> None:
    assert [p.message for p in problems("- a\n")] == ["has no named fields"]


@pytest.mark.parametrize(("side", "who"), [("by", "ingrid.moe"), ("to", "luca.ferri")])
def test_a_promise_is_by_the_firm_and_to_the_client(side: str, who: str) -> None:
    row = f"{{id: P9, by: luca.ferri, to: odd.vik, text: x, on: 2026-10-06, {side}: {who}}}"
    row = row.replace("by: luca.ferri, ", "") if side == "by" else row.replace("to: odd.vik, ", "")
    text = changed(HALDEN, ("promises:\n", f"promises:\n  - {row}\n"))
    assert [p.path for p in problems(text)] == [f"promises.0.{side}"]


@pytest.mark.parametrize(
    ("before", "after", "path", "what"),
    [
        ("{id: M1, title", "{id: w1, title", "milestones.0.id", "w1 is package W1 except for its case"),
        ("{id: W3, title", "{id: c3, title", "work_packages.2.id", "c3 is reserved for change orders"),
        ("{id: N2, text", "{id: n1, text", "needs.1.id", "n1 is used twice"),
    ],
)
def test_what_a_deal_would_refuse_to_take_by_its_name_is_refused_in_its_file(
    before: str, after: str, path: str, what: str
) -> None:
    found = [problem for problem in problems(changed(HALDEN, (before, after))) if problem.path == path]
    assert [what in problem.message for problem in found] == [True]


MISSPELT = {
    "client": ("client: Halden Energi AS", "client: Halden Energie", "there is no client", "Halden Energi AS"),
    "its short name": ("client: Halden Energi AS", "client: halden", "there is no client", "Halden Energi AS"),
    "salesperson": ("salesperson: luca.ferri", "salesperson: luca.feri", "not an active colleague", "luca.ferri"),
    "client_sponsor": ("client_sponsor: kari.moe", "client_sponsor: kari.mo", "not a person at", "kari.moe"),
    "discipline": ("discipline: data", "discipline: dta", "there is no discipline dta", "data"),
    "grade": ("grade: senior", "grade: seniour", "not a grade", "senior"),
}


@pytest.mark.parametrize("what", MISSPELT)
def test_a_misspelt_name_is_told_with_what_was_meant_and_by_no_other_rule(what: str) -> None:
    before, after, so, meant = MISSPELT[what]
    (found,) = problems(changed(HALDEN, (before, after)))
    assert so in found.message
    assert found.remedy == f"Did you mean {meant}?"


def test_a_deal_begins_with_less_than_is_played() -> None:
    """Whoever sells does not estimate, and scope, price and plan may come later."""
    row = next(line for line in LINDQVIST.splitlines() if "id: W1," in line)
    shorter = row.replace("hours: [70, 100, 160], ", "")
    assert shorter != row
    deal, _ = deal_from(parse_source("d", LINDQVIST.replace(row, shorter).encode()), FIRM, PLAYBOOK)
    assert deal.work_packages[0].hours is None
    with pytest.raises(FileRefused, match=r"work_packages.0.hours: is missing"):
        deal_from(parse_source("d", LINDQVIST.replace(row, shorter).encode()), FIRM, PLAYBOOK, to_play=True)
    parties = LINDQVIST[: LINDQVIST.index("needs:")].encode()
    assert deal_from(parse_source("d", parties), FIRM, PLAYBOOK)[0].price is None
    with pytest.raises(FileRefused) as refused:
        deal_from(parse_source("d", parties), FIRM, PLAYBOOK, to_play=True)
    lacking = [problem.path for problem in refused.value.problems]
    assert sorted(lacking) == ["milestones", "needs", "price", "work_packages"]
