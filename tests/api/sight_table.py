"""Who may find what: every read and many forbidden commands, as everybody, at each stage of a deal.

Words and figures that not everyone may see are planted in deals; every byte of every answer is searched for them.
Who may find which is said here once, after the policy, and by roles alone: it does not ask the code under test.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from httpx import Response

from domain.engagement.aggregate import Engagement
from domain.shared.values import EngagementId, PersonId
from tests.api.played import ADMINISTRATOR, CLIENT, SELLER, Played, points
from tests.clock import held
from tests.command_routes import description
from tests.stack import Stack

STRANGERS = (PersonId("luca.ferri"), PersonId("ravi.shah"), PersonId("lena.fischer"))
SEE_FIGURES = ("engagement_manager", "delivery_lead", "finance", "provider_sponsor")
SEE_COMMISSION = ("finance", "head_of_sales")
NOT_THERE = EngagementId("ENG-2026-9999")
# Reads of one person at once.
READERS = 8
DISCOUNT = {"discount_percent": "30", "contingency_percent": "5", "expenses": "1800", "payment": "100 % at acceptance"}


# Moments are not searched: their digits may be those of a figure (`05:40:10.469012Z`).
MOMENT = re.compile(r"\d\d:\d\d:\d\d\.\d+")


class Secret(NamedTuple):
    """Something planted: its bytes, what kind of thing it is, and who knows it beside those who see its kind."""

    text: str
    sight: str
    also: frozenset[str] = frozenset()


@dataclass
class Table:
    """The cells of one deal at one stage, and what was found in them that should not be there."""

    deal: Played
    secrets: list[Secret]
    stage: str
    seen: set[str] = field(default_factory=set)
    """Asks that had ended when they were read at an earlier stage: they are read once more at the last."""
    cells: int = 0
    wrong: list[str] = field(default_factory=list)

    async def walk(self, *, last: bool = True) -> int:
        """Reads everything and tries what is forbidden, as everybody. Gives the number of cells."""
        state = self.deal.stack.app.read.engagement(self.deal.engagement)
        assert state is not None
        read = self.deal.stack.app.read
        found = [place.ask for place in read.asks_of(state.id, is_open=None).rows]
        found += [ask for n in state.changes for ask in read.asks_of_change(state.id, n)]
        one_of_each = {(ask.kind, ask.outcome): ask for ask in found}.values()
        asks = [ask.id for ask in one_of_each if last or ask.id not in self.seen]
        self.seen.update(ask.id for ask in one_of_each if not ask.is_open)
        for who in everybody(state):
            paths = (path for path in addresses(state, asks) if last or state.id in path)
            await asyncio.gather(*(self._read_all(state, who, paths) for _ in range(READERS)))
            for command in FORBIDDEN:
                if not command.may(state, who):
                    await self._try(state, who, command)
            if last or who in STRANGERS:  # nothing is carried out once it is over, nor of a stranger ever
                await self._try_every_write(state, who)
        assert not self.wrong, "\n".join(sorted(set(self.wrong)))
        return self.cells

    async def _read_all(self, state: Engagement, who: PersonId, paths: Iterator[str]) -> None:
        for path in paths:
            await self._read(state, who, path)

    async def _read(self, state: Engagement, who: PersonId, path: str) -> None:
        answer = await self.deal.stack.call(who, "GET", path)
        self._search(state, who, f"GET {path}", answer)
        if who in STRANGERS and state.id in path:
            elsewhere = await self.deal.stack.call(who, "GET", path.replace(state.id, NOT_THERE))
            self._same(who, path, answer, elsewhere)

    async def _try(self, state: Engagement, who: PersonId, command: "Forbidden") -> None:
        path = command.path.format(engagement=state.id)
        answer = await self.deal.stack.call(who, command.method, path, command.body)
        where = f"{command.method} {path}"
        self._search(state, who, where, answer)
        if answer.status_code < 400:
            self.wrong.append(f"{self.stage}: {who} {where} was carried out")
        if who in STRANGERS:
            other = command.path.format(engagement=NOT_THERE)
            self._same(who, where, answer, await self.deal.stack.call(who, command.method, other, command.body))

    async def _try_every_write(self, state: Engagement, who: PersonId) -> None:
        several = {"decisions": [{"ask_id": f"{state.id}.A1", "verdict": "approve"} | _HASH]}
        self._search(state, who, "several", await self.deal.stack.call(who, "POST", "/asks/decisions", several))
        for place, body in WRITES.items():
            method, path = place.split()
            answer = await self.deal.stack.call(who, method, _filled(path, state.id), body)
            self._search(state, who, place, answer)
            if answer.status_code < 400 and place not in READS:
                self.wrong.append(f"{self.stage}: {who} {place} was carried out")
            if who in STRANGERS:
                elsewhere = await self.deal.stack.call(who, method, _filled(path, NOT_THERE), body)
                self._same(who, place, answer, elsewhere)
                if answer.status_code != 404:
                    self.wrong.append(f"{self.stage}: {who} {place} got {answer.status_code}: {answer.text}")

    def _search(self, state: Engagement, who: PersonId, where: str, answer: Response) -> None:
        self.cells += 1
        status, text = answer.status_code, f"{answer.headers} {answer.text}"
        if status >= 500:
            self.wrong.append(f"{self.stage}: {who} {where} got {status}: {text[:200]}")
        for secret in self.secrets:
            if secret.text in text and not may_find(state, who, secret) and secret.text in MOMENT.sub("", text):
                self.wrong.append(f"{self.stage}: {who} found {secret.sight} {secret.text!r} in {where} ({status})")

    def _same(self, who: str, where: str, there: Any, elsewhere: Any) -> None:
        if (there.status_code, there.content) != (elsewhere.status_code, elsewhere.content):
            told = f"{there.status_code} {there.text[:150]} / {elsewhere.status_code} {elsewhere.text[:150]}"
            self.wrong.append(f"{self.stage}: {who} {where} tells there from not there: {told}")


class Forbidden(NamedTuple):
    """A command, and the roles that may ask for it; everybody else is tried."""

    method: str
    path: str
    body: Any
    roles: tuple[str, ...] = ()

    def may(self, state: Engagement, who: str) -> bool:
        return bool(set(self.roles).intersection(roles_of(state, who)))


_E = "/engagements/{engagement}"
_ANSWER = {"verdict": "approve", "subject_hash": "0" * 64}
FORBIDDEN = (
    Forbidden("POST", f"{_E}/needs/restate", None, ("sales",)),
    Forbidden("POST", f"{_E}/hold", held("Wait."), ("engagement_manager", "head_of_engagement_management")),
    Forbidden("POST", f"{_E}/resume", None, ("engagement_manager", "head_of_engagement_management")),
    Forbidden("POST", f"{_E}/cancel", {"reason": "Stop."}, ("engagement_manager",)),
    Forbidden("POST", f"{_E}/lose", {"reason": "Lost."}, ("sales",)),
    Forbidden("POST", f"{_E}/close", None, ("engagement_manager",)),
    Forbidden("POST", f"{_E}/rate-card", None, ("engagement_manager", "finance")),
    Forbidden("POST", f"{_E}/playbook", None, ("head_of_engagement_management",)),
    *(
        Forbidden(
            "PUT",
            f"{_E}/roles/quality",
            {"person_id": person},
            ("engagement_manager", "head_of_quality", "head_of_engagement_management"),
        )
        for person in ("marta.silva", "nobody.atall")
    ),
    *(
        Forbidden(
            "PUT",
            f"{_E}/parties/client_sponsor",
            {"person_id": person, "reason": "Moved."},
            ("sales", "engagement_manager", "head_of_engagement_management"),
        )
        for person in ("kari.moe", "nobody.atall")
    ),
    Forbidden("PUT", f"{_E}/documents/sow", {}, ("sales", "engagement_manager")),
    Forbidden("POST", f"{_E}/price", DISCOUNT, ("sales",)),
    Forbidden("POST", f"{_E}/changes/1/withdraw", {"reason": "Not now."}, ("project_manager", "engagement_manager")),
    Forbidden("POST", f"{_E}/contacts", {"person_id": CLIENT, "summary": "She is content."}, ("engagement_manager",)),
    Forbidden("POST", "/asks/{engagement}.A9999/decision", _ANSWER),
    Forbidden("POST", "/asks/{engagement}.C1.A9999/decision", _ANSWER),
)


_POINTS = points([1, 2, 3])
_HASH = {"subject_hash": "0" * 64}
# Every route by which something is changed in a deal, with a body that each takes.
WRITES: dict[str, Any] = {
    "POST /engagements/{engagement}/cancel": {"reason": "Stop."},
    "POST /engagements/{engagement}/lose": {"reason": "Lost."},
    "POST /engagements/{engagement}/hold": held("Wait."),
    "POST /engagements/{engagement}/resume": None,
    "POST /engagements/{engagement}/close": None,
    "POST /engagements/{engagement}/needs": {"needs": [{"id": "N1", "text": "Another"}]},
    "POST /engagements/{engagement}/needs/restate": None,
    "POST /engagements/{engagement}/promises": {
        "promises": [{"id": "P9", "by": SELLER, "to": CLIENT, "text": "A talk", "on": "2026-03-02"}]
    },
    "POST /engagements/{engagement}/promises/{promise}/cover": {"by": ["L1"]},
    "POST /engagements/{engagement}/promises/{promise}/decline": {"reason": "Not now."},
    "POST /engagements/{engagement}/promises/{promise}/reconcile": {"delivered": True},
    "PUT /engagements/{engagement}/roles/{role}": {"person_id": "marta.silva"},
    "POST /engagements/{engagement}/roles/{role}/release": {"reason": "Away."},
    "POST /engagements/{engagement}/roles/{role}/replace": {"person_id": "marta.silva", "reason": "Away."},
    "POST /engagements/{engagement}/roles/{role}/request": {"words": "I would like to."},
    "POST /engagements/{engagement}/roles/{role}/expectations": {"expectations": [{"what": "A plan"}]},
    "PUT /engagements/{engagement}/parties/{party}": {"person_id": "kari.moe", "reason": "Moved."},
    "PUT /engagements/{engagement}/work-packages": {
        "packages": [{"id": "L9", "title": "More", "discipline": "data", "grade": "senior"}]
    },
    "PUT /engagements/{engagement}/dates": {"start": "2026-06-01", "end": "2026-07-01"},
    "POST /engagements/{engagement}/dates/keep": {"reason": "As agreed."},
    "PUT /engagements/{engagement}/milestones": {
        "milestones": [{"id": "M9", "title": "More", "due": "2026-06-01", "share_percent": "100"}]
    },
    "PUT /engagements/{engagement}/requirements": {
        "requirements": [{"id": "R9", "text": "More", "needs": ["N1"], "work_packages": ["L1"]}]
    },
    "POST /engagements/{engagement}/requirements/take": None,
    "PUT /engagements/{engagement}/purchases": {"purchases": [{"id": "B9", "title": "More"}]},
    "POST /engagements/{engagement}/work-packages/{package}/estimate": {"hours": _POINTS},
    "POST /engagements/{engagement}/estimates": {"estimates": [{"package": "L1", "hours": _POINTS}]},
    "POST /engagements/{engagement}/work-packages/{package}/choose": {"hours": _POINTS, "statement": "Between."},
    "POST /engagements/{engagement}/rate-card": None,
    "POST /engagements/{engagement}/playbook": None,
    "POST /engagements/{engagement}/price": DISCOUNT,
    "POST /engagements/{engagement}/price/preview": DISCOUNT,
    "PUT /engagements/{engagement}/documents/{kind}": {},
    "POST /engagements/{engagement}/documents/{kind}/send": None,
    "POST /engagements/{engagement}/documents/sow/extend": {"until": "2026-12-10"},
    "POST /engagements/{engagement}/handoff": {"plan": "As it was."},
    "POST /engagements/{engagement}/milestones/{milestone}/deliver": {"note": "Done."},
    "POST /engagements/{engagement}/milestones/{milestone}/take-back": {"reason": "By mistake."},
    "POST /engagements/{engagement}/milestones/{milestone}/bill": None,
    "POST /engagements/{engagement}/actuals": {"hours": [{"item": "L1", "hours": "3"}]},
    "POST /engagements/{engagement}/contacts": {"person_id": CLIENT, "summary": "She is content."},
    "POST /engagements/{engagement}/pulses": {"at": "M1", "person_id": CLIENT},
    "POST /engagements/{engagement}/complaints": {"text": "Late."},
    "POST /engagements/{engagement}/complaints/{complaint}/withdraw": {"reason": "By mistake."},
    "POST /engagements/{engagement}/tasks/{task}/complete": {"note": "Done."},
    "POST /engagements/{engagement}/changes": {"change": {"title": "More", "reason": "scope", "price": "1.00"}},
    "POST /engagements/{engagement}/changes/preview": {"change": {"title": "More", "reason": "scope", "price": "1.00"}},
    "POST /engagements/{engagement}/changes/{n}/revise": {
        "change": {"title": "More", "reason": "scope", "price": "1.00"}
    },
    "POST /engagements/{engagement}/changes/{n}/withdraw": {"reason": "Not now."},
    "POST /engagements/{engagement}/changes/{n}/estimate": {"estimates": [{"package": "L1", "hours": _POINTS}]},
    "POST /engagements/{engagement}/potential-changes": {"text": "Perhaps."},
    "POST /engagements/{engagement}/potential-changes/{potential}/drop": {"reason": "Not now."},
    "POST /asks/{ask}/decision": {"verdict": "approve"} | _HASH,
    "POST /asks/{ask}/delegate": {"to": "kari.moe"},
    "POST /asks/{ask}/need-info": {"reason": "Why?"} | _HASH,
    "POST /asks/{ask}/information": {"text": "So."},
}
# Of these, what changes nothing.
READS = {
    "POST /engagements/{engagement}/price/preview",
    "POST /engagements/{engagement}/changes/preview",
}
_PLACES = {
    "promise": "P1",
    "role": "quality",
    "party": "client_sponsor",
    "package": "L1",
    "kind": "sow",
    "milestone": "M1",
    "complaint": "X1",
    "task": "T1",
    "potential": "K1",
    "n": "1",
}


def _filled(path: str, engagement: EngagementId) -> str:
    return path.format(engagement=engagement, ask=f"{engagement}.A1", **_PLACES)


def writes() -> set[str]:
    """All of them, as the description has them."""
    return {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, item in description()["paths"].items()
        for method in item
        if method in {"post", "put", "patch", "delete"} and ("{engagement}" in path or "{ask}" in path)
    }


def roles_of(state: Engagement, who: str) -> set[str]:
    """Roles of the deal, positions of the firm, and `sales` for who sells it."""
    held = {role for role, holder in state.cast.holders.items() if holder == who}
    held |= {position for position, holder in state.cast.positions.items() if holder == who}
    return held | ({"sales"} if who == state.seller else set())


def everybody(state: Engagement) -> list[PersonId]:
    """Each role of the deal, every head, the administrator, the client's people, and strangers of both houses."""
    people = [*state.cast.holders.values(), *state.cast.positions.values()]
    experts = [e for role in state.cast.holders if role.startswith("expert:") for e in state.cast.experts(role[7:])]
    return list(dict.fromkeys([*people, *experts, state.seller, ADMINISTRATOR, CLIENT, *STRANGERS]))


