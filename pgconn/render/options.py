"""What a view and a format need beside the document."""

from collections.abc import Sequence
from pathlib import Path

from pgconn.config.policy import Policy
from pgconn.model.value import Value


class ViewOptions(Value, frozen=True, kw_only=True):
    """What was asked of the picture, beside what was asked of the document.

    `rows` is how many rows a section shows at most: None for what fits the screen, 0 for all. `again` are the options
    that lead to the same server, for the commands to type next; `journal` is the file of changes that was named.
    `full` shows queries as they were written. A sizing shows each number's working where `explained`, or the chain
    behind the number `why`, and `file` is the format in which such a server takes its settings. `lacks_signal` is the
    role that may end the sessions of its own roles alone.
    """

    rows: int | None = None
    again: Sequence[str] = ()
    policy: Policy = Policy()
    full: bool = False
    journal: Path | None = None
    explained: bool = False
    why: str | None = None
    file: str | None = None
    lacks_signal: str | None = None

    @property
    def named_journal(self) -> tuple[str, ...]:
        """The option that names the same journal again."""
        return ("--journal", str(self.journal)) if self.journal is not None else ()


class Screen(Value, frozen=True, kw_only=True):
    """Where the text goes: the cells of a line, the lines where there is a limit, and whether colours are shown."""

    width: int = 80
    height: int | None = None
    color: bool = False
    encoding: str = "utf-8"

    def encodes(self, text: str) -> bool:
        """Whether the encoding has these characters."""
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True
