"""What a refusal means: codes, fields or text, in any language and from any pooler, to one Refusal, and what to do."""

from pgconn.model.refusal import Refusal
from pgconn.refusals.pages import has_words, meaning_of
from pgconn.refusals.reading import EMPTY, read_fields, read_text

__all__ = ["EMPTY", "advice", "read_fields", "read_text", "who_can_enter"]


def advice(refusal: Refusal) -> str:
    """What to do next, in one sentence without a full stop, for the line that begins with `hint:`."""
    if is_refused_behind(refusal):
        return meaning_of("refused_behind").advice
    page = meaning_of(refusal.limit, refusal.source)
    fitting = (one.advice for one in page.advice_by_words if has_words(one.words, refusal))
    if refusal.limit == "pooler_login" and refusal.behind is not None and refusal.behind != "login":
        return f"the pooler cannot log in to the server behind it; there, {meaning_of(refusal.behind).advice}"
    return next(fitting, page.advice)


def who_can_enter(refusal: Refusal) -> str | None:
    """Who the same server would still let in; None where the refusal says nothing about others."""
    return meaning_of(refusal.limit, refusal.source).who_can_enter


def is_refused_behind(refusal: Refusal) -> bool:
    """Whether it hides what the server behind a pooler said: the empty error, or what the pooler's log has of it."""
    return refusal.source == EMPTY.source and (refusal.message == EMPTY.message or refusal.behind == "unknown")
