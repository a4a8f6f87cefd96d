"""`interlock`: the command line. What a command needs is loaded when it runs; help is shown without any of it.

What serves people goes through the REST API with their token; what keeps the house (import, tokens, ledger,
rebuild) works on the data folder itself, so that the first person can be let in.
"""

from pathlib import Path
from typing import Annotated

import typer

from cli.lazy import lazy_group
from cli.options import AsJson, Token, Url

GROUPS = {
    "deal": ("cli.deals:deal_app", "Start, list and watch deals."),
    "ask": ("cli.asks:ask_app", "What you are asked, and your answers."),
    "needs": ("cli.needs:needs_app", "What the client needs."),
    "promise": ("cli.needs:promise_app", "What was promised, and what became of it."),
    "scope": (
        "cli.scope:scope_app",
        "Packages, milestones, purchases, requirements, the estimate that counts.",
    ),
    "price": ("cli.pricing:price_app", "The price: looked at first, then proposed."),
    "document": ("cli.documents:document_app", "SOW and BRD: draft, read, send, extend."),
    "delivery": ("cli.delivery:delivery_app", "Handoff, milestones, hours, contacts, conditions."),
    "change": ("cli.changes:change_app", "Change orders, and what is not one yet."),
    "role": ("cli.roles:role_app", "Who holds which role of a deal."),
    "vacancy": ("cli.roles:vacancy_app", "Roles that nobody answers for."),
    "client": ("cli.clients:client_app", "Clients, and the new ones that sales adds."),
    "people": ("cli.people:people_app", "The directory of people."),
    "digest": ("cli.asks:digest_app", "The digest of the morning."),
    "outbox": ("cli.outbox:outbox_app", "What people are told, and what could not be."),
    "mail": ("cli.mail:mail_app", "Mail that development keeps instead of sending it."),
    "slack": ("cli.slack:slack_app", "The emulated Slack, for development."),
    "playbook": ("cli.playbook:playbook_app", "The process."),
    "ledger": ("cli.ledger:ledger_app", "The record."),
    "token": ("cli.tokens:token_app", "Who may come in."),
}
"""Where the commands of each group are, and what its help says."""

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Between the people who sell and those who deliver.")
for group, (where, purpose) in GROUPS.items():
    app.add_typer(typer.Typer(cls=lazy_group(where), no_args_is_help=True), name=group, help=purpose)


def _say_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"interlock {version('interlock')}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which version this is, and end.")
]


@app.callback()
def interlock(*, version: Version = False) -> None:
    """Between the people who sell and those who deliver."""


@app.command()
def up() -> None:
    """Start Temporal with its UI, the worker and the API; Ctrl-C stops all, a second start goes on."""
    from cli.stack import up as run

    run()


@app.command(hidden=True)
def serve(*, standby: Annotated[bool, typer.Option("--standby", hidden=True)] = False) -> None:
    """Run the API alone."""
    from cli.serve import main as run

    run(standby=standby)


@app.command()
def demo(
    deals: Annotated[list[Path] | None, typer.Option("--deal", help="A deal file; may be given again.")] = None,
    directory_file: Annotated[Path | None, typer.Option("--directory", help="A directory of people.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Play deals from the first call to the close, each step by its person, with the forbidden shortcuts refused.

    Without --deal these are the sample deals, and beside them a vacancy that climbs: a little over a minute.
    """
    from cli.demo import demo as run

    run(deals, directory_file, url, as_json=as_json)


@app.command()
def login(
    token: Annotated[str | None, typer.Option("--token", help="Your token; without it you are asked for it.")] = None,
    person: Annotated[str | None, typer.Option("--as", help="In development: one of the sample people.")] = None,
    url: Url = None,
) -> None:
    """Remember who you are at a stack, so that no command needs --token."""
    from cli.login import login as run

    run(token, person, url)


@app.command()
def logout(url: Url = None) -> None:
    """Forget who you are at a stack."""
    from cli.login import logout as run

    run(url)


@app.command(name="next")
def next_steps(
    token: Token,
    engagement: Annotated[str | None, typer.Argument(help="A deal, as ENG-2026-0001; without it all.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """What waits for you in a deal, or in all: asks, acts that you owe, vacancies to fill, conditions."""
    from cli.next_steps import next_steps as run

    run(engagement, token, url, as_json=as_json)


@app.command()
def rebuild(
    *,
    drop_what_no_fact_makes: Annotated[
        bool,
        typer.Option("--drop-what-no-fact-makes", help="Also where that removes the last trace of deleted facts."),
    ] = False,
) -> None:
    """Make the read model again from the ledger: the same bytes. Refused where it holds what no fact makes."""
    from cli.ledger import rebuild as run

    run(dropping=drop_what_no_fact_makes)


@app.command()
def reconcile(
    from_engine: Annotated[
        str | None,
        typer.Option(help="Fill a lost record from the engine of this installation; without it you are told which."),
    ] = None,
) -> None:
    """Compare record and workflow engine, and heal what they differ on. The stack must run."""
    from cli.reconcile import reconcile as run

    run(from_engine)


@app.command()
def settings(
    into: Annotated[Path | None, typer.Option("--into", help="A Markdown file that has a place for the table.")] = None,
) -> None:
    """Every variable of the environment that is read, with its meaning and default, as a Markdown table."""
    from cli.settings_table import settings as run

    run(into)


def main() -> None:
    """Entry of the `interlock` command. Logs go to the error stream."""
    from adapters.logs import configure_logs

    configure_logs()
    app()


if __name__ == "__main__":
    main()
