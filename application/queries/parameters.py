"""Query parameters that entry points share."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from domain.shared.text import composed, one_line, without_controls
from domain.shared.values import Whole

# In a URL, its bare name sets it: `?mine&open`.
Flag = Annotated[bool, BeforeValidator(lambda given: True if given == "" else given)]
Limit = Annotated[Whole, Field(ge=1, le=100)]
# Part of a text, in the form in which texts are stored.
Sought = Annotated[
    str, Field(max_length=100), BeforeValidator(composed), AfterValidator(one_line), AfterValidator(without_controls)
]
