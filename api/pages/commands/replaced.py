"""What a form begins with and sends back, so that what others changed meanwhile is not lost.

Weighed: the version of the engagement alone, as `If-Match` has it. An engagement's version moves with every answer and
every clock, so whoever types for half an hour would be refused although nobody touched what they edit. So a form
carries a digest of each part that it replaces; the version is then that at which these were found unchanged.
"""

from collections.abc import Iterator, Mapping, Sequence

from api.pages.commands.fields import Field, FieldKind
from api.pages.commands.rows import IDENTIFIER
from domain.shared.errors import EditedMeanwhile
from domain.shared.values import digest

BASIS = "basis"
MAX_NAMED = 10
DIGITS = 8


def basis_of(fields: Sequence[Field]) -> str:
    """What a form begins with, a digest of each part: `W1=1f0c22ab,W2=…`."""
    return ",".join(f"{name}={digest(dict(part))[:DIGITS]}" for name, part in _parts(fields))


def _parts(fields: Sequence[Field]) -> Iterator[tuple[str, Mapping[str, str]]]:
    for field in fields:
        if field.kind is FieldKind.ROWS:
            yield from ((_named(field, n, row), row) for n, row in enumerate(field.rows, 1))
        elif field.value:
            yield field.name, {"value": field.value}


def _named(field: Field, n: int, row: Mapping[str, str]) -> str:
    return row.get(IDENTIFIER) or row.get("item") or f"{field.name}.{n}"


def require_unchanged(basis: str, fields: Sequence[Field]) -> None:
    """Raises EditedMeanwhile, naming what differs from what the form began with."""
    before, now = _read(basis), _read(basis_of(fields))
    labels = {field.name: field.label for field in fields}
    said = [
        *(f"{_called(name, labels)} was changed" for name in before if name in now and before[name] != now[name]),
        *(f"{_called(name, labels)} was removed" for name in before if name not in now),
        *(f"{_called(name, labels)} was added" for name in now if name not in before),
    ]
    if said:
        more = f", and {len(said) - MAX_NAMED} more" if len(said) > MAX_NAMED else ""
        raise EditedMeanwhile(
            f"Since you opened this form, {'; '.join(said[:MAX_NAMED])}{more}.",
            remedy="Compare what you typed with what is so now, shown below. Sent again, the form replaces that.",
        )


def _called(name: str, labels: Mapping[str, str]) -> str:
    """A field by its label, an item by its id."""
    field, _, number = name.partition(".")
    label = labels.get(field, field)
    return f"{label} {number}".strip()


def _read(basis: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in basis.split(",") if "=" in part)
