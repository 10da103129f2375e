"""What a refusal means: codes, fields or text, in any language and from any pooler, to one Refusal, and what to do."""

import re

from pgconn.model.refusal import Refusal
from pgconn.refusals.pages import meaning_of
from pgconn.refusals.reading import read_fields, read_text

__all__ = ["advice", "read_fields", "read_text", "who_can_enter"]


def advice(refusal: Refusal) -> str:
    """What to do next, in one sentence without a full stop, for the line that begins with `hint:`."""
    if refusal.limit == "pooler_login" and refusal.behind is not None:
        return f"the pooler cannot log in to the server behind it; there, {meaning_of(refusal.behind).advice}"
    page = meaning_of(refusal.limit)
    fitting = (one.advice for one in page.advice_by_words if re.search(one.words, refusal.message))
    return next(fitting, page.advice)


def who_can_enter(refusal: Refusal) -> str | None:
    """Who the same server would still let in; None where the refusal says nothing about others."""
    return meaning_of(refusal.limit).who_can_enter
