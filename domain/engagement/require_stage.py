"""Checks whether an engagement is at a stage in which a command makes sense."""

from domain.engagement.aggregate import Engagement
from domain.playbook.model import Stage
from domain.shared.errors import NotNow


def require_stage(state: Engagement, *stages: Stage) -> None:
    """Raises NotNow unless the engagement is at one of these stages."""
    if state.stage not in stages:
        wanted = " or ".join(stage.value for stage in stages)
        raise NotNow(
            f"This is only possible in the stage {wanted}; the engagement is in {state.stage.value}.",
            remedy="Check what the engagement is waiting for.",
        )
