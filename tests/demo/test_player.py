"""What a deal file means to the player: who plays whom, which change is which, what is said and shown."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer import BadParameter
from typer.testing import CliRunner

import cli.main
from adapters.clock import SYSTEM_CLOCK
from adapters.files.deal_file import deal_from
from adapters.files.directory_file import directory_from
from adapters.files.yaml_source import FileProblem, FileRefused, parse_source
from adapters.rest_client import RefusedError
from cli import asks
from demo.answers import Casting
from demo.player import Player
from demo.summary import decision_of
from domain.deal_file.model import DealFile
from domain.directory.directory import Directory
from domain.playbook.model import role_label
from domain.shared.errors import Refused, Rule
from tests.samples import sample_playbook

ROOT = Path(__file__).parents[2]
PLAYBOOK = sample_playbook()
PEOPLE = (ROOT / "examples/directory.yaml").read_text(encoding="utf-8")
SMALL = (ROOT / "examples/deal-lindqvist-small.yaml").read_text(encoding="utf-8")
HALDEN = (ROOT / "examples/deal-halden.yaml").read_text(encoding="utf-8")
IN_HOUSE = (ROOT / "examples/deal-casework-inhouse.yaml").read_text(encoding="utf-8")
UNORDERED = """
change_orders:
  - {n: 5, by: nadia.haddad, title: More, reason: request, price: 2600,
     work: [{discipline: data, grade: senior, hours: [10, 14, 20]}]}
  - {n: 2, by: nadia.haddad, title: Less, reason: request, price: -800,
     work: [{discipline: data, grade: senior, hours: [1, 2, 3]}]}
actual_hours: {CORE: 100, C5: 17, C2: 3}
"""


def firm(*changes: tuple[str, str]) -> Directory:
    text = PEOPLE
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return directory_from(parse_source("people.yaml", text.encode()), 2026)


def deal(text: str, directory: Directory | None = None) -> DealFile:
    return deal_from(parse_source("deal.yaml", text.encode()), directory or firm(), PLAYBOOK)[0]


def problems(text: str, directory: Directory) -> list[FileProblem]:
    with pytest.raises(FileRefused) as refused:
        deal(text, directory)
    return list(refused.value.problems)


def casting(text: str, directory: Directory | None = None) -> Casting:
    people = directory or firm()
    return Casting(deal(text, people), people, PLAYBOOK)


class Door:
    """The API's side of one sitting: keeps what was sent, refuses hours on changes of the register that are named."""

    def __init__(self, *refused_items: str) -> None:
        self.sent: list[tuple[str, str, Any]] = []
        self._refused = set(refused_items)

    def send(self, who: str, _method: str, path: str, body: Any, _key: str) -> dict[str, Any]:
        self.sent.append((who, path, body))
        if self._refused & {row["item"] for row in body.get("hours", [])}:
            refused = {"name": "change-not-approved", "title": "No", "kind": "conflict", "detail": "d", "remedy": "r"}
            raise RefusedError(Refused.model_validate({**refused, "rule": Rule.THE_WHOLE_CHANGE_COUNTS}))
        return {}


class Silent:
    """A screen that nobody watches."""

    def step(self, *_shown: object) -> None: ...

    def stage(self, deal: str, stage: str) -> None: ...

    def summary(self, summary: dict[str, Any]) -> None: ...

    def note(self, text: str) -> None: ...


def player(text: str, door: Door) -> Player:
    cast = casting(text)
    return Player("deal", cast.deal, cast, door, Silent(), "run")  # type: ignore[arg-type]


CORE = SMALL.replace("id: W1", "id: CORE").replace("[W1]", "[CORE]") + UNORDERED


