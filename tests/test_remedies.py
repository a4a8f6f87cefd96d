"""Each refusal says what to do and, on the command line, by which command; where none helps, why."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.console_commands import COMMANDS, command_of
from adapters.rest_client import RefusedError, refusal_of
from api.problems import of_refusal
from cli.remedies import BY_REFUSAL, OUTSIDE_DEALS, WITHOUT_COMMAND, command_for, commands_for
from domain.shared.errors import AskHasEnded, Refused, Rule, Waiting, damaged_directory
from domain.shared.remedy_actions import RemedyAction
from tests.test_commands_in_documents import what_is_wrong

ROOT = Path(__file__).parent.parent
ROOMS = ("domain", "application", "adapters", "api", "workflows")
# What docs/rules.md calls by a name of its own: the refusals, and one part of the code that enforces a rule.
TOLD = set(re.findall(r"`([A-Z]\w+)`", (ROOT / "docs" / "rules.md").read_text())) - {"ChangeFacts"}


def remedies_in(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            given = [keyword.value for keyword in node.keywords if keyword.arg == "remedy"]
            yield from (text for value in given for text in _texts(value))


def _texts(value: ast.AST) -> Iterator[str]:
    for node in ast.walk(value):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def refused(
    name: str, remedy: str = "Do it.", action: RemedyAction | None = None, waits: tuple[Waiting, ...] = ()
) -> Refused:
    told = {"name": name, "rule": Rule.IN_ITS_STAGE, "title": "No", "detail": "It is so.", "remedy": remedy}
    return Refused.model_validate({**told, "kind": "conflict", "action": action, "waits_for": waits})


@pytest.mark.parametrize("kind", sorted(TOLD))
def test_each_kind_of_refusal_names_a_command_or_says_why_none_helps(kind: str) -> None:
    assert (kind in BY_REFUSAL) is not (kind in WITHOUT_COMMAND)
    found = command_for(refused(kind), "/api/v1/engagements/ENG-2026-0001", "interlock ask decide")
    assert (found is not None) is (kind in BY_REFUSAL)


def test_no_kind_stands_in_the_table_that_there_is_not() -> None:
    assert {*BY_REFUSAL, *WITHOUT_COMMAND, *OUTSIDE_DEALS} - TOLD == set()


def test_each_action_has_a_command_and_is_what_somebody_is_told_to_do() -> None:
    files = {file for room in (*ROOMS, "cli") for file in (ROOT / room).rglob("*.py")}
    said = "".join(file.read_text() for file in files - {ROOT / "adapters" / "console_commands.py"})
    assert set(COMMANDS) == set(RemedyAction)
    assert [action for action in RemedyAction if f"RemedyAction.{action.name}" not in said] == []


def test_an_action_that_only_a_newer_server_knows_leaves_the_remedy_in_words() -> None:
    problem = of_refusal(refused("NotNow")).model_dump(mode="json") | {"action": "dance"}
    assert (refusal_of(problem).action, refusal_of(problem).remedy) == (None, "Do it.")


def test_the_ask_that_is_put_now_is_shown_by_its_own_id_over_rest_too_whoever_owes_an_answer_there() -> None:
    now = AskHasEnded(
        "The ask A1 has ended.",
        remedy="It has been replaced by ENG-2026-0001.A8.",
        action=RemedyAction.SHOW_CURRENT_ASK,
        waits_for=(Waiting(ask_id="ENG-2026-0001.A9", who="Luca Ferri"),),
        asked_now="ENG-2026-0001.A8",
    ).refused
    for refusal in (now, refusal_of(of_refusal(now).model_dump(mode="json"))):
        assert command_for(refusal, "/api/v1/asks/A1/approve", "interlock ask decide") == (
            "interlock ask show ENG-2026-0001.A8"
        )


def test_what_people_read_who_have_no_command_line_names_a_command_beside_the_remedy() -> None:
    """Whoever opens a link from a mail: what asks, links and callers are refused with."""
    rooms = (
        "domain/asks/*.py",
        "application/magic_links/opened_ask.py",
        "application/magic_links/links.py",
        "application/authentication.py",
    )
    files = [file for room in rooms for file in ROOT.glob(room)]
    assert len(files) > len(rooms)
    assert not [text for file in files for text in remedies_in(file) if "interlock " in text]
    refused = damaged_directory("Directory 2: edited.").refused
    assert "interlock " not in refused.remedy
    told = refusal_of(of_refusal(refused).model_dump(mode="json"))
    assert command_for(told, "/api/v1/people", "interlock people list") == "interlock people import FILE --here"


@pytest.mark.parametrize("action", RemedyAction)
def test_the_command_of_each_action_can_be_given_as_it_is_told(action: RemedyAction) -> None:
    program, command = command_of(action.about()).split(" ", 1)
    assert (program, what_is_wrong(command)) == ("interlock", None)


COMMAND = re.compile(r"\binterlock [a-z]|(?<!\S)--[a-z]")


def test_the_domain_knows_no_command_of_the_line() -> None:
    """It names actions, and whoever shows its texts says how each is done: `adapters/console_commands.py`."""
    files = (*ROOT.glob("domain/**/*.py"),)
    told = [(file.name, text) for file in files for text in _texts(ast.parse(file.read_text()))]
    assert len(told) > 1000
    assert [(file, text) for file, text in told if COMMAND.search(text)] == []


@pytest.mark.parametrize(
    ("name", "action", "path", "told"),
    [
        ("already-decided", None, "engagements/ENG-2026-0007/cancel", "deal show ENG-2026-0007"),
        ("bad-value", None, "asks/ENG-2026-0007.A3/decision", "ask decide --help"),
        ("not-what-was-shown", None, "asks/ENG-2026-0007.A3/decision", "ask show ENG-2026-0007.A3"),
        ("permission-denied", None, "engagements/ENG-2026-0007/hold", "deal show ENG-2026-0007"),
        ("permission-denied", None, "people/rosa.klein/deactivate", "people list"),
        (
            "bad-value",
            RemedyAction.PROPOSE_HOLDER,
            "engagements/E/roles/legal/replace",
            "role propose DEAL legal PERSON",
        ),
        ("not-now", RemedyAction.RESTATE_NEEDS, "engagements/ENG-2026-0007/price", "needs restate ENG-2026-0007"),
        (
            "not-approved-inside",
            RemedyAction.DRAFT_DOCUMENT,
            "engagements/E/documents/sow/send",
            "document draft DEAL sow",
        ),
        ("not-found", RemedyAction.DRAFT_DOCUMENT, "engagements/E/documents/brd.md", "document draft DEAL brd"),
    ],
)
def test_a_command_is_told_with_what_is_known(name: str, action: RemedyAction | None, path: str, told: str) -> None:
    assert command_for(refused(name, action=action), f"/api/v1/{path}", "interlock ask decide") == f"interlock {told}"


def test_a_role_is_written_as_people_do() -> None:
    waits = (Waiting(ask_id="vacancy:customer_care", who="Femi Adeyemi"),)
    found = command_for(refused("role-vacant", waits=waits), "/api/v1/engagements/ENG-2026-0007/close", "")
    assert found == "interlock role propose ENG-2026-0007 'customer care' PERSON"


def test_several_vacancies_have_a_command_each_and_who_was_asked_is_waited_for() -> None:
    waits = (
        Waiting(ask_id="vacancy:customer_care", who="Rolf Berg"),
        Waiting(ask_id="vacancy:finance", who="Kari Vik"),
        Waiting(ask_id="ENG-2026-0007.A9", who="Ida Lund", role="agreement custodian"),
    )
    found = commands_for(refused("role-vacant", waits=waits), "/api/v1/engagements/ENG-2026-0007/price", "")
    assert found == (
        "interlock role propose ENG-2026-0007 'customer care' PERSON",
        "interlock role propose ENG-2026-0007 finance PERSON",
        "interlock ask show ENG-2026-0007.A9",
    )


def test_whom_an_answer_is_awaited_of_is_found_by_the_ask() -> None:
    waits = (Waiting(ask_id="ENG-2026-0007.A26", who="Kari Vik"),)
    found = command_for(
        refused("not-now", action=RemedyAction.SHOW_AWAITED_ASK, waits=waits), "/api/v1/engagements/E/close", ""
    )
    assert found == "interlock ask show ENG-2026-0007.A26"


def test_a_remedy_that_names_its_command_is_left_as_it_is() -> None:
    assert command_for(refused("bad-value", "Import it: interlock people import FILE."), "/api/v1/people", "") is None


def test_a_refusal_keeps_what_was_asked_for() -> None:
    assert RefusedError(refused("not-now"), path="/api/v1/asks/A").path == "/api/v1/asks/A"
