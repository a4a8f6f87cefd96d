"""Plays a deal file through the API: at each moment it reads the engagement and does the next thing that is due.

Weighed: a script of steps (after a crash it cannot know where it was, and a forbidden shortcut tried too late would
succeed) and this: only the engagement itself says what comes next, so that a demo that was interrupted continues where
it stopped, whichever process was killed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from adapters.rest_client import PATIENCE_SECONDS, FrontDoor, RefusedError
from demo.answers import Casting
from demo.forbidden_shortcuts import SHORTCUTS, Attempt
from demo.hours import hours_of_change, hours_of_packages, planned_hours
from demo.screen import Screen
from demo.summary import decision_asked, decision_of, figures_of
from domain.deal_file.model import OPENING, ChangeRow, DealFile
from domain.playbook.model import role_label
from domain.shared.errors import RefusalKind, Refused
from domain.shared.values import PersonId, digest

Json = dict[str, Any]

OVER = frozenset({"closed", "lost", "cancelled"})
MAY_STAY_SILENT = frozenset({"pulse", "measure_need", "contact_client"})
A_NO_IS_NO_END = frozenset({"pulse", "measure_need", "confirm_staffing", "potential_change"})
MAX_STEPS = 3000


@dataclass
class Player:
    """One deal, played through the API."""

    OPENS_WITH: ClassVar[tuple[str, ...]] = ()
    """Parts of the deal that are sent when it is opened, besides who and when."""

    name: str
    deal: DealFile
    casting: Casting
    door: FrontDoor
    screen: Screen
    run: str
    refusals: list[Json] = field(default_factory=list)
    tried: set[str] = field(default_factory=set)
    unrefused: list[str] = field(default_factory=list)
    engagement_id: str = ""
    stage: str = ""
    stands: str | None = None
    decision: Json | None = None

    def play(self) -> Json:
        """Plays to the end, or as far as it gets. Returns the summary."""
        self._start()
        for _ in range(MAX_STEPS):
            state = self.look()
            self._enter(state["stage"])
            if self.stage in OVER or self.stands or not self._go_on(state):
                break
        return self._summary()

    def _enter(self, stage: str) -> None:
        """Shows a stage when it has changed."""
        if stage != self.stage:
            self.stage = stage
            self.screen.stage(self.name, stage)

    def look(self) -> Json:
        """The engagement as the head of sales sees it, with figures and commission."""
        return self.door.get(self._viewer, f"/engagements/{self.engagement_id}")

    @property
    def _viewer(self) -> PersonId:
        return self.casting.directory.positions["head_of_sales"]

    def _start(self) -> None:
        self._open()
        self._enter(self._await_record()["stage"])
        self.shown("starts the deal", self.deal.salesperson, "sales", self.engagement_id)

    def _open(self) -> None:
        """Opens the engagement: the same one, however often this run requests it."""
        deal = self.deal
        body = deal.model_dump(mode="json", include={*OPENING, *self.OPENS_WITH})
        key = f"{self.run}:{self.name}:{digest(body)[:32]}:start"
        receipt = self.door.send(deal.salesperson, "POST", "/engagements", body, key)
        self.engagement_id = receipt["engagement_id"]

    def _await_record(self) -> Json:
        """Waits for the engagement to appear: without a worker, it is started but not yet recorded."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self.look()
            except RefusedError as unseen:
                if unseen.refused.kind is not RefusalKind.NOT_FOUND or time.monotonic() > until:
                    raise
                time.sleep(0.5)

    # -- one step

    def _go_on(self, state: Json) -> bool:
        """Does the next thing that is due. False if nothing is left to do."""
        return (
            self._try_shortcut(state)
            or self._fill_vacancy(state)
            or self._answer_something(state)
            or self._complete_task(state)
            or self._take_the_stage_further(state)
        )

    def _try_shortcut(self, state: Json) -> bool:
        """Tries, once each, what must not be possible now, and shows the refusal."""
        for shortcut in SHORTCUTS:
            if shortcut.name in self.tried:
                continue
            attempt = shortcut.attempt(self, state)
            if attempt is not None:
                self.tried.add(shortcut.name)
                self._attempt(state, shortcut.name, attempt)
                return True
        return False

    def _attempt(self, state: Json, name: str, attempt: Attempt) -> None:
        try:
            self.send(state, attempt.who, attempt.method, attempt.path, attempt.body)
        except RefusedError as refused:
            self.refusals.append({"rule": refused.refused.rule.value, "step": name})
            self.shown(f"tries to {name}", attempt.who, attempt.role, "refused", refused.refused)
            return
        self.unrefused.append(name)
        self.shown(f"tries to {name}", attempt.who, attempt.role, "was not refused")

    def _fill_vacancy(self, state: Json) -> bool:
        proposed = {ask["subject"].removeprefix("role:") for ask in state["asks"] if ask["kind"] == "accept_role"}
        for vacancy in state["vacancies"]:
            role = vacancy["role"]
            if role in proposed:
                continue
            holder, head = self.casting.holder(role), vacancy["head"]
            self.act(
                state,
                head,
                vacancy["head_role"],
                f"proposes {holder.name} as {role_label(role)}",
                "PUT",
                f"/roles/{role}",
                {"person_id": holder.id},
            )
            return True
        return False

    def _answer_something(self, state: Json) -> bool:
        return any(self._answer(state, ask) for ask in state["asks"])

    def _answer(self, state: Json, ask: Json) -> bool:
        """Has the next person asked answer. False if no one has anything to say."""
        if ask["kind"] == "estimate":
            return self._estimate(state, ask)
        if ask.get("question"):
            return self._inform(state, ask)
        if ask["kind"] == "decide_deal":
            self.decision = decision_asked(ask)
        for person in ask["asked"]:
            roles = self._roles(state, ask, person)
            body = self._what_to_say(ask, person, roles)
            if body is not None and self._vote(state, ask, person, roles, body):
                return True
        return self._let_objection_stand(state, ask)

    def _what_to_say(self, ask: Json, person_id: PersonId, roles: list[str]) -> Json | None:
        if ask["kind"] == "pulse":
            score = self.casting.pulse(ask["subject"].split(":")[1], person_id)
            again = ask["subject"].endswith(":again")
            return None if score is None or again else {"verdict": "approve", "score": score}
        if ask["kind"] in MAY_STAY_SILENT:
            return None
        return self.casting.answer(ask, roles, ask.get("change"))

    def _vote(self, state: Json, ask: Json, person_id: PersonId, roles: list[str], body: Json) -> bool:
        role = roles[0] if roles else ""
        step = f"answers “{ask['title']}” with {body['verdict'].replace('_', ' ')}"
        path = f"/asks/{ask['id']}/decision"
        answered = self.act(state, person_id, role, step, "POST", path, {**body, "subject_hash": ask["subject_hash"]})
        if answered and not body["verdict"].startswith("approve"):
            self._see_whether_it_stands(ask, person_id, body)
        return answered

    def _see_whether_it_stands(self, ask: Json, person_id: PersonId, body: Json) -> None:
        """If a refusal ended an ask of the engagement itself, the deal stops here."""
        now = self.door.get(person_id, f"/asks/{ask['id']}")
        ended_against = now["outcome"] in {"returned", "declined"}
        if ended_against and ask.get("change") is None and ask["kind"] not in A_NO_IS_NO_END:
            self.stands = f"{ask['kind']} was {now['outcome']} by {self.name_of(person_id)}: {body.get('reason')}"

    def _inform(self, state: Json, ask: Json) -> bool:
        question = ask["question"]
        body = {"text": "As the engagement shows."}
        step, path = f"answers the question “{question['text']}”", f"/asks/{ask['id']}/information"
        return self.act(state, question["to"], "asked", step, "POST", path, body)

    def _let_objection_stand(self, state: Json, ask: Json) -> bool:
        """Once everyone has answered a consensus ask, an objector maintains the objection, and the decider is asked."""
        if ask["method"] != "consensus" or ask["asked"]:
            return False
        for voter in ask["voters"]:
            row = self.casting.objected_before(ask["kind"], voter["roles"])
            if row is not None and ask["votes"].get(voter["person_id"]) == "object":
                body = {"verdict": "decline", "reason": row.reason or "my objection remains"}
                return self._vote(state, ask, voter["person_id"], voter["roles"], body)
        return False

    def _roles(self, state: Json, ask: Json, person_id: PersonId) -> list[str]:
        """The roles in which a person is asked."""
        for voter in ask["voters"]:
            if voter["person_id"] == person_id and voter["roles"]:
                return list(voter["roles"])
        kind, _, what = ask["subject"].partition(":")
        if kind in {"role", "estimate"}:
            return [what if kind == "role" else f"expert:{what}"]
        if kind == "attest":
            lead = self._holder(state, "delivery_lead")
            return ["delivery_lead"] if person_id == lead else ["head_of_delivery", "delivery_lead"]
        if ask.get("final_person") == person_id and ask.get("final_role"):
            return [ask["final_role"]]
        held = [row["role"] for row in state["coverage"] if row["holder"] == person_id]
        known = self.casting.directory.person(person_id)
        return [*held, *(known.part if known else ())] or [kind]

    def _holder(self, state: Json, role: str) -> PersonId | None:
        return next((row["holder"] for row in state["coverage"] if row["role"] == role), None)

    # -- estimates

    def _estimate(self, state: Json, ask: Json) -> bool:
        """An expert gives the three-point estimates asked for, or says what the file has them say."""
        expert = ask["asked"][0]
        role = f"expert:{ask['subject'].removeprefix('estimate:')}"
        said = self.casting.answer(ask, [role], ask.get("change"))
        if said["verdict"] != "approve":
            return self._vote(state, ask, expert, [role], said)
        change = ask.get("change")
        row = self.casting.change_row(change) if change else None
        hours = hours_of_change(row) if change else hours_of_packages(self.deal)
        rows = {row.id: row for row in self.deal.work_packages} if not change else {}
        estimates = [
            {
                "package": name,
                "hours": hours[name],
                "assumptions": list(rows[name].assumes) if name in rows else [],
                "risks": list(rows[name].risks) if name in rows else [],
            }
            for name in dict.fromkeys(key.split(".")[1] for key in ask["facts"] if key.count(".") > 1)
            if name in hours
        ]
        path = f"/changes/{change}/estimate" if change else "/estimates"
        step = f"gives three points for {', '.join(e['package'] for e in estimates)}"
        return self.act(state, expert, role, step, "POST", path, {"estimates": estimates})

    def _complete_task(self, state: Json) -> bool:
        for task in state["tasks"]:
            if not task["done"]:
                step, body = f"meets the condition “{task['text']}”", {"note": "Done."}
                return self.act(state, task["owner"], "owner", step, "POST", f"/tasks/{task['id']}/complete", body)
        return False

    # -- what the stage needs

    def _take_the_stage_further(self, state: Json) -> bool:
        chapters: dict[str, Callable[[Json], bool]] = {
            "qualify": self._qualify,
            "estimate": self._scope,
            "price": self._price,
            "sow": self._sow,
            "brd": self._brd,
            "handoff": self._handoff,
            "deliver": self._deliver,
            "support": self._close,
        }
        chapter = chapters.get(state["stage"])
        return chapter(state) if chapter else False

    def _by_seller(self, state: Json, step: str, method: str, path: str, body: Json) -> bool:
        return self.act(state, self.deal.salesperson, "sales", step, method, path, body)

    def _by_manager(self, state: Json, step: str, method: str, path: str, body: Json) -> bool:
        manager = self._holder(state, "engagement_manager") or self._viewer
        return self.act(state, manager, "engagement_manager", step, method, path, body)

    def _qualify(self, state: Json) -> bool:
        if not state["needs"]:
            needs = [row.model_dump(mode="json") for row in self.deal.needs]
            return self._by_seller(state, "records the needs", "POST", "/needs", {"needs": needs})
        if self.deal.promises and not state["promises"]:
            promises = [row.model_dump(mode="json") for row in self.deal.promises]
            return self._by_seller(state, "records what was promised", "POST", "/promises", {"promises": promises})
        if self.deal.purchases and not state["purchases"]:
            rows = enumerate(self.deal.purchases, 1)
            purchases = [{"id": r.id or f"B{n}", "title": r.title, "amount": str(r.amount or 0)} for n, r in rows]
            return self._by_seller(state, "records what is bought", "PUT", "/purchases", {"purchases": purchases})
        if not state["needs_confirmed"]:
            return self._by_seller(state, "restates the needs to the client", "POST", "/needs/restate", {})
        return False

    def _scope(self, state: Json) -> bool:
        if state["packages"]:
            return False
        rows = [row.model_dump(mode="json", exclude={"hours"}) for row in self.deal.work_packages]
        return self._by_seller(state, "sets the scope", "PUT", "/work-packages", {"packages": rows})

    def _price(self, state: Json) -> bool:
        if state["price"] and state["price"]["status"] in {"proposed", "approved"}:
            return False
        body = self.deal.wished_price.model_dump(mode="json", exclude_none=True)
        return self._by_seller(state, "proposes the price", "POST", "/price", body)

    def _sow(self, state: Json) -> bool:
        if not state["milestones"]:
            milestones = [row.model_dump(mode="json") for row in self.deal.milestones]
            return self._by_seller(state, "sets the milestones", "PUT", "/milestones", {"milestones": milestones})
        if state["homeless_promises"]:
            return self._cover(state, state["homeless_promises"][0])
        return self._document(state, "sow", self.deal.salesperson, "sales")

    def _cover(self, state: Json, promise: str) -> bool:
        homes = [row.id for row in self.deal.work_packages if promise in row.promises]
        homes += [row.id for row in self.deal.milestones if promise in row.promises]
        if not homes:
            return self._decline_promise(state, promise)
        step, body = f"covers {promise} by {', '.join(homes)}", {"by": homes}
        return self._by_seller(state, step, "POST", f"/promises/{promise}/cover", body)

    def _decline_promise(self, state: Json, promise: str) -> bool:
        step, body = (
            f"declines {promise}: nothing in the scope covers it",
            {"reason": "Nothing in the scope covers it."},
        )
        return self._by_seller(state, step, "POST", f"/promises/{promise}/decline", body)

    def _document(self, state: Json, kind: str, author: PersonId, role: str) -> bool:
        document = state["documents"].get(kind)
        if document is None or document["status"] in {"stale", "returned"}:
            return self.act(state, author, role, f"drafts the {kind.upper()}", "PUT", f"/documents/{kind}", {})
        if document["status"] == "approved_inside":
            return self.act(state, author, role, f"sends the {kind.upper()}", "POST", f"/documents/{kind}/send", {})
        return False

    def _brd(self, state: Json) -> bool:
        analyst = self._holder(state, "business_analyst") or self._viewer
        if not state["requirements"]:
            body = {"requirements": self._requirements()}
            step = "sets the requirements" + ("" if self.deal.requirements else " (assumed: the needs)")
            return self.act(state, analyst, "business_analyst", step, "PUT", "/requirements", body)
        return self._document(state, "brd", analyst, "business_analyst")

    def _requirements(self) -> list[Json]:
        """The file's requirements, each traced; if it has none, the needs themselves."""
        packages = self.deal.work_packages
        rows = [(row.id, row.text, row.needs, row.work_packages) for row in self.deal.requirements]
        rows = rows or [(f"R{n}", need.text, (need.id,), ()) for n, need in enumerate(self.deal.needs, 1)]
        traced = []
        for name, text, needs, serving in rows:
            found = serving or tuple(p.id for p in packages if set(p.needs) & set(needs)) or (packages[0].id,)
            wanted = needs or tuple(n for p in packages if p.id in found for n in p.needs) or (self.deal.needs[0].id,)
            traced.append({"id": name, "text": text, "needs": list(wanted), "work_packages": list(found)})
        return traced

    def _handoff(self, state: Json) -> bool:
        if any(ask["kind"] == "accept_handoff" for ask in state["asks"]):
            return False
        return self._by_manager(state, "offers the handoff", "POST", "/handoff", {"plan": "As the SOW says."})

    def _deliver(self, state: Json) -> bool:
        open_change = next((change for change in state["changes"] if change["status"] in {"pending", "returned"}), None)
        if open_change is not None:
            return self._see_to_change(state, open_change)
        if len(state["changes"]) < len(self.deal.change_orders):
            return self._submit_change(state, self.deal.change_orders[len(state["changes"])])
        if not state["actual_hours"]:
            return self._report_hours(state)
        for milestone in state["milestones"]:
            if milestone["status"] == "planned":
                manager = self._holder(state, "project_manager") or self._viewer
                path = f"/milestones/{milestone['id']}/deliver"
                return self.act(state, manager, "project_manager", f"delivers {milestone['id']}", "POST", path, {})
        return False

    def _submit_change(self, state: Json, row: ChangeRow) -> bool:
        body = row.facts.model_dump(mode="json")
        role = self._submitter(state, row.by)
        step = f"submits change {row.n}: {row.title}"
        return self.act(state, row.by, role, step, "POST", "/changes", {"change": body})

    def _see_to_change(self, state: Json, change: Json) -> bool:
        """Withdraws a change that was returned; gives one that waits a moment for its own workflow to ask."""
        number = self.casting.number_in_file(change["n"])
        if change["status"] == "returned":
            by = change["by"]
            step, path = f"withdraws change {number}, which was returned", f"/changes/{change['n']}/withdraw"
            role, body = self._submitter(state, by), {"reason": "It was returned."}
            return self.act(state, by, role, step, "POST", path, body) and self.await_change(state, number)
        return self.await_change(state, number)

    def _submitter(self, state: Json, person_id: PersonId) -> str:
        """The role in which a person requests changes."""
        return "project_manager" if person_id == self._holder(state, "project_manager") else "engagement_manager"

    def await_change(self, state: Json, n: int) -> bool:
        """Waits until a change's own workflow has taken its next step. False if it does not."""
        for _ in range(200):
            now = self.look()
            if now["asks"] != state["asks"] or now["changes"] != state["changes"]:
                return True
            time.sleep(0.05)
        self.stands = f"change {n} does not go on"
        return False

    def _report_hours(self, state: Json) -> bool:
        """The file's hours; for items it does not name, the mean hours, marked as assumed."""
        numbers = self.casting.changes_by_item
        approved = {change["n"] for change in state["changes"] if change["status"] == "approved"}
        self._show_refused_hours(state, [item for item, n in numbers.items() if n not in approved])
        plan = planned_hours(self.deal, {item: n for item, n in numbers.items() if n in approved})
        given = {item: Decimal(hours) for item, hours in self.deal.actual_hours.items()}
        hours = {registered: given.get(item, mean) for item, (registered, mean) in plan.items()}
        assumed = [item for item in plan if item not in given]
        step = "reports the hours worked" + (f" (assumed, mean hours: {', '.join(assumed)})" if assumed else "")
        body = {"hours": [{"item": item, "hours": str(worked)} for item, worked in hours.items()]}
        manager = self._holder(state, "project_manager") or self._viewer
        return self.act(state, manager, "project_manager", step, "POST", "/actuals", body)

    def _show_refused_hours(self, state: Json, items: list[str]) -> None:
        """Tries the file's hours on changes that were not approved, and shows that each is refused."""
        manager = self._holder(state, "project_manager") or self._viewer
        for item in items:
            if item in self.deal.actual_hours:
                registered = f"C{self.casting.changes_by_item[item]}"
                body = {"hours": [{"item": registered, "hours": str(self.deal.actual_hours[item])}]}
                attempt = Attempt(manager, "project_manager", "POST", "/actuals", body)
                self._attempt(state, f"report hours on {item}, which is not approved", attempt)

    def _close(self, state: Json) -> bool:
        for promise in state["promises"]:
            if not promise["reconciled"]:
                path = f"/promises/{promise['id']}/reconcile"
                step = f"shows that {promise['id']} was delivered"
                return self._by_manager(state, step, "POST", path, {"delivered": True})
        return self._by_manager(state, "closes the engagement", "POST", "/close", {})

    # -- primitives

    def act(self, state: Json, who: PersonId, role: str, step: str, method: str, path: str, body: Json) -> bool:
        """One act by one person, shown on screen. An unexpected refusal ends the play there."""
        try:
            self.send(state, who, method, path, body)
        except RefusedError as refused:
            self.shown(step, who, role, "refused", refused.refused)
            self.stands = f"{step}: {refused.refused.detail} {refused.refused.remedy}"
            return False
        self.shown(step, who, role, "done")
        return True

    def send(self, state: Json, who: PersonId, method: str, path: str, body: Json) -> Json:
        """Sends a request with a key that is the same whenever the same thing is done at the same point."""
        whole = path if path.startswith("/asks/") else f"/engagements/{self.engagement_id}{path}"
        point = digest([state["seq"], [ask["id"] for ask in state["asks"]], whole, body, who])[:32]
        return self.door.send(who, method, whole, body, f"{self.run}:{point}")

    def shown(self, step: str, who: PersonId, role: str, outcome: str, refused: Refused | None = None) -> None:
        """Shows a step on screen."""
        self.screen.step(self.name, step, self.name_of(who), role, outcome, refused)

    def name_of(self, person_id: PersonId) -> str:
        """A person's name."""
        known = self.casting.directory.person(person_id)
        return known.name if known else person_id

    def _summary(self) -> Json:
        state = self.look()
        verdict = self.door.get(self._viewer, f"/engagements/{self.engagement_id}/ledger/verify")
        if state["stage"] not in OVER or self.stands:
            waits = "; ".join(f"{step['who']['name']} ({step['what']})" for step in state["next_steps"][:5])
            self.screen.note(f"{self.name} stands at {state['stage']}: {self.stands or 'waits for ' + waits}")
        routes = [
            {"n": self.casting.number_in_file(c["n"]), "route": c["route"], "status": c["status"]}
            for c in state["changes"]
        ]
        return {
            "deal": self.name,
            "engagement_id": self.engagement_id,
            "stage": state["stage"],
            **figures_of(state),
            "decision": decision_of(state) or self.decision,
            "changes": routes,
            "refusals": self.refusals,
            "ledger_facts": verdict["facts"],
            "ledger_verified": verdict["verified"],
        }
