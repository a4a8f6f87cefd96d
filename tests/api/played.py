"""The small deal, played over REST from the first call to the close: every operation once, by the right person."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Self

from ruamel.yaml import YAML
from typing_extensions import TypeVar

from domain.directory.directory import Client
from domain.shared.values import EngagementId, PersonId
from tests.clock import day, held
from tests.copied_deals import copy_deal, facts_of_deal
from tests.stack import ROOT, Callers, Json, Stack

SELLER, CLIENT, SPONSOR = PersonId("aisha.khan"), PersonId("anna.lindqvist"), PersonId("tomasz.nowak")
HEAD_OF_SALES, ADMINISTRATOR = "claire.dubois", PersonId("ida.holm")
DEAL_FILE = ROOT / "examples/deal-lindqvist-small.yaml"
DEAL: dict[str, Any] = YAML(typ="safe").load(DEAL_FILE)
# The sample directory without its absences: they have dates, at which tests may run.
DIRECTORY = re.sub(
    r"^absences:.*\n(?:  - .*\n)+", "", Path(ROOT / "examples/directory.yaml").read_text(), flags=re.MULTILINE
)
NOT_BEGUN = EngagementId("")
PATIENCE = 400

NEW_DEAL = {
    **{name: DEAL[name] for name in ("client", "title", "kind", "salesperson", "provider_sponsor")},
    **{name: DEAL[name] for name in ("client_sponsor", "client_signatory")},
    **{name: str(DEAL[name]) for name in ("wished_start", "wished_end")},
}
NEW_CLIENT: dict[str, Any] = {
    "name": "Nordlys AS",
    "vertical": "energy",
    "zone": "Europe/Oslo",
    "language": "nb",
    "people": [{"name": "Eva Berg", "email": "eva@nordlys.example", "part": ["client_sponsor", "client_signatory"]}],
}


def client_of_new_deals(stack: Stack) -> Client:
    """The client of `NEW_DEAL`, as the directory has it."""
    client = stack.app.registry.directory().client(NEW_DEAL["client"])
    assert client is not None
    return client


def points(hours: list[int]) -> Json:
    return dict(zip(("optimistic", "likely", "pessimistic"), map(str, hours), strict=True))


P = TypeVar("P", bound=Callers, default=Stack)
# A part of a deal's life, as `Played.estimate`.
Chapter = Callable[[Any], Awaitable[None]]


@dataclass
class Played(Generic[P]):
    """A deal on its way over REST, and what was worth keeping of it."""

    stack: P
    engagement: EngagementId = NOT_BEGUN
    kept: dict[str, Any] = field(default_factory=dict)
    patience: int = PATIENCE
    """Looks, 20 ms apart, until something must be so."""

    async def start(self, title: str = DEAL["title"]) -> "Played[P]":
        receipt = await self.stack.done(SELLER, "POST", "/engagements", NEW_DEAL | {"title": title})
        self.engagement = receipt["engagement_id"]
        return self

    async def after(self, *chapters: Chapter) -> Self:
        """A deal that has come through these chapters.

        What was played once on a stack is not played again: the next deal goes on from the same facts. It has the
        title of the first, and `kept` only what it played itself.
        """
        stack = self._stack()
        in_force = (stack.app.people.newest_number(),)
        known = next(n for n in range(len(chapters), -1, -1) if not n or in_force + chapters[:n] in stack.played)
        if known:
            self.engagement = await copy_deal(stack, stack.played[in_force + chapters[:known]])
        else:
            await self.start()
        for n in range(known, len(chapters)):
            await chapters[n](self)
            stack.played[in_force + chapters[: n + 1]] = facts_of_deal(stack, self.engagement)
        return self

    def _stack(self) -> Stack:
        assert isinstance(self.stack, Stack), "a stack in this process, whose record is at hand"
        return self.stack

    async def do(self, who: str, method: str, path: str, body: Json = None, **more: Any) -> Json:
        return await self.stack.done(who, method, f"/engagements/{self.engagement}{path}", body, **more)

    async def see(self, who: str = HEAD_OF_SALES, path: str = "", **query: Any) -> Json:
        return await self.stack.get(who, f"/engagements/{self.engagement}{path}", **query)

    async def ask(self, kind: str, subject: str | None = None) -> Json:
        """The one open ask of a kind; waits for it, since a change order asks in a workflow of its own."""
        for _ in range(self.patience):
            asks = (await self.see())["asks"]
            found = [a for a in asks if a["kind"] == kind and subject in {None, a["subject"]}]
            if found:
                assert len(found) == 1, found
                return found[0]
            await asyncio.sleep(0.02)
        raise AssertionError(f"nobody is asked {kind} {subject}: {[(a['kind'], a['subject']) for a in asks]}")

    async def answer(self, ask: Json, verdict: str = "approve", *, by: str | None = None, **more: Any) -> Json:
        body = {"verdict": verdict, "subject_hash": ask["subject_hash"], **more}
        return await self.stack.done(by or ask["asked"][0], "POST", f"/asks/{ask['id']}/decision", body)

    async def answer_all(self, *kinds: str, **more: Any) -> None:
        """Says yes to everything open of these kinds, and to what follows from it."""
        while True:
            asks = [ask for ask in (await self.see())["asks"] if ask["kind"] in kinds and ask["asked"]]
            if not asks:
                return
            await self.answer(asks[0], **more)

    async def cover(self) -> None:
        """Has whoever heads it name a holder for each vacancy; then each accepts."""
        while vacancies := (await self.see())["vacancies"]:
            for vacancy in vacancies:
                role, taken = vacancy["role"], (SELLER, "nadia.haddad")
                found = self.stack.directory.first_competent(role, self.stack.playbook, excluding=taken)
                assert found is not None, role
                await self.do(vacancy["head"], "PUT", f"/roles/{role}", {"person_id": found.id})
            asked = {ask["subject"]: ask for ask in (await self.see())["asks"]}
            for subject in [f"role:{vacancy['role']}" for vacancy in vacancies]:
                ask = asked.get(subject) or await self.ask("accept_role", subject)  # the record may lag behind
                await self.answer(ask, reason="I accept this role.")

    async def propose(self, role: str, person: str, head: str) -> None:
        await self.do(head, "PUT", f"/roles/{role}", {"person_id": person})
        await self.answer(await self.ask("accept_role", f"role:{role}"), reason="I accept this role.")

    async def holder(self, role: str) -> PersonId:
        return PersonId(await self._held_by(role))

    async def is_vacant(self, role: str) -> bool:
        return await self._held_by(role) is None

    async def _held_by(self, role: str) -> Any:
        return next(row["holder"] for row in (await self.see())["coverage"] if row["role"] == role)

    # -- the story

    async def play(self, title: str = DEAL["title"]) -> "Played[P]":
        """From the first call to the close."""
        await self.start(title)
        for chapter in (self.qualify, self.estimate, self.price, self.sow, self.brd, self.handoff, self.change):
            await chapter()
        await self.deliver()
        await self.close()
        return self

    async def qualify_plainly(self) -> None:
        """The same without whatever else may happen: for tests that begin after it."""
        await self._say_what_is_wanted()
        await self.cover()
        await self.do(SELLER, "POST", "/needs/restate")
        await self.answer(await self.ask("confirm_needs"))

    async def _say_what_is_wanted(self) -> None:
        await self.do(SELLER, "POST", "/needs", {"needs": DEAL["needs"]})
        promises = [row | {"on": str(row["on"])} for row in DEAL["promises"]]
        given_up = promises[0] | {"id": "P2", "text": "A dashboard for everybody"}
        await self.do(SELLER, "POST", "/promises", {"promises": [*promises, given_up]})

    async def qualify(self) -> None:
        await self.do(SPONSOR, "POST", "/hold", held("The client is away."))
        await self.do(SPONSOR, "POST", "/resume")
        await self._say_what_is_wanted()
        await self.cover()
        await self.do("priya.raman", "POST", "/roles/delivery_lead/release", {"reason": "Try it again."})
        await self.cover()
        await self.do(SELLER, "POST", "/needs/restate")
        ask = await self.ask("confirm_needs")
        body = {"reason": "Which ledger?", "subject_hash": ask["subject_hash"]}
        await self.stack.done(CLIENT, "POST", f"/asks/{ask['id']}/need-info", body)
        await self.stack.done(SELLER, "POST", f"/asks/{ask['id']}/information", {"text": "The general ledger."})
        answer = {"ask_id": ask["id"], "verdict": "approve", "subject_hash": ask["subject_hash"]}
        bulk = await self.stack.done(CLIENT, "POST", "/asks/decisions", {"decisions": [answer]})
        assert bulk["results"][0]["problem"] is None
        self.kept["answered"] = ask

    async def estimate(self) -> None:
        rows = [{k: v for k, v in row.items() if k != "hours"} for row in DEAL["work_packages"]]
        etag = (await self.stack.call(SELLER, "GET", f"/engagements/{self.engagement}")).headers["etag"]
        await self.do(SELLER, "PUT", "/work-packages", {"packages": rows}, headers={"If-Match": etag})
        self.kept["old_etag"] = etag
        await self.cover()
        first, second = DEAL["work_packages"]
        body = {"hours": points(first["hours"]), "assumptions": ["Read access by the start"]}
        await self.do("kofi.mensah", "POST", "/work-packages/W1/estimate", body)
        estimates = [{"package": "W2", "hours": points(second["hours"])}]
        await self.do("anil.mehta", "POST", "/estimates", {"estimates": estimates})
        chosen = {"hours": points(first["hours"]), "statement": "As Kofi says."}
        await self.do("anil.mehta", "POST", "/work-packages/W1/choose", chosen)
        await self.do(await self.holder("engagement_manager"), "POST", "/rate-card")
        await self.answer_all("confirm_staffing", "attest_estimate")

    async def price(self) -> None:
        await self.cover()
        terms = {k: str(v) for k, v in DEAL["price"].items()}
        self.kept["preview"] = await self.do(SELLER, "POST", "/price/preview", terms)
        await self.do(SELLER, "POST", "/price", terms)
        await self.answer_all("approve_price")
        await self.cover()
        self.kept["decide"] = ask = await self.ask("decide_deal")
        self.kept["undecided"] = await self.see()
        self.kept["as_read"] = await self.stack.get(ask["asked"][0], f"/asks/{ask['id']}/as-read")
        self.kept["may_answer"] = await self.stack.get(ask["asked"][0], f"/asks/{ask['id']}/colleagues", to="answer")
        condition = {"text": "Name the data owner", "owner": SELLER, "due": str(self.in_days(20))}
        await self.answer(ask, "approve_with_conditions", reason="With one condition.", conditions=[condition])
        await self.do(SELLER, "POST", "/tasks/T1/complete", {"note": "Sven Lind."})

    async def sow(self) -> None:
        await self.do(SELLER, "PUT", "/purchases", {"purchases": []})
        milestones = [row | {"due": str(row["due"])} for row in DEAL["milestones"]]
        worded = [milestones[0] | {"title": "Findings shown and accepted"}, *milestones[1:]]
        await self.do(SELLER, "PUT", "/milestones", {"milestones": worded})
        await self.do(SELLER, "POST", "/promises/P1/cover", {"by": ["W1", "W2", "M1"]})
        await self.do(SELLER, "POST", "/promises/P2/decline", {"reason": "It is not in the price."})
        await self.answer_all("acknowledge_decline")
        await self.cover()
        await self.do(SELLER, "PUT", "/documents/sow", {}, key="first")
        await self.do(SELLER, "PUT", "/milestones", {"milestones": milestones})
        for key in ("second", "second"):
            await self.do(SELLER, "PUT", "/documents/sow", {}, key=key)
        await self.stack.done("grace.oduya", "POST", f"/asks/{await self.review()}/delegate", {"to": "erik.strand"})
        self.kept["unsent"] = await self.stack.call(CLIENT, "GET", f"/engagements/{self.engagement}/documents/sow.md")
        await self.answer_all("review_sow")
        await self.do(SELLER, "POST", "/documents/sow/send", {})
        em = await self.holder("engagement_manager")
        await self.do(em, "POST", "/documents/sow/extend", {"until": str(day(40))})
        self.kept["sent"] = await self.stack.call(CLIENT, "GET", f"/engagements/{self.engagement}/documents/sow.html")
        self.kept["first"] = await self.stack.call(
            CLIENT, "GET", f"/engagements/{self.engagement}/documents/sow.md", params={"revision": 1}
        )
        self.kept["client_view"] = await self.see(CLIENT)
        signing = await self.ask("sign_sow")
        answer = {"ask_id": signing["id"], "verdict": "approve", "subject_hash": signing["subject_hash"]}
        self.kept["bulk_signature"] = await self.stack.done(SPONSOR, "POST", "/asks/decisions", {"decisions": [answer]})
        await self.answer_all("sign_sow")

    async def review(self) -> str:
        return str((await self.ask("review_sow"))["id"])

    async def brd(self) -> None:
        await self.cover()
        analyst = await self.holder("business_analyst")
        await self.do(analyst, "PUT", "/requirements", {"requirements": DEAL["requirements"]})
        await self.do(analyst, "PUT", "/documents/brd", {})
        await self.answer_all("review_brd")
        await self.do(analyst, "POST", "/documents/brd/send", {})
        await self.answer_all("sign_brd")

    async def handoff(self) -> None:
        await self.cover()
        await self.do(await self.holder("engagement_manager"), "POST", "/handoff", {"plan": "As the SOW says."})
        await self.answer_all("accept_handoff")

    async def change(self) -> None:
        """One change that is returned, revised and withdrawn; one that is approved; one thing that is no change yet."""
        manager = await self.holder("project_manager")
        work = [{"discipline": "data", "grade": "senior", "hours": points([8, 12, 20])}]
        facts = {"title": "Two more key figures", "reason": "scope", "work": work, "price": "2400.00", "days": 2}
        await self.do(manager, "POST", "/changes/preview", {"change": facts})
        await self.do(manager, "POST", "/changes", {"change": facts})
        await self.estimate_change(1)
        await self.answer(await self.ask("approve_change", "delivery"), "return", reason="Say which figures.")
        await self.until(lambda state: state["changes"][0]["status"] == "returned")
        await self.do(manager, "POST", "/changes/1/revise", {"change": facts | {"title": "Figures 13 and 14"}})
        await self.until(lambda state: state["changes"][0]["status"] == "pending")
        for _ in range(2):
            body = {"reason": "Later."}
            self.kept.setdefault("withdrawn", []).append(
                await self.do(manager, "POST", "/changes/1/withdraw", body, key="withdraw")
            )
        await self.until(lambda state: state["changes"][0]["status"] == "withdrawn")
        await self.do(manager, "POST", "/changes", {"change": facts})
        await self.estimate_change(2)
        self.kept["pending"] = await self.see(manager, "/changes/2")
        change = f"/engagements/{self.engagement}/changes/2"
        await self.answer(await self.ask("approve_change", "delivery"))
        await self.ask("approve_change", "inside")
        self.kept["unapproved change"] = await self.stack.call(CLIENT, "GET", change)
        self.kept["unapproved register"] = await self.see(CLIENT, "/changes")
        await self.answer_all("approve_change")
        await self.answer(await self.ask("sign_change", "engagement_manager"))
        await self.ask("sign_change", "client_signatory")
        self.kept["change put to the client"] = await self.see(CLIENT, "/changes/2")
        while (await self.see())["changes"][1]["status"] == "pending":
            await self.answer_all("approve_change", "sign_change")
            await asyncio.sleep(0.02)
        await self.do(manager, "POST", "/potential-changes", {"text": "Can we also look at reserves?"})
        await self.answer_all("potential_change", reason="A change order, in spring.")
        await self.do(manager, "POST", "/potential-changes/K1/drop", {"reason": "They do not want it any more."})

    async def estimate_change(self, n: int) -> None:
        await self.ask("estimate", "estimate:data")
        body = {"estimates": [{"package": "L1", "hours": points([8, 12, 20])}]}
        await self.do("kofi.mensah", "POST", f"/changes/{n}/estimate", body)

    async def until(self, so: Any) -> None:
        for _ in range(self.patience):
            if so(await self.see()):
                return
            await asyncio.sleep(0.02)
        raise AssertionError("it never came to that")

    async def deliver(self) -> None:
        manager, em = await self.holder("project_manager"), await self.holder("engagement_manager")
        await self.do("hanne.lund", "POST", "/roles/quality/release", {"reason": "She is on leave."})
        soon = {"words": "I have done reviews before.", "until": str(self.in_days(20))}
        await self.do(manager, "POST", "/roles/quality/request", soon)
        await self.answer(await self.ask("allow_role"), "decline", reason="Olga is back.")
        await self.cover()
        await self.do(em, "PUT", "/parties/counterpart", {"person_id": CLIENT, "reason": "She looks after it herself."})
        expected = {"expectations": [{"what": "A word every Friday"}]}
        await self.do(em, "POST", "/roles/customer_care/expectations", expected)
        await self.answer_all("confirm_expectations")
        successor = {"person_id": "jonas.weber" if em != "jonas.weber" else "marta.silva", "reason": "She is needed."}
        await self.do(SPONSOR, "POST", "/roles/engagement_manager/replace", successor)
        await self.answer(await self.ask("accept_role"), "decline", reason="Not in the middle of it.")
        await self.do(em, "POST", "/contacts", {"person_id": CLIENT, "summary": "She is content."})
        await self.do(em, "POST", "/pulses", {"at": "M1", "person_id": CLIENT})
        await self.answer_all("pulse", score=9)
        await self.do(em, "POST", "/complaints", {"text": "The invoice came twice."})
        await self.do(em, "POST", "/complaints/X1/withdraw", {"reason": "It was another's."})
        await self.do(em, "POST", "/complaints", {"text": "The invoice was late."})
        await self.answer_all("acknowledge_complaint", "plan_complaint", reason="We call on Monday.")
        hours = [{"item": "W1", "hours": "114"}, {"item": "W2", "hours": "30.5"}]
        await self.do(manager, "POST", "/actuals", {"hours": hours})
        corrected = {"hours": [{"item": "W1", "hours": "104"}]}
        self.kept["corrected"] = await self.do(manager, "POST", "/actuals", corrected)
        headers = {"Content-Type": "text/csv"}
        await self.do(manager, "POST", "/actuals", content=b"item,hours\r\nC2,13\r\n", headers=headers)
        await self.see(manager, "/milestones/M1/deliver/preview")
        await self.do(manager, "POST", "/milestones/M1/deliver", {"note": "Presented."})
        await self.do(manager, "POST", "/milestones/M1/take-back", {"reason": "Another was meant."})
        await self.do(manager, "POST", "/milestones/M1/deliver", {"note": "Presented."})
        await self.answer_all("accept_milestone")
        await self.answer(await self.ask("bill_milestone"), "decline", reason="All of it was due at the start.")
        await self.do(em, "POST", "/milestones/M1/bill")
        await self.answer_all("bill_milestone")
        await self.answer_all("pulse", score=9)
        await self.do(em, "POST", "/promises/P1/reconcile", {"delivered": True})

    @staticmethod
    def in_days(days: int) -> Any:
        return day(days)

    async def close(self) -> None:
        await self.answer_all("accept_care")
        await self.answer_all("pulse", score=9)
        em = await self.holder("engagement_manager")
        await self.see(em, "/close/preview")
        self.kept["closed"] = await self.do(em, "POST", "/close", {"lessons": "Ask earlier."}, key="the-close")
        self.kept["closed_again"] = await self.do(em, "POST", "/close", {"lessons": "Ask earlier."}, key="the-close")


PRICED: tuple[Chapter, ...] = (Played.qualify_plainly, Played.estimate, Played.price)
# Chapters from which tests begin: as they are the same ones, a stack plays them once.
IN_DELIVERY: tuple[Chapter, ...] = (*PRICED, Played.sow, Played.brd, Played.handoff)


async def play_beside(stack: Stack) -> None:
    """What one deal alone does not come to: another lost, another cancelled; the house; what anybody reads."""
    lost = await Played(stack).start("Lost one")
    await lost.do(SELLER, "POST", "/lose", {"reason": "They chose another."})
    cancelled = await Played(stack).start("Cancelled one")
    await cancelled.propose("engagement_manager", "jonas.weber", SPONSOR)
    await cancelled.do(SPONSOR, "POST", "/playbook")
    await cancelled.do("jonas.weber", "POST", "/cancel", {"reason": "No budget."})
    await play_prepared(stack)
    await play_dates(stack)
    await play_people(stack)
    headers = {"Content-Type": "application/yaml"}
    await stack.done(SELLER, "POST", "/clients", NEW_CLIENT)
    for before, after in (("Nordlys AS", "Nordlys ASA"), ("Nordlys ASA", "Nordlys AS")):
        await stack.done(SELLER, "POST", "/clients/rename", {"client": before, "name": after})
    await stack.done(ADMINISTRATOR, "POST", "/people/import/preview", content=DIRECTORY.encode(), headers=headers)
    assert (await stack.call(ADMINISTRATOR, "GET", "/people/export")).status_code == 200
    await stack.done(ADMINISTRATOR, "POST", "/people/import", content=DIRECTORY.encode(), headers=headers)
    await stack.done(SELLER, "POST", "/deal-files/check", content=DEAL_FILE.read_bytes(), headers=headers)
    await stack.get(ADMINISTRATOR, "/tokens")
    given = await stack.done(ADMINISTRATOR, "POST", "/tokens", {"person_id": "rosa.klein", "note": "tests"})
    await stack.done(ADMINISTRATOR, "POST", "/tokens/revoke", {"token": given["token"]})
    await stack.get(ADMINISTRATOR, "/outbox", state="waiting", limit=1)
    await stack.done(ADMINISTRATOR, "POST", "/outbox/again", {})
    for path in (
        "/people",
        "/clients",
        "/playbooks/current",
        "/me",
        "/tree-head",
        "/asks",
        "/engagements",
        "/vacancies",
        "/digest",
        "/next-steps",
    ):
        await stack.get(HEAD_OF_SALES, path)


async def play_dates(stack: Stack) -> None:
    """A deal whose dates are moved, and then kept against the resource manager's no."""
    deal = await Played(stack).start("Other dates")
    await deal.qualify_plainly()
    await deal.estimate()
    wished = {"start": NEW_DEAL["wished_start"], "end": NEW_DEAL["wished_end"]}
    await deal.do(SELLER, "PUT", "/dates", wished | {"start": wished["end"]})
    no = {"reason": "Kofi is with another client.", "available_from": wished["end"]}
    await deal.answer(await deal.ask("confirm_staffing"), "return", **no)
    await deal.do(SELLER, "POST", "/dates/keep", {"reason": "The client cannot wait."})


