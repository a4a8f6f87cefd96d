"""Forms for roles and the people of the deal."""

from collections.abc import Iterator

from api.pages.commands.choices import client_people, colleagues
from api.pages.commands.fields import Field, FieldKind, Given
from api.pages.commands.form import CommandForm, FormContext, Sending, gives, with_reason
from api.pages.forms import checked
from application.commands.carry_out import Receipt
from application.commands.roles import (
    NewParty,
    ProposalBody,
    Replacement,
    RoleRequestBody,
    name_party,
    propose_holder,
    replace_holder,
    request_role,
)
from domain.engagement.roles.commands import (
    AgreeExpectations,
    NameParty,
    ProposeHolder,
    ReleaseRole,
    ReplaceHolder,
    RequestRole,
)
from domain.engagement.roles.values import Party
from domain.shared.values import PersonId, Value

EXPECTATIONS = Field(
    "expectations",
    "What is expected of them",
    FieldKind.ROWS,
    columns=(Field("what", "What is expected", FieldKind.LONG, needed=True), Field("by", "By when", FieldKind.DATE)),
    is_folded=True,
)
WAIVER = (
    Field("waiver.reason", "Why they may hold it although levels are missing", FieldKind.LONG, help="Only if any are."),
    Field("waiver.until", "The waiver ends on", FieldKind.DATE),
)


class ChosenParty(Value):
    party: Party


def _holder_now(about: FormContext) -> Iterator[Field]:
    """Who holds the role, and who is asked, for those who see the engagement."""
    row = next((row for row in about.seen.coverage if row.role == about.subject), None) if about.seen else None
    if row is not None:
        yield Field("holder", "Held now by", FieldKind.SHOWN, value=row.holder_name or "nobody")
        if row.proposed:
            yield Field("asked", "Asked now", FieldKind.SHOWN, value=about.directory.name_of(PersonId(row.proposed)))


def _proposal(about: FormContext) -> tuple[Field, ...]:
    chosen = about.chosen or ""
    fields = (
        *_holder_now(about),
        Field("person_id", "Who", FieldKind.CHOICE, needed=True, value=chosen, choices=colleagues(about.directory)),
        EXPECTATIONS,
        Field("until", "Until", FieldKind.DATE, help="Needed for a second role of the project manager."),
        *WAIVER,
    )
    further = Field("further", "In addition to the present expert", FieldKind.CHECK)
    return (*fields, further) if about.subject.startswith("expert:") else fields


def _replacement(about: FormContext) -> tuple[Field, ...]:
    return (
        *_holder_now(about),
        Field(
            "person_id", "Who is to take it over", FieldKind.CHOICE, needed=True, choices=colleagues(about.directory)
        ),
        Field("reason", "Why", FieldKind.LONG, needed=True),
        Field("last_day", "Last day of the present holder", FieldKind.DATE),
        EXPECTATIONS,
        *WAIVER,
    )


def _expectations(about: FormContext) -> tuple[Field, ...]:
    row = next((row for row in about.view.coverage if row.role == about.subject), None)
    known = row.expectations if row else ()
    rows = tuple({"what": one.what, "by": one.by.isoformat() if one.by else ""} for one in known)
    return (EXPECTATIONS._replace(rows=rows, is_folded=False),)


def _request(_about: FormContext) -> tuple[Field, ...]:
    return (
        Field("words", "In your own words: why you take it on", FieldKind.LONG, needed=True),
        Field("until", "Until", FieldKind.DATE),
    )


def _party(about: FormContext) -> tuple[Field, ...]:
    named_now = about.view.holders.get(about.subject)
    now = about.directory.name_of(PersonId(named_now)) if named_now else "nobody"
    people = colleagues(about.directory) if about.subject == "provider_sponsor" else client_people(about)
    return (
        Field("holder", "Named now", FieldKind.SHOWN, value=now),
        Field("person_id", "Who", FieldKind.CHOICE, needed=True, choices=people),
        Field("reason", "Why", FieldKind.LONG, needed=True),
    )


async def _propose(sending: Sending) -> Receipt:
    body = checked(ProposalBody, _without_empty_waiver(sending.given))
    return await propose_holder(sending.app, sending.caller, sending.engagement_id, sending.subject, body)


async def _replace(sending: Sending) -> Receipt:
    body = checked(Replacement, _without_empty_waiver(sending.given))
    return await replace_holder(sending.app, sending.caller, sending.engagement_id, sending.subject, body)


async def _ask_for(sending: Sending) -> Receipt:
    body = checked(RoleRequestBody, sending.given)
    return await request_role(sending.app, sending.caller, sending.engagement_id, sending.subject, body)


async def _name(sending: Sending) -> Receipt:
    party = checked(ChosenParty, {"party": sending.subject}).party
    return await name_party(sending.app, sending.caller, sending.engagement_id, party, checked(NewParty, sending.given))


def _without_empty_waiver(given: Given) -> Given:
    return {name: value for name, value in given.items() if name != "waiver" or value}


FORMS = (
    CommandForm(
        "propose-holder",
        "Propose somebody",
        "people",
        ProposeHolder,
        _propose,
        _proposal,
        "role",
        replaces=True,
        lead="They are asked to accept the role, in their own words. Nobody holds a role by default.",
    ),
    CommandForm(
        "replace-holder",
        "Replace the holder",
        "people",
        ReplaceHolder,
        _replace,
        _replacement,
        "role",
        lead="Somebody else is asked to take the role over. Its holder stays until they accept, or until the last day.",
    ),
    CommandForm(
        "request-role",
        "Ask for it yourself",
        "people",
        RequestRole,
        _ask_for,
        _request,
        "role",
        lead="The head of the role's function is asked to allow it.",
    ),
    CommandForm(
        "release-role",
        "Give the role up",
        "people",
        ReleaseRole,
        gives(ReleaseRole, "role"),
        with_reason("Why"),
        "role",
        is_grave=True,
        lead="The role is vacant from now on, and whoever heads its function must fill it.",
    ),
    CommandForm(
        "agree-expectations",
        "Say what is expected",
        "people",
        AgreeExpectations,
        gives(AgreeExpectations, "role"),
        _expectations,
        "role",
        replaces=True,
        lead="The client is asked to confirm it.",
    ),
    CommandForm(
        "name-party",
        "Name somebody",
        "people",
        NameParty,
        _name,
        _party,
        "party",
        replaces=True,
        lead="They have this part from now on.",
    ),
)
