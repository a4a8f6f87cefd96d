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
    """Set the work packages: all of them. Hours in the file are left out: whoever sells does not estimate."""
    access, path = Access(token, url, as_json), f"/engagements/{engagement}/work-packages"
    carry_out_file(access, "PUT", path, file, "work_packages", "packages", without="hours")


@scope_app.command("milestones")
def scope_milestones(engagement: Deal, file: DealFile, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Set the milestones: all of them; their shares add up to 100 percent."""
    access, path = Access(token, url, as_json), f"/engagements/{engagement}/milestones"
    carry_out_file(access, "PUT", path, file, "milestones", "milestones")


@scope_app.command("purchases")
def scope_purchases(engagement: Deal, file: DealFile, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Set what is bought for the deal: all of it."""
    access, path = Access(token, url, as_json), f"/engagements/{engagement}/purchases"
    carry_out_file(access, "PUT", path, file, "purchases", "purchases")


@scope_app.command("requirements")
def scope_requirements(
    engagement: Deal,
    token: Token,
    file: Annotated[Path | None, typer.Argument(help="A YAML file: of the whole deal, or of this part alone.")] = None,
    as_prepared: Annotated[bool, typer.Option("--as-prepared", help="Take those that the deal began with.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Set the requirements of the BRD: all of them, from a file, or as the seller's file has prepared them."""
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
    """Take one of several estimates of a package, or state a merge of them."""
    path = f"/engagements/{engagement}/work-packages/{package}/choose"
    body = {"hours": three_points(hours, "HOURS"), "statement": because}
    carry_out(Access(token, url, as_json), "POST", path, body)
