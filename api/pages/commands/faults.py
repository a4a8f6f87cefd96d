"""What is wrong with what was typed, at its fields and in their labels."""

import re
from collections.abc import Sequence

from api.pages.commands.fields import Field
from api.problems import FieldError, ProblemDetails

# Of a field in a row, after the name of the rows: `0.title`.
_ROW = re.compile(r"([0-9]+)(?:\.(.+))?$")

NOT_YET = "Some of what you typed cannot be taken yet"


def faults_of(problem: ProblemDetails, fields: Sequence[Field]) -> dict[str, str]:
    """What is wrong, by the name of the field; what is wrong within a value stands at its field."""
    errors = problem.errors or ((FieldError(field=problem.field, message=problem.detail),) if problem.field else ())
    found: dict[str, str] = {}
    for error in errors:
        name = error.field
        while name and not any(_is_of(field, name) for field in fields):
            name = name.rpartition(".")[0]
        if name:
            found.setdefault(name, error.message)
    return found


def _is_of(field: Field, name: str) -> bool:
    """True for the name of a field, of one of its rows, or of a field in a row."""
    if name == field.name:
        return True
    row = _ROW.match(name.removeprefix(f"{field.name}.")) if name.startswith(f"{field.name}.") else None
    return row is not None and (row[2] is None or any(column.name == row[2] for column in field.columns))


def by_row(problem: ProblemDetails, fields: Sequence[Field]) -> ProblemDetails:
    """Names fields as the page does: `packages.0.title` is `Work packages, row 1, Title`."""
    if not problem.errors:
        return problem
    errors = tuple(error.model_copy(update={"field": _called(error.field, fields)}) for error in problem.errors)
    detail = "One value does not fit." if len(errors) == 1 else f"{len(errors)} values do not fit."
    return problem.model_copy(update={"errors": errors, "detail": detail, "title": NOT_YET})


def _called(name: str, fields: Sequence[Field]) -> str:
    for field in fields:
        row = _ROW.match(name.removeprefix(f"{field.name}.")) if name.startswith(f"{field.name}.") else None
        if row is not None:
            labels = {column.name: column.label for column in field.columns}
            inner = f", {labels.get(row[2], row[2])}" if row[2] else ""
            return f"{field.label}, row {int(row[1]) + 1}{inner}"
        if name == field.name or name.startswith(f"{field.name}."):
            return field.label
    return name
