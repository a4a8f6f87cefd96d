"""A link opens one ask for one person, for a time, and nothing else."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.clock import SYSTEM_CLOCK
from application.magic_links.links import LASTS, SECRET_FILE, Links, NoSuchLink, open_links
from domain.shared.errors import RefusalKind
from domain.shared.values import AskId, PersonId

ASK, PERSON, URL = AskId("ENG-2026-0001.A7"), PersonId("anna.lindqvist"), "https://interlock.example/here"
MAILBOX = "anna@lindqvist.example"


def links(secret: bytes = b"one", **more: Any) -> Links:
    return Links(secret, URL, **more)


def test_a_link_leads_to_the_page_of_its_ask() -> None:
    assert links().link(ASK, PERSON, MAILBOX).startswith(f"{URL}/asks/{ASK}?key=")


def test_a_key_names_its_person() -> None:
    link = links().read(links().key(ASK, PERSON, MAILBOX), ASK)
    assert link.person_id == PERSON
    assert link.was_sent_to(MAILBOX)
    assert not link.was_sent_to("anna@elsewhere.example")


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("", id="none"),
        pytest.param("x" * 10_000, id="noise"),
        pytest.param(links().key(ASK, PERSON, MAILBOX)[:-1], id="cut short"),
        pytest.param(links(b"another").key(ASK, PERSON, MAILBOX), id="signed by another"),
        pytest.param(links().key(AskId("ENG-2026-0001.A8"), PERSON, MAILBOX), id="for another ask"),
        pytest.param(links()._signer.dumps(PERSON), id="of another shape"),
        pytest.param(links()._signer.dumps([ASK, PERSON], salt="something else"), id="signed for something else"),
        pytest.param("é.ü.ß", id="not ASCII"),
    ],
)
def test_nothing_else_opens_it(key: str) -> None:
    with pytest.raises(NoSuchLink) as refusal:
        links().read(key, ASK)
    assert refusal.value.refused.kind is RefusalKind.UNAUTHENTICATED


def test_an_old_link_opens_nothing_and_says_that_it_is_old() -> None:
    with pytest.raises(NoSuchLink, match="older"):
        links(max_age=timedelta(seconds=-1)).read(links().key(ASK, PERSON, MAILBOX), ASK)


def test_a_key_that_is_given_by_a_link_ends_with_that_link() -> None:
    old = SYSTEM_CLOCK().replace(microsecond=0) - LASTS
    for age, opens in ((timedelta(hours=1), True), (timedelta(hours=-1), False)):
        key = links().key(AskId("ENG-2026-0001.A8"), PERSON, MAILBOX, old + age)
        if opens:
            assert links().read(key, AskId("ENG-2026-0001.A8")).made_at == old + age
        else:
            with pytest.raises(NoSuchLink, match="older"):
                links().read(key, AskId("ENG-2026-0001.A8"))


def test_however_many_start_at_once_there_is_one_secret_for_its_owners_eyes(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        opened = list(threads.map(lambda _: open_links(tmp_path / "home", URL), range(8)))
    key = opened[0].key(ASK, PERSON, MAILBOX)
    assert {one.read(key, ASK).person_id for one in opened} == {PERSON}
    assert stat.S_IMODE((tmp_path / "home" / SECRET_FILE).stat().st_mode) == 0o600
