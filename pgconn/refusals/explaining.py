"""A refusal explained: the limit's meaning, for its source and its message."""

import re
from typing import Final, get_args

from msgspec.structs import replace

from pgconn.documents.explanation import Explanation
from pgconn.model.finding import Remedy
from pgconn.model.refusal import WANT_OF_SLOT, Limit, Refusal
from pgconn.refusals import advice, who_can_enter
from pgconn.refusals.pages import Meaning, meaning_of, sqlstates

_LACKS_A_SLOT: Final[frozenset[Limit]] = WANT_OF_SLOT | {"pooler_login"}
_ADVISED: Final = frozenset(("login", "no_such_database", "no_listener", "not_a_limit", "recovery", "pooler_login"))


def explain(refusal: Refusal) -> Explanation:
    """All that is known of a refusal."""
    meaning = _meaning(refusal)
    advised = (Remedy(action=advice(refusal)),) if refusal.limit in _ADVISED and _is_close(refusal) else ()
    return Explanation(
        limit=refusal.limit,
        behind=refusal.behind,
        sqlstate=refusal.sqlstate,
        message=refusal.message,
        routine=refusal.routine,
        source=refusal.source,
        title=meaning.title,
        whose=meaning.whose_of.get(refusal.source, meaning.whose),
        meaning=meaning.meaning,
        wants_slot=refusal.wants_slot,
        who_can_enter=who_can_enter(refusal),
        causes=meaning.causes,
        remedies=(*advised, *meaning.now),
        prevention=meaning.later,
        topics=meaning.topics,
    )


def explain_limit(name: str) -> Explanation | None:
    """The same for a limit that is asked for by its name in the JSON."""
    limit: Limit | None = next((limit for limit in get_args(Limit) if limit == name.strip().lower()), None)
    if limit is None:
        return None
    source = "pgbouncer" if limit.startswith("pooler_") else "postgresql" if limit in WANT_OF_SLOT else "unknown"
    return explain(Refusal(limit=limit, message="", source=source))


def _meaning(refusal: Refusal) -> Meaning:
    if refusal.limit == "unknown" and refusal.source == "network":
        return meaning_of("connection_cut")
    if refusal.source == "application_pool":
        return meaning_of("application_pool")
    if refusal.limit == "slots" and (refusal.source == "unknown" or (refusal.sqlstate and not refusal.message)):
        some = meaning_of("some_limit")
        return replace(meaning_of("slots"), title=some.title, meaning=some.meaning)
    meaning = meaning_of(refusal.limit)
    if refusal.behind is not None:
        behind = meaning_of(refusal.behind)
        return replace(
            meaning,
            title=f"{meaning.title}: {behind.title}",
            causes=(*behind.causes, *meaning.causes),
            now=(*meaning.now, *behind.now),
            later=(*meaning.later, *behind.later),
        )
    if refusal.limit == "not_a_limit" or (refusal.limit not in _LACKS_A_SLOT and not refusal.message):
        return _of_state(refusal, meaning)
    return meaning


def _of_state(refusal: Refusal, meaning: Meaning) -> Meaning:
    """The meaning of an error that is no lack of slots, by its SQLSTATE or its English text."""
    known = sqlstates()
    state = refusal.sqlstate or next(
        (state for words, state in known.texts.items() if re.search(words, refusal.message)), None
    )
    if state is None:
        return meaning
    verdict = (
        "the code alone does not tell whether a limit was hit" if refusal.limit == "unknown" else "no lack of slots"
    )
    if (about := known.states.get(state)) is not None:
        return replace(
            meaning,
            title=f"{state} {about.name}: {verdict}",
            meaning=f"{about.meaning[0].upper()}{about.meaning[1:]}.",
            now=(Remedy(action=about.cure), *meaning.now),
        )
    if (kind := known.classes.get(state[:2])) is None:
        return meaning
    return replace(meaning, title=f"{state}: {verdict}", meaning=f"Codes that begin with {state[:2]} mean {kind}.")


def _is_close(refusal: Refusal) -> bool:
    """Whether the advice says more than that it is no lack of slots."""
    return bool(refusal.message) and advice(refusal) != meaning_of("not_a_limit").advice
