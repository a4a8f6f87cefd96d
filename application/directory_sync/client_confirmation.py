"""Brings a client confirmation that finance gave in an engagement into the directory, as a new version."""

import structlog

from adapters.db.people_operations import PeopleOperations
from adapters.db.registry import Registry
from domain.directory.decide import AN_ENGAGEMENT
from domain.directory.delta import confirmation_from
from domain.engagement.aggregate import Engagement
from domain.shared.errors import Refusal
from domain.shared.transaction import Actor

log = structlog.get_logger()


def keep_confirmation(people: PeopleOperations, registry: Registry, state: Engagement) -> bool:
    """True if the directory was changed. Repeating it does nothing; the next comparison makes up for what was lost."""
    given = state.client_confirmed
    command = confirmation_from(state, registry.directory()) if given is not None else None
    if command is None or given is None:
        return False
    try:
        people.carry_out(command, Actor(person_id=given.by, channel=AN_ENGAGEMENT))
    except Refusal as refused:  # it was corrected, or confirmed in another engagement, at this moment
        log.info("client.not_confirmed", engagement=state.id, why=refused.refused.detail)
        return False
    return True