def may_find(state: Engagement, who: PersonId, secret: Secret) -> bool:
    """After the policy: by roles alone."""
    if state.cast.is_client(who) or who in STRANGERS:
        return False
    roles, is_head = roles_of(state, who), who in state.cast.positions.values()
    if who in secret.also:
        return True
    if secret.sight == "levels":
        return is_head or who == ADMINISTRATOR
    if secret.sight == "commission":
        return who == state.seller or bool(roles.intersection(SEE_COMMISSION))
    if secret.sight == "figures":
        return is_head or who == state.seller or bool(roles.intersection(SEE_FIGURES))
    return bool(roles)  # what everyone with a part sees, and neither the administrator nor anybody outside


def addresses(state: Engagement, asks: Iterable[str]) -> Iterator[str]:
    """Every GET of the description, with what the deal has in the place of each parameter."""
    known: dict[str, tuple[str, ...]] = {
        "engagement": (state.id,),
        "n": tuple(map(str, state.changes)) or ("1",),
        "kind": ("sow", "brd"),
        "role": ("quality", "finance"),
        "milestone": ("M1",),
        "person": ("kofi.mensah",),
        "operation": ("1",),
        "ask": (*asks, f"{state.id}.A9999"),
    }
    for path, item in description()["paths"].items():
        if "get" not in item or not path.startswith("/api/v1"):
            continue
        found = [path.removeprefix("/api/v1")]
        for name in re.findall(r"\{(\w+)\}", path):
            found = [address.replace(f"{{{name}}}", value) for address in found for value in known[name]]
        for address in found:
            yield address + _query(address, state)


