"""The demo plays deals to the close, tries each forbidden shortcut, has a vacancy filled, and goes on if killed."""

import signal
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.clock import SYSTEM_CLOCK
from adapters.db.database import open_database
from adapters.db.installation import Installation
from adapters.db.read_model import ReadModel
from adapters.db.registry import Registry
from adapters.files.yaml_source import read_source
from adapters.temporal.client import connect
from application.gateway import WorkflowGateway
from demo.quick_ladder import ROUND_THE_CLOCK
from demo.vacancy import STOP_GAP, WISH
from domain.shared.errors import Rule
from domain.shared.values import EngagementId
from tests.process_env import CommandResult, ProcessEnv
from tests.stores_agree import agree

EXAMPLES = Path(__file__).parents[2] / "examples"
CASES = Path(__file__).parents[1] / "data/cases"
EXPECTED: dict[str, dict[str, Any]] = read_source(Path(__file__).parents[1] / "data/expected.yaml").data
SMALL = "deal-lindqvist-small"
NEVER_BEND = set(Rule) - {Rule.DENY_FIRST, Rule.IN_ITS_STAGE, Rule.WELL_FORMED}


def written(folder: Path, text: str, name: str = "deal.yaml") -> str:
    """A deal file beside the data folder."""
    path = folder.parent / name
    path.write_text(text)
    return str(path)


def small(*changes: tuple[str, str], more: str = "", file: Path = EXAMPLES / f"{SMALL}.yaml") -> str:
    """The small sample deal, or another, with pieces of its text replaced and something added."""
    text = file.read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return f"{text}\n{more}"


def answers(kind: str, role: str, verdict: str) -> str:
    """An answer that is not a plain yes, as a deal file has it."""
    return f"answers: [{{kind: {kind}, role: {role}, verdict: {verdict}, reason: as the test says}}]"


def close_to(name: str, figure: Any, expected: Decimal) -> bool:
    """As far as figures are shown: cents, hundredths of an hour, hundredths of a percent."""
    return abs(Decimal(str(figure)) - expected) <= Decimal("0.00005" if "margin" in name else "0.005")


def test_the_sample_deals_close_while_a_vacancy_climbs_and_is_filled_also_after_a_kill(env: ProcessEnv) -> None:
    """One run for all of it: the vacancy takes a minute of real time, whatever else is played in it."""
    out = env.folder.parent / "first.log"
    first = env.begin("demo", "--json", out=out)
    _await_text(out, STOP_GAP)
    first.kill()
    first.wait()
    _await(env.is_silent)
    ended = env.run("demo", "--json", timeout=300)
    assert ended.code == 0, ended.err
    assert set(ended.summaries) == set(EXPECTED)
    for name, expected in EXPECTED.items():
        _assert_reckoned(ended.summaries[name], expected)
    refused = {refusal["rule"] for summary in ended.summaries.values() for refusal in summary["refusals"]}
    assert refused == {rule.value for rule in NEVER_BEND}
    begun = _shown(out)
    _assert_nobody_filled_in(begun.steps)
    assert ended.vacancy["engagement_id"] == begun.steps[0]["outcome"], "the act began anew"
    _assert_filled_by_a_word(ended.vacancy)
    _assert_climbed_and_was_done(ended.vacancy)
    _assert_only_the_act_was_quick(env, ended)


def _shown(out: Path) -> CommandResult:
    """What a demo that may have been killed has shown: whole lines that are objects."""
    lines = out.read_text().splitlines(keepends=True)
    return CommandResult(0, "".join(line for line in lines if line.startswith("{") and line.endswith("\n")), "")


def _assert_nobody_filled_in(steps: list[dict[str, Any]]) -> None:
    """The vacancy is there by itself, with its head accountable, and the project manager is no stop-gap."""
    opened = next(step for step in steps if step["outcome"] == "by itself")
    assert (opened["who"], opened["role"]) == ("Priya Raman", "head_of_delivery")
    tried = next(step for step in steps if STOP_GAP in step["step"])
    assert (tried["outcome"], tried["refusal"]["rule"]) == ("refused", "no-silent-default")


def _assert_filled_by_a_word(told: dict[str, Any]) -> None:
    vacancy = told["vacancy"]
    climb = vacancy["climbs"][0]
    assert (vacancy["accountable"], climb["accountable"]) == ("Priya Raman", "Tomasz Nowak")
    assert (climb["rung"], climb["told"]) == ("head_of_engagement_management", ["Priya Raman", "Tomasz Nowak"])
    assert 60 <= climb["after_seconds"] <= vacancy["vacant_seconds"]
    assert (vacancy["holder"], vacancy["words"]) == ("Anil Mehta", WISH)
    assert told["ledger_verified"]


