"""Who sends a form of the site, and the key by which a form that is sent twice is recognised."""

import uuid
from secrets import token_urlsafe

from fastapi import Request

from api.pages.forms import Form
from api.pages.visitor import CHANNEL, Visitor
from application.authentication import Caller

# The field with the key that each form gets when it is shown: pressed twice, it has one effect.
ONCE = "once"
MAX_KEY = 64


def page_caller(request: Request, visitor: Visitor, form: Form) -> Caller:
    """The caller of the one command that a form gives."""
    once = form.get(ONCE, "")
    plain = once.isascii() and once.isprintable() and 0 < len(once) <= MAX_KEY
    return Caller(actor=visitor.actor, route=f"{CHANNEL} {request.url.path}", key=once if plain else uuid.uuid4().hex)


def form_key() -> str:
    """A key for a form that is about to be shown."""
    return token_urlsafe(12)
