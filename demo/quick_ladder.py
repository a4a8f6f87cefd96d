"""Ladders that can be watched: for one deal, a rung lasts a minute and the people concerned work around the clock.

A vacancy escalates by the working hours of the head of its function, eight or more of them per rung, and an act owed by
those of its owner: no one would see that in a demo. So one deal starts with a playbook of its own, which differs from
the one in force in the time between rungs and in one act that is due at once, and with a directory in which that head
and the seller never go home. Right after the start both are restored, and no other deal is affected. Only for
development mode, which callers must ensure.

Weighed: a server that skips time (a different server than people use, without lists and schedules, and a record from
the future), the rules alone without a stack (shown, but not done), moving the running deal to another playbook (a
command that no entry point has yet; the calendar would need this window all the same), and this: the real stack, the
real clock, and one minute of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.db.people_operations import PeopleOperations
from adapters.db.playbook_versions import PUBLISHED
from adapters.db.registry import Registry
from domain.directory.directory import Directory
from domain.next_steps.acts_owed import ActKind
from domain.playbook.model import Playbook, Rung
from domain.shared.calendar import Calendar
from domain.shared.values import PersonId, digest

MINUTES_A_RUNG = 1
# The act that this deal's seller leaves undone until it has escalated.
ACT = ActKind.RESTATE_NEEDS
OF_THE_DEMO = "demo-"
ROUND_THE_CLOCK = Calendar(name="round_the_clock", zone="UTC", opens=0, closes=24 * 60, weekend=())


def quick(playbook: Playbook) -> Playbook:
    """Returns the same process with a minute between rungs, and with needs due for restating at once.

    Its version marks it as the demo's.
    """
    ladder = playbook.ladder
    quicker = ladder.replace(ask=_a_minute_each(ladder.ask), vacancy=_a_minute_each(ladder.vacancy))
    version = f"{OF_THE_DEMO}{digest(playbook)[:8]}"
    return playbook.replace(version=version, ladder=quicker, acts={**playbook.acts, ACT: 0})


def _a_minute_each(rungs: tuple[Rung, ...]) -> tuple[Rung, ...]:
    return tuple(rung.replace(after=place * MINUTES_A_RUNG) for place, rung in enumerate(rungs))


def round_the_clock(directory: Directory, *people: str) -> Directory:
    """Returns the same people, with the given ones working around the clock."""
    calendars = {**directory.calendars, ROUND_THE_CLOCK.name: ROUND_THE_CLOCK}
    people_then = tuple(
        known.replace(calendar=ROUND_THE_CLOCK.name) if known.id in people else known for known in directory.people
    )
    return directory.replace(calendars=calendars, people=people_then)


def head_of(role: str, directory: Directory, playbook: Playbook) -> PersonId:
    """The head of a role's function: the first rung of its ladder, by whose hours a vacancy's clock runs."""
    return directory.positions[playbook.roles[role].head]


@contextmanager
def for_one_start(
    registry: Registry, people: PeopleOperations, directory: Directory, role: str, seller: str
) -> Iterator[Playbook]:
    """Deals started within this block have quick ladders; afterwards playbook and directory are restored."""
    regular = regular_playbook(registry)
    watched = quick(regular)
    registry.save_playbook(watched, "interlock demo")
    try:
        people.import_directory(round_the_clock(directory, head_of(role, directory, regular), seller))
        registry.publish_playbook(watched.name, watched.version)
        yield watched
    finally:
        registry.publish_playbook(regular.name, regular.version)
        people.import_directory(directory)


def regular_playbook(registry: Registry) -> Playbook:
    """The playbook published last that is not a demo's."""
    published = (known for known in registry.playbooks() if known.status == PUBLISHED)
    regular = next(known for known in published if not known.version.startswith(OF_THE_DEMO))
    return registry.playbook(regular.name, regular.version)


def mend(registry: Registry) -> None:
    """Restores the regular playbook if a demo was killed while its own was in force."""
    if registry.playbook().version.startswith(OF_THE_DEMO):
        regular = regular_playbook(registry)
        registry.publish_playbook(regular.name, regular.version)