def _assert_climbed_and_was_done(told: dict[str, Any]) -> None:
    """The act that the seller left was known above a minute later, and was theirs to do."""
    act = told["act"]
    assert (act["what"], act["owner"]) == ("Restate the needs, for the client to confirm", "Luca Ferri")
    assert "Claire Dubois" in act["climbs"][-1]["told"]
    assert act["climbs"][-1]["after_seconds"] >= 60
    assert act["done_by"] == "Luca Ferri"


def _assert_only_the_act_was_quick(env: ProcessEnv, ended: CommandResult) -> None:
    database = open_database(f"sqlite:///{env.folder / 'interlock.db'}")
    read, registry = ReadModel(database), Registry(database)
    begun = {line["deal"]: line["outcome"] for line in ended.steps if line["step"] == "starts the deal"}
    quick = {deal for deal, number in begun.items() if _playbook_of(read, number).startswith("demo-")}
    assert quick == {ended.vacancy["deal"]}
    assert not registry.playbook().version.startswith("demo-")
    assert ROUND_THE_CLOCK.name not in registry.directory().calendars


def _playbook_of(read: ReadModel, engagement: EngagementId) -> str:
    state = read.engagement(engagement)
    assert state is not None
    return state.playbook.version


def _assert_reckoned(summary: dict[str, Any], expected: dict[str, Any]) -> None:
    assert summary["stage"] == "closed"
    assert summary["ledger_verified"]
    assert summary["decision"] == expected["decision"]
    for name, figure in expected.items():
        if isinstance(figure, Decimal):
            assert close_to(name, summary[name], figure), name
    if "routes" in expected:
        assert [change["route"] for change in summary["changes"]] == expected["routes"]


@pytest.fixture(scope="module")
def odd(running_env: ProcessEnv) -> CommandResult:
    """A deal to the close, whose client is typed as macOS does, under the floor, with a condition for an outsider.

    One for several tests: to play one takes ten seconds of processor time.
    """
    condition = "conditions: [{text: Check the templates, owner: sofie.berg}]"
    answer = answers("decide_deal", "engagement_manager", "approve_with_conditions").replace("}]", f", {condition}}}]")
    dear = ("discount_percent: 3", "discount_percent: 45")
    text = small(dear, more=answer, file=CASES / "deal-client-nfd.yaml")
    ended = running_env.run("demo", "--json", "--deal", written(running_env.folder, text, "odd.yaml"))
    assert ended.code == 0, ended.err or ended.out
    summary = ended.summaries["odd"]
    assert (summary["stage"], summary["ledger_verified"]) == ("closed", True)
    return ended


def test_a_step_says_who_did_what_by_which_role_and_what_was_refused(odd: CommandResult) -> None:
    assert {frozenset(step) for step in odd.steps} == {frozenset({"deal", "step", "who", "role", "outcome", "refusal"})}
    refusals = [step for step in odd.steps if step["refusal"]]
    assert refusals
    assert all(step["refusal"]["detail"] and step["refusal"]["remedy"] for step in refusals)


async def test_a_demo_that_was_killed_goes_on_to_the_close_in_a_second_start_whose_parts_are_killed(
    env: ProcessEnv,
) -> None:
    """One deal for all of it: first the demo is killed, then its stack stopped, then each part of the next killed."""
    first, second = env.folder.parent / "first.log", env.folder.parent / "second.log"
    deal = ("demo", "--json", "--deal", str(EXAMPLES / f"{SMALL}.yaml"))
    process = env.up()
    killed = env.begin(*deal, out=first)
    _await_lines(first, 30)
    killed.kill()
    killed.wait()
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    process = env.up()
    try:
        demo = env.begin(*deal, out=second)
        _await_lines(second, 30)
        for victim in [env.part(process.pid, name) for name in ("worker", "api", "temporal")]:
            assert victim is not None
            victim.kill()
        assert demo.wait(150) == 0, second.read_text()
        begun, ended = _shown(first), _shown(second)
        (summary,) = ended.summaries.values()
        assert (summary["stage"], summary["ledger_verified"]) == ("closed", True)
        assert summary["engagement_id"] == begun.steps[0]["outcome"], "it began anew"
        done = [(line["who"], line["step"]) for line in (*begun.steps, *ended.steps) if line["outcome"] == "done"]
        assert len(done) == len(set(done)), "a step was done twice"
        await _assert_that_all_three_agree(env, summary["engagement_id"])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


