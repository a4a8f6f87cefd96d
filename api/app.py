"""The API as one FastAPI application. Everything it needs is passed to `create_app`; it reads no environment."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from fastapi import APIRouter, FastAPI, Response
from pydantic import BaseModel

from adapters.console_commands import what_to_do
from api.limits import BodyLimit
from api.operations import described, operation_id
from api.pages import administration, api_docs, inbox, inbox_review, live, portfolio, process, start
from api.pages import ask as ask_page
from api.pages import sign_in as sign_in_page
from api.pages import vacancies as vacancies_page
from api.pages.assets import AT, built_assets
from api.pages.commands import page as command_page
from api.pages.deals import new as new_deal
from api.pages.engagement import changes as changes_page
from api.pages.engagement import delivery as delivery_page
from api.pages.engagement import documents as documents_page
from api.pages.engagement import overview, record, work
from api.pages.engagement import people as people_page
from api.pages.people import clients as clients_page
from api.pages.people import person
from api.problems import handle_problems
from api.rest import (
    asks,
    changes,
    clients,
    delivery,
    digest,
    documents,
    engagements,
    ledger,
    me,
    next_steps,
    outbox,
    people,
    playbooks,
    price,
    promises,
    roles,
    scope,
    vacancies,
)
from application.context import Interlock
from application.magic_links.links import Links
from application.queries.readiness import Paused, Ready, is_ready, paused_now
from application.sign_in.by_provider import OidcProvider

ROOT = "/api/v1"
PAGES = (
    ask_page.router,
    start.router,
    inbox.router,
    inbox_review.router,
    sign_in_page.router,
    sign_in_page.leaving,
    portfolio.router,
    new_deal.router,
    person.router,
    clients_page.router,
    process.router,
    administration.router,
    api_docs.router,
    live.router,
    vacancies_page.router,
    overview.router,
    people_page.router,
    work.router,
    documents_page.router,
    changes_page.router,
    delivery_page.router,
    record.router,
    command_page.router,
)
ROUTERS = (
    engagements.router,
    promises.router,
    roles.router,
    next_steps.router,
    vacancies.router,
    scope.router,
    price.router,
    documents.router,
    delivery.router,
    changes.router,
    asks.router,
    ledger.router,
    people.router,
    clients.router,
    playbooks.router,
    me.router,
    digest.router,
    outbox.router,
)
ABOUT = """The system between the people who sell a project and the people who deliver it.

Every refusal is `application/problem+json`: which rule, what is so, who holds it up, what to do. Every command
takes an `Idempotency-Key`. Times are RFC 3339 in UTC, money is a decimal string."""


class Health(BaseModel):
    """The process is responding."""

    status: str = "ok"
    product: str = "interlock"


class Readiness(BaseModel):
    """What commands depend on, and whether it responds."""

    status: str
    engine: bool
    worker: bool
    database: bool
    writes: bool
    away: tuple[str, ...] = ()
    """What is not ready, in words."""
    new_deals_paused: bool | None = None
    """New deals are paused until operators repair something: `interlock reconcile` says what."""
    quarantined: int | None = None
    """Engagements and change orders that cannot be changed until they are reconciled; all others continue."""
    contradicted: bool | None = None
    """At the last full hour, the record contradicted the newest signed head: run `interlock ledger verify`."""


AWAY = {
    "engine": "The workflow engine (Temporal) is not responding.",
    "worker": "No worker is responding: it is starting, hanging, or not running.",
    "database": "The database is not responding, or the installation's data in it is damaged: run interlock ledger "
    "verify.",
    "writes": "The database cannot be written: another process has locked it, or its disk is full.",
}
FOREIGN = "The workflow engine belongs to another installation, with which no worker runs: run interlock reconcile."


class SignIn(NamedTuple):
    """How people sign in to the pages, and the address at which they reach them.

    `secret` signs what a browser keeps of a sign-in under way; a process that is given none makes one of its own.
    """

    provider: OidcProvider | None = None
    secret: bytes = secrets.token_bytes(32)
    address: str = ""


def create_app(
    app: Interlock,
    *doors: APIRouter,
    links: Links | None = None,
    is_secure: bool = False,
    is_development: bool = False,
    sign_in: SignIn | None = None,
    version: str = "0.1.0",
) -> FastAPI:
    """Creates the API and the pages over these use cases, with further routers and, if given, personal links.

    `is_secure`: people reach the pages over TLS, so that cookies are bound to it. `is_development`: anyone may sign in
    as any sample person. FastAPI's own pages of documentation, which load resources from elsewhere, are off.
    """
    api = FastAPI(
        title="Interlock",
        version=version,
        description=ABOUT,
        openapi_url=f"{ROOT}/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        redirect_slashes=False,
    )
    api.state.interlock = app
    api.state.links = links
    api.state.is_secure = is_secure
    api.state.is_stopping = False
    api.state.is_development = is_development
    sign_in = sign_in or SignIn()
    api.state.provider, api.state.sign_in_secret, api.state.address = sign_in
    handle_problems(api)
    api.add_middleware(BodyLimit, json_under=ROOT)
    only_here = (sign_in_page.development,) if is_development else ()
    # First, so that requests which must be answered at once are matched against few routes.
    for door in (*doors, *PAGES, *only_here):
        api.include_router(door)
    api.mount(AT, built_assets(), name="assets")
    api.include_router(_probes(lambda: is_ready(app), lambda: paused_now(app)))
    for router in ROUTERS:
        api.include_router(router, prefix=ROOT)
    api.openapi = lambda: described(api)  # type: ignore[method-assign]
    return api


def _probes(look: Callable[[], Awaitable[Ready]], paused: Callable[[], Awaitable[Paused]]) -> APIRouter:
    """What a supervisor asks, without a token."""
    router = APIRouter(tags=["probes"])

    @router.get("/health")
    async def get_health() -> Health:
        """The process is responding."""
        return Health()

    @router.get("/ready", responses={503: {"model": Readiness, "description": "Something is unavailable."}})
    async def get_readiness(response: Response) -> Readiness:
        """Engine, worker and database are responding, and the database can be written: commands can be carried out."""
        found, pauses = await asyncio.gather(look(), paused())
        away = _away(found)
        response.status_code = 503 if away else 200
        return Readiness(
            status="away" if away else "ready",
            engine=found.engine,
            worker=found.worker,
            database=found.database,
            writes=found.writes,
            away=away,
            new_deals_paused=pauses.new_deals,
            quarantined=pauses.quarantined,
            contradicted=pauses.contradicted,
        )

    return router


WHO_IS_LET_IN = "Running processes keep using the previous version; processes that start now let nobody in."


def _away(found: Ready) -> tuple[str, ...]:
    """What is not ready, in words."""
    said = dict(AWAY)
    if found.is_foreign:
        said["worker"] = FOREIGN
    if found.directory is not None:
        said["database"] = f"{found.directory.detail} {WHO_IS_LET_IN} {what_to_do(found.directory)}"
    return tuple(text for name, text in said.items() if not getattr(found, name))