def _query(address: str, state: Engagement) -> str:
    if address.endswith("/diff"):
        return "?from=1&to=1"
    if address.endswith("/ledger"):
        return "?limit=100"
    if address == "/asks":
        return f"?engagement={state.id}&mine=false&open=false"
    return f"?q={state.id}" if address == "/engagements" else ""


# -- the deals, with what is planted in them


async def grown(stack: Stack, person: str) -> Secret:
    """Somebody with a level that nobody else has."""
    known = await stack.get(ADMINISTRATOR, f"/people/{person}")
    fields = ("name", "email", "calendar", "manager", "deputy", "assistant", "roles", "verticals")
    levels = {"competencies": known["competencies"] | {"secret_yodelling": 4}}
    await stack.done(ADMINISTRATOR, "PUT", f"/people/{person}", {field: known[field] for field in fields} | levels)
    return Secret("secret_yodelling", "levels", frozenset({person}))


async def priced(deal: Played, terms: dict[str, str]) -> list[Secret]:
    """What an estimated deal says of a price far under delivery's floor: of a signed override, each with their reason.

    The decision is open then.
    """
    await deal.cover()
    await deal.do(SELLER, "POST", "/price", terms)
    question = await deal.ask("approve_price")
    who = question["asked"][0]
    body = {"reason": "SECRET-QUESTION: who pays for the gap?", "subject_hash": question["subject_hash"]}
    await deal.stack.done(who, "POST", f"/asks/{question['id']}/need-info", body)
    text = {"text": "SECRET-INFORMATION: the framework pays for it."}
    await deal.stack.done(SELLER, "POST", f"/asks/{question['id']}/information", text)
    await deal.answer_all("approve_price", reason="SECRET-PRICE-REASON: the margin is thin.")
    await deal.cover()
    figures = (await deal.see())["figures"]
    names = ("cost_p50", "cost_p80", "margin_p50", "margin_p80", "floor_price", "gap")
    facts = (await deal.ask("decide_deal"))["facts_shown"]
    told = [facts[name] for name in ("margin at P50", "margin at P80", "delivery's dissent")]
    words = ["SECRET-QUESTION", "SECRET-INFORMATION", "SECRET-PRICE-REASON", "under delivery's floor"]
    return [Secret(text, "figures") for text in (*words, *told, *(figures[name] for name in names))]


