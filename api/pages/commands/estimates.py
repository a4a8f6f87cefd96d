"""Forms for hours: an expert's three points, and the lead's choice among several."""

from collections.abc import Iterator

from api.pages.commands.fields import Field, FieldKind, named
from api.pages.commands.form import CommandForm, FormContext, gives
from application.queries.scope import PackageView
from domain.engagement.scope.commands import ChooseEstimate, GiveEstimate

HOURS_HELP = "Optimistic/likely/pessimistic, as 40/60/100"
STAYS = "One a line. Left empty, what you gave before stays."


def hours_columns(items: list[tuple[str, str]]) -> tuple[Field, ...]:
    """The columns of an estimate; `items`: what can be estimated, with labels."""
    return (
        Field("package", "What", FieldKind.CHOICE, needed=True, choices=named(items)),
        Field("hours", "Hours", needed=True, help=HOURS_HELP),
        Field("assumptions", "Assumptions", FieldKind.LINES, help=STAYS),
        Field("risks", "Risks", FieldKind.LINES, help=STAYS),
    )


def _own(about: FormContext) -> Iterator[PackageView]:
    """Packages of the reader's disciplines, or the one that the form is about."""
    own = {role.partition(":")[2] for role, people in about.view.experts.items() if about.reader in people}
    for package in about.view.packages:
        if package.removed_by is None and package.discipline in own and about.subject in {"", package.id}:
            yield package


def _estimates(about: FormContext) -> tuple[Field, ...]:
    packages = tuple(_own(about))
    columns = hours_columns([(one.id, f"{one.id} {one.title}") for one in packages])
    rows = tuple(_hours_row(package, about) for package in packages)
    return (
        Field("estimates", "Hours", FieldKind.ROWS, columns=columns, rows=rows, key="hours"),
        Field("reason", "Why they differ", FieldKind.LONG, help="Needed if delivery has attested other hours."),
    )


def _hours_row(package: PackageView, about: FormContext) -> dict[str, str]:
    given = next((one for one in package.estimates if one.by == about.reader), None)
    if given is None:
        return {"package": package.id}
    texts = {"assumptions": "\n".join(given.assumptions), "risks": "\n".join(given.risks)}
    return {"package": package.id, "hours": given.hours.written, **texts}


def _choice(about: FormContext) -> tuple[Field, ...]:
    package = next((one for one in about.view.packages if one.id == about.subject), None)
    estimates = package.estimates if package else ()
    given = "\n".join(f"{about.view.people.get(one.by, one.by)}: {one.hours.written}" for one in estimates)
    return (
        Field("given", "Hours given", FieldKind.SHOWN, value=given or "none yet"),
        Field("hours", "The hours that count", needed=True, help=HOURS_HELP),
        Field("statement", "Why these", FieldKind.LONG, needed=True),
    )


FORMS = (
    CommandForm(
        "give-estimate",
        "Give hours",
        "scope",
        GiveEstimate,
        gives(GiveEstimate),
        _estimates,
        lead="Delivery is asked to attest them. Your hours stand beside those of other experts.",
        replaces=True,
    ),
    CommandForm(
        "choose-estimate",
        "Choose the hours",
        "scope",
        ChooseEstimate,
        gives(ChooseEstimate, "package"),
        _choice,
        "package",
        replaces=True,
        lead="Of several estimates of a package, these hours count: one expert's, or hours between theirs.",
    ),
)
