"""A refusal explained: the limit's meaning, for its source and its message."""

from typing import Final, get_args

from msgspec.structs import replace

from pgconn.documents.explanation import Explanation
from pgconn.model.finding import Remedy
from pgconn.model.refusal import WANT_OF_SLOT, Limit, Refusal
from pgconn.refusals import advice, is_refused_behind, who_can_enter
from pgconn.refusals.pages import Meaning, Note, has_words, meaning_of, sqlstates
from pgconn.refusals.situations import seen_when

POOLERS: Final = frozenset(("pgbouncer", "odyssey", "pgpool", "pgagroal"))
"""The sources of which it is known in which situations they say what."""
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
        english=refusal.english,
        routine=refusal.routine,
        source=refusal.source,
        title=meaning.title,
        whose=meaning.whose,
        meaning=meaning.meaning,
        wants_slot=refusal.wants_slot,
        who_can_enter=who_can_enter(refusal),
        situations=seen_when(refusal) if refusal.message and refusal.source in POOLERS else (),
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
    if is_refused_behind(refusal):
        return meaning_of("refused_behind")
    meaning = meaning_of(refusal.limit, refusal.source)
    own = next((one.page for one in meaning.advice_by_words if one.page and has_words(one.words, refusal)), None)
    if own is not None:
        return meaning_of(own)
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
    """The meaning of an error that is no lack of slots, by its words or its SQLSTATE."""
    known = sqlstates()
    if (note := next((note for note in known.notes if _fits(note, refusal)), None)) is not None:
        return _of_note(note, meaning)
    state = refusal.sqlstate or next((state for words, state in known.texts.items() if has_words(words, refusal)), None)
    if state is None:
        return meaning
    verdict = (
        "the code alone does not tell whether a limit was hit" if refusal.limit == "unknown" else "no lack of slots"
    )
    if (about := known.states.get(state)) is not None:
        return replace(
            meaning,
            title=f"{state} {about.name}: {verdict}",
            meaning=_sentence(about.meaning),
            now=(Remedy(action=about.cure), *meaning.now),
        )
    if (kind := known.classes.get(state[:2])) is None:
        return meaning
    return replace(meaning, title=f"{state}: {verdict}", meaning=f"Codes that begin with {state[:2]} mean {kind}.")


def _fits(note: Note, refusal: Refusal) -> bool:
    return note.source in (None, refusal.source) and has_words(note.words, refusal)


def _of_note(note: Note, meaning: Meaning) -> Meaning:
    now = (Remedy(action=note.cure), *meaning.now)
    return replace(meaning, title=f"{note.title}: no lack of slots", meaning=_sentence(note.meaning), now=now)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _is_close(refusal: Refusal) -> bool:
    """Whether the advice says more than that it is no lack of slots."""
    return bool(refusal.message) and advice(refusal) != meaning_of("not_a_limit", refusal.source).advice
