"""Sessions on the pages: begun at sign-in, ended by signing out, by idleness, by age, or by someone's leaving."""

import hashlib
import hmac
from datetime import timedelta

from adapters.db.web_sessions import WebSession
from application.authentication import require_administrator
from application.context import Interlock
from application.off_loop import off_loop
from domain.shared.errors import NotFound
from domain.shared.transaction import Actor
from domain.shared.values import PersonId

# A session ends when it is not used for this long, and at this age however much it is used.
IDLE = timedelta(hours=12)
LASTS = timedelta(days=7)
# How exactly it is known when a session was last used: each look writes no more often than this.
SEEN_EVERY = timedelta(minutes=1)
MAX_SECRET = 100
MAX_LISTED = 200


async def begin_session(app: Interlock, person_id: PersonId, *, by: str) -> str:
    """Begins a session and returns the secret for its cookie. `by`: how the person signed in."""
    now = app.clock()
    return await off_loop(lambda: app.sessions.begin(person_id, by, now, now - LASTS))


async def session_of(app: Interlock, secret: str) -> WebSession | None:
    """The session of a cookie; None if it is unknown or has ended, or its person is not active."""
    if not secret or len(secret) > MAX_SECRET or not secret.isascii():
        return None
    found = await off_loop(lambda: app.sessions.of_secret(secret))
    now = app.clock()
    if found is None or now - found.seen_at >= IDLE or now - found.begun_at >= LASTS:
        return None
    person = (await off_loop(app.registry.directory)).person(found.person_id)
    if person is None or not person.active:
        return None
    if now - found.seen_at >= SEEN_EVERY:
        await off_loop(lambda: app.sessions.was_seen(secret, now))
    return found


async def end_session(app: Interlock, secret: str) -> None:
    await off_loop(lambda: app.sessions.end(secret))


async def end_session_by_id(app: Interlock, actor: Actor, session_id: str) -> None:
    """Ends someone's session, for the administrator. Raises PermissionDenied, NotFound."""
    require_administrator(actor, await off_loop(app.registry.directory))
    if not await off_loop(lambda: app.sessions.end_known(session_id)):
        raise NotFound("This session has ended already.", remedy="Look at the list again.")


async def sessions_of(app: Interlock, actor: Actor, person_id: PersonId | None = None) -> tuple[WebSession, ...]:
    """Open sessions, of one's own or, for the administrator, of anyone or everyone. Raises PermissionDenied."""
    if person_id != actor.person_id:
        require_administrator(actor, await off_loop(app.registry.directory))
    since = app.clock() - LASTS
    return await off_loop(lambda: app.sessions.open_ones(person_id, since, MAX_LISTED))


def csrf_of(secret: str) -> str:
    """The value that forms of a session carry: made from its secret, which no other site knows."""
    return hmac.new(secret.encode(), b"interlock form", hashlib.sha256).hexdigest()
