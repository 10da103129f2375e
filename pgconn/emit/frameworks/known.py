"""What is known of a pool, and how its snippets are filled in."""

import re
from collections.abc import Callable
from typing import Final

from pgconn.documents.pool import Framework, Snippet
from pgconn.model.value import Value

_GAP: Final = re.compile(r"^( *)«(\w+)»\n|«(\w+)»", re.MULTILINE)


class Asked(Value, frozen=True, kw_only=True):
    """What a snippet is made for: the most connections of a process, the service, and what stands before the server."""

    max: int
    app: str
    transaction_pooling: bool

    @property
    def service(self) -> str:
        """What stands before the name of the host or pod in an application_name."""
        return f"{self.app}@"


class Known(Value, frozen=True, kw_only=True):
    """A pool: what it is, its snippets, how a connection is given back, and what goes wrong with it.

    `behind_a_pooler` is what to know of it when PgBouncer pools by transaction.
    """

    framework: Framework
    snippets: Callable[[Asked], tuple[Snippet, ...]]
    give_back: Snippet
    traps: tuple[str, ...]
    behind_a_pooler: str


def fill(template: str, **values: str | int) -> str:
    """The template with a value for each «gap», each value as it is: a gap within a value is left alone.

    A gap that has a line to itself takes several lines, indented like it, or none.
    """

    def filled(found: re.Match[str]) -> str:
        if found[2] is None:
            return str(values[found[3]])
        return "".join(f"{found[1]}{line}\n" for line in str(values[found[2]]).splitlines())

    return _GAP.sub(filled, template.lstrip("\n"))


def when(condition: bool, lines: str) -> str:
    """The lines where the condition holds, else none."""
    return lines if condition else ""
