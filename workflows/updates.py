"""Makes each command an update of its own, under its own name, so that the Temporal UI reads as a story."""

import re
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any, TypeVar, get_args

from pydantic import create_model
from temporalio import workflow
from temporalio.exceptions import ApplicationError

from domain.change_order.order import AnyOrderCommand, TakeBrief
from domain.engagement.changes.commands import ReportChange
from domain.engagement.commands import AnyCommand
from workflows.messages import UNKNOWN_UPDATE, CommandRequest, OrderRequest, Receipt

R = TypeVar("R", CommandRequest, OrderRequest)
Handlers = Mapping[str, Callable[..., Any]]


def update_name(command: str) -> str:
    """A command class's name as an update: `propose_price` for `ProposePrice`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", command).lower()


def _handlers(request: type[R], union: Any, by_signal: Collection[type[Any]]) -> Handlers:
    """A handler for each command of a union, by name, except those that one workflow signals to another."""
    commands = [command for command in get_args(get_args(union)[0]) if command not in by_signal]
    named = {update_name(command.__name__): _request_of(request, command) for command in commands}
    return MappingProxyType({name: _handler(name, narrow) for name, narrow in named.items()})


def _request_of(request: type[R], command: type[Any]) -> type[R]:
    """A request model for one command alone: nothing else is decoded under its name."""
    return create_model(f"{command.__name__}{request.__name__}", __base__=request, command=(command, ...))


def _handler(name: str, request: type[Any]) -> Callable[..., Any]:
    def handle(self: Any, given: Any) -> Receipt:
        return self._carry_out(given)  # type: ignore[no-any-return]

    def validate(self: Any, given: Any) -> None:
        self._refuse(given)

    handle.__name__, validate.__name__ = name, f"refuse_{name}"
    handle.__annotations__ = {"given": request, "return": Receipt}  # which the SDK decodes by
    validate.__annotations__ = {"given": request, "return": None}
    handler = workflow.update(name=name)(handle)
    handler.validator(validate)
    return handler


ENGAGEMENT_UPDATES = _handlers(CommandRequest, AnyCommand, by_signal={ReportChange})
CHANGE_ORDER_UPDATES = _handlers(OrderRequest, AnyOrderCommand, by_signal={TakeBrief})


def unknown_update() -> ApplicationError:
    """The rejection of an update with an unknown name: the SDK's own would list every handler to the caller."""
    return ApplicationError("No command has this name here.", type=UNKNOWN_UPDATE, non_retryable=True)
