"""Keeps the signed head over all chains, as a witness for later verifications."""

from typing import Protocol

from temporalio import activity


class Heads(Protocol):
    """Where heads are signed and kept, one for each state of the record however often it is asked for."""

    def take(self) -> str:
        """Keeps a head where something was added since the last; says what came of it."""


class HeadTaker:
    """Holds the heads for the worker's life."""

    def __init__(self, heads: Heads) -> None:
        self._heads = heads

    @activity.defn(name="sign_tree_head")
    def take_head(self) -> str:
        """Keeps a head; safe to repeat."""
        return self._heads.take()
