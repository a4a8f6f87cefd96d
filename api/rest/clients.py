"""Clients: the known ones, and new ones that sales adds."""

from fastapi import APIRouter

from api.callers import ActorDep, AppDep, CallerDep
from api.operations import may
from application.commands.clients import ClientKept, Clients, NewClient, OtherName, add_client, clients, rename_client

router = APIRouter(tags=["people"])


@router.get("/clients", openapi_extra=may("all colleagues"))
async def list_clients(app: AppDep, actor: ActorDep) -> Clients:
    """The firm's clients with their people, and whether each is confirmed."""
    return await clients(app, actor)


@router.post("/clients", status_code=201, openapi_extra=may("sales", "head of sales", "administrator"))
async def post_client(app: AppDep, caller: CallerDep, body: NewClient) -> ClientKept:
    """Adds a client and its people, or corrects one that sales added.

    Deals with it can start at once. Finance of its first deal confirms it; until then no SOW is sent. Only the seller
    of a running deal with it (if none runs, whoever added it) can change a known client, and only the administrator
    can change names and addresses of its people.
    """
    return await add_client(app, caller, body)


@router.post("/clients/rename", openapi_extra=may("sales", "finance", "head of sales", "administrator"))
async def post_name(app: AppDep, caller: CallerDep, body: OtherName) -> ClientKept:
    """Corrects the name of a client that sales added, in each of its deals; existing documents keep the old one."""
    return await rename_client(app, caller, body)
