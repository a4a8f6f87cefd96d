"""Options that many commands share. Those that can come from the environment name the variable in `envvar`."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")]
# Empty if none was given: then the token of whoever signed in is used.
Token = Annotated[
    str,
    typer.Option(
        "--token",
        envvar="INTERLOCK_TOKEN",
        help="Your token. Default: the token from `interlock login`.",
        show_default=False,
        default_factory=str,
    ),
]
Url = Annotated[str | None, typer.Option("--url", envvar="INTERLOCK_URL", help="Address of a running stack.")]
Person = Annotated[str, typer.Argument(help="Their id or full name, from the directory.")]