def test_hours_of_the_files_change_five_are_reported_on_the_registers_first() -> None:
    door = Door("C2")
    playing = player(CORE, door)
    coverage = [{"role": "project_manager", "holder": "nadia.haddad"}]
    changes = [{"n": 1, "status": "approved"}, {"n": 2, "status": "rejected"}]
    assert playing._report_hours({"seq": 9, "asks": [], "coverage": coverage, "changes": changes})
    (_, _, tried), (_, _, reported) = door.sent
    assert tried["hours"] == [{"item": "C2", "hours": "3"}]
    assert playing.refusals == [
        {"rule": "the-whole-change-counts", "step": "report hours on C2, which is not approved"}
    ]
    hours = {row["item"]: Decimal(row["hours"]) for row in reported["hours"]}
    assert hours == {"CORE": 100, "W2": Decimal("29.333333"), "C1": 17}


def test_an_answer_for_the_files_change_five_is_given_on_the_registers_first() -> None:
    said = "answers: [{kind: approve_change, role: finance, verdict: return, reason: no, change: 5}]"
    cast = casting(f"{CORE}\n{said}")
    ask = {"kind": "approve_change"}
    assert cast.answer(ask, ["finance"], 1)["verdict"] == "return"
    assert cast.answer(ask, ["finance"], 2)["verdict"] == "approve"
    assert (cast.number_in_file(1), cast.number_in_file(2)) == (5, 2)


def test_a_package_has_no_name_that_the_register_will_give_to_a_change() -> None:
    named = CORE.replace("CORE", "C1")
    assert [(problem.path, "C1" in problem.message) for problem in problems(named, firm())] == [
        ("work_packages.0.id", True)
    ]


@pytest.mark.parametrize(
    ("text", "before", "role"),
    [
        (SMALL, "roles: [engagement_manager]", "engagement_manager"),
        (SMALL, "roles: [delivery_lead, ", "delivery_lead"),
        (SMALL, ", business_analyst]", "business_analyst"),
        (SMALL, "roles: [resource_manager]", "resource_manager"),
        (SMALL, "roles: [finance, procurement]", "finance"),
        (SMALL, "roles: [customer_care]", "customer_care"),
        (SMALL, "roles: [quality]", "quality"),
        (SMALL, "roles: [project_manager]", "project_manager"),
        (SMALL, "roles: [legal]", "legal"),
        (SMALL.replace("purchases: []", "purchases: [A licence]"), "roles: [finance, procurement]", "procurement"),
    ],
)
def test_a_role_that_nobody_can_fill_is_named_before_anything_starts(text: str, before: str, role: str) -> None:
    after = before.replace(role, "gone")
    found = problems(text, firm((before, after)))
    assert [problem.path for problem in found] == [f"roles.{role}"]
    assert role_label(role) in found[0].message


def test_all_that_cannot_be_cast_comes_in_one_refusal() -> None:
    empty = firm(("roles: [quality]", "roles: []"), ("roles: [legal]", "roles: []"))
    assert {problem.path for problem in problems(SMALL, empty)} == {"roles.quality", "roles.legal"}


def test_in_house_needs_neither_legal_nor_procurement() -> None:
    assert deal(IN_HOUSE, firm(("roles: [legal]", "roles: []"), ("finance, procurement", "finance")))


def test_the_custodian_that_a_file_names_must_be_able_to_be_it() -> None:
    named = IN_HOUSE.replace("agreement_custodian: olga.petrova", "agreement_custodian: bram.devries")
    assert [problem.path for problem in problems(named, firm())] == ["agreement_custodian"]


ONE_FOR_BOTH = (("roles: [engagement_manager]", "roles: [engagement_manager, customer_care]"),)
NOBODY_ELSE_CARES = (*ONE_FOR_BOTH, ("manager: femi.adeyemi, roles: [customer_care]", "manager: femi.adeyemi"))


def test_the_engagement_manager_is_not_cast_as_customer_care() -> None:
    cast = casting(SMALL, firm(*NOBODY_ELSE_CARES))
    assert cast.holder("engagement_manager").id == "jonas.weber"
    assert cast.holder("customer_care").id == "marta.silva"


