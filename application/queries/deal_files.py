"""A deal file checked against the current directory and playbook, before anything is done with it."""

from adapters.files.deal_file import deal_from
from adapters.files.yaml_source import FileRefused, parse_source
from application.commands.administration import DirectoryFileRefused
from application.context import Interlock
from application.off_loop import off_loop
from application.queries.access import require_of_the_firm
from domain.deal_file.model import DealFile
from domain.shared.transaction import Actor
from domain.shared.values import Value


class CheckedDeal(Value):
    """A deal file without errors: what it says, and a warning for each key that is ignored."""

    deal: DealFile
    warnings: tuple[str, ...]


async def check_deal_file(app: Interlock, actor: Actor, content: bytes) -> CheckedDeal:
    """The deal that a file holds. Raises FileNotTaken with all that is wrong in it; PermissionDenied for a client."""
    directory = await require_of_the_firm(app, actor)
    playbook = await off_loop(app.registry.playbook)

    def checked() -> CheckedDeal:
        try:
            deal, warnings = deal_from(parse_source("deal", content), directory, playbook)
        except FileRefused as refused:
            raise DirectoryFileRefused.of(refused) from None
        return CheckedDeal(deal=deal, warnings=warnings)

    return await off_loop(checked)
