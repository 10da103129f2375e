"""A refusal explained: the limit's meaning, told for the one that spoke and for what it said."""

import re
from typing import Final

import msgspec

from pgconn.documents.explanation import Explanation
from pgconn.model.finding import Remedy
from pgconn.model.refusal import WANT_OF_SLOT, Refusal
from pgconn.refusals.advice import advice, who_can_enter
from pgconn.refusals.knowledge import MEANINGS
from pgconn.refusals.knowledge.doors import CUT, DOORS, EMPTY_POOL
from pgconn.refusals.knowledge.meaning import Meaning
from pgconn.refusals.knowledge.neighbours import CLASSES, NEIGHBOURS, TEXTS
from pgconn.refusals.knowledge.poolers import WHOSE

_ANY_TITLE: Final = "one of the limits on connections was hit; this alone does not tell which"
_ANY_MEANING: Final = (
    "The message tells: 'sorry, too many clients already' is the whole server; 'remaining connection slots are"
    " reserved' is the server, less a reserve; 'too many connections for role' or 'for database' is a CONNECTION"
    " LIMIT; 'number of requested standby connections' is max_wal_senders. What follows is for the whole server."
)
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
        whose=WHOSE.get(refusal.source, meaning.whose) if refusal.limit == "pooler_clients" else meaning.whose,
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
    limit = next((limit for limit in MEANINGS if limit == name.strip().lower()), None)
    if limit is None:
        return None
    source = "pgbouncer" if limit.startswith("pooler_") else "postgresql" if limit in WANT_OF_SLOT else "unknown"
    return explain(Refusal(limit=limit, message="", source=source))


def _meaning(refusal: Refusal) -> Meaning:
    meaning = MEANINGS[refusal.limit]
    if refusal.limit == "unknown" and refusal.source == "network":
        return CUT
    if refusal.source == "application_pool":
        return EMPTY_POOL
    if refusal.limit == "slots" and (refusal.source == "unknown" or (refusal.sqlstate and not refusal.message)):
        return meaning._replace(title=_ANY_TITLE, meaning=_ANY_MEANING)
    if refusal.behind is not None:
        behind = MEANINGS[refusal.behind]
        return meaning._replace(
            title=f"{meaning.title}: {behind.title}",
            causes=(*behind.causes, *meaning.causes),
            now=(*meaning.now, *behind.now),
            later=(*meaning.later, *behind.later),
        )
    if refusal.limit == "not_a_limit" or (refusal.limit in DOORS and not refusal.message):
        return _neighbour(refusal, meaning)
    return meaning


def _neighbour(refusal: Refusal, meaning: Meaning) -> Meaning:
    """The meaning of an error that is no lack of slots, by its SQLSTATE or its English text."""
    state = refusal.sqlstate or next((state for words, state in TEXTS if re.search(words, refusal.message)), None)
    if state is None:
        return meaning
    verdict = (
        "the code alone does not tell whether a limit was hit" if refusal.limit == "unknown" else "no lack of slots"
    )
    known = NEIGHBOURS.get(state)
    if known is not None:
        now = (Remedy(action=known.cure), *meaning.now)
        title = f"{state} {known.name}: {verdict}"
        return meaning._replace(title=title, meaning=f"{known.meaning[0].upper()}{known.meaning[1:]}.", now=now)
    about = CLASSES.get(state[:2])
    if about is None:
        return meaning
    return meaning._replace(title=f"{state}: {verdict}", meaning=f"Codes that begin with {state[:2]} mean {about}.")


def _is_close(refusal: Refusal) -> bool:
    """Whether the advice says more than that it is no lack of slots."""
    return bool(refusal.message) and advice(refusal) != advice(
        msgspec.structs.replace(refusal, limit="not_a_limit", message="")
    )
