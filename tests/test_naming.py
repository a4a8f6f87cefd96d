"""On the command line a full name does for an id where it is one person's alone."""

from typing import Any

import pytest

from cli.naming import called, id_of
from domain.shared.errors import BadValue, NotFound


def row(
    person: str, name: str, *, active: bool = True, client: str | None = None, title: str | None = None
) -> dict[str, Any]:
    return {
        "id": person,
        "name": name,
        "active": active,
        "client": client,
        "title": title,
        "email": f"{person}@fjordline.example",
    }


PEOPLE = [
    row("otto.krug", "Otto Krug"),
    row("ann.li", "Ann Li", title="Tester"),
    row("ann.li2", "Ann Li"),
    row("ann.li3", "Ann Li", client="Halden Energi AS"),
    row("ivo.kern", "Ivo Kern", active=False),
    row("jose", "José Núñez"),
]


@pytest.mark.parametrize("name", ["Otto Krug", "otto KRUG", " Otto  Krug "])
def test_a_name_that_is_one_persons_alone_is_their_id(name: str) -> None:
    assert called(name, PEOPLE) == "otto.krug"


def test_a_name_is_compared_in_the_one_unicode_form() -> None:
    assert called("Jose\u0301 Nu\u0301n\u0303ez", PEOPLE) == "jose"


def test_of_several_of_one_name_each_is_named_with_what_tells_them_apart() -> None:
    with pytest.raises(BadValue) as refused:
        called("Ann Li", PEOPLE)
    told = "ann.li (Tester), ann.li2 (ann.li2@fjordline.example), ann.li3 (of Halden Energi AS)"
    assert refused.value.refused.detail == f"3 people are called Ann Li: {told}."
    assert refused.value.refused.remedy == "Give the id."


def test_whoever_has_left_is_nobodys_name_and_a_near_one_is_offered() -> None:
    with pytest.raises(NotFound) as gone:
        called("Ivo Kern", PEOPLE)
    assert gone.value.refused.remedy == "The directory: interlock people list"
    with pytest.raises(NotFound) as refused:
        called("Oto Krug", PEOPLE)
    assert refused.value.refused.remedy == "Did you mean Otto Krug? The directory: interlock people list"


def test_an_id_is_sent_as_it_is_and_nothing_is_looked_up() -> None:
    assert id_of("marta.silva", "", "http://127.0.0.1:9") == "marta.silva"
    assert id_of(None, "", "http://127.0.0.1:9") is None


def test_whoever_left_is_named_among_those_who_left_alone() -> None:
    assert called("Ivo Kern", PEOPLE, active=False) == "ivo.kern"
    with pytest.raises(NotFound, match="Nobody who has left is called Otto Krug"):
        called("Otto Krug", PEOPLE, active=False)
