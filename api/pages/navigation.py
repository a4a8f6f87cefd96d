"""The places of the site, as its title bar lists them."""

from typing import NamedTuple

from api.pages.visitor import Visitor
from domain.directory.directory import ADMINISTRATOR


class Place(NamedTuple):
    """Where a link of the title bar leads."""

    label: str
    path: str
    is_here: bool = False


# For the firm's own people, in the order of the title bar.
PLACES = (
    Place("Inbox", "/inbox"),
    Place("Portfolio", "/portfolio"),
    Place("Vacancies", "/vacancies"),
    Place("People", "/people"),
    Place("Clients", "/clients"),
    Place("Process", "/process"),
)
ADMINISTRATION = Place("Administration", "/administration")


def places_for(visitor: Visitor, path: str) -> tuple[Place, ...]:
    """The places that someone may go to; a client's person has their inbox alone."""
    found = PLACES if visitor.directory.colleague(visitor.person.id) is not None else PLACES[:1]
    if ADMINISTRATOR in visitor.actor.house_roles:
        found = (*found, ADMINISTRATION)
    return tuple(place._replace(is_here=path.startswith(place.path)) for place in found)
