"""The demo's act about inaction: a vacancy and an act owed that open by themselves, and escalate until someone acts.

It has two halves with a minute between them, in which other deals are played. Like every player it reads the engagement
before each step, and what it tells at the end comes from the record: so it continues where it stopped.
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from demo.forbidden_shortcuts import Attempt
from demo.player import OVER, Player
from demo.quick_ladder import ACT, MINUTES_A_RUNG, head_of
from domain.next_steps.texts import act_title
from domain.playbook.model import Playbook, role_label

Json = dict[str, Any]

ROLE, MANAGER, PROJECT_MANAGER = "delivery_lead", "engagement_manager", "project_manager"
STOP_GAP = "let the project manager do it for the time being"
WISH = "I know these controllers and have the time until summer. I will answer for the delivery."
ENDED = "It was only here to show how a vacancy escalates and is filled."
# How late a vacancy may escalate on a busy machine.
PATIENCE_SECONDS = 30.0


class VacancyAct(Player):
    """A deal without a proposed delivery lead. Call `begin`, let time pass, then `end`."""

    OPENS_WITH = ("needs",)
    """So that restating the needs is owed from the start, by the clock that is quick at that time."""

    def begin(self, quick_start: AbstractContextManager[Playbook]) -> None:
        """Starts the deal while a quick ladder is in force, and does everything for it except filling its vacancy."""
        with quick_start as playbook:
            self._say_what_is_quick(playbook)
            self._open()
        state = self._await_record()
        self.shown("starts the deal", self.deal.salesperson, "sales", self.engagement_id)
        while state["stage"] not in OVER and self._prepare(state):
            state = self.look()
        vacancy = _vacancy(state)
        if vacancy is not None and vacancy["rung"] == 1:
            self._show_vacancy(state, vacancy)

    def _say_what_is_quick(self, playbook: Playbook) -> None:
        self.screen.stage(self.name, "a vacancy opens, escalates and is filled")
        head = self.name_of(head_of(ROLE, self.casting.directory, playbook))
        position = role_label(playbook.roles[ROLE].head)
        self.screen.warn(
            f"Only for this act, {head} ({position}) and the seller work round the clock, a rung of a ladder lasts "
            f"{MINUTES_A_RUNG} minute, and needs are to be restated at once: the deal keeps a playbook of its own. At "
            "work a rung lasts hours, and at night nothing escalates."
        )

    def _prepare(self, state: Json) -> bool:
        return (
            self._fill_vacancy(state)
            or self._answer_something(state)
            or self._name_project_manager(state)
            or self._qualify(state)
        )

    def _qualify(self, state: Json) -> bool:
        """As usual, except for the needs: they are restated once that act has escalated."""
        step = _act_step(state)
        waits = step is not None and step["accountable"]["id"] == step["who"]["id"]
        return False if waits else super()._qualify(state)

    def _fill_vacancy(self, state: Json) -> bool:
        """As usual, except for the vacancy that this is about."""
        others = [vacancy for vacancy in state["vacancies"] if vacancy["role"] != ROLE]
        if state["stage"] != "qualify":
            return False
        if any(vacancy["role"] == MANAGER for vacancy in others) and not _is_asked(state, MANAGER):
            self._show_candidates(state, MANAGER)
        return super()._fill_vacancy({**state, "vacancies": others})

    def _name_project_manager(self, state: Json) -> bool:
        manager = self._holder(state, MANAGER)
        if manager is None or self._holder(state, PROJECT_MANAGER) or _is_asked(state, PROJECT_MANAGER):
            return False
        named = self.casting.holder(PROJECT_MANAGER)
        step, path = f"proposes {named.name} as {role_label(PROJECT_MANAGER)}", f"/roles/{PROJECT_MANAGER}"
        return self.act(state, manager, MANAGER, step, "PUT", path, {"person_id": named.id})

    def _show_vacancy(self, state: Json, vacancy: Json) -> None:
        """The first rung: who must see it filled, who could fill it, and what is no substitute."""
        who, because = vacancy["accountable_name"], vacancy["because"]
        what = f"{role_label(ROLE)} is vacant, {because}: {who} must fill it"
        self.screen.by_itself(self.name, what, who, vacancy["head_role"])
        self._show_candidates(state, ROLE)
        manager = self._holder(state, MANAGER)
        if manager is not None:
            body = {"person_id": self.casting.holder(PROJECT_MANAGER).id}
            self._attempt(state, STOP_GAP, Attempt(manager, MANAGER, "PUT", f"/roles/{ROLE}", body))
        waits = ", ".join(dict.fromkeys(step["what"] for step in state["next_steps"]))
        step = _act_step(state)
        if step is not None:
            what = f"{step['what']}: {step['who']['name']} owes it, and leaves it"
            self.screen.by_itself(self.name, what, step["who"]["name"], step["who"]["role"])
        self.screen.note(f"  The gate to estimate is shut. What comes next: {waits}. Nobody acts; on with other deals.")

    def _show_candidates(self, state: Json, role: str) -> None:
        vacancy = _vacancy(state, role) or {}
        path = f"/engagements/{self.engagement_id}/roles/{role}/candidates"
        found = self.door.get(vacancy["head"], path)["candidates"]
        standings = [candidate["standing"] for candidate in found if candidate["barred"] is None]
        outcome = ", ".join(f"{standings.count(one)} {one}" for one in dict.fromkeys(standings)) or "nobody"
        self.shown(f"looks who could be {role_label(role)}", vacancy["head"], vacancy["head_role"], outcome)
        self.screen.candidates(self.name, role, found)

    # -- when time has passed

    def end(self) -> bool:
        """Waits for the next rung, has the vacancy filled, and tells its story. True if all went as expected."""
        self.screen.stage(self.name, "what became of the vacancy")
        vacancy = _vacancy(self.look())
        if vacancy is not None:
            self._await_next_rung(vacancy)
            self._show_climbs()
        self._await_act()
        state = self.look()
        while state["stage"] == "qualify" and (self._answer_something(state) or self._qualify(state)):
            state = self.look()
        while _vacancy(state) is not None and self._have_it_filled(state):
            state = self.look()
        if state["stage"] not in OVER:
            self._say_whether_it_opened(state)
            self._by_seller(state, "ends the deal of this act", "POST", "/lose", {"reason": ENDED})
        told = self._told()
        self.screen.vacancy(told)
        found = told["vacancy"]
        filled = bool(found["climbs"]) and found["holder"] is not None
        done = bool(told["act"]["climbs"]) and told["act"]["done_by"] is not None
        return filled and done and told["ledger_verified"] and not self.unrefused and self.stands is None

    def _say_whether_it_opened(self, state: Json) -> None:
        """The deal moves on the moment someone holds the role: no one sets a stage by hand."""
        if state["stage"] != "qualify":
            what, holder = f"the gate opens: {state['stage']}", self._holder(state, ROLE)
            self.screen.by_itself(self.name, what, self.name_of(holder) if holder is not None else "", ROLE)

    def _await_next_rung(self, vacancy: Json) -> None:
        moment = _moment(vacancy["since"]).timestamp() + MINUTES_A_RUNG * 60
        left = max(0.0, moment - self._time())
        soon = f"in {left:.0f} s" if left >= 1 else "any moment"
        with self.screen.waiting(f"  Nobody has acted. The vacancy escalates by itself {soon}.", left):
            while vacancy["rung"] == 1 and self._time() < moment + PATIENCE_SECONDS:
                time.sleep(0.5)
                vacancy = _vacancy(self.look()) or {"rung": 0}

    def _await_act(self) -> None:
        """The act was owed a little later than the vacancy opened, and escalates as much later."""
        until = self._time() + MINUTES_A_RUNG * 60 + PATIENCE_SECONDS
        while (step := _act_step(self.look())) is not None and self._time() < until:
            if step["accountable"]["id"] != step["who"]["id"]:
                what = f"what {step['who']['name']} left has climbed: {step['accountable']['name']} is told"
                self.screen.by_itself(self.name, what, step["accountable"]["name"], step["who"]["role"])
                return
            time.sleep(0.5)

    def _time(self) -> float:
        return self.casting.now().timestamp()

    def _show_climbs(self) -> None:
        for climb in self._story()["climbs"]:
            who = climb["accountable"]
            what = f"the vacancy escalates to {who} ({role_label(climb['rung'])}); told: {', '.join(climb['told'])}"
            self.screen.by_itself(self.name, what, who, climb["rung"])

    def _have_it_filled(self, state: Json) -> bool:
        """A competent colleague asks for the role in their own words; its head allows it."""
        if _is_asked(state, ROLE):
            return self._answer_something(state)
        colleague = self.casting.holder(ROLE)
        step, path = f"asks for {role_label(ROLE)}: “{WISH}”", f"/roles/{ROLE}/request"
        return self.act(state, colleague.id, "colleague", step, "POST", path, {"words": WISH})

    # -- what the record says

    def _told(self) -> Json:
        verdict = self.door.get(self._viewer, f"/engagements/{self.engagement_id}/ledger/verify")
        return {
            "deal": self.name,
            "engagement_id": self.engagement_id,
            "vacancy": self._story(),
            "act": self._story_of_the_act(),
            "refusals": self.refusals,
            "ledger_verified": verdict["verified"],
        }

    def _story(self) -> Json:
        """The vacancy from its opening on; holder, their words and its length are null while it lasts."""
        facts = list(self._facts())
        opened = next(fact for fact in facts if fact["kind"] == "VacancyOpened" and _of(fact) == ROLE)
        climbs = [fact for fact in facts if fact["kind"] == "VacancyEscalated" and _of(fact) == ROLE]
        accepted = next((fact for fact in facts if fact["kind"] == "RoleAccepted" and _of(fact) == ROLE), None)
        vacancy, holding = opened["event"]["vacancy"], accepted["event"]["holding"] if accepted else None
        return {
            "role": ROLE,
            "since": opened["at"],
            "accountable": self.name_of(vacancy["accountable"]),
            "climbs": [self._climb(fact, opened) for fact in climbs],
            "vacant_seconds": _seconds_between(opened, accepted) if accepted else None,
            "holder": self.name_of(holding["person_id"]) if holding else None,
            "words": holding["words"] if holding else None,
        }

    def _story_of_the_act(self) -> Json:
        """The act from its opening on; its end is null while it is owed."""
        facts = [fact for fact in self._facts() if fact["kind"].startswith("Act") and _of_act(fact) == ACT.value]
        opened = next((fact for fact in facts if fact["kind"] == "ActOpened"), None)
        if opened is None:
            return {"what": act_title(ACT.value), "owner": None, "climbs": [], "done_by": None, "owed_seconds": None}
        ended = next((fact for fact in facts if fact["kind"] == "ActEnded"), None)
        return {
            "what": act_title(ACT.value),
            "owner": self.name_of(opened["event"]["act"]["owner"]),
            "climbs": [
                {
                    "rung": role_label(fact["event"]["name"]),
                    "told": [self.name_of(person) for person in fact["event"]["told"]],
                    "after_seconds": _seconds_between(opened, fact),
                }
                for fact in facts
                if fact["kind"] == "ActEscalated"
            ],
            "done_by": self.name_of(ended["event"]["by"]) if ended is not None and ended["event"]["by"] else None,
            "owed_seconds": _seconds_between(opened, ended) if ended is not None else None,
        }

    def _climb(self, fact: Json, opened: Json) -> Json:
        event = fact["event"]
        return {
            "rung": event["name"],
            "accountable": self.name_of(event["accountable"]),
            "told": [self.name_of(person) for person in event["told"]],
            "after_seconds": _seconds_between(opened, fact),
        }

    def _facts(self) -> Iterator[Json]:
        after: dict[str, str] = {}
        while True:
            page = self.door.get(self._viewer, f"/engagements/{self.engagement_id}/ledger", limit=100, **after)
            yield from page["items"]
            if page["next"] is None:
                return
            after = {"after": page["next"]}


def _vacancy(state: Json, role: str = ROLE) -> Json | None:
    return next((vacancy for vacancy in state["vacancies"] if vacancy["role"] == role), None)


def _act_step(state: Json) -> Json | None:
    """The next step that is the act no one does."""
    return next((step for step in state["next_steps"] if step["act"] == ACT.value), None)


def _of_act(fact: Json) -> str:
    event = fact["event"]
    act: Json | str = event["act"]
    return act if isinstance(act, str) else str(act["kind"])


def _is_asked(state: Json, role: str) -> bool:
    """True if someone has been asked to hold the role, or has asked for it."""
    return any(ask["subject"] == f"role:{role}" for ask in state["asks"])


def _of(fact: Json) -> str | None:
    """The role that a fact is about."""
    event = fact["event"]
    within: Json = event.get("vacancy") or event.get("holding") or event
    return within.get("role")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _seconds_between(opened: Json, later: Json) -> float:
    return round((_moment(later["at"]) - _moment(opened["at"])).total_seconds(), 1)
