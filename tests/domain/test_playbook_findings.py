"""Each thing that a defined process must not have is found, and the shipped process has none of it."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from domain.directory.directory import Directory
from domain.playbook.checks import Severity, findings
from domain.playbook.model import Playbook, Stage
from tests.samples import sample_directory, sample_playbook

ROOT = Path(__file__).parents[2]
FIRM = sample_directory()
PLAYBOOK = sample_playbook()
PLAIN = PLAYBOOK.model_dump(mode="json")
GONE = object()


def playbook(path: str, value: Any) -> Playbook:
    """The shipped process with one place changed, added or (with GONE) removed."""
    changed = deepcopy(PLAIN)
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place: Any = changed
    for part in way:
        place = place[part]
    if value is GONE:
        del place[last]
    elif isinstance(place, list) and last == len(place):
        place.append(value)
    else:
        place[last] = value
    return Playbook.model_validate(changed)


def without_role(role: str) -> Directory:
    """The sample firm in which nobody has a role any more."""
    return FIRM.replace(people=tuple(p.replace(roles=tuple(r for r in p.roles if r != role)) for p in FIRM.people))


def over(field: str, value: str) -> dict[str, str]:
    return {"field": field, "comparison": "over", "value": value}


def under(field: str, value: str) -> dict[str, str]:
    return {"field": field, "comparison": "under", "value": value}


def test_the_shipped_process_leaves_nothing_open() -> None:
    assert findings(PLAYBOOK, FIRM) == ()
    assert findings(PLAYBOOK) == ()


CASES = [
    ("a function nobody heads", "roles.legal.head", "head_of_law", "roles.legal.head"),
    ("a function nobody heads in house", "roles.sales.head_in_house", "champion", "roles.sales.head_in_house"),
    ("a role of which the code speaks", "roles.resource_manager", GONE, "roles"),
    ("a profile nobody meets", "roles.project_manager.profile", {"hypnosis": 5}, "roles.project_manager"),
    ("a ladder to the project manager", "ladder.vacancy.3.role", "project_manager", "ladder.vacancy.3.role"),
    ("a rung at the project manager", "ladder.vacancy.1.role", "project_manager", "ladder.vacancy.1.role"),
    ("a ladder that ends at a party", "ladder.ask.3.role", "provider_sponsor", "ladder.ask.3.role"),
    ("a ladder that ends at a role", "ladder.ask.3.role", "finance", "ladder.ask.3.role"),
    ("a ladder that ends at no position", "ladder.ask.3.role", "chair", "ladder.ask.3.role"),
    ("a ladder that does not climb", "ladder.ask.2.after", 240, "ladder.ask.2.after"),
    ("a fact not known to prices", "price.bands.0.any.0.field", "mood", "price.bands.0.any.0"),
    (
        "a flag where a number is",
        "price.bands.2.any",
        [{"field": "discount", "comparison": "is", "value": True}],
        "price.bands.2.any.0",
    ),
    ("the wrong side of a figure", "price.bands.2.any.0", under("discount", "5"), "price.bands.2.any.0"),
    ("a row that matches nothing", "price.bands.1.any", [], "price.bands.1.any"),
    ("a row never reached", "price.bands.1.any", [over("discount", "30")], "price.bands.1"),
    ("rows not strictest first", "price.bands.0.any.0.value", "4", "price.bands.1"),
    ("a comparison never reached", "price.bands.2.any.0.value", "20", "price.bands.2.any.0"),
    ("a margin that is neither floor nor target", "price.floor_margin", "30", "price.bands.0.any.1"),
    (
        "a gap under the floor",
        "price.bands",
        [{"any": [over("discount", "25")], "approvers": ["finance"]}],
        "price.bands",
    ),
    ("a floor without its own row", "price.bands.0.any", [over("discount", "25")], "price.bands.2"),
    ("a floor without override", "price.bands.0.override", None, "price.bands.0"),
    ("a floor above the target", "price.target_margin", "20", "price.floor_margin"),
    ("a price only sales approves", "price.bands.2.approvers", ["sales"], "price.bands.2"),
    ("a kind nobody decides", "decision.in_house", GONE, "decision"),
    ("a row for no price", "decision.contracted.0.below", "0", "decision.contracted.0.below"),
    ("a deal only sales decides", "decision.contracted.0.voters", ["sales"], "decision.contracted.0.voters"),
    (
        "sales has the final decision",
        "decision.contracted.1.final_authority",
        "sales",
        "decision.contracted.1.final_authority",
    ),
    (
        "the project manager has the final decision",
        "decision.contracted.2.final_authority",
        "project_manager",
        "decision.contracted.2.final_authority",
    ),
    ("a must who has no vote", "decision.contracted.1.must_include", "legal", "decision.contracted.1.must_include"),
    ("a quorum nobody reaches", "decision.contracted.1.quorum", 4, "decision.contracted.1.quorum"),
    (
        "a decision drifted downward",
        "decision.contracted.0",
        {"below": "250000", "voters": ["finance"], "method": "authority", "final_authority": "finance"},
        "decision.contracted.0",
    ),
    ("no SOW", "documents.sow", GONE, "documents"),
    ("a SOW only sales reviews", "documents.sow.reviewers", [{"role": "sales"}], "documents.sow.reviewers"),
    ("a BRD its author reviews", "documents.brd.reviewers", [{"role": "business_analyst"}], "documents.brd.reviewers"),
    (
        "a SOW nobody reviews when small",
        "documents.sow.reviewers",
        [{"role": "quality", "all": [over("price", "9")]}],
        "documents.sow.reviewers",
    ),
    ("a fact not known to reviews", "documents.sow.reviewers.4.all.0.field", "size", "documents.sow.reviewers.4.all.0"),
    ("a kind that is none", "documents.sow.reviewers.3.all.0.value", "inhouse", "documents.sow.reviewers.3.all.0"),
    ("a SOW its author signs", "documents.sow.signers", ["sales", "client_signatory"], "documents.sow.signers"),
    (
        "a client who signs first",
        "documents.sow.signers",
        ["client_signatory", "provider_sponsor"],
        "documents.sow.signers",
    ),
    ("no client signs", "documents.sow.signers", ["provider_sponsor", "head_of_sales"], "documents.sow.signers"),
    ("objections end at the author", "documents.sow.overdue_objection", "sales", "documents.sow.overdue_objection"),
    ("a handoff only its requester accepts", "handoff", ["engagement_manager"], "handoff"),
    ("a handoff nobody accepts", "handoff", [], "handoff"),
    ("a change only its requester approves", "change.always", ["project_manager"], "change.always"),
    ("a route to the requester", "change.routes.0.approver", "project_manager", "change.routes.0.approver"),
    ("a fact not known to changes", "change.routes.0.any.0.field", "colour", "change.routes.0.any.0"),
    ("a margin changes do not know", "change.routes.0.any.2.value", "40", "change.routes.0.any.2"),
    ("changes signed by their requester", "change.signer", "project_manager", "change.signer"),
    ("a role defined nowhere", "change.routes.2.approver", "lawyer", "change.routes.2.approver"),
    ("a voter defined nowhere", "decision.contracted.1.voters.2", "finanse", "decision.contracted.1.voters.2"),
    ("no time for the rest", "due_hours.other", GONE, "due_hours"),
    ("an ask that is none", "ladder.never_answered_by_another.0", "estimat", "ladder.never_answered_by_another.0"),
    ("a pair of an unknown role", "second_role.excluded_pairs.0.1", "pilot", "second_role.excluded_pairs.0.1"),
    ("a stage nobody judged", "pipeline.price", GONE, "pipeline"),
    ("a pair of one", "second_role.excluded_pairs.0.1", "project_manager", "second_role.excluded_pairs.0"),
]


@pytest.mark.parametrize(("path", "value", "where"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_a_process_that_leaves_something_open_is_found(path: str, value: Any, where: str) -> None:
    errors = [f for f in findings(playbook(path, value), FIRM) if f.severity is Severity.ERROR]
    assert where in {finding.where for finding in errors}
    assert all(finding.what and finding.remedy for finding in errors)


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("decision.contracted.1.voters.3", "sales", "decision.contracted.1.voters"),
        ("change.always.2", "project_manager", "change.always"),
        ("decision.contracted.2.quorum", 2, "decision.contracted.2.quorum"),
        ("decision.contracted.0.quorum", 1, "decision.contracted.0.quorum"),
        ("price.bands.2.approvers", ["engagement_manager", "legal"], "price.bands.2"),
        ("price.bands.0.approvers", ["engagement_manager"], "price.bands.1"),
        ("due_hours.aprove_price", 8, "due_hours.aprove_price"),
        ("pipeline.decide", 30, "pipeline.decide"),
        ("pipeline.lost", 0, "pipeline.lost"),
    ],
)
def test_what_may_be_meant_so_is_only_a_warning(path: str, value: Any, where: str) -> None:
    found = [(f.severity, f.where) for f in findings(playbook(path, value), FIRM)]
    assert found == [(Severity.WARNING, where)]


def test_prices_that_no_discount_leads_upward_are_only_a_warning() -> None:
    bands = [{"any": [under("margin_p80", "25")], "approvers": ["finance"], "override": "provider_sponsor"}]
    found = findings(playbook("price.bands", bands), FIRM)
    assert [(f.severity, f.where) for f in found] == [(Severity.WARNING, "price.bands")]


@pytest.mark.parametrize("role", ["sales", "finance", "customer_care", "resource_manager", "quality"])
def test_a_role_that_nobody_is_competent_for_is_found(role: str) -> None:
    assert f"roles.{role}" in {finding.where for finding in findings(PLAYBOOK, without_role(role))}


def test_a_discipline_without_an_expert_is_found() -> None:
    found = findings(PLAYBOOK, without_role("expert:data"))
    assert [f.what for f in found] == ["nobody in the directory is competent as expert:data"]


@pytest.mark.parametrize(
    ("position", "places"),
    [
        ("managing_director", {"ladder.ask.3.role", "ladder.vacancy.3.role", "decision.contracted.2.final_authority"}),
        ("cfo", {"roles.finance.head", "roles.procurement.head"}),
        ("head_of_sales", {"roles.sales.head", "price.bands.0.approvers.1"}),
    ],
)
def test_an_empty_position_is_found_wherever_it_is_needed(position: str, places: set[str]) -> None:
    positions = {name: person for name, person in FIRM.positions.items() if name != position}
    assert places <= {finding.where for finding in findings(PLAYBOOK, FIRM.replace(positions=positions))}


def test_without_a_directory_an_unknown_name_may_be_a_position() -> None:
    found = findings(playbook("price.bands.0.approvers.3", "head_of_pricing"))
    assert [(f.severity, f.where) for f in found] == [(Severity.WARNING, "price.bands.0.approvers.3")]


def test_a_likely_typo_is_told() -> None:
    found = findings(playbook("change.routes.2.approver", "leagl"), FIRM)
    assert [f.remedy for f in found] == ["Did you mean legal?"]


def test_a_process_that_says_nothing_of_its_pipeline_has_the_usual_one() -> None:
    usual = playbook("pipeline", GONE)
    assert usual.pipeline == PLAYBOOK.pipeline
    assert findings(usual, FIRM) == ()


def test_a_stage_that_nobody_judged_counts_whole() -> None:
    assert [playbook("pipeline", {"qualify": 10}).likelihood(stage) for stage in (Stage.QUALIFY, Stage.SOW)] == [
        10,
        100,
    ]
