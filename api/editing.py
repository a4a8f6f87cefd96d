"""`ETag` and `If-Match`: whoever edits an outdated version is told so, instead of overwriting others' changes.

The precondition travels with the command and is checked where it is decided: checked here, two concurrent edits of the
same version would both get through.
"""

import re
from typing import Annotated

from fastapi import Depends, Header

from api.callers import CallerDep
from api.problems import NotAcceptable
from application.authentication import Caller
from domain.shared.errors import EditedMeanwhile

_TAG = r'(?:W/)?"[\x21\x23-\x7e]*"'
_TAGS = re.compile(rf"\s*{_TAG}(?:\s*,\s*{_TAG})*\s*")
_STRONG = re.compile(r'(?<!W/)"([0-9]{1,18})"')
MAX_TAGS = 50


def tag_of(seq: int) -> str:
    """The entity tag of an engagement, from the state of its record, or of the directory, from the version in force."""
    return f'"{seq}"'


IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=200,
        description="The ETag of what is edited, as it was read; 412 if it has been edited since. Tags are compared "
        'strongly (RFC 9110), so a weak one, such as W/"24", never matches.',
    ),
]


async def the_editor(caller: CallerDep, if_match: IfMatch = None) -> Caller:
    """Returns the caller with the versions that they edit. Raises NotAcceptable if the header is not a list of tags."""
    if if_match is None or if_match.strip() == "*":
        return caller
    return caller.replace(readings=_readings(if_match))


def _readings(sent: str) -> tuple[int, ...]:
    if not _TAGS.fullmatch(sent):
        raise NotAcceptable(400, "If-Match is not a list of entity tags.", remedy='Send the ETag as it came: "24".')
    tags = re.findall(_TAG, sent)
    if all(tag.startswith("W/") for tag in tags):
        raise EditedMeanwhile(
            f"{sent.strip()} is a weak tag, and If-Match compares strongly: it never matches.",
            remedy='Send the ETag as it came, without W/: "24".',
            field="If-Match",
        )
    return tuple(int(found.group(1)) for tag in tags[:MAX_TAGS] if (found := _STRONG.fullmatch(tag)))


EditorDep = Annotated[Caller, Depends(the_editor)]
