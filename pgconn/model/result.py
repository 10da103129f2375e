"""What an action answers, and to what it reports while it runs: the border between the library and its faces.

The command line writes messages to stderr and draws progress; a program that runs for long logs them.
"""

from typing import Generic, Literal, TypeVar

from pgconn.errors import DONE, PgconnError
from pgconn.model import Value
from pgconn.model.termination import Outcome, Victim

Level = Literal["info", "warning", "error"]
Document = TypeVar("Document")


class Message(Value, frozen=True, kw_only=True):
    """One sentence for the person or the log, and a hint at what to do about it."""

    level: Level = "info"
    text: str
    hint: str | None = None


class Result(Value, Generic[Document], frozen=True, kw_only=True):
    """What was done as a document, the messages that follow it, and the exit code of a program that did only this."""

    document: Document
    messages: tuple[Message, ...] = ()
    exit_code: int = DONE


def failed(document: Document, error: PgconnError, *before: Message) -> Result[Document]:
    """A result that still has its document: what was done is reported, and then what went wrong."""
    message = Message(level="error", text=error.message, hint=error.hint)
    return Result(document=document, messages=(*before, message), exit_code=error.exit_code)


class Listener:
    """Hears what happens while an action runs, and may stop it; the base ignores all of it and never stops."""

    def on_message(self, message: Message) -> None:
        """Something that is worth a line."""

    def on_outcome(self, victim: Victim, outcome: Outcome) -> None:
        """What became of one session is final."""

    def on_progress(self, done: int, total: int) -> None:
        """So many of all sessions have their outcome."""

    @property
    def wants_stop(self) -> bool:
        """Whether the action is to stop at the next safe point and report what was done."""
        return False

    def info(self, *lines: str) -> None:
        """One message for each line."""
        for line in lines:
            self.on_message(Message(text=line))
