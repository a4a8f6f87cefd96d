"""Whoever names a delegate hears what is done, whatever the look for where they cannot meets, and what it left out."""

from dataclasses import replace

from sqlalchemy import select

from adapters.db.database import reading
from adapters.db.registry import Registry
from adapters.db.tables.columns import columns
from adapters.db.tables.people import DirectoryVersionRow
from application.queries.delegates import NOT_LOOKED, where_they_cannot
from domain.directory.people import Absence
from domain.shared.transaction import Actor
from tests.api.played import SELLER, Played
from tests.api.test_damaged import edited
from tests.clock import CLOCK, day
from tests.stack import Stack

V = columns(DirectoryVersionRow)
DELEGATE = "nadia.haddad"


def absence(delegate: str | None = DELEGATE) -> Absence:
    return Absence(person=SELLER, first=day(1), last=day(3), delegate=delegate)


async def test_of_more_engagements_than_are_looked_at_it_says_how_many_were_not(stack: Stack) -> None:
    for title in ("One of three", "Two of three", "Three of three"):
        await Played(stack).start(title)
    look = Actor(person_id=SELLER)
    all_of_them = await where_they_cannot(stack.app, look, absence(), 10_000)
    assert not any("not checked" in sentence for sentence in all_of_them)
    some = await where_they_cannot(stack.app, look, absence(), 1)
    less = await where_they_cannot(stack.app, look, absence(), 2)
    numbers = [int(said[-1].split()[0]) for said in (some, less)]
    assert numbers[0] >= 2
    assert numbers[0] - numbers[1] == 1


async def test_a_damaged_directory_turns_nothing_that_is_done_into_an_error(stack: Stack) -> None:
    with reading(stack.database) as connection:
        query = select(V.version, V.document).order_by(V.version.desc()).limit(1)
        version, document = connection.execute(query).one()
    damaged = document.replace("Fjordline", "Fjordlime", 1)
    with edited(stack, "directory_version", "document", version, key="version", odd=damaged):
        app = replace(stack.app, registry=Registry(stack.database, CLOCK))  # it has read no directory yet
        assert await where_they_cannot(app, Actor(person_id=SELLER), absence()) == (NOT_LOOKED,)
        assert NOT_LOOKED not in await where_they_cannot(app, Actor(person_id=SELLER), absence(None))
    assert NOT_LOOKED not in await where_they_cannot(stack.app, Actor(person_id=SELLER), absence())
