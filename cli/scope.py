"""What is sold, on the command line: packages, milestones, purchases, requirements, and the estimate that counts."""

from pathlib import Path
from typing import Annotated

import typer

from cli.commands import Access, Deal, DealFile, carry_out, carry_out_file
from cli.options import AsJson, Token, Url
from cli.terminal import three_points

scope_app = typer.Typer()


@scope_app.command("packages")
def scope_packages(engagement: Deal, file: DealFile, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Set all work packages. Hours in the file are left out: the seller does not estimate."""
    access, path = Access(token, url, as_json), f"/engagements/{engagement}/work-packages"
    carry_out_file(access, "PUT", path, file, "work_packages", "packages", without="hours")


@scope_app.command("milestones")
def scope_milestones(engagement: Deal, file: DealFile, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Set all milestones; their shares must add up to 100 percent."""
    access, path = Access(token, url, as_json), f"/engagements/{engagement}/milestones"
    carry_out_file(access, "PUT", path, file, "milestones", "milestones")


@scope_app.command("purchases")
def scope_purchases(engagement: Deal, file: DealFile, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Set all purchases for the deal."""
    access, path = Access(token, url, as_json), f"/engagements/{engagement}/purchases"
    carry_out_file(access, "PUT", path, file, "purchases", "purchases")


@scope_app.command("requirements")
def scope_requirements(
    engagement: Deal,
    token: Token,
    file: Annotated[Path | None, typer.Argument(help="A YAML file: of the whole deal, or of this part alone.")] = None,
    as_prepared: Annotated[
        bool, typer.Option("--as-prepared", help="Accept those that the deal started with.")
    ] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Set all requirements of the BRD, from a file, or as the seller prepared them."""
    if (file is None) != as_prepared:
        raise typer.BadParameter("give a file, or --as-prepared", param_hint="FILE, --as-prepared")
    access, path = Access(token, url, as_json), f"/engagements/{engagement}/requirements"
    if file is None:
        carry_out(access, "POST", f"/engagements/{engagement}/requirements/take")
    else:
        carry_out_file(access, "PUT", path, file, "requirements", "requirements")


@scope_app.command("choose")
def scope_choose(
    engagement: Deal,
    package: Annotated[str, typer.Argument(help="The package: W1.")],
    hours: Annotated[str, typer.Argument(help="optimistic/likely/pessimistic: 40/60/100.")],
    because: Annotated[str, typer.Option(help="Why these hours count.")],
    token: Token,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Choose one of several estimates of a package, or merge them."""
    path = f"/engagements/{engagement}/work-packages/{package}/choose"
    body = {"hours": three_points(hours, "HOURS"), "statement": because}
    carry_out(Access(token, url, as_json), "POST", path, body)
