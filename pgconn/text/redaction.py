"""Texts without what is not for everybody: a query without its literals, a connection string without its password.

A query that the server cut short has its last literal taken out to the end.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

_NAMED: Final = r"\b\w*(?:password|secret|client_key|server_key)"
_IN_AUTHORITY: Final = re.compile(r"(?<=://)([^/?#:@]*):.*@", re.DOTALL)
_IN_QUERY: Final = re.compile(rf"({_NAMED}=)[^&\s]+", re.IGNORECASE)
_IN_CONNINFO: Final = re.compile(
    rf"({_NAMED}\s*=\s*)('(?:[^'\\]|\\.)*(?:'|\Z)|(?:[^\s\\]|\\.)+)", re.IGNORECASE | re.DOTALL
)


@cache
def _token() -> re.Pattern[str]:
    """What is to be distinguished. Each alternative, once begun, matches: no query makes it look twice.

    A plain string in which a backslash stands before a quote ends there or goes on, as standard_conforming_strings
    says, so it lasts to the end of the query.
    """
    return re.compile(
        r"""
      (?P<line>    --[^\n\r]* )
    | (?P<comment> /\* )
    | (?P<escaped> [eE]'(?:[^'\\]|\\.|'')*(?:'|\\?\Z) )
    | (?P<string>  (?:[bBxXnN]|[uU]&)?'(?:[^'\\]|\\[^']|'')*(?:'|\\'.*\Z|\\?\Z) )
    | (?P<dollar>  \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z) )
    | (?P<keep>    "(?:[^"]|"")*(?:"|\Z) | \$\d+ | [^\W\d][\w$]* )
    | (?P<number>  (?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?\w* )
    """,
        re.VERBOSE | re.DOTALL,
    )


_COMMENT_EDGE = re.compile(r"/\*|\*/")


def redact(query: str) -> str:
    """The query with `?` for each string, number and comment; names and parameters ($1) stay."""
    return "".join(_redacted(query))


def _redacted(query: str) -> Iterator[str]:
    end = 0
    while token := _token().search(query, end):
        yield query[end : token.start()]
        end = token.end()
        match token.lastgroup:
            case "keep":
                yield token[0]
            case "line":
                yield "-- ?"
            case "comment":
                yield "/* ? */"
                end = _comment_end(query, end)
            case _:
                yield "?"
    yield query[end:]


def _comment_end(query: str, start: int) -> int:
    """Where a comment ends whose first mark ends at `start`; comments may hold comments."""
    depth = 1
    for edge in _COMMENT_EDGE.finditer(query, start):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(query)


def without_password(text: str) -> str:
    """A connection string with `…` for its password and other secrets."""
    if "://" in text:
        return _IN_QUERY.sub(r"\1…", _IN_AUTHORITY.sub(r"\1:…@", text))
    return _IN_CONNINFO.sub(r"\1…", text)
