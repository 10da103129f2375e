"""What a refusal means: codes, fields or text, in any language and from any pooler, to one Refusal."""

from pgconn.refusals.advice import advice, who_can_enter
from pgconn.refusals.reading import read_fields, read_text

__all__ = ["advice", "read_fields", "read_text", "who_can_enter"]
