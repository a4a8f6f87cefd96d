"""Operations on the directory, on the command line: in sentences, with how each engagement reacted."""

from typing import Any

from cli.layout import Columns
from cli.terminal import counted, hanging, say, say_command, show_table


def show_done(done: dict[str, Any]) -> None:
    """What an operation did, and where to see its effects."""
    for sentence in (*done["done"], *done["cannot"]):
        say(hanging(sentence))
    if done["concerned"]:
        say_command(f"interlock people operation {done['operation']}", "The effects in each engagement:")
    else:
        say(f"Operation {done['operation']}.")


def show_operations(found: dict[str, Any]) -> None:
    for operation in found["operations"]:
        _show(operation)
    if not found["operations"]:
        say("Nothing has been done yet.")


def _show(operation: dict[str, Any]) -> None:
    known = "" if operation["synced_at"] else "; engagements are being told"
    say(f"{operation['operation']}  {operation['at_shown']}, {operation['by_name']}{known}")
    for sentence in operation["done"]:
        say(hanging(f"    {sentence}", 6))


def show_operation(found: dict[str, Any]) -> None:
    """One operation, how each engagement reacted to it, and how to fill what fell vacant."""
    operation = found["operation"]
    _show(operation)
    show_table({"items": found["engagements"]}, OUTCOME_COLUMNS, "No engagement was told.")
    if any("vacant: " in row["detail"] for row in found["engagements"]):
        say_command("interlock role propose DEAL ROLE PERSON", "A vacant role is filled with:")
    if any("not covered: " in row["detail"] for row in found["engagements"]):
        say_command("interlock people delegate PERSON TO FIRST LAST", "Somebody stands in for days with:")


def show_leaving(found: dict[str, Any]) -> None:
    """What would happen if someone left; nothing is done."""
    say(f"Nothing is done. {found['person_id']} would leave:")
    show_effects(found["engagements"])
    if not found["engagements"]:
        say("No running engagement is affected.")
    if found["unfit"]:
        say(hanging(f"It would be refused: {'; '.join(found['unfit'])}. Name another successor, or --leave-vacant.", 4))


def show_effects(engagements: list[dict[str, Any]]) -> None:
    """What happens to roles, asks and documents in each engagement."""
    for engagement in engagements:
        say(f"{engagement['engagement_id']}  {engagement['title']}")
        for role in engagement["roles"]:
            say(hanging(f"    {role['role']} ({role['held_by']}): {_then(role)}", 6))
        if engagement["asks"]:
            say(f"    {counted(engagement['asks'], 'open ask moves', 'open asks move')} to somebody else")
        if engagement["refused"]:
            say(hanging(f"    cannot take this change: {engagement['refused']}", 6))
        for sentence in engagement["documents"]:
            say(hanging(f"    {sentence}", 6))


def _then(role: dict[str, Any]) -> str:
    if role["asked"]:
        return f"{role['asked']} is asked to take over"
    return f"vacant; {role['because']}" if role["because"] else "vacant"


OUTCOME_COLUMNS: Columns = {
    "deal": lambda row: row["engagement_id"],
    "outcome": lambda row: row["outcome"],
    "what": lambda row: row["detail"] or "–",
}
