"""Whatever goes wrong is told in one shape, in the client's terms."""

from typing import Any

import httpx
import pytest

from adapters.db.database import writing
from adapters.rest_client import KINDS
from api.problems import STATUS
from domain.notifications.operators import INSTALLATION
from domain.shared.errors import IntegrityBroken, RefusalKind
from domain.shared.remedy_actions import RemedyAction
from tests.api.played import ADMINISTRATOR, CLIENT, NEW_DEAL, SELLER, Played
from tests.stack import Stack

NOBODYS = "/engagements/ENG-2026-9999"
EVERY_PROBLEM = {"type", "title", "status", "detail", "rule", "waits_for", "remedy"}


def problem_of(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    return problem


async def fresh(stack: Stack) -> Played:
    return await Played(stack).start()


async def test_a_refusal_says_rule_what_is_so_who_and_what_to_do(stack: Stack) -> None:
    deal = await fresh(stack)
    answer = await stack.call(SELLER, "POST", f"/engagements/{deal.engagement}/price", {"discount_percent": "3"})
    problem = problem_of(answer, 409)
    assert set(problem) >= EVERY_PROBLEM
    assert problem["type"] == "https://interlock.example/refusals/estimate-not-attested"
    assert problem["rule"] == "delivery-before-price"


async def test_a_vacancy_names_who_must_fill_it(played: Played, stack: Stack) -> None:
    assert (await played.see())["next_steps"] == []
    deal = await fresh(stack)
    steps = (await deal.see())["next_steps"]
    assert {step["vacancy"] or step["act"] for step in steps} == {"engagement_manager", "delivery_lead", "record_needs"}
    assert all(step["who"]["name"] and step["since"] and step["due"] for step in steps)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}])
async def test_without_a_known_token_nobody_comes_in(stack: Stack, headers: dict[str, str]) -> None:
    answer = await stack.http.get("/api/v1/me", headers=headers)
    problem_of(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_key_given_twice_is_refused_by_its_name(stack: Stack) -> None:
    headers = {**stack.headers(SELLER), "Content-Type": "application/json"}
    body = b'{"title": "One", "title": "Another"}'
    answer = await stack.http.post("/api/v1/engagements", content=body, headers=headers)
    assert problem_of(answer, 422)["errors"] == [{"field": "title", "message": "is given more than once"}]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('{"title": "One", "title": "Another"}'.encode("utf-16"), "without a byte-order mark"),
        (b'\xef\xbb\xbf{"wished_value": 1E+3}', "without a byte-order mark"),
        (b'{"wished_value": 250000.000000000001}', "in quotes"),
    ],
    ids=["utf-16", "mark", "rounded"],
)
async def test_json_that_would_be_read_as_something_else_is_refused(stack: Stack, body: bytes, told: str) -> None:
    headers = {**stack.headers(SELLER), "Content-Type": "application/json"}
    problem = problem_of(await stack.http.post("/api/v1/engagements", content=body, headers=headers), 422)
    assert [told in error["message"] for error in problem["errors"]] == [True]


async def test_an_unknown_address_is_a_problem(stack: Stack) -> None:
    problem_of(await stack.call(SELLER, "GET", "/nothing"), 404)


async def test_a_wrong_method_is_a_problem(stack: Stack) -> None:
    answer = await stack.call(SELLER, "PATCH", "/engagements")
    problem_of(answer, 405)
    assert "GET" in answer.headers["allow"] or "POST" in answer.headers["allow"]


async def test_an_engagement_that_is_not_there_is_a_problem(stack: Stack) -> None:
    problem_of(await stack.call(SELLER, "GET", NOBODYS), 404)
    problem_of(await stack.call(SELLER, "POST", f"{NOBODYS}/needs/restate"), 404)


async def test_what_is_too_large_is_refused(stack: Stack) -> None:
    answer = await stack.call(SELLER, "POST", f"{NOBODYS}/complaints", {"text": "x" * 1_100_000})
    problem_of(answer, 413)


async def test_who_meets_damaged_data_reads_that_operators_know_and_they_do(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: Any) -> None:
        raise IntegrityBroken("The document of this test was edited.")

    monkeypatch.setattr(stack.app.read, "engagement", damaged)
    for _ in range(2):
        problem = problem_of(await stack.call(SELLER, "GET", NOBODYS), 500)
        assert "operators have been notified" in problem["remedy"]
    told = stack.app.outbox.of_stream(INSTALLATION, 1000)
    (row,) = [row for row in told if "The document of this test was edited." in row.text]
    assert (row.kind, row.to) == ("damage", ADMINISTRATOR)
    assert str(RemedyAction.VERIFY_RECORD.about()) in row.text


