"""Forbidden shortcuts that the demo tries at each gate, to show that each one is refused."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from domain.shared.values import PersonId

if TYPE_CHECKING:
    from demo.player import Player

Json = dict[str, Any]
SOME_HASH = "0" * 64


class Attempt(NamedTuple):
    """Who tries what."""

    who: PersonId
    role: str
    method: str
    path: str
    body: Json


class ForbiddenShortcut(NamedTuple):
    """Something that must be refused, and when in a deal it is worth trying."""

    name: str
    attempt: Callable[["Player", Json], Attempt | None]


def _asks(state: Json, kind: str) -> list[Json]:
    return [ask for ask in state["asks"] if ask["kind"] == kind]


def _holder(state: Json, role: str) -> PersonId | None:
    return next((row["holder"] for row in state["coverage"] if row["role"] == role), None)


def _price_unseen_work(player: "Player", state: Json) -> Attempt | None:
    if state["stage"] != "estimate" or not state["packages"]:
        return None
    body = player.deal.wished_price.model_dump(mode="json", exclude_none=True)
    return Attempt(player.deal.salesperson, "sales", "POST", "/price", body)


def _leave_the_deal_to_nobody(_player: "Player", state: Json) -> Attempt | None:
    manager = _holder(state, "engagement_manager")
    if state["stage"] != "estimate" or manager is None:
        return None
    return Attempt(manager, "engagement_manager", "POST", "/roles/sales/release", {"reason": "They are away."})


def _let_another_estimate(player: "Player", state: Json) -> Attempt | None:
    for ask in _asks(state, "estimate"):
        expert = ask["asked"][0]
        other = next((p.id for p in player.casting.directory.people if p.id != expert), None)
        if ask.get("change") is None and other:
            return Attempt(expert, "expert", "POST", f"/asks/{ask['id']}/delegate", {"to": other})
    return None


def _offer_before_the_decision(player: "Player", state: Json) -> Attempt | None:
    if state["stage"] != "decide":
        return None
    return Attempt(player.deal.salesperson, "sales", "PUT", "/documents/sow", {})


def _approve_ones_own(player: "Player", state: Json) -> Attempt | None:
    for ask in (*_asks(state, "approve_price"), *_asks(state, "decide_deal")):
        body = {"verdict": "approve", "subject_hash": ask["subject_hash"]}
        return Attempt(player.deal.salesperson, "sales", "POST", f"/asks/{ask['id']}/decision", body)
    return None


def _approve_another_thing(_player: "Player", state: Json) -> Attempt | None:
    for ask in _asks(state, "decide_deal"):
        body = {"verdict": "approve", "subject_hash": SOME_HASH}
        return Attempt(ask["asked"][0], ask["voters"][0]["roles"][0], "POST", f"/asks/{ask['id']}/decision", body)
    return None


def _vote_again(_player: "Player", state: Json) -> Attempt | None:
    """Whoever objected may still maintain the objection or say that it has been met: that is not a second vote."""
    for kind in ("decide_deal", "review_sow"):
        for ask in _asks(state, kind):
            voted = next((v for v in ask["voters"] if ask["votes"].get(v["person_id"], "object") != "object"), None)
            if voted:
                body = {"verdict": "decline", "reason": "I changed my mind.", "subject_hash": ask["subject_hash"]}
                path = f"/asks/{ask['id']}/decision"
                return Attempt(voted["person_id"], voted["roles"][0], "POST", path, body)
    return None


def _send_with_a_homeless_promise(player: "Player", state: Json) -> Attempt | None:
    if state["stage"] != "sow" or not state["homeless_promises"]:
        return None
    return Attempt(player.deal.salesperson, "sales", "POST", "/documents/sow/send", {})


def _send_before_the_review(player: "Player", state: Json) -> Attempt | None:
    if not _asks(state, "review_sow"):
        return None
    return Attempt(player.deal.salesperson, "sales", "POST", "/documents/sow/send", {})


def _hand_off_without_a_manager(_player: "Player", state: Json) -> Attempt | None:
    manager = _holder(state, "engagement_manager")
    vacant = any(vacancy["role"] == "project_manager" for vacancy in state["vacancies"])
    if state["stage"] != "handoff" or not vacant or manager is None:
        return None
    return Attempt(
        manager, "engagement_manager", "POST", "/handoff", {"plan": "The project manager takes care of everything."}
    )


def _make_the_manager_care(_player: "Player", state: Json) -> Attempt | None:
    manager, project_manager = _holder(state, "engagement_manager"), _holder(state, "project_manager")
    if state["stage"] != "deliver" or manager is None or project_manager is None:
        return None
    return Attempt(manager, "engagement_manager", "PUT", "/roles/quality", {"person_id": project_manager})


def _work_on_an_open_change(_player: "Player", state: Json) -> Attempt | None:
    pending = next((change for change in state["changes"] if change["status"] == "pending"), None)
    project_manager = _holder(state, "project_manager")
    if pending is None or project_manager is None:
        return None
    body = {"hours": [{"item": f"C{pending['n']}", "hours": "8"}]}
    return Attempt(project_manager, "project_manager", "POST", "/actuals", body)


def _approve_ones_own_change(_player: "Player", state: Json) -> Attempt | None:
    for ask in _asks(state, "approve_change"):
        by = next(change["by"] for change in state["changes"] if change["n"] == ask["change"])
        if by not in ask["asked"]:
            body = {"verdict": "approve", "subject_hash": ask["subject_hash"]}
            role = "project_manager" if by == _holder(state, "project_manager") else "engagement_manager"
            return Attempt(by, role, "POST", f"/asks/{ask['id']}/decision", body)
    return None


SHORTCUTS = (
    ForbiddenShortcut("price work that delivery has not attested", _price_unseen_work),
    ForbiddenShortcut("leave the deal without a seller", _leave_the_deal_to_nobody),
    ForbiddenShortcut("have somebody else give their estimate", _let_another_estimate),
    ForbiddenShortcut("write the offer before the deal is decided", _offer_before_the_decision),
    ForbiddenShortcut("approve what they asked for themselves", _approve_ones_own),
    ForbiddenShortcut("approve something other than what is shown", _approve_another_thing),
    ForbiddenShortcut("take back a vote", _vote_again),
    ForbiddenShortcut("send the SOW with a promise that nothing covers", _send_with_a_homeless_promise),
    ForbiddenShortcut("send the SOW before its internal review", _send_before_the_review),
    ForbiddenShortcut("hand off without a project manager", _hand_off_without_a_manager),
    ForbiddenShortcut("give a vacant role to the project manager", _make_the_manager_care),
    ForbiddenShortcut("book hours on a change nobody approved", _work_on_an_open_change),
    ForbiddenShortcut("approve their own change", _approve_ones_own_change),
)
