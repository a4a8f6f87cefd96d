"""Which tables are built from the record, and so are rebuilt by `interlock rebuild`."""

from sqlmodel import SQLModel

from adapters.db.tables.asks import (
    AskPersonRow,
    AskRow,
    AskWaiterRow,
    StepPersonRow,
    TaskRow,
    VacancyPersonRow,
    VacancyRow,
)
from adapters.db.tables.engagements import (
    ChangeOrderRow,
    CounterRow,
    EngagementCastRow,
    EngagementPersonRow,
    EngagementRow,
    EngagementSearchRow,
    PipelineHoursRow,
    StatePartRow,
)

READ_MODEL: tuple[type[SQLModel], ...] = (
    EngagementRow,
    EngagementSearchRow,
    ChangeOrderRow,
    StatePartRow,
    AskRow,
    AskPersonRow,
    AskWaiterRow,
    EngagementPersonRow,
    EngagementCastRow,
    VacancyRow,
    VacancyPersonRow,
    StepPersonRow,
    TaskRow,
    CounterRow,
    PipelineHoursRow,
)
