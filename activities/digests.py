"""Queues people's digests, one page of people per activity, so that none runs for long."""

from typing import Protocol

from temporalio import activity

from domain.notifications.digest import PageDone, PeoplePage


class DigestsOfPeople(Protocol):
    """Composes and queues digests, once per person and day however often it is called."""

    def queue_page(self, page: PeoplePage) -> PageDone:
        """Queues the digests of the next people, and returns after whom to go on."""


class Digester:
    """Keeps the digests' store for the worker's life."""

    def __init__(self, digests: DigestsOfPeople) -> None:
        self._digests = digests

    @activity.defn(name="queue_digests")
    def queue_page(self, page: PeoplePage) -> PageDone:
        """Queues a page of digests; safe to repeat."""
        return self._digests.queue_page(page)
