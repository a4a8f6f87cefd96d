"""`interlock`: the command line. A command's dependencies are loaded when it runs; help is shown without them.

Commands for people go through the REST API with their token; commands for operators (import, tokens, ledger, rebuild)
work on the data folder itself, so that the first person can be let in.
"""

from pathlib import Path
from typing import Annotated

import typer

from cli.lazy import lazy_group
from cli.options import AsJson, Token, Url

# The module of each command group, and its help text.
GROUPS = {
    "deal": ("cli.deals:deal_app", "Start, list and watch deals."),
    "ask": ("cli.asks:ask_app", "What you are asked, and your answers."),
    "needs": ("cli.needs:needs_app", "What the client needs."),
    "promise": ("cli.needs:promise_app", "What was promised, and whether it was kept."),
    "scope": (
        "cli.scope:scope_app",
        "Packages, milestones, purchases, requirements, the estimate that counts.",
    ),
    "price": ("cli.pricing:price_app", "The price: preview it, then propose it."),
    "document": ("cli.documents:document_app", "SOW and BRD: draft, read, send, extend."),
    "delivery": ("cli.delivery:delivery_app", "Handoff, milestones, hours, contacts, conditions."),
    "change": ("cli.changes:change_app", "Change orders and potential changes."),
    "role": ("cli.roles:role_app", "Who holds which role of a deal."),
    "vacancy": ("cli.roles:vacancy_app", "Vacant roles."),
    "client": ("cli.clients:client_app", "Clients, and the new ones that sales adds."),
    "people": ("cli.people:people_app", "The directory of people."),
    "digest": ("cli.asks:digest_app", "The daily digest."),
    "outbox": ("cli.outbox:outbox_app", "Messages to people, and what could not be delivered."),
    "mail": ("cli.mail:mail_app", "Mail that is kept instead of sent, in development."),
    "slack": ("cli.slack:slack_app", "The emulated Slack, for development."),
    "playbook": ("cli.playbook:playbook_app", "The process: check, publish and move deals to it."),
    "ledger": ("cli.ledger:ledger_app", "The record: verify it, export heads, erase texts."),
    "token": ("cli.tokens:token_app", "Access tokens."),
}

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Interlock sits between the people who sell a project and the people who deliver it.",
)
for group, (where, purpose) in GROUPS.items():
    app.add_typer(typer.Typer(cls=lazy_group(where), no_args_is_help=True), name=group, help=purpose)


def _say_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"interlock {version('interlock')}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Show the version and exit.")
]


@app.callback()
def interlock(*, version: Version = False) -> None:
    """Interlock sits between the people who sell a project and the people who deliver it."""


@app.command()
def up() -> None:
    """Start Temporal with its UI, the worker and the API. Ctrl-C stops all; the next start continues."""
    from cli.stack import up as run

    run()


@app.command(hidden=True)
def serve(*, standby: Annotated[bool, typer.Option("--standby", hidden=True)] = False) -> None:
    """Run only the API."""
    from cli.serve import main as run

    run(standby=standby)


@app.command()
def demo(
    deals: Annotated[list[Path] | None, typer.Option("--deal", help="A deal file; repeatable.")] = None,
    directory_file: Annotated[Path | None, typer.Option("--directory", help="A directory of people.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Play deals from the first call to the close, each step by its person, with forbidden shortcuts refused.

    Without --deal, it plays the sample deals and a vacancy that escalates: a little over a minute.
    """
    from cli.demo import demo as run

    run(deals, directory_file, url, as_json=as_json)


@app.command()
def login(
    token: Annotated[str | None, typer.Option("--token", help="Your token. If left out, you are asked for it.")] = None,
    person: Annotated[str | None, typer.Option("--as", help="In development: one of the sample people.")] = None,
    url: Url = None,
) -> None:
    """Sign in at a stack, so that no command needs --token."""
    from cli.login import login as run

    run(token, person, url)


@app.command()
def logout(url: Url = None) -> None:
    """Sign out at a stack."""
    from cli.login import logout as run

    run(url)


@app.command(name="next")
def next_steps(
    token: Token,
    engagement: Annotated[str | None, typer.Argument(help="A deal, such as ENG-2026-0001. Default: all.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Show what waits for you in a deal, or in all: asks, acts that you owe, vacancies to fill, conditions."""
    from cli.next_steps import next_steps as run

    run(engagement, token, url, as_json=as_json)


@app.command()
def rebuild(
    *,
    drop_what_no_fact_makes: Annotated[
        bool,
        typer.Option("--drop-what-no-fact-makes", help="Even if that removes the last trace of deleted facts."),
    ] = False,
) -> None:
    """Rebuild the read model from the ledger, to the same bytes. Refused if it contains what no fact makes."""
    from cli.ledger import rebuild as run

    run(dropping=drop_what_no_fact_makes)


@app.command()
def reconcile(
    from_engine: Annotated[
        str | None,
        typer.Option(
            help="Refill a lost record from the engine of this installation. If left out, you are told which one."
        ),
    ] = None,
) -> None:
    """Compare record and workflow engine, and repair where they differ. The stack must be running."""
    from cli.reconcile import reconcile as run

    run(from_engine)


@app.command()
def settings(
    into: Annotated[Path | None, typer.Option("--into", help="A Markdown file that has a place for the table.")] = None,
) -> None:
    """Show every environment variable that is read, with its meaning and default, as a Markdown table."""
    from cli.settings_table import settings as run

    run(into)


def main() -> None:
    """Entry point of the `interlock` command. Logs go to stderr."""
    from adapters.logs import configure_logs

    configure_logs()
    app()


if __name__ == "__main__":
    main()
