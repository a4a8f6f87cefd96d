"""Ten decisions of a real engagement, from its first need to its scope, each by the person whose decision it is."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from temporalio.client import Client

from adapters.clock import SYSTEM_CLOCK
from adapters.db.installation import Installation
from adapters.files.deal_file import read_deal
from adapters.files.directory_file import read_directory
from adapters.files.playbook_file import read_playbook
from application.gateway import WorkflowGateway
from domain.asks.bound_facts import under
from domain.asks.model import Answer, Verdict
from domain.deal_file.model import DealFile
from domain.directory.directory import Directory
from domain.engagement.answers.commands import AnswerAsk
from domain.engagement.command import Command
from domain.engagement.needs.commands import CoverPromise, RecordNeeds, RecordPromises, RestateNeeds
from domain.engagement.needs.values import Need, Promise
from domain.engagement.roles.commands import ProposeHolder
from domain.engagement.scope.commands import SetMilestones, SetWorkPackages
from domain.engagement.scope.values import Milestone, WorkPackage
from domain.engagement.start import StartDeal
from domain.playbook.model import Playbook
from domain.shared.streams import engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import AskId, EngagementId, PersonId, digest
from workflows.messages import CommandRequest, Opening, Receipt

ROOT = Path(__file__).resolve().parents[1]
APPROVED = Answer(verdict=Verdict.APPROVE)


@cache
def samples() -> tuple[Directory, Playbook, DealFile]:
    """The sample firm, process and deal."""
    directory = read_directory(ROOT / "examples/directory.yaml", 2026)
    playbook = read_playbook(ROOT / "playbooks/services.yaml")
    return directory, playbook, read_deal(ROOT / "examples/deal-halden.yaml", directory, playbook)[0]


@dataclass
class BenchEngagement:
    """A running engagement, and how to send it commands."""

    engine: WorkflowGateway
    engagement_id: EngagementId
    installation: str
    sent: int = 0
    receipts: list[Receipt] = field(default_factory=list)

    @property
    def workflow_id(self) -> str:
        """The id of its workflow."""
        return engagement_stream(self.engagement_id)

    async def carry_out(self, given: tuple[PersonId, Command]) -> Receipt:
        """Sends one command by one person; an answer is bound to what the newest ask of its kind shows."""
        by, command = given
        self.sent += 1
        body: Any = command
        request = CommandRequest(
            id=f"{self.engagement_id}-{self.sent}",
            body=digest(body),
            actor=Actor(person_id=by),
            command=body,
            installation=self.installation,  # which the application reads together with the marks of the stream
        )
        receipt = await self.engine.command(self.workflow_id, request)
        self.receipts.append(receipt)
        return receipt


def start_of(number: int) -> StartDeal:
    """The command that starts the sample deal under a number."""
    directory, playbook, deal = samples()
    household = directory.client(deal.client)
    return StartDeal(
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


async def open_engagement(client: Client, queue: str, installation: Installation, number: int) -> BenchEngagement:
    """Starts an engagement of the sample deal."""
    engine, command = WorkflowGateway(client, queue, SYSTEM_CLOCK, installation), start_of(number)
    await engine.open(Opening(command=command, actor=Actor(person_id=command.salesperson)))
    return BenchEngagement(engine, command.id, installation.id())


def ten_commands(opened: BenchEngagement) -> list[tuple[PersonId, Command]]:
    """Needs, promises, three roles proposed and accepted, the client's confirmation, the scope, in a valid order.

    What an answer is bound to is known in advance, since the facts of these asks follow from the commands alone.
    """
    directory, _, deal = samples()
    sales = deal.salesperson
    needs = tuple(Need.model_validate(row.model_dump()) for row in deal.needs)
    promises = tuple(Promise.model_validate(row.model_dump()) for row in deal.promises)
    packages = tuple(WorkPackage.model_validate(row.model_dump(exclude={"hours"})) for row in deal.work_packages)
    milestones = tuple(Milestone.model_validate(row.model_dump()) for row in deal.milestones)
    manager, lead = directory.person(PersonId("marta.silva")), directory.person(PersonId("anil.mehta"))
    her_head, his_head = PersonId("tomasz.nowak"), PersonId("priya.raman")
    assert manager is not None  # noqa: S101 -- the sample directory has them
    assert lead is not None  # noqa: S101 -- as above
    about = under("engagement", {"id": opened.engagement_id, "title": deal.title, "client": deal.client})

    def accept(number: int, role: str, by: PersonId) -> Command:
        facts = {"role": role, "proposed.by": by} | about
        return AnswerAsk(ask_id=AskId(f"{opened.engagement_id}.A{number}"), answer=APPROVED, subject_hash=digest(facts))

    return [
        (sales, RecordNeeds(needs=needs)),
        (sales, RecordPromises(promises=promises)),
        (her_head, ProposeHolder(role="engagement_manager", person=manager)),
        (manager.id, accept(1, "engagement_manager", her_head)),
        (his_head, ProposeHolder(role="delivery_lead", person=lead)),
        (lead.id, accept(2, "delivery_lead", his_head)),
        (sales, SetWorkPackages(packages=packages)),
        (sales, SetMilestones(milestones=milestones)),
        (sales, CoverPromise(promise="P1", by=("W2",))),
        (sales, RestateNeeds()),
    ]
