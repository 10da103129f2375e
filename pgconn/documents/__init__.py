"""What the commands answer, one module each; here what any of them answers in JSON when it fails."""

from typing import Literal

from pgconn.model import Value
from pgconn.model.refusal import Refusal


class Failure(Value, frozen=True, kw_only=True, tag_field="kind", tag="error"):
    """What went wrong, what to do about it, the exit code, and the refusal where a connection was turned away."""

    version: Literal[1] = 1
    message: str
    hint: str | None
    exit: int
    refusal: Refusal | None = None
