"""Who plays which role, and what they answer: the first competent says yes, unless the file says otherwise."""

from dataclasses import dataclass, field
from typing import Any

from domain.asks import AskKind, Verdict
from domain.deal_file import AnswerRow, ConditionRow, DealFile
from domain.directory import PROJECT_MANAGER, Directory
from domain.people import Person
from domain.playbook import Playbook

Json = dict[str, Any]


class NobodyFits(Exception):
    """Nobody in the directory is competent for a role."""


@dataclass
class Casting:
    """The people of one deal."""

    deal: DealFile
    directory: Directory
    playbook: Playbook
    given: set[int] = field(default_factory=set)
    """Which of the file's answers were given once: a question or an objection is not raised for ever."""

    @property
    def project_manager(self) -> str:
        """The `by` of the changes, else the first in the directory."""
        managers = [person.id for person in self.directory.people_with_role(PROJECT_MANAGER)]
        named = [change.by for change in self.deal.change_orders if change.by in managers]
        others = [person for person in managers if person != self.deal.salesperson]
        if not named and not others:
            raise NobodyFits(f"nobody in the directory can be {PROJECT_MANAGER}")
        return (named or others)[0]

    def holder(self, role: str) -> Person:
        """Who is proposed for a role: the file's own choice, else the first competent, vertical first."""
        if role == PROJECT_MANAGER:
            return self._known(self.project_manager)
        if role == "agreement_custodian" and self.deal.agreement_custodian:
            return self._known(self.deal.agreement_custodian)
        client = self.directory.client(self.deal.client)
        person = self.directory.first_competent(
            role,
            self.playbook,
            client.vertical if client else None,
            excluding={self.deal.salesperson, self.project_manager},
        )
        if person is None:
            raise NobodyFits(f"nobody in the directory can be {role}")
        return person

    def _known(self, person: str) -> Person:
        known = self.directory.person(person)
        if known is None:
            raise NobodyFits(f"{person} is not in the directory")
        return known

    def answer(self, ask: Json, roles: list[str], change: int | None) -> Json:
        """What somebody says to an ask: a plain yes, or what the file has them say."""
        row = self._row(ask["kind"], roles, change)
        if row is None:
            return {"verdict": Verdict.APPROVE.value, **self._words(ask)}
        body: Json = {"verdict": row.verdict.value, "reason": row.reason or self._reason(row)}
        if row.verdict is Verdict.APPROVE_WITH_CONDITIONS:
            body["conditions"] = self._conditions(row)
        return body

    def _conditions(self, row: AnswerRow) -> list[Json]:
        texts = row.conditions or (ConditionRow(text=row.reason or "as agreed"),)
        manager = self.holder("engagement_manager").id
        return [{"text": c.text, "owner": c.owner or manager, "due": str(c.due or self.deal.wished_end)} for c in texts]

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
        return {}

    def objected_before(self, kind: str, roles: list[str]) -> AnswerRow | None:
        """The objection that somebody has raised and, everyone having spoken, lets stand."""
        for number, row in enumerate(self.deal.answers):
            if row.kind.value == kind and row.role in roles and row.verdict is Verdict.OBJECT and number in self.given:
                return row
        return None

    def pulse(self, at: str, person: str) -> int | None:
        """The score that the file gives, or None: then they stay silent."""
        return next((row.score for row in self.deal.satisfaction if row.at == at and row.who == person), None)
