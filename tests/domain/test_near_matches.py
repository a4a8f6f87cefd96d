"""What somebody may have meant: one name, where one is near, and never a guess among several."""

import pytest

from domain.shared.near_matches import meant

KNOWN = ("marta.silva", "marta.schulz", "anna.berg", "anne.berg", "Halden Energi AS", "Lindqvist Försäkring AB")


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ("marta.sliva", "marta.silva"),
        ("MARTA.SILVA", "marta.silva"),
        ("silva", "marta.silva"),
        ("halden", "Halden Energi AS"),
        ("Lindqvist Forsakring", "Lindqvist Försäkring AB"),
    ],
)
def test_what_is_near_is_asked_for(given: str, near: str) -> None:
    assert meant(given, KNOWN, "Look it up.") == f"Did you mean {near}?"


@pytest.mark.parametrize("given", ["marta", "anni.berg", "x", "somebody.else", ""])
def test_where_nothing_or_more_than_one_is_near_it_is_said_what_to_do(given: str) -> None:
    assert meant(given, KNOWN, "Look it up.") == "Look it up."
