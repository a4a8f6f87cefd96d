"""Command groups whose module is loaded only when one of their commands is needed, so that help stays fast."""

from collections.abc import Callable
from pkgutil import resolve_name
from typing import Any

from typer.core import TyperGroup
from typer.main import get_group

from cli.placeholders import require_filled


def lazy_group(where: str) -> type[TyperGroup]:
    """Returns a group with the commands of the Typer application at `module:name`."""

    class LazyGroup(TyperGroup):
        """Knows its name and help from the start, and its commands once they are requested."""

        def list_commands(self, ctx: Any) -> list[str]:
            self._load()
            return super().list_commands(ctx)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            self._load()
            return super().get_command(ctx, cmd_name)

        def _load(self) -> None:
            if not self.commands:
                self.commands.update(get_group(resolve_name(where)).commands)
                for command in self.commands.values():
                    command.invoke = _once_filled(command.invoke)  # type: ignore[method-assign, assignment]

    return LazyGroup


def _once_filled(invoke: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Wraps a command so that it refuses placeholders from the help. Raises BadParameter."""

    def invoked(context: Any) -> Any:
        require_filled(context)
        return invoke(context)

    return invoked
