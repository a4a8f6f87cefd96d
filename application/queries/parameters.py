"""The read side that front doors share: lists, one thing whole, documents, the record. It changes nothing."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from domain.shared.text import composed, one_line, without_controls
from domain.shared.values import Whole

# In an address, its bare name sets it: `?mine&open`.
Flag = Annotated[bool, BeforeValidator(lambda given: True if given == "" else given)]
Limit = Annotated[Whole, Field(ge=1, le=100)]
# A piece of a text, in the form in which texts are kept.
Sought = Annotated[
    str, Field(max_length=100), BeforeValidator(composed), AfterValidator(one_line), AfterValidator(without_controls)
]
