"""The playbook in force."""

from fastapi import APIRouter

from api.callers import ActorDep, AppDep
from api.operations import may
from application.queries.playbook import current_playbook
from domain.playbook.model import Playbook

router = APIRouter(prefix="/playbooks", tags=["playbooks"])


@router.get("/current", openapi_extra=may("all colleagues"))
async def get_current_playbook(app: AppDep, actor: ActorDep) -> Playbook:
    """The playbook that engagements start with from now on."""
    return await current_playbook(app, actor)
