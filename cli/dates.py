"""A deal's requested dates on the command line: moving them, or keeping them although they cannot be staffed."""

from typing import Annotated, Any

import typer

from cli.commands import Access, Deal, carry_out
from cli.figures import day_in
from cli.options import AsJson, Token, Url

HOW = "give --start DAY and --end DAY, or --keep with a reason"


def deal_dates(
    engagement: Deal,
    token: Token,
    start: Annotated[str | None, typer.Option(help="The day (YYYY-MM-DD) on which it should start.")] = None,
    end: Annotated[str | None, typer.Option(help="The day (YYYY-MM-DD) on which it should end.")] = None,
    keep: Annotated[str | None, typer.Option(metavar="REASON", help="Keep the dates, for this reason.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Move the requested dates, until both sides have signed; or keep dates that cannot be staffed, and say why."""
    if (keep is None) == (start is None and end is None) or (keep is None and None in {start, end}):
        raise typer.BadParameter(HOW, param_hint="--start, --end, --keep")
    access = Access(token, url, as_json)
    if keep is not None:
        carry_out(access, "POST", f"/engagements/{engagement}/dates/keep", {"reason": keep})
    else:
        carry_out(access, "PUT", f"/engagements/{engagement}/dates", {"start": start, "end": end})


def staffing_in_a_line(word: dict[str, Any]) -> str:
    """The resource manager's answer in one line: a no is a risk, never a veto."""
    so = "can be staffed as requested" if word["confirmed"] else "cannot be staffed as requested"
    since = f"; free from {day_in(word['available_from'])}" if word["available_from"] else ""
    note = f": {word['note']}" if word["note"] else ""
    kept = f"; {word['kept_by_name']} keeps the dates: {word['kept_because']}" if word["kept_because"] else ""
    return so + since + note + kept
