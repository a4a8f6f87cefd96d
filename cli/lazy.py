"""Groups of commands whose module is loaded once one of them is wanted: the help of all the others costs nothing."""

from collections.abc import Callable
from pkgutil import resolve_name
from typing import Any

from typer.core import TyperGroup
from typer.main import get_group

from cli.placeholders import require_filled


def lazy_group(where: str) -> type[TyperGroup]:
    """A group whose commands are those of the Typer application at `module:name`."""

    class LazyGroup(TyperGroup):
        """It knows its name and its help from the start, and its commands when somebody asks for them."""

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
    """A command that runs once every word which only stands for something is replaced. Raises BadParameter."""

    def invoked(context: Any) -> Any:
        require_filled(context)
        return invoke(context)

    return invoked
