"""The handlers of this slice's commands, and of the ends of its asks."""

from domain.asks.model import AskKind
from domain.engagement.handler_types import Handlers, Reactions
from domain.engagement.roles import accepting, expectations, leaving, proposing, releasing
from domain.engagement.roles.commands import (
    AgreeExpectations,
    NameParty,
    ProposeHolder,
    ReleaseRole,
    ReplaceHolder,
    RequestRole,
    TakeDirectory,
)

HANDLERS: Handlers = {
    ProposeHolder: proposing.propose_holder,
    ReplaceHolder: proposing.replace_holder,
    ReleaseRole: releasing.release_role,
    RequestRole: proposing.request_role,
    AgreeExpectations: expectations.agree_expectations,
    NameParty: releasing.name_party,
    TakeDirectory: leaving.take_directory,
}
REACTIONS: Reactions = {
    AskKind.ACCEPT_ROLE: accepting.on_role_answered,
    AskKind.ALLOW_ROLE: accepting.on_role_answered,
    AskKind.CONFIRM_EXPECTATIONS: expectations.on_expectations_answered,
}
