"""What a name, a question, a message, a line of a log or a whole log means."""

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from pathlib import Path
from typing import Final, TypeAlias

from msgspec.structs import replace

from pgconn.documents.explanation import Contents, Explanation, Topic
from pgconn.documents.log import LogReport
from pgconn.errors import WrongUsage
from pgconn.logs.blocks import Blocks
from pgconn.logs.codes import FULL, SOME_LIMIT
from pgconn.logs.event import Event, iso, stamp_of
from pgconn.logs.reading import events_of
from pgconn.logs.tally import Tally, explained, name_senders, tally_of
from pgconn.refusals import read_text
from pgconn.refusals.explaining import explain, explain_limit
from pgconn.refusals.topics import contents, is_question, topic, topic_for

Answer: TypeAlias = Explanation | Topic | Contents | LogReport
Progress: TypeAlias = Callable[[int | None], AbstractContextManager[Callable[[int], None]]]
"""From how many bytes there are to read, if that is known, to a function that takes how many were read."""

_STATE: Final = re.compile(r"(?i)(?:[0-9][0-9a-z]|f0|hv|p0|xx)[0-9a-z]{3}")
_PATH: Final = re.compile(r"\S*\.(?:log|csv|json|gz|txt)(?:\.\d+)?|\.{0,2}/\S+")
_TEXT_AT_MOST: Final = 2**16


def explain_words(words: Sequence[str], progress: Progress) -> Answer:
    """What these words mean; raises WrongUsage for a log that cannot be read."""
    text = " ".join(words)
    if not text.strip():
        return contents()
    if text.strip() == SOME_LIMIT:
        text = FULL
    if (named := topic(text) or explain_limit(text)) is not None:
        return named
    paths = [Path(word) for word in words]
    if any(map(_exists, paths)) or all(_PATH.fullmatch(word) for word in words):
        return _in_files(paths, progress)
    return _in_text(text)


def explain_input(progress: Progress, named: Callable[[str], Answer | None]) -> Answer | None:
    """What comes from standard input, which may be a name; None where nothing comes."""
    with progress(None) as report:
        source = Blocks(None, report)
        blocks = iter(source)
        first = next(blocks, b"")
        if not first.strip():
            return None
        if len(first) <= _TEXT_AT_MOST:
            text = first.decode(errors="backslashreplace")
            return named(text) or _in_text(text)
        return tally_of(chain((first,), blocks)).report((source.name,), source.read)


def _in_files(paths: Sequence[Path], progress: Progress) -> LogReport:
    for path in paths:
        if not _exists(path) or path.is_dir():
            what = "is a directory" if _exists(path) else "does not exist"
            raise WrongUsage(f"{path} {what}", hint="name logs, or give the text of an error in quotes")
    tally, done = Tally(), 0
    with progress(sum(path.stat().st_size for path in paths)) as report:
        for path in paths:
            source = Blocks(path, lambda read, before=done: report(before + read))  # type: ignore[misc]
            tally_of(source, tally)
            done += source.read
    name_senders(tally, (Blocks(path) for path in paths if path.is_file()))
    return tally.report(map(str, paths), done)


def _of_data(data: bytes) -> LogReport:
    tally = tally_of((data,))
    name_senders(tally, ((data,),))
    return tally.report(("the input",), len(data))


def _in_text(text: str) -> Answer:
    """A short text: a question, one refusal, or a log of a few lines."""
    if is_question(text) and (found := topic_for(text)) is not None:
        return found
    data = text.encode(errors="replace")
    events = [event for event in events_of((data,)) if not event.unfinished]
    if sum(event.at is not None for event in events) > 1:
        return _of_data(data)
    refusal = read_text(text.upper() if _STATE.fullmatch(text.strip()) else text)
    if len(events) == 1:
        about = explain(refusal) if refusal.routine else explained(events[0])
        return _with_client(about, events[0])
    if refusal.limit != "unknown" or refusal.source == "network":
        return explain(refusal)
    if not events and sum(stamp_of(line).at is not None for line in text.splitlines()) > 1:
        return _of_data(data)
    return topic_for(text) or explain(refusal)


def _with_client(explanation: Explanation, event: Event) -> Explanation:
    at = iso(event.at, event.zone) if event.at is not None else None
    return replace(explanation, at=at, **event.who._asdict())


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
