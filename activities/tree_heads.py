"""Keeps the signed head over all chains, as a witness for later verifications."""

from typing import Protocol

from temporalio import activity


class Heads(Protocol):
    """Signs and keeps heads, one for each state of the record however often it is called."""

    def take(self) -> str:
        """Keeps a head if something was added since the last; returns what it did."""


class HeadTaker:
    """Keeps the heads' store for the worker's life."""

    def __init__(self, heads: Heads) -> None:
        self._heads = heads

    @activity.defn(name="sign_tree_head")
    def take_head(self) -> str:
        """Keeps a head; safe to repeat."""
        return self._heads.take()
