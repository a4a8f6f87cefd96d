"""Ten decisions of a real engagement, from its first need to its scope, by the people whose they are."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from temporalio.client import Client

from adapters.clock import SYSTEM_CLOCK
from adapters.deal_file import read_deal
from adapters.directory_file import read_directory
from adapters.installation import Installation
from adapters.playbook_file import read_playbook
from application.engine import Engine
from domain.asks import Answer, Verdict
from domain.deal_file import DealFile
from domain.directory import Directory
from domain.engagement import commands as c
from domain.engagement.state import Milestone, Need, Promise, WorkPackage
from domain.playbook import Playbook
from domain.streams import engagement_stream
from domain.turn import Actor
from domain.values import digest
from workflows.messages import Opening, Receipt, Request

ROOT = Path(__file__).resolve().parents[1]
APPROVED = Answer(verdict=Verdict.APPROVE)


@cache
def samples() -> tuple[Directory, Playbook, DealFile]:
    """The sample firm, process and deal."""
    directory = read_directory(ROOT / "examples/directory.yaml", 2026)
    playbook = read_playbook(ROOT / "playbooks/services.yaml")
    return directory, playbook, read_deal(ROOT / "examples/deal-halden.yaml", directory, playbook)[0]


@dataclass
class Opened:
    """A running engagement and how to give it commands."""

    engine: Engine
    engagement: str
    sent: int = 0
    receipts: list[Receipt] = field(default_factory=list)

    @property
    def workflow_id(self) -> str:
        """The id of its workflow."""
        return engagement_stream(self.engagement)

    async def carry_out(self, given: tuple[str, c.Command]) -> Receipt:
        """One command by one person; an answer is bound to what the newest ask of its kind shows."""
        by, command = given
        self.sent += 1
        body: Any = command
        request = Request(id=f"{self.engagement}-{self.sent}", body=digest(body), actor=Actor(person=by), command=body)
        receipt = await self.engine.command(self.workflow_id, request)
        self.receipts.append(receipt)
        return receipt


def start_of(number: int) -> c.StartDeal:
    """How the sample deal is started under a number."""
    directory, playbook, deal = samples()
    household = directory.client(deal.client)
    return c.StartDeal(
        id=f"ENG-2026-{number:06d}",
        form=deal.kind,
        title=deal.title,
        client=deal.client,
        vertical=household.vertical if household else None,
        currency=directory.currency,
        salesperson=deal.salesperson,
        provider_sponsor=deal.provider_sponsor,
        client_sponsor=deal.client_sponsor,
        client_signatory=deal.client_signatory,
        wished_start=deal.wished_start,
        wished_end=deal.wished_end,
        playbook=playbook,
        rate_card=directory.rate_card,
        capacity=directory.capacity,
        people=(*directory.people, *directory.client_people(deal.client)),
        calendars=tuple(directory.calendars.values()),
        positions=directory.positions,
        absences=directory.absences,
    )


async def open_engagement(client: Client, queue: str, installation: Installation, number: int) -> Opened:
    """Starts an engagement of the sample deal."""
    engine, command = Engine(client, queue, SYSTEM_CLOCK, installation), start_of(number)
    await engine.open(Opening(command=command, actor=Actor(person=command.salesperson)))
    return Opened(engine, command.id)


def ten_commands(opened: Opened) -> list[tuple[str, c.Command]]:
    """Needs, promises, three roles proposed and accepted, the client's word, the scope: in an order that works.

    What an answer is bound to is known beforehand: the facts of these asks follow from the commands alone.
    """
    directory, _, deal = samples()
    sales = deal.salesperson
    needs = tuple(Need.model_validate(row.model_dump()) for row in deal.needs)
    promises = tuple(Promise.model_validate(row.model_dump()) for row in deal.promises)
    packages = tuple(WorkPackage.model_validate(row.model_dump(exclude={"hours"})) for row in deal.work_packages)
    milestones = tuple(Milestone.model_validate(row.model_dump()) for row in deal.milestones)
    manager, lead = directory.person("marta.silva"), directory.person("anil.mehta")
    assert manager is not None  # noqa: S101 -- the sample directory has them
    assert lead is not None  # noqa: S101 -- as above
    about = f"{opened.engagement} {deal.title} for {deal.client}"

    def accept(number: int, role: str, by: str) -> c.Command:
        facts = {"role": role, "engagement": about, "proposed by": by}
        return c.AnswerAsk(ask=f"{opened.engagement}.A{number}", answer=APPROVED, subject_hash=digest(facts))

    return [
        (sales, c.RecordNeeds(needs=needs)),
        (sales, c.RecordPromises(promises=promises)),
        ("tomasz.nowak", c.ProposeHolder(role="engagement_manager", person=manager)),
        (manager.id, accept(1, "engagement_manager", "Tomasz Nowak")),
        ("priya.raman", c.ProposeHolder(role="delivery_lead", person=lead)),
        (lead.id, accept(2, "delivery_lead", "Priya Raman")),
        (sales, c.SetWorkPackages(packages=packages)),
        (sales, c.SetMilestones(milestones=milestones)),
        (sales, c.CoverPromise(promise="P1", by=("W2",))),
        (sales, c.RestateNeeds()),
    ]
