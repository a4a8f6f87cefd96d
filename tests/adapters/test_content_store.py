"""Words can be erased, and nothing else can; what is shared is kept once."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from adapters.db import ledger
from adapters.db.content_store import TOMBSTONE, ContentMissing, Contents, ContentStore, bulk_key
from adapters.db.database import reading, writing
from adapters.db.tables.record import ContentRow
from domain.directory.events import WordsErased
from domain.shared.streams import ERASURES
from domain.shared.values import digest
from tests.adapters.builders import MONDAY, playbook


def test_words_come_back(engine: Engine) -> None:
    with writing(engine) as connection:
        store = ContentStore(connection)
        key = store.put_words("Færre strømbrudd")
        store.flush()
    with reading(engine) as connection:
        assert ContentStore(connection).words(key) == "Færre strømbrudd"


def test_the_same_words_have_another_key_each_time(engine: Engine) -> None:
    with writing(engine) as connection:
        store = ContentStore(connection)
        first, second = store.put_words("Kari Moe"), store.put_words("Kari Moe")
    assert first != second
    assert re.fullmatch("[0-9a-f]{64}", first)
    assert hashlib.sha256(b"Kari Moe").hexdigest() not in {first, second}


def test_words_are_read_before_they_are_flushed(engine: Engine) -> None:
    with writing(engine) as connection:
        store = ContentStore(connection)
        assert store.words(store.put_words("at once")) == "at once"


def test_erased_words_leave_a_tombstone_and_no_salt(engine: Engine) -> None:
    with writing(engine) as connection:
        store = ContentStore(connection)
        key = store.put_words("Kari Moe")
        assert store.words(key) == "Kari Moe"
        ledger.append_of_firm(connection, ERASURES, WordsErased(keys=(key,)), MONDAY)
        store.erase(key, MONDAY)
        assert store.words(key) == TOMBSTONE
    with reading(engine) as connection:
        row = connection.execute(select(ContentRow.__table__)).one()  # type: ignore[attr-defined]
    assert (row.body, row.salt, row.erased_at) == (b"[erased]", None, MONDAY)


def test_what_is_no_words_cannot_be_erased(engine: Engine) -> None:
    with writing(engine) as connection:
        store = ContentStore(connection)
        for key in (store.put_bytes(b"a signed page"), store.put_bulk({"a": 1}), "0" * 64):
            with pytest.raises(ContentMissing):
                store.erase(key, MONDAY)


def test_a_value_is_kept_once_under_its_digest(engine: Engine) -> None:
    value = playbook().model_dump(mode="json")
    for _ in range(2):
        with writing(engine) as connection:
            store = ContentStore(connection)
            assert store.put_bulk(value) == bulk_key(value) == digest(playbook())
            store.flush()
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(ContentRow)).scalar_one() == 1
        assert list(ContentStore(connection).bulk(digest(playbook()))["roles"]) == list(playbook().roles)


def test_a_document_is_kept_once_under_its_sha256(engine: Engine) -> None:
    contents, body = Contents(engine), b"\x00 any bytes \xff"
    key = contents.keep(body)
    assert contents.keep(body) == key == hashlib.sha256(body).hexdigest()
    assert contents.fetch(key) == body


def test_what_is_not_there_is_missing(engine: Engine) -> None:
    with pytest.raises(ContentMissing, match="nothing under ffff"):
        Contents(engine).fetch("f" * 64)


def test_many_are_read_in_few_statements(engine: Engine) -> None:
    with writing(engine) as connection:
        store = ContentStore(connection)
        keys = [store.put_words(f"word {n}") for n in range(1200)]
        store.flush()
    with reading(engine) as connection:
        store = ContentStore(connection)
        store.prefetch(keys)
        assert [store.words(key) for key in keys] == [f"word {n}" for n in range(1200)]


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
)


@given(value=JSON)
def test_the_key_of_a_value_is_the_digest_of_its_canonical_form(value: object) -> None:
    assert bulk_key(value) == digest(value)