async def decided(deal: Played) -> list[Secret]:
    """A go with a condition that says what it is about, of an expert's."""
    text, owner = "SECRET-CONDITION: no more than 11 percent", "kofi.mensah"
    condition = {"text": text, "owner": owner, "due": str(deal.in_days(20))}
    ask = await deal.ask("decide_deal")
    await deal.answer(ask, "approve_with_conditions", reason="SECRET-GO", conditions=[condition])
    return [Secret("SECRET-CONDITION", "figures", frozenset({owner})), Secret("SECRET-GO", "figures")]


async def changed(deal: Played) -> list[Secret]:
    """A change that was returned with a reason, and goes on revised with a condition of delivery's."""
    manager = await deal.holder("project_manager")
    work = [{"discipline": "data", "grade": "senior", "hours": points([8, 12, 20])}]
    facts = {"title": "Two more key figures", "reason": "scope", "work": work, "price": "2417.39", "days": 2}
    await deal.do(manager, "POST", "/changes", {"change": facts})
    await deal.estimate_change(1)
    reason = "SECRET-CHANGE-REASON: say which figures."
    await deal.answer(await deal.ask("approve_change", "delivery"), "return", reason=reason)
    await deal.until(lambda state: state["changes"][0]["status"] == "returned")
    await deal.do(manager, "POST", "/changes/1/revise", {"change": facts | {"title": "Figures 13 and 14"}})
    await deal.until(lambda state: state["changes"][0]["status"] == "pending")
    return [Secret("SECRET-CHANGE-REASON", "part"), Secret("2417.39", "part")]
