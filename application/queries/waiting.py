"""How many things wait for someone: the count in the title bar of every page."""

from application.context import Interlock
from application.off_loop import off_loop
from domain.shared.transaction import Actor

# More are shown as this many and a plus.
MAX_COUNTED = 99


async def how_many_wait(app: Interlock, actor: Actor) -> int:
    """At most one more than MAX_COUNTED."""
    return await off_loop(lambda: app.read.count_steps_of(actor.person_id, MAX_COUNTED + 1))
