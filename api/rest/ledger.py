"""The record and its proofs."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.callers import ActorDep, AppDep, EngagementPath
from api.operations import may
from application.queries.ledger import FactPage, TreeHeadView, VerdictView, ledger_page, tree_head, verdict_on
from domain.shared.values import Whole

router = APIRouter(tags=["ledger"])


@router.get("/engagements/{engagement}/ledger", openapi_extra=may("all colleagues on the engagement"))
async def list_facts(
    app: AppDep,
    actor: ActorDep,
    engagement_id: EngagementPath,
    after: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")] = None,
    limit: Annotated[Whole, Query(ge=1, le=100)] = 50,
) -> FactPage:
    """The record of an engagement and its change orders, as it was written, page by page."""
    return await ledger_page(app, actor, engagement_id, after, limit)


@router.get("/engagements/{engagement}/ledger/verify", openapi_extra=may("all colleagues on the engagement"))
async def verify_ledger(app: AppDep, actor: ActorDep, engagement_id: EngagementPath) -> VerdictView:
    """Verifies the chains of an engagement and its change orders."""
    return await verdict_on(app, actor, engagement_id)


@router.get("/tree-head", openapi_extra=may("all colleagues"))
async def get_tree_head(app: AppDep, actor: ActorDep) -> TreeHeadView:
    """The signed head of every chain: keep it elsewhere, and nothing can be cut off unnoticed.

    The streams, by which a record is verified, are given to heads and the administrator.
    """
    return await tree_head(app, actor)
