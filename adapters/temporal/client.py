"""The only way to connect to Temporal: every client, worker, replayer and test uses it, for one data converter."""

from collections.abc import Iterable
from typing import Any

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RetryConfig

DATA_CONVERTER = pydantic_data_converter


def kinds_of(attributes: Iterable[SearchAttributeKey[Any]]) -> list[tuple[str, str]]:
    """Returns search attributes by name and type, spelled as the server's command line expects."""
    return [(key.name, key.indexed_value_type.name.title().replace("_L", "L")) for key in attributes]


# One attempt per call, as the SDK counts.
NO_REPEATS = RetryConfig(max_retries=1)


async def connect(address: str, namespace: str = "default", *, lazily: bool = False, repeats: bool = True) -> Client:
    """Returns a client that serialises our models. Raises RuntimeError if no server answers, unless `lazily`.

    By default the SDK retries failed calls for ten seconds, even if a different server answers by then; `repeats=False`
    turns that off.
    """
    how = None if repeats else NO_REPEATS
    return await Client.connect(
        address, namespace=namespace, data_converter=DATA_CONVERTER, lazy=lazily, retry_config=how
    )


class WrongSearchAttributes(Exception):
    """The server lacks a search attribute or has it with another type; the message says which, and what to do."""


async def require_search_attributes(client: Client, attributes: Iterable[SearchAttributeKey[Any]]) -> None:
    """Raises WrongSearchAttributes unless the server has each with its type: Temporal accepts wrong types silently."""
    asked = ListSearchAttributesRequest(namespace=client.namespace)
    found = (await client.operator_service.list_search_attributes(asked)).custom_attributes
    wrong = [key for key in attributes if found.get(key.name) != key.indexed_value_type.value]
    if wrong:
        named = " ".join(f"--name {name} --type {kind}" for name, kind in kinds_of(wrong))
        raise WrongSearchAttributes(f"Missing or of another type: temporal operator search-attribute create {named}")
