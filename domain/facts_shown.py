"""The facts of an ask as people read them: without what is a hash, roles and people by their names."""

from collections.abc import Mapping

from domain.asks import AskKind
from domain.engagement.estimates import with_estimators_named
from domain.people import Cast
from domain.playbook import role_label
from domain.words import readable, readable_facts

ROLE = "role"
"""The fact that is the identifier of a role."""
CALLED = {AskKind.ACCEPT_MILESTONE: {"share": "share of progress", "note": "what was delivered"}}
"""What facts are called where they are shown, by the kind of ask: they are bound by a shorter name."""


def facts_shown(cast: Cast, kind: AskKind, facts: Mapping[str, str]) -> dict[str, str]:
    """All of them, each called what it is; those that are digests alone are left out."""
    shown = {name: fact_shown(cast, kind, name, facts[name]) for name in readable_facts(facts)}
    return called_as_shown(kind, shown)


def called_as_shown(kind: AskKind, facts: Mapping[str, str]) -> dict[str, str]:
    """The same facts, each by the name that people read."""
    called = CALLED.get(kind, {})
    return {called.get(name, name): text for name, text in facts.items()}


def fact_shown(cast: Cast, kind: AskKind, name: str, value: str) -> str:
    """One of them; empty where it is a digest alone."""
    text = readable(name, value)
    if kind is AskKind.ATTEST_ESTIMATE:
        return with_estimators_named(cast, text)
    return role_label(text) if name == ROLE else text
