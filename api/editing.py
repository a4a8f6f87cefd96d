"""`ETag` and `If-Match`: who edits an old reading is told, instead of overwriting what others did since."""

from typing import Annotated

from fastapi import Depends, Header

from api.callers import ActorDep, AppDep, EngagementPath
from api.problems import EditedMeanwhile
from application.interlock import seen


def tag_of(seq: int) -> str:
    """The entity tag of an engagement: where its record stands."""
    return f'"{seq}"'


IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=200,
        description="The ETag of the engagement as it was read: 412 where it was edited since.",
    ),
]


async def unedited(app: AppDep, actor: ActorDep, engagement: EngagementPath, if_match: IfMatch = None) -> None:
    """Raises EditedMeanwhile where the reading that is edited is not the newest."""
    if if_match is None or if_match.strip() == "*":
        return
    state = await seen(app, actor, engagement)
    known = {tag.strip().removeprefix("W/") for tag in if_match.split(",")}
    if tag_of(state.seq) not in known:
        raise EditedMeanwhile(
            f"You edit the reading {if_match}; the engagement stands at {tag_of(state.seq)}.",
            remedy="Read it again, and edit that.",
            field="If-Match",
        )


Unedited = Depends(unedited)
