"""Queues the digests of some people: one page of them an activity, so that none is long."""

from typing import Protocol

from temporalio import activity

from domain.notifications.digest import PageDone, PeoplePage


class DigestsOfPeople(Protocol):
    """Where digests are composed and queued, once a person and day however often it is done."""

    def queue_page(self, page: PeoplePage) -> PageDone:
        """Queues the digests of the next people, and says after whom to go on."""


class Digester:
    """Holds the digests for the worker's life."""

    def __init__(self, digests: DigestsOfPeople) -> None:
        self._digests = digests

    @activity.defn(name="queue_digests")
    def queue_page(self, page: PeoplePage) -> PageDone:
        """Queues a page of digests; safe to repeat."""
        return self._digests.queue_page(page)
