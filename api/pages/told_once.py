"""What a form did, told on the page that follows it, once.

It travels in a cookie that only the server reads: an address could be made up by others, and be sent to somebody.
"""

import base64
import binascii

from fastapi import Request
from fastapi.responses import Response

COOKIE = "told"
MAX_TEXT = 600
LASTS_SECONDS = 60


def tell_once(request: Request, answer: Response, text: str) -> None:
    """Has the next page say this."""
    packed = base64.urlsafe_b64encode(text[:MAX_TEXT].encode()).decode()
    answer.set_cookie(
        COOKIE, packed, max_age=LASTS_SECONDS, secure=request.app.state.is_secure, httponly=True, samesite="lax"
    )


def told_once(request: Request) -> str:
    """What the form before this page did; empty if there is nothing to tell."""
    try:
        return base64.urlsafe_b64decode(request.cookies.get(COOKIE, "")).decode()[:MAX_TEXT]
    except (binascii.Error, ValueError):
        return ""


def forget_told(request: Request, answer: Response) -> None:
    """So that it is told once."""
    if COOKIE in request.cookies:
        answer.delete_cookie(COOKIE, secure=request.app.state.is_secure, httponly=True, samesite="lax")
