"""The ids of commands, by which engine and ledger recognise a repeat, or a key that is used for another body."""

import hashlib

from application.authentication import Caller


def request_id(caller: Caller, stream: str) -> str:
    """The id of an update: the same caller, route and key on the same stream is the same request."""
    text = f"{caller.actor.person_id}|{caller.route}|{stream}|{caller.key}"
    return hashlib.sha256(text.encode()).hexdigest()


def bound_id(caller: Caller, stream: str, body: str) -> str:
    """The id of a command, bound to its body: by it the ledger recognises a repeat, or a key reused for another."""
    return f"{request_id(caller, stream)}.{body[:16]}"