def test_one_person_for_engagement_manager_and_customer_care_is_refused() -> None:
    alone = firm(*NOBODY_ELSE_CARES, ("id: marta.silva,", "id: marta.silva, active: false,"))
    (problem,) = problems(SMALL, alone)
    assert problem.path in {"roles.customer_care", "roles.engagement_manager"}
    assert "Jonas Weber" in problem.message


def test_the_project_manager_has_no_second_role() -> None:
    both = firm(
        ('roles: ["expert:data"]', "roles: []"), ("roles: [project_manager]", 'roles: [project_manager, "expert:data"]')
    )
    assert casting(SMALL, both).holder("project_manager").id == "peter.olsen"
    assert casting(SMALL, both).holder("expert:data").id == "nadia.haddad"
    (problem,) = problems(
        SMALL,
        firm(
            ('roles: ["expert:data"]', "roles: [project_manager]"),
            ("roles: [project_manager],", "roles: [],"),
            (
                "calendar: DE, manager: anil.mehta, roles: [project_manager]",
                'calendar: DE, manager: anil.mehta, roles: [project_manager, "expert:data"]',
            ),
        ),
    )
    assert (problem.path, "one person cannot be both" in problem.message) == ("work_packages.0.discipline", True)


def test_who_asks_for_a_change_holds_the_role_by_which_they_ask() -> None:
    by_manager = HALDEN.replace("n: 1, by: peter.olsen", "n: 1, by: jonas.weber")
    cast = casting(by_manager)
    assert (cast.holder("project_manager").id, cast.holder("engagement_manager").id) == ("peter.olsen", "jonas.weber")
    two = HALDEN.replace("n: 2, by: peter.olsen", "n: 2, by: nadia.haddad")
    assert [problem.path for problem in problems(two, firm())] == ["change_orders.1.by"]


@pytest.mark.parametrize(
    "answer",
    [
        "kind: review_sow, role: legal, verdict: stand_aside",
        "kind: accept_handoff, role: project_manager, verdict: object, reason: no",
        "kind: sign_sow, role: provider_sponsor, verdict: approve_with_conditions, conditions: [more]",
        "kind: accept_milestone, role: client_sponsor, verdict: approve_with_conditions, conditions: [more]",
    ],
)
def test_an_answer_that_no_such_ask_takes_is_named(answer: str) -> None:
    assert [problem.path for problem in problems(f"{SMALL}\nanswers: [{{{answer}}}]", firm())] == ["answers.0.verdict"]


def test_a_decision_is_told_by_the_engagement_and_not_remembered() -> None:
    decided = {"method": "majority", "voters": ["legal", "finance"], "final_authority": "provider_sponsor"}
    told = {"method": "majority", "voters": ["finance", "legal"], "final_authority": "provider_sponsor"}
    assert decision_of({"decision": {**decided, "valid": True, "subject_hash": "0"}, "asks": []}) == told
    assert decision_of({"decision": None, "asks": []}) is None


def test_three_points_and_conditions_are_read_from_a_line() -> None:
    assert asks._three_points("W1=70/100/160") == {"package": "W1", "hours": "70/100/160"}
    assert asks._condition("test; then ship; bram.devries; 2026-12-18") == {
        "text": "test; then ship",
        "owner": "bram.devries",
        "due": "2026-12-18",
    }
    for wrong in ("W1", "W1=1/2", "=1/2/3", "W1=1//3"):
        with pytest.raises(BadParameter):
            asks._three_points(wrong)
    with pytest.raises(BadParameter):
        asks._condition("no owner")


def test_a_condition_whose_day_has_passed_is_put_off_when_the_file_is_played() -> None:
    said = "kind: accept_handoff, role: project_manager, verdict: approve_with_conditions"
    days = []
    for due in ("2020-01-31", "2199-01-31"):
        told = casting(f"{SMALL}\nanswers: [{{{said}, conditions: [{{text: x, due: {due}}}]}}]").answer(
            {"kind": "accept_handoff"}, ["project_manager"], None
        )
        days.append(date.fromisoformat(told["conditions"][0]["due"]))
    assert days[0] > SYSTEM_CLOCK().date()
    assert days[1] == date(2199, 1, 31)


