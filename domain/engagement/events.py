"""All events of an engagement, from all slices."""

from typing import Annotated

from pydantic import Field

from domain.asks.events import AnyAskEvent
from domain.engagement.acts_owed.events import AnyActEvent
from domain.engagement.changes.events import AnyChangesEvent
from domain.engagement.closing.events import AnyClosingEvent
from domain.engagement.delivery.events import AnyDeliveryEvent
from domain.engagement.documents.events import AnyDocumentsEvent
from domain.engagement.engagement_events import AnyLifecycleEvent
from domain.engagement.needs.events import AnyNeedsEvent
from domain.engagement.playbook.events import AnyPlaybookEvent
from domain.engagement.pricing.events import AnyPricingEvent
from domain.engagement.roles.events import AnyRoleEvent
from domain.engagement.scope.events import AnyScopeEvent
from domain.engagement.tasks.events import AnyTasksEvent

AnyEngagementEvent = Annotated[
    AnyAskEvent
    | AnyLifecycleEvent
    | AnyActEvent
    | AnyChangesEvent
    | AnyClosingEvent
    | AnyDeliveryEvent
    | AnyDocumentsEvent
    | AnyNeedsEvent
    | AnyPlaybookEvent
    | AnyPricingEvent
    | AnyRoleEvent
    | AnyScopeEvent
    | AnyTasksEvent,
    Field(discriminator="kind"),
]