async def test_an_unexpected_error_has_an_id_and_tells_nothing_else(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("secret of the database")

    monkeypatch.setattr(stack.app.read, "engagement", broken)
    answer = await stack.call(SELLER, "GET", NOBODYS)
    problem = problem_of(answer, 500)
    assert len(problem["id"]) == 32
    assert "secret" not in answer.text


@pytest.mark.parametrize("key", ["", "x" * 129, "tab\there", "grüße"])
async def test_an_idempotency_key_is_printable_and_short(stack: Stack, key: str) -> None:
    headers = {"Authorization": f"Bearer {stack.tokens[SELLER]}", "Idempotency-Key": key.encode("latin-1")}
    answer = await stack.http.post(f"/api/v1{NOBODYS}/resume", headers=headers)  # type: ignore[arg-type]
    assert problem_of(answer, 422)["errors"][0]["field"] == "Idempotency-Key"


HOURS = {"optimistic": 1, "likely": 2, "pessimistic": 3}
NEED = {"id": "N1", "text": "x"}
PROMISE = {"id": "P1", "by": "a", "to": "b", "text": "x", "on": "2026-01-01"}
PACKAGE = {"id": "W1", "title": "x", "discipline": "data", "grade": "senior"}
MILESTONE = {"id": "M1", "title": "x", "due": "2026-01-01", "share_percent": 100}
REQUIREMENT = {"id": "R1", "text": "x", "needs": ["N1"], "work_packages": ["W1"]}
LINE = {"discipline": "data", "grade": "senior", "hours": HOURS}
CHANGE = {"title": "x", "reason": "Client request", "price": "1", "days": 1}
ANSWER = {"verdict": "approve", "subject_hash": "0" * 64}
ASK = "/asks/ENG-2026-9999.A1"

BAD: list[tuple[str, str, Any, str]] = [
    *[("POST", "/engagements", NEW_DEAL | {name: value}, name) for name, value in (
        ("client", ""), ("title", "x" * 201), ("kind", "other"), ("salesperson", "No One"), ("provider_sponsor", 1),
        ("client_sponsor", None), ("client_signatory", "A"), ("wished_start", "soon"), ("wished_end", "2026-13-01"),
        ("surprise", 1),
    )],
    *[("POST", f"{NOBODYS}/{verb}", {"reason": ""}, "reason") for verb in ("cancel", "lose", "hold")],
    ("POST", f"{NOBODYS}/cancel", {"reason": "a\u0000b"}, "reason"),
    ("POST", f"{NOBODYS}/close", {"lessons": "x" * 2001}, "lessons"),
    ("POST", f"{NOBODYS}/needs", {"needs": []}, "needs"),
    ("POST", f"{NOBODYS}/needs", {"needs": [NEED | {"id": "1"}]}, "needs.0.id"),
    ("POST", f"{NOBODYS}/needs", {"needs": [NEED, NEED | {"text": " "}]}, "needs.1.text"),
    ("POST", f"{NOBODYS}/needs", {"needs": [NEED | {"measure": {"what": "x", "now": "NaN", "target": 1}}]},
     "needs.0.measure.now"),
    ("POST", f"{NOBODYS}/promises", {"promises": [PROMISE | {"by": "!"}]}, "promises.0.by"),
    ("POST", f"{NOBODYS}/promises", {"promises": [PROMISE | {"on": "x"}]}, "promises.0.on"),
    ("POST", f"{NOBODYS}/promises/P1/cover", {"by": []}, "by"),
    ("POST", f"{NOBODYS}/promises/1/cover", {"by": ["W1"]}, "promise"),
    ("POST", f"{NOBODYS}/promises/P1/decline", {}, "reason"),
    ("POST", f"{NOBODYS}/promises/P1/reconcile", {"delivered": "perhaps"}, "delivered"),
    ("PUT", f"{NOBODYS}/roles/Boss", {"person_id": "a"}, "role"),
    ("PUT", f"{NOBODYS}/roles/quality", {"person_id": "A B"}, "person_id"),
    ("PUT", f"{NOBODYS}/roles/quality", {"person_id": "a", "further": "x"}, "further"),
    ("POST", f"{NOBODYS}/roles/quality/release", {}, "reason"),
    ("POST", f"{NOBODYS}/roles/quality/request", {"words": "I can", "until": "later"}, "until"),
    ("PUT", f"{NOBODYS}/work-packages", {"packages": [PACKAGE | {"grade": "*"}]}, "packages.0.grade"),
    ("PUT", f"{NOBODYS}/milestones", {"milestones": [MILESTONE | {"share_percent": 101}]},
     "milestones.0.share_percent"),
    ("PUT", f"{NOBODYS}/requirements", {"requirements": [REQUIREMENT | {"needs": []}]}, "requirements.0.needs"),
    ("PUT", f"{NOBODYS}/purchases", {"purchases": [{"id": "B1", "title": "x", "amount": -1}]}, "purchases.0.amount"),
    ("POST", f"{NOBODYS}/work-packages/W1/estimate", {"hours": HOURS | {"likely": 9}}, "hours"),
    ("POST", f"{NOBODYS}/work-packages/W1/estimate", {"hours": HOURS | {"likely": -1}}, "hours.likely"),
    ("POST", f"{NOBODYS}/estimates", {"estimates": [{"package": "?", "hours": HOURS}]}, "estimates.0.package"),
    ("POST", f"{NOBODYS}/work-packages/W1/choose", {"hours": HOURS}, "statement"),
    *[("POST", f"{NOBODYS}/price{end}", {name: value}, name) for end in ("", "/preview") for name, value in (
        ("discount_percent", 100), ("contingency_percent", 101), ("expenses", -1), ("payment", ""),
        ("internal_transfer", "maybe"),
    )],
    ("PUT", f"{NOBODYS}/documents/nda", {}, "kind"),
    ("GET", f"{NOBODYS}/documents/sow.md?revision=0", None, "revision"),
    ("GET", f"{NOBODYS}/documents/sow/diff?from=1", None, "to"),
    ("POST", f"{NOBODYS}/handoff", {}, "plan"),
    ("POST", f"{NOBODYS}/milestones/M1/deliver", {"note": 1}, "note"),
    ("POST", f"{NOBODYS}/actuals", {"hours": [{"item": "W1", "hours": "x"}]}, "hours.0.hours"),
    ("POST", f"{NOBODYS}/contacts", {"person_id": "a", "summary": ""}, "summary"),
    ("POST", f"{NOBODYS}/pulses", {"at": "", "person_id": "a"}, "at"),
    ("POST", f"{NOBODYS}/complaints", {"text": []}, "text"),
    ("POST", f"{NOBODYS}/tasks/X/complete", {"note": "Done"}, "task"),
    ("POST", f"{NOBODYS}/changes", {"change": CHANGE | {"days": 99999}}, "change.days"),
    ("POST", f"{NOBODYS}/changes", {"change": CHANGE | {"price": "1e99"}}, "change.price"),
    ("POST", f"{NOBODYS}/changes", {"change": CHANGE | {"work": [LINE | {"grade": ""}]}}, "change.work.0.grade"),
    ("POST", f"{NOBODYS}/changes/0/revise", {"change": CHANGE}, "n"),
    ("POST", f"{NOBODYS}/changes/1/withdraw", {}, "reason"),
    ("POST", f"{NOBODYS}/changes/1/estimate", {"estimates": []}, "estimates"),
    ("POST", f"{NOBODYS}/milestones/M1/deliver", {"note": "€" * 2000}, "note"),
    ("POST", "/people/kofi.mensah/reinstate", {"reason": "0"}, "reason"),
    ("POST", f"{NOBODYS}/potential-changes", {"text": "Also that", "link": "a\nb"}, "link"),
    ("POST", "/asks/x/decision", ANSWER, "ask"),
    ("POST", f"{ASK}/decision", ANSWER | {"verdict": "ok"}, "verdict"),
    ("POST", f"{ASK}/decision", ANSWER | {"subject_hash": "x"}, "subject_hash"),
    ("POST", f"{ASK}/decision", ANSWER | {"score": 11}, "score"),
    ("POST", f"{ASK}/decision", ANSWER | {"conditions": [{"text": "x", "owner": "a"}]}, "conditions.0.due"),
    ("POST", f"{ASK}/delegate", {"to": "?"}, "to"),
    ("POST", f"{ASK}/need-info", {"reason": "Why so"}, "subject_hash"),
    ("POST", f"{ASK}/information", {"text": ""}, "text"),
    ("POST", "/asks/decisions", {"decisions": [ANSWER]}, "decisions.0.ask_id"),
    ("POST", "/tokens", {"person_id": "a", "expires_at": "2030-01-01T00:00:00"}, "expires_at"),
    *[("POST", "/tokens/revoke", body, "body") for body in ({}, {"person_id": "a", "token": "x" * 20})],
    ("GET", "/vacancies?after=x", None, "after"),
    *[("GET", f"/engagements?{query}", None, query.split("=")[0]) for query in (
        "stage=x", "client=", "mine=x", "vacant=x", "after=x", "limit=0", "limit=101", "waits_for=A%20B", "q=%00",
    )],
    ("GET", "/asks?after=x", None, "after"),
    ("GET", "/asks?limit=101", None, "limit"),
    ("GET", f"{NOBODYS}/ledger?after=-1", None, "after"),
    ("GET", "/engagements/nonsense", None, "engagement"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "field"), BAD)
async def test_bad_input_names_its_field(stack: Stack, method: str, path: str, body: Any, field: str) -> None:
    problem = problem_of(await stack.call(SELLER, method, path, body), 422)
    assert field in {error["field"] for error in problem["errors"]}


@pytest.mark.parametrize(
    ("path", "sent", "detail", "remedy"),
    [
        ("/hold", {}, "The body is missing.", "Send JSON with these fields: reason, until."),
        ("/hold", {"json": {}}, "reason is missing; until is missing.", "Correct the fields named, and send it again."),
        ("/hold", {"content": b"{"}, "The body is not valid JSON", "Correct the fields named, and send it again."),
        ("/hold", {"json": []}, "The body must be fields with values.", "Correct the fields named, and send it again."),
        (
            "/hold",
            {"json": {"reason": "They wait", "until": "soon"}},
            "until must be a date, written YYYY-MM-DD.",
            "Correct",
        ),
    ],
)
async def test_what_does_not_fit_is_said_in_a_sentence(
    stack: Stack, path: str, sent: dict[str, Any], detail: str, remedy: str
) -> None:
    headers = {"Content-Type": "application/json"}
    problem = problem_of(await stack.call(SELLER, "POST", f"{NOBODYS}{path}", headers=headers, **sent), 422)
    assert problem["detail"].startswith(detail)
    assert problem["remedy"].startswith(remedy)


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[]", b'"x"', b"", b'{"reason": "\\ud800"}'])
async def test_a_body_that_is_no_json_object_is_named(stack: Stack, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    problem = problem_of(await stack.call(SELLER, "POST", f"{NOBODYS}/hold", content=content, headers=headers), 422)
    assert problem["errors"][0]["field"] in {"body", "reason"}


@pytest.mark.parametrize(
    ("content", "field"), [(b"item,hours\nW1,x\n", "hours.0.hours"), (b"item\nW1\n", "body"), (b"", "hours")]
)
async def test_hours_as_csv_are_checked_like_json(stack: Stack, content: bytes, field: str) -> None:
    headers = {"Content-Type": "text/csv"}
    answer = await stack.call(SELLER, "POST", f"{NOBODYS}/actuals", content=content, headers=headers)
    assert field in {error["field"] for error in problem_of(answer, 422)["errors"]}


async def test_a_directory_is_refused_by_line(stack: Stack) -> None:
    content = b"firm: X\ncurrency: euro\n"
    answer = await stack.call(ADMINISTRATOR, "POST", "/people/import", content=content)
    errors = problem_of(answer, 422)["errors"]
    assert {"field": "currency", "line": 2} in [{k: e.get(k) for k in ("field", "line")} for e in errors]


async def test_only_the_administrator_keeps_people_and_tokens(stack: Stack) -> None:
    problem_of(await stack.call(SELLER, "POST", "/people/import", content=b"firm: X"), 403)
    problem_of(await stack.call(SELLER, "POST", "/tokens", {"person_id": CLIENT}), 403)
    problem_of(await stack.call(SELLER, "POST", "/tokens/revoke", {"person_id": CLIENT}), 403)


async def test_the_domain_names_the_field_too(stack: Stack) -> None:
    answer = await stack.call(SELLER, "POST", "/engagements", NEW_DEAL | {"client_sponsor": SELLER})
    assert problem_of(answer, 422)["field"] == "client_sponsor"


async def test_a_stack_that_cannot_write_is_not_ready(stack: Stack) -> None:
    assert (await stack.http.get("/ready")).json()["writes"]
    with writing(stack.database):
        answer = await stack.http.get("/ready")
    assert (answer.status_code, answer.json()["writes"], answer.json()["database"]) == (503, False, True)
    assert (await stack.http.get("/ready")).status_code == 200


@pytest.mark.parametrize(
    ("content", "kind", "where"),
    [
        (b"item,hours\nW1,40\nW1,38.5\nW2,8\nW1,7.25\n", "text/csv", "lines 2, 3 and 5"),
        (
            b'{"hours": [{"item": "W1", "hours": "1"}, {"item": "W1", "hours": "2"}]}',
            "application/json",
            "rows 1 and 2",
        ),
    ],
)
async def test_hours_of_a_package_in_several_rows_are_refused_by_its_rows(
    stack: Stack, content: bytes, kind: str, where: str
) -> None:
    headers = {"Content-Type": kind}
    answer = await stack.call(SELLER, "POST", f"{NOBODYS}/actuals", content=content, headers=headers)
    assert f"W1 appears in {where}" in problem_of(answer, 422)["errors"][0]["message"]


def test_each_kind_of_refusal_has_a_status_by_which_a_client_knows_it_again() -> None:
    assert STATUS.keys() == set(RefusalKind)
    assert {kind: KINDS.get(status, RefusalKind.CONFLICT) for kind, status in STATUS.items()} == {
        k: k for k in RefusalKind
    }
