"""The questions that have an answer, by name or by the words that people use."""

import re
from collections import Counter
from functools import cache
from typing import Final, get_args

from pgconn.documents.explanation import Contents, Entry, Topic
from pgconn.model.refusal import Limit
from pgconn.refusals.pages import meaning_of, question, question_names, sqlstates
from pgconn.refusals.patterns import BRIEF, found_in

_ASKING: Final = re.compile(
    r"(?i)\s*(?:does|do|is|are|can(?!'t)|could(?! not)|may|must|shall|should|will|would"
    r"|why|how|what|which|when|where|who)\b|[^.:]*\?\s*$"
)
_EMPTY: Final = frozenset(
    """
    a about after all am an and are as at be because been but by can cannot could did do does for from get gets got
    had happen happens has have how i if in into is it its just me my no not of off on one only or our out postgres
    postgresql should so some than that the their them then there they this to too us use was we what when where
    which who why will with would you your database server connection connections
    """.split()  # noqa: SIM905
)
_LONGEST_QUESTION: Final = 1000
_ENOUGH: Final = 1.0
_MOST: Final = 0.5


def is_question(text: str) -> bool:
    """Whether a text asks something; a known message does not, even where it begins like a question."""
    return "\n" not in text.strip() and _ASKING.match(text) is not None and not _begins_with_message(text.strip())


def _begins_with_message(text: str) -> bool:
    found = found_in(text[:_LONGEST_QUESTION])
    return bool(found) and found[0].match.start() == 0 and found[0].source not in BRIEF


def topic(name: str) -> Topic | None:
    """The topic of that name."""
    known = name.strip().lower().replace("_", "-").replace(" ", "-")
    return _topic(known) if known in question_names() else None


def topic_for(text: str) -> Topic | None:
    """The topic that fits the words of a question best; None where none fits.

    What is no question is taken for words to search by, if most of them are the topic's; else it is a message.
    """
    words, weights = _words(text), _weights()
    scores = {
        name: sum(weights[word] * times for word, times in known.items() if word in words)
        for name, known in _vocabulary().items()
    }
    best = max(scores, key=lambda name: scores[name])
    fits = is_question(text) or len(words & _vocabulary()[best].keys()) >= _MOST * len(words)
    return _topic(best) if scores[best] >= _ENOUGH and fits else None


def contents() -> Contents:
    """All that can be asked for by name."""
    return Contents(
        topics=tuple(Entry(name=name, about=question(name).question) for name in question_names()),
        limits=tuple(Entry(name=limit, about=meaning_of(limit).title) for limit in get_args(Limit)),
        sqlstates=tuple(Entry(name=state, about=about.name) for state, about in sqlstates().states.items()),
    )


def _topic(name: str) -> Topic:
    found = question(name)
    return Topic(name=name, question=found.question, answer=found.answer, steps=found.steps, topics=found.topics)


@cache
def _vocabulary() -> dict[str, dict[str, int]]:
    """The words of each topic; those of its question count twice, and those of its name three times."""
    return {
        name: dict.fromkeys(_words(question(name).words), 1)
        | dict.fromkeys(_words(question(name).question), 2)
        | dict.fromkeys(_words(name), 3)
        for name in question_names()
    }


@cache
def _weights() -> dict[str, float]:
    """A word that few topics have tells more."""
    topics = Counter(word for known in _vocabulary().values() for word in known)
    return {word: 1 / count for word, count in topics.items()}


def _words(text: str) -> frozenset[str]:
    """The words that carry meaning, each as it is and in its parts, without the plural."""
    found = re.findall(r"\w+", text.lower())
    parts = {part for word in found for part in (word, *word.split("_"))} - _EMPTY
    return frozenset(part[:-1] if re.fullmatch(r"\w{3,}[^s]s", part) else part for part in parts)
