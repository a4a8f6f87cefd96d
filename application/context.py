"""Interlock as its entry points see it: everything a use-case needs, wired once by `composition.py`."""

from dataclasses import dataclass, field

from adapters.clock import SYSTEM_CLOCK, MachineClock
from adapters.db.chat_cards import ChatCards
from adapters.db.content_store import Contents
from adapters.db.database import DATABASE_AWAY
from adapters.db.deal_drafts import DealDrafts
from adapters.db.deals_being_started import DealsBeingStarted
from adapters.db.inbox import Inbox
from adapters.db.installation import Installation
from adapters.db.ledger_proofs import Proofs
from adapters.db.operators import Operators
from adapters.db.outbox import Outbox
from adapters.db.people_operations import PeopleOperations
from adapters.db.read_model import ReadModel
from adapters.db.registry import Registry
from adapters.db.stream_status import StreamStatuses
from adapters.db.web_sessions import WebSessions
from application.acknowledgements import Acknowledgements
from application.commands.in_flight import InFlight
from application.gateway import WorkflowGateway
from application.read_lag.unread_receipts import Lag
from domain.shared.errors import Refusal, RefusalKind, Rule

# What a query or a write raises while the database cannot serve; it may be retried.
STORE_AWAY = DATABASE_AWAY


@dataclass(frozen=True)
class Interlock:
    """The engine and the stores that the use-cases share."""

    engine: WorkflowGateway
    read: ReadModel
    registry: Registry
    people: PeopleOperations
    documents: Contents
    proofs: Proofs
    outbox: Outbox
    inbox: Inbox
    cards: ChatCards
    standings: StreamStatuses
    acknowledgements: Acknowledgements
    installation: Installation
    starting: DealsBeingStarted
    operators: Operators
    sessions: WebSessions
    drafts: DealDrafts
    clock: MachineClock = SYSTEM_CLOCK
    lag: Lag = field(default_factory=Lag)
    in_flight: InFlight = field(default_factory=InFlight)


class DatabaseAway(Refusal):
    """How an entry point answers one of `STORE_AWAY`."""

    rule, title, kind = Rule.WELL_FORMED, "The database does not answer", RefusalKind.UNAVAILABLE
    temporary = True
