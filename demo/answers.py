"""Who plays which role and how they answer: the first competent person approves, unless the file says otherwise."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

from adapters.clock import SYSTEM_CLOCK, Now
from adapters.processes.start_errors import CannotStart
from domain.asks.model import AskKind, Verdict
from domain.deal_file.casting import DealCast, cast_of
from domain.deal_file.model import AnswerRow, ChangeRow, ConditionRow, DealFile
from domain.directory.directory import Directory
from domain.directory.people import Person
from domain.playbook.model import Playbook, role_label
from domain.shared.values import PersonId

Json = dict[str, Any]


class NobodyFits(CannotStart):
    """No one in the directory is competent for a role."""


@dataclass
class Casting:
    """The people of one deal."""

    deal: DealFile
    directory: Directory
    playbook: Playbook
    now: Now = SYSTEM_CLOCK
    given: set[int] = field(default_factory=set)
    """Which of the file's answers have been given: a question or an objection is not raised again and again."""

    @cached_property
    def cast(self) -> DealCast:
        """The people by role, chosen so that no one has two roles that exclude each other."""
        return cast_of(self.deal.parties, self.directory, self.playbook)

    def holder(self, role: str) -> Person:
        """Who is proposed for a role: the file's choice, else the first competent person, vertical first."""
        person = self.cast.holders.get(role)
        if person is None:
            raise NobodyFits(f"nobody in the directory can be {role_label(role)}")
        return person

    def change_row(self, n: int) -> ChangeRow | None:
        """The file's row for the n-th change of the register: changes are submitted in the file's order."""
        rows = self.deal.change_orders
        return rows[n - 1] if 0 < n <= len(rows) else None

    def number_in_file(self, n: int) -> int:
        """The file's number for the n-th change of the register."""
        row = self.change_row(n)
        return row.n if row else n

    @property
    def changes_by_item(self) -> dict[str, int]:
        """The register's number of each change, by what the file calls its hours (C5)."""
        return {f"C{row.n}": n for n, row in enumerate(self.deal.change_orders, 1)}

    def answer(self, ask: Json, roles: list[str], change: int | None) -> Json:
        """Someone's answer to an ask: a plain approval, or the one in the file. `change`: the register's number."""
        row = self._row(ask["kind"], roles, None if change is None else self.number_in_file(change))
        if row is None:
            return {"verdict": Verdict.APPROVE.value, **self._words(ask)}
        counted = ask.get("method") in {"majority", "authority"}
        verdict = Verdict.DECLINE if row.verdict is Verdict.OBJECT and counted else row.verdict
        body: Json = {"verdict": verdict.value, "reason": row.reason or self._reason(row)}
        if row.verdict is Verdict.APPROVE_WITH_CONDITIONS:
            body["conditions"] = self._conditions(row)
        return body

    def _conditions(self, row: AnswerRow) -> list[Json]:
        """The conditions of an approval. Files are played long after they were written, so past dates are postponed."""
        texts = row.conditions or (ConditionRow(text=row.reason or "as agreed"),)
        manager = self.holder("engagement_manager").id
        soonest = self.now().date() + timedelta(days=7)
        days = [max(soonest, condition.due or self.deal.wished_end) for condition in texts]
        return [
            {"text": c.text, "owner": c.owner or manager, "due": str(day)} for c, day in zip(texts, days, strict=True)
        ]

    def _row(self, kind: str, roles: list[str], change: int | None) -> AnswerRow | None:
        for number, row in enumerate(self.deal.answers):
            fits = row.kind.value == kind and row.role in roles and row.change in {None, change}
            passing = row.verdict in {Verdict.NEED_INFO, Verdict.OBJECT} and number in self.given
            if fits and not passing:
                self.given.add(number)
                return row
        return None

    @staticmethod
    def _reason(row: AnswerRow) -> str | None:
        return None if row.verdict.is_for else "as the deal file says"

    def _words(self, ask: Json) -> Json:
        if ask["kind"] == AskKind.ACCEPT_ROLE.value:
            return {"reason": "I accept this role."}
        if ask["kind"] == "answer_question":
            return {"reason": "As the engagement shows."}
        return {}

    def objected_before(self, kind: str, roles: list[str]) -> AnswerRow | None:
        """The objection that someone has raised and maintains once everyone has answered."""
        for number, row in enumerate(self.deal.answers):
            if row.kind.value == kind and row.role in roles and row.verdict is Verdict.OBJECT and number in self.given:
                return row
        return None

    def pulse(self, at: str, person_id: PersonId) -> int | None:
        """The score that the file gives, or None: then they stay silent."""
        return next((row.score for row in self.deal.satisfaction if row.at == at and row.who == person_id), None)