async def play_prepared(stack: Stack) -> None:
    """A deal that begins with requirements, which its business analyst takes as they are."""
    packages = [{k: v for k, v in row.items() if k not in {"hours", "promises"}} for row in DEAL["work_packages"]]
    more = {"needs": DEAL["needs"], "packages": packages, "requirements": DEAL["requirements"]}
    prepared = Played(stack)
    receipt = await stack.done(SELLER, "POST", "/engagements", NEW_DEAL | {"title": "Prepared one"} | more)
    prepared.engagement = receipt["engagement_id"]
    kept = await prepared.see()
    assert ([row["id"] for row in kept["prepared_requirements"]], kept["requirements"]) == (["R1"], [])
    await prepared.propose("business_analyst", "elin.dahl", "priya.raman")
    await prepared.do("elin.dahl", "POST", "/requirements/take")
    taken = await prepared.see()
    assert ([row["id"] for row in taken["requirements"]], taken["prepared_requirements"]) == (["R1"], [])


async def play_people(stack: Stack) -> None:
    """Somebody joins, is away, lets another answer, hands over and leaves; the next file knows nothing of her."""
    person, days = "/people/kim.ode", {"first": str(Played.in_days(1)), "last": str(Played.in_days(2))}
    known = {"name": "Kim Ode", "email": "kim.ode@fjordline.example", "calendar": "NO", "roles": ["quality"]}
    await stack.done(ADMINISTRATOR, "PUT", person, known)
    await stack.done(ADMINISTRATOR, "POST", f"{person}/absences", days | {"delegate": "olga.petrova"})
    await stack.done(ADMINISTRATOR, "POST", f"{person}/absences/remove", {"first": days["first"]})
    given = days | {"to": "olga.petrova", "roles": ["quality"], "kinds": ["review_sow"], "up_to": "1000.00"}
    await stack.done(ADMINISTRATOR, "POST", f"{person}/delegations", given)
    await stack.get(HEAD_OF_SALES, person)
    back = {"to": "olga.petrova", "first": days["first"]}
    await stack.done(ADMINISTRATOR, "POST", f"{person}/delegations/end", back)
    over = {"successor": "olga.petrova", "reason": "Another task"}
    await stack.done(SPONSOR, "POST", f"{person}/replace", over | {"last_day": days["last"]})
    await stack.done(ADMINISTRATOR, "POST", f"{person}/deactivate/preview", over)
    await stack.done(ADMINISTRATOR, "POST", f"{person}/deactivate", over)
    await stack.done(ADMINISTRATOR, "POST", f"{person}/reinstate", {"reason": "She stays after all"})
    done = await stack.done(ADMINISTRATOR, "POST", f"{person}/deactivate", over)
    await stack.get(HEAD_OF_SALES, "/people/operations")
    await stack.get(HEAD_OF_SALES, f"/people/operations/{done['operation']}")


async def read_everything(played: Played) -> None:
    """Every view of the deal once."""
    for path in (
        "/reconciliation",
        "/coverage",
        "/capacity",
        "/actuals",
        "/roles/quality/candidates",
        "/changes",
        "/changes/2",
        "/ledger",
        "/ledger/verify",
        "/documents/sow",
    ):
        await played.see(path=path)
    await played.stack.get(played.kept["answered"]["asked"][0], f"/asks/{played.kept['answered']['id']}")
    for path in ("sow.md", "brd.html", "sow/diff?from=1&to=2"):
        answer = await played.stack.call(SELLER, "GET", f"/engagements/{played.engagement}/documents/{path}")
        assert answer.status_code == 200, answer.text
        played.kept[path] = answer.text