async def _assert_that_all_three_agree(env: ProcessEnv, engagement: EngagementId) -> None:
    """Workflow, ledger and read model say the same."""
    client = await connect(f"127.0.0.1:{env.ports['INTERLOCK_TEMPORAL_PORT']}")
    database = open_database(f"sqlite:///{env.folder / 'interlock.db'}")
    await agree(database, WorkflowGateway(client, "interlock", SYSTEM_CLOCK, Installation(database)), engagement)


def _await_lines(path: Path, wanted: int) -> None:
    _await(lambda: len(path.read_text().splitlines()) >= wanted, path)


def _await_text(path: Path, wanted: str) -> None:
    """In a whole line: who kills a demo in the middle of one does not read it."""
    _await(lambda: wanted in path.read_text().rpartition("\n")[0], path)


def _await(is_so: Callable[[], bool], shown: Path | None = None) -> None:
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until, shown.read_text() if shown else "it is not so"
        time.sleep(0.02)


def test_a_declined_deal_is_shown_where_it_stands(running_env: ProcessEnv) -> None:
    lost = running_env.run(
        "demo",
        "--json",
        "--deal",
        written(running_env.folder, small(more=answers("decide_deal", "engagement_manager", "decline"))),
    )
    assert (lost.code, lost.summaries["deal"]["stage"]) == (1, "lost")
    assert lost.summaries["deal"]["ledger_verified"]
    priced = small(
        ("discount_percent: 3", "discount_percent: 45"), more=answers("approve_price", "provider_sponsor", "decline")
    )
    stands = running_env.run("demo", "--json", "--deal", written(running_env.folder, priced))
    assert (stands.code, stands.summaries["deal"]["stage"]) == (1, "price")


def test_a_condition_that_a_colleague_from_outside_the_deal_meets_is_played_to_the_close(odd: CommandResult) -> None:
    assert "Sofie Berg" in {step["who"] for step in odd.steps if "meets the condition" in step["step"]}


def test_a_price_under_the_floor_closes_with_the_sponsors_override(odd: CommandResult) -> None:
    assert "provider_sponsor" in {step["role"] for step in odd.steps if "Approve the price" in step["step"]}
    assert Decimal(odd.summaries["odd"]["commission"]) == 0


def test_a_client_in_decomposed_unicode_is_the_known_one(odd: CommandResult) -> None:
    assert odd.summaries["odd"]["decision"]["voters"]


MISTAKES = {
    "discipline": ("discipline: data", "discipline: alchemy", "work_packages.0.discipline"),
    "seller": ("salesperson: aisha.khan", "salesperson: no.one", "salesperson"),
    "hours": ("hours: [70, 100, 160]", "hours: [170, 100, 160]", "work_packages.0.hours"),
    "discount": ("discount_percent: 3", "discount_percent: much", "price.discount_percent"),
}


def test_files_that_do_not_fit_are_each_named_and_nothing_is_created(env: ProcessEnv) -> None:
    env.folder.mkdir()
    paths = {
        name: written(env.folder, small((before, after)), f"{name}.yaml")
        for name, (before, after, _) in MISTAKES.items()
    }
    ended = env.run("demo", "--json", *(part for path in paths.values() for part in ("--deal", path)))
    assert ended.code == 1
    told = ended.err.splitlines()
    for name, (_, _, field) in MISTAKES.items():
        assert any(paths[name] in line and field in line for line in told), (name, told)
    assert not (env.folder / "interlock.db").exists()


def test_a_taken_port_names_its_setting(running_env: ProcessEnv) -> None:
    other = ProcessEnv(running_env.folder.parent / "other", running_env.ports)
    ended = other.run("up", timeout=30)
    assert ended.code == 1
    assert "INTERLOCK_HTTP_PORT" in ended.err


def test_production_prints_no_tokens_and_plays_no_demo(env: ProcessEnv) -> None:
    production = ProcessEnv(env.folder, env.ports, mode="production")
    ended = production.run("demo", "--url", env.url, "--deal", str(EXAMPLES / f"{SMALL}.yaml"))
    assert (ended.code, ended.out) == (1, "")
    assert "INTERLOCK_MODE=development" in ended.err
