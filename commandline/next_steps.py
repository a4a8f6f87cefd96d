"""What comes next, on the command line: of one deal, and of whoever looks."""

from typing import Any

from commandline.terminal import front_door, hanging, said_plainly, say, show

MOST_PREPARED = 20
"""Lines that are shown of what stands prepared for a step; of more it says how many."""


def next_steps(token: str, url: str | None, *, as_json: bool) -> None:
    """What waits for whoever the token is, the most pressing first."""
    with said_plainly():
        show(front_door(url, token).get("me", "/next-steps"), _show_mine, as_json=as_json)


def _show_mine(found: dict[str, Any]) -> None:
    for step in found["items"]:
        named = f" [{step['ask']}]" if step["ask"] else ""
        stopped = "STOPPED by a technical fault. " if step["stopped"] else ""
        say(hanging(f"{stopped}{_due(step)}  {step['what']}{named}"))
        say(f"    {step['engagement']} {step['title']} for {step['client']}")
        if step["candidates"]:
            say(f"    Could take it: {', '.join(one['name'] for one in step['candidates'])}.")
        _show_prepared(step, 4)
        say(f"    {step['command']}")
    if not found["items"]:
        say("Nothing waits for you.")
    if found["more"]:
        say("There is more: do these first.")
    if found["incomplete"]:
        say(found["incomplete"])


def show_next_steps(steps: list[dict[str, Any]]) -> None:
    """What comes next in a deal, whose it is, by when, why and how it is done; each begins on a line of its own."""
    for step in steps:
        role = f" ({step['who']['role']})" if step["who"]["role"] else ""
        named = f" [{step['ask']}]" if step["ask"] else ""
        say(hanging(f"  NEXT {step['who']['name']}{role}: {step['what']}{named}"))
        say(f"       {_due(step)}. {step['why']}")
        say(f"       {step['remedy']}")
        _show_prepared(step, 7)
        say(f"       {step['command']}")
        if step["reason"]:
            say(hanging(f"       Returned: {step['reason']}"))


def _show_prepared(step: dict[str, Any], indent: int) -> None:
    """What the command takes as it stands."""
    for line in step["prepared"][:MOST_PREPARED]:
        say(hanging(f"{' ' * indent}prepared {line}", indent + 2))
    if len(step["prepared"]) > MOST_PREPARED:
        say(f"{' ' * indent}and {len(step['prepared']) - MOST_PREPARED} more: --json shows all")


def _due(step: dict[str, Any]) -> str:
    if step["paused"]:
        return "Paused"
    return f"OVERDUE since {step['due_shown']}" if step["overdue"] else f"Due {step['due_shown']}"
