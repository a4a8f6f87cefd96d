"""What the demo's summary says of a deal: its figures, and how it was decided."""

from typing import Any

Json = dict[str, Any]
FIGURES = ("hours_p50", "hours_p80", "cost_p50", "cost_p80", "services", "price", "margin_p50", "margin_p80")


def figures_of(state: Json) -> Json:
    """The figures of an engagement as the API shows it, and those of its close; money as text, margins as numbers."""
    figures, closing = state["figures"] or {}, state["closing"] or {}
    return {
        **{name: _plain(figures.get(name), as_number=name.startswith("margin")) for name in FIGURES},
        "realised_margin": _plain(closing.get("realised_margin"), as_number=True),
        "commission": _plain(closing.get("commission")),
    }


def decision_of(state: Json) -> Json | None:
    """How the deal was decided, or is being decided; None if no one has been asked yet."""
    decided = state["decision"]
    if decided is not None:
        voters = sorted(decided["voters"])
        return {"method": decided["method"], "voters": voters, "final_authority": decided["final_authority"]}
    asked = next((ask for ask in state["asks"] if ask["kind"] == "decide_deal"), None)
    return decision_asked(asked) if asked else None


def decision_asked(ask: Json) -> Json:
    """Who decides, by what was asked of them."""
    voters = sorted(role for voter in ask["voters"] for role in voter["roles"])
    return {"method": ask["method"], "voters": voters, "final_authority": ask["final_role"] or voters[0]}


def _plain(value: str | None, *, as_number: bool = False) -> str | float | None:
    if value is None:
        return None
    return float(value) if as_number else value
