"""The cookie that names a session on the pages, which REST accepts from browsers too."""

import hmac

from fastapi import Request

from application.sign_in.sessions import csrf_of

# The header by which a page of ours shows that a request comes from it.
CSRF_HEADER = "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def cookie_name(request: Request) -> str:
    """Bound to this host alone where pages are served over TLS."""
    return "__Host-interlock" if request.app.state.is_secure else "interlock"


def session_secret(request: Request) -> str:
    """The secret in the cookie; empty if there is none."""
    return request.cookies.get(cookie_name(request), "")


def comes_from_own_page(request: Request, secret: str) -> bool:
    """True for what changes nothing, and for a request that carries the value that only our own pages know."""
    sent = request.headers.get(CSRF_HEADER, "")
    return request.method in SAFE or hmac.compare_digest(sent.encode(), csrf_of(secret).encode())
