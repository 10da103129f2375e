"""What `pgconn explain` was given: a name, a question, a text, a line of a log, or whole logs."""

import gc
import re
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec

from pgconn.cli.progress import reading
from pgconn.cli.talk import say
from pgconn.documents.explanation import Contents, Explanation, Topic
from pgconn.documents.log import LogReport
from pgconn.errors import WrongUsage
from pgconn.logs.blocks import Blocks
from pgconn.logs.event import Event
from pgconn.logs.reading import events_of
from pgconn.logs.stamp import iso, stamp_of
from pgconn.logs.tally import Tally, tally_of
from pgconn.refusals import read_text
from pgconn.refusals.explaining import explain, explain_limit
from pgconn.refusals.topics import contents, is_question, topic, topic_for

Answer = Explanation | Topic | Contents | LogReport

_STATE: Final = re.compile(r"(?i)(?:[0-9][0-9a-z]|f0|hv|p0|xx)[0-9a-z]{3}")
_PATH: Final = re.compile(r"\S*\.(?:log|csv|json|gz|txt)(?:\.\d+)?|\.{0,2}/\S+")
_TEXT_AT_MOST: Final = 2**16


def answer_to(words: Sequence[str]) -> Answer:
    """What there is to say to the words of the command line, or to what is piped in where there are none."""
    gc.enable()
    if not words or list(words) == ["-"]:
        return contents() if sys.stdin is None or sys.stdin.isatty() else _piped()
    text = " ".join(words)
    if not text.strip():
        return contents()
    if (named := topic(text) or explain_limit(text)) is not None:
        return named
    paths = [Path(word) for word in words]
    if any(map(_exists, paths)) or all(_PATH.fullmatch(word) for word in words):
        return _in_files(paths)
    return _to_text(text)


def _piped() -> Answer:
    with reading(None) as tell:
        source = Blocks(None, tell)
        blocks = iter(source)
        first = next(blocks, b"")
        if not first.strip():
            say("nothing came in; these can be asked for")
            return contents()
        if len(first) <= _TEXT_AT_MOST:
            return _to_text(first.decode(errors="backslashreplace"))
        return tally_of(chain((first,), blocks)).report((source.name,), source.read)


def _in_files(paths: Sequence[Path]) -> LogReport:
    for path in paths:
        if not _exists(path) or path.is_dir():
            what = "is a directory" if _exists(path) else "does not exist"
            raise WrongUsage(f"{path} {what}", hint="name logs, or give the text of an error in quotes")
    tally, done = Tally(), 0
    with reading(sum(path.stat().st_size for path in paths)) as tell:
        for path in paths:
            source = Blocks(path, lambda read, before=done: tell(before + read))  # type: ignore[misc]
            tally_of(source, tally)
            done += source.read
    return tally.report(map(str, paths), done)


def _to_text(text: str) -> Answer:
    """A short text: a question, one refusal, or a log of a few lines."""
    if is_question(text) and (found := topic_for(text)) is not None:
        return found
    data = text.encode(errors="replace")
    events = list(events_of((data,)))
    if sum(event.at is not None for event in events) > 1:
        return tally_of((data,)).report(("the input",), len(data))
    refusal = read_text(text.upper() if _STATE.fullmatch(text.strip()) else text)
    if len(events) == 1:
        return _with_who(explain(refusal if refusal.routine else events[0].refusal), events[0])
    if refusal.limit != "unknown" or refusal.source == "network":
        return explain(refusal)
    if not events and sum(stamp_of(line).at is not None for line in text.splitlines()) > 1:
        return Tally().report(("the input",), len(data))
    return topic_for(text) or explain(refusal)


def _with_who(explanation: Explanation, event: Event) -> Explanation:
    at = iso(event.at, event.zone) if event.at is not None else None
    return msgspec.structs.replace(explanation, at=at, **event.who._asdict())


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
