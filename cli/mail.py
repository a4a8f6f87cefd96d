"""Reads, on the machine itself, the mail that development keeps instead of sending: what a client's person is asked."""

from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.mail.folder import kept_mails
from adapters.processes.start_errors import CannotStart
from cli.development import for_development
from cli.layout import Columns
from cli.terminal import cli_errors, say, say_as_it_is, settings, show_table
from composition import directory_in_force, has_data, registry_of
from domain.shared.mailboxes import on_the_wire
from domain.shared.values import PersonId
from settings import KEPT_MAIL, Settings

mail_app = typer.Typer()

COLUMNS: Columns = {
    "mail": lambda row: str(row["n"]),
    "to": lambda row: row["to"],
    "sent": lambda row: row["sent"],
    "subject": lambda row: row["subject"],
}
HEADERS = ("From", "Reply-To", "To", "Date", "Subject")


@mail_app.command("list")
def mail_list(
    person: Annotated[str | None, typer.Argument(help="To whom: an id, or part of a name or an address.")] = None,
) -> None:
    """List what would have been mailed, oldest first. For development."""
    with cli_errors():
        chosen = settings()
        rows = [_row(n, mail) for n, mail in enumerate(_kept(chosen), 1)]
        sought = _sought(chosen, person) if person else ""
        found = [row for row in rows if sought in row["to"].casefold()]
        show_table({"items": found}, COLUMNS, f"No mail to {person}." if person else "No mail yet.")
        if found:
            say(f"Read one, with its link: interlock mail show {found[-1]['n']}")


@mail_app.command("show")
def mail_show(
    n: Annotated[int, typer.Argument(min=1, help="The number of the mail, as `mail list` shows it.")],
) -> None:
    """Show one of them in full, as its reader gets it. Its link opens in a browser."""
    with cli_errors():
        kept = _kept(settings())
        if n > len(kept):
            raise CannotStart(f"There is no mail {n}; there are {len(kept)}. See `interlock mail list`.")
        mail = kept[n - 1]
        for name in HEADERS:
            say_as_it_is(f"{name}: {_header(mail, name)}")
        say_as_it_is("")
        say_as_it_is(_text(mail))


def _kept(chosen: Settings) -> list[EmailMessage]:
    """Raises CannotStart in production, and if no mail was ever kept."""
    chosen = for_development(chosen, "mail that is kept instead of sent has")
    folder: Path = chosen.folder / KEPT_MAIL
    if not folder.is_dir():
        raise CannotStart(
            f"No mail is kept in {folder}. `make run` keeps there what it would mail, in development and without "
            "INTERLOCK_SMTP_HOST. Set INTERLOCK_HOME to the data folder that it was started with."
        )
    return kept_mails(folder)


def _sought(chosen: Settings, given: str) -> str:
    """The address of the person with this id; otherwise the input, as part of a name or an address."""
    directory = directory_in_force(registry_of(chosen)) if has_data(chosen) else None
    known = directory.person(PersonId(given)) if directory is not None else None
    return (on_the_wire(known.email) if known else given).casefold()


def _row(n: int, mail: EmailMessage) -> dict[str, Any]:
    sent = parsedate_to_datetime(mail["Date"])
    return {"n": n, "to": str(mail["To"]), "sent": f"{sent:%Y-%m-%d %H:%M %Z}", "subject": _header(mail, "Subject")}


def _header(mail: EmailMessage, name: str) -> str:
    """An unfolded header, without the leading space that unfolding leaves."""
    return str(mail[name] or "").strip()


def _text(mail: EmailMessage) -> str:
    """The plain-text part, in which links are written out."""
    part = mail.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""
