"""The one way to reach Temporal: every client, worker, replayer and test connects here, with one data converter."""

from collections.abc import Iterable
from typing import Any

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RetryConfig

DATA_CONVERTER = pydantic_data_converter


def kinds_of(attributes: Iterable[SearchAttributeKey[Any]]) -> list[tuple[str, str]]:
    """Search attributes by name and kind, as the server's command line spells it."""
    return [(key.name, key.indexed_value_type.name.title().replace("_L", "L")) for key in attributes]


# One attempt a call, as the SDK counts.
NO_REPEATS = RetryConfig(max_retries=1)


async def connect(address: str, namespace: str = "default", *, lazily: bool = False, repeats: bool = True) -> Client:
    """A client that writes and reads our models. Raises RuntimeError where no server answers, unless `lazily`.

    The SDK repeats what fails for ten seconds, unless it is told not to: also where another server answers by then.
    """
    how = None if repeats else NO_REPEATS
    return await Client.connect(
        address, namespace=namespace, data_converter=DATA_CONVERTER, lazy=lazily, retry_config=how
    )


class WrongSearchAttributes(Exception):
    """The server lacks a search attribute or has it with another type; the message says which, and what to do."""


async def require_search_attributes(client: Client, attributes: Iterable[SearchAttributeKey[Any]]) -> None:
    """Raises WrongSearchAttributes unless the server has each with its type: a wrong one is accepted in silence."""
    asked = ListSearchAttributesRequest(namespace=client.namespace)
    found = (await client.operator_service.list_search_attributes(asked)).custom_attributes
    wrong = [key for key in attributes if found.get(key.name) != key.indexed_value_type.value]
    if wrong:
        named = " ".join(f"--name {name} --type {kind}" for name, kind in kinds_of(wrong))
        raise WrongSearchAttributes(f"Missing or of another type: temporal operator search-attribute create {named}")
