"""Interlock as its front doors see it: everything a use-case needs, wired once by `composition.py`."""

from dataclasses import dataclass, field

from adapters.chat_cards import ChatCards
from adapters.clock import SYSTEM_CLOCK, Clock
from adapters.content_store import Contents
from adapters.database import DATABASE_AWAY
from adapters.deals_being_started import DealsBeingStarted
from adapters.installation import Installation
from adapters.intake import Intake
from adapters.operators import Operators
from adapters.outbox import Outbox
from adapters.people_operations import PeopleOperations
from adapters.read_model import ReadModel
from adapters.registry import Registry
from adapters.standing import Standings
from application.acknowledging import Acknowledgements
from application.engine import Engine
from application.in_flight import InFlight
from application.lag import Lag
from application.proofs import Proofs
from domain.refusals import Refusal, Rule

STORE_AWAY = DATABASE_AWAY
"""What a query or a write raises while the database cannot serve; the same may be tried again."""


@dataclass(frozen=True)
class Interlock:
    """The engine and the stores that the use-cases share."""

    engine: Engine
    read: ReadModel
    registry: Registry
    people: PeopleOperations
    documents: Contents
    proofs: Proofs
    outbox: Outbox
    intake: Intake
    cards: ChatCards
    standings: Standings
    acknowledgements: Acknowledgements
    installation: Installation
    starting: DealsBeingStarted
    operators: Operators
    clock: Clock = SYSTEM_CLOCK
    lag: Lag = field(default_factory=Lag)
    in_flight: InFlight = field(default_factory=InFlight)


class DatabaseAway(Refusal):
    """How a front door answers one of `STORE_AWAY`."""

    rule, title, status = Rule.WELL_FORMED, "The database does not answer", 503
    temporary = True
