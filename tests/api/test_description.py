"""The published description is true: whatever it allows to be sent is answered as it says, and never with an error."""

import asyncio
import contextlib
from typing import Any

import pytest
import pytest_asyncio
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.played import ADMINISTRATOR, SELLER, Played
from tests.command_routes import description
from tests.stack import Stack

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DESCRIBED = schemathesis.openapi.from_dict(description())
OPERATIONS: dict[str, Any] = {found.ok().label: found.ok() for found in DESCRIBED.get_all_operations()}  # type: ignore[union-attr]
EXAMPLES = 3
IN_TURN = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest_asyncio.fixture(scope="module")
async def places(stack: Stack, played: Played) -> list[dict[str, Any]]:
    """Real places to aim at: a new deal with something asked, and the deal that was played to its close."""
    deal = await Played(stack).start("Under fire")
    await deal.do(SELLER, "POST", "/needs", {"needs": [{"id": "N1", "text": "Peace"}]})
    await deal.do("tomasz.nowak", "PUT", "/roles/engagement_manager", {"person_id": "jonas.weber"})
    ask = (await deal.ask("accept_role"))["id"]
    target = {"name": "Pat Target", "email": "pat.target@fjordline.example", "calendar": "NO"}
    await stack.done(ADMINISTRATOR, "PUT", "/people/pat.target", target)  # nobody whom other tests need
    return [
        {"engagement": deal.engagement, "ask": ask, "promise": "P1", "package": "W1", "n": 1, "person": "pat.target"},
        {"engagement": played.engagement, "ask": f"{played.engagement}.C2.A2", "n": 2, "kind": "sow", "person": SELLER},
    ]


def test_every_operation_says_who_may_and_which_problems_come() -> None:
    for path, item in DESCRIBED.raw_schema["paths"].items():
        for operation in item.values():
            if path.startswith("/api/"):
                assert "Who may: " in operation["description"], path
                assert {"401", "403", "404", "409", "422", "503"} <= set(operation["responses"]), path


def test_the_description_is_openapi_3_1_without_loose_ends() -> None:
    raw = DESCRIBED.raw_schema
    assert raw["openapi"].startswith("3.1")
    ids = [operation["operationId"] for item in raw["paths"].values() for operation in item.values()]
    assert len(set(ids)) == len(ids)
    for reference in _references(raw):
        part: Any = raw
        for name in reference.removeprefix("#/").split("/"):
            part = part[name]


def _references(part: Any) -> list[str]:
    if isinstance(part, list):
        return [found for item in part for found in _references(item)]
    if not isinstance(part, dict):
        return []
    own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
    return own + [found for value in part.values() for found in _references(value)]


@pytest.mark.parametrize("who", [ADMINISTRATOR, SELLER])
@pytest.mark.parametrize("label", OPERATIONS)
async def test_answers_are_as_described(
    stack: Stack, address: str, places: list[dict[str, Any]], label: str, who: str
) -> None:
    headers = {"Authorization": f"Bearer {stack.tokens[who]}"}
    await asyncio.to_thread(_fire, label, address, headers, places)


def _fire(label: str, address: str, headers: dict[str, str], places: list[dict[str, Any]]) -> None:
    operation = OPERATIONS[label]
    names = {parameter.name for parameter in operation.path_parameters}
    aims = [{name: value for name, value in place.items() if name in names} for place in places]
    shots = [(GenerationMode.POSITIVE, aims[0])]
    if "/api/" in label:  # a probe takes nothing that could be wrong
        shots += [(GenerationMode.NEGATIVE, aims[0])]
    if operation.method == "get" and names:
        shots += [(GenerationMode.POSITIVE, aims[1])]
    with requests.Session() as session:
        for mode, aimed in shots:
            _fire_at(operation, mode, aimed, address, session, headers)


def _fire_at(
    operation: Any, mode: GenerationMode, aimed: dict[str, Any], address: str, session: Any, headers: dict[str, str]
) -> None:
    @IN_TURN
    @given(case=operation.as_strategy(generation_mode=mode))
    def shoot(case: Case[Any]) -> None:
        if aimed and case.path_parameters:
            case.path_parameters = {**case.path_parameters, **aimed}
        case.call_and_validate(base_url=address, session=session, headers=headers, checks=CHECKS)

    with contextlib.suppress(schemathesis.errors.InvalidSchema, NotImplementedError):
        shoot()