class Answering:
    """A front door that answers every decision but those on the asks it was told to refuse."""

    def __init__(self, *refused: str) -> None:
        self.refused, self.sent = refused, list[Any]()

    def send(self, who: str, method: str, path: str, body: Any, key: str) -> Any:
        self.sent.append((who, method, path, body, bool(key)))
        told = {"rule": "signed-means-this", "title": "It has changed", "detail": "Look.", "remedy": "Look again."}
        problem = told | {"type": "https://interlock.example/refusals/not-what-was-shown", "status": "409"}
        receipt = {"stream": "engagement/E", "happened": ["VoteCast"], "stage": "decide"}
        asks = [row["ask_id"] for row in body["decisions"]]
        return {
            "results": [
                {"ask_id": ask, "receipt": None, "problem": problem}
                if ask in self.refused
                else {"ask_id": ask, "receipt": receipt, "problem": None}
                for ask in asks
            ]
        }


def test_several_asks_are_answered_from_a_file_and_each_result_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, door = tmp_path / "answers.yaml", Answering("E.A2")
    rows = [{"ask_id": f"E.A{n}", "verdict": "approve", "subject_hash": str(n) * 64} for n in (1, 2)]
    file.write_text(json.dumps({"decisions": rows}))
    monkeypatch.setattr(asks, "front_door", lambda _url, _token: door)
    told = CliRunner().invoke(cli.main.app, ["ask", "decide-several", str(file), "--token", "x"])
    assert door.sent == [("me", "POST", "/asks/decisions", {"decisions": rows}, True)]
    assert told.exit_code == 1
    assert "E.A1: The answer is recorded." in told.output
    refused = "E.A2:\nIt has changed. Look.\n→ Look again.\n  interlock ask show E.A2\n(Rule: signed means this)\n"
    assert refused in told.output
    file.write_text("decisions: []")
    assert (
        "there are no decisions"
        in CliRunner().invoke(cli.main.app, ["ask", "decide-several", str(file), "--token", "x"]).output
    )
    assert len(door.sent) == 1


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INTERLOCK_HOME", str(tmp_path / "home"))
    return tmp_path


def test_a_person_who_left_gets_no_token(data_folder: Path) -> None:
    people = data_folder / "people.yaml"
    people.write_text(
        PEOPLE.replace("id: ida.holm,", "id: ida.holm,").replace("id: sofie.berg,", "id: sofie.berg, active: false,")
    )
    run = CliRunner().invoke
    assert run(cli.main.app, ["people", "import", str(people)]).exit_code == 0
    assert run(cli.main.app, ["token", "create", "sofie.berg"]).exit_code == 1
    assert run(cli.main.app, ["token", "create", "marta.silva"]).exit_code == 0
    assert run(cli.main.app, ["token", "create", "Marta Silva"]).exit_code == 0


def test_a_playbook_is_published_when_it_leaves_nothing_open(data_folder: Path) -> None:
    run = CliRunner().invoke
    good = (ROOT / "playbooks/services.yaml").read_text().replace('version: "1"', 'version: "2"')
    (data_folder / "good.yaml").write_text(good)
    published = run(cli.main.app, ["playbook", "publish", str(data_folder / "good.yaml")])
    assert (published.exit_code, "services 2 is in force" in published.output) == (0, True)
    broken = good.replace("- {after: 1440, role: managing_director}", "- {after: 1440, role: project_manager}")
    (data_folder / "broken.yaml").write_text(broken.replace('version: "2"', 'version: "3"'))
    assert run(cli.main.app, ["playbook", "publish", str(data_folder / "broken.yaml")]).exit_code == 1
    again = run(cli.main.app, ["playbook", "publish", str(data_folder / "good.yaml")])
    assert again.exit_code == 0
    (data_folder / "other.yaml").write_text(good.replace("target_margin: 35", "target_margin: 36"))
    assert run(cli.main.app, ["playbook", "publish", str(data_folder / "other.yaml")]).exit_code == 1
