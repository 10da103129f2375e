"""A run from its arguments to its exit code: the one place where an error becomes a message, a hint and a code.

Few modules are imported above: what Typer and a command need is imported while an interrupt is heard already.
"""

import contextlib
import errno
import gc
import os
import sys
from collections.abc import Sequence
from typing import Any

from pgconn.cli import messages
from pgconn.errors import BUG, DONE, INTERRUPTED, NotThere, PartlyDone, PgconnError, WrongUsage
from pgconn.text.redaction import without_password


def main() -> None:
    """Run pgconn as a program."""
    gc.disable()  # a run is short and lets go of nothing; what goes on for longer enables it again
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: PTH123, SIM115 - each of the three may have been closed
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: PTH123, SIM115
    sys.stderr = messages.forgiving(sys.stderr or open(os.devnull, "w"))  # noqa: PTH123, SIM115
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before the run began
        print("pgconn: interrupted", file=sys.stderr)
        code = INTERRUPTED
    gc.freeze()  # or Python looks through all that there is, once more, before it ends
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """The exit code of a run with these arguments; without any it shows the help."""
    _hide_passwords(arguments)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    code = DONE
    try:
        code = _guarded(arguments or ["--help"])
        sys.stdout.flush()
    except OSError:  # the reader of a pipe has seen enough, or the disk is full, which is reported already
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _hide_passwords(arguments: Sequence[str]) -> None:
    """Take passwords out of the process title, which every user of the machine can read."""
    shown = [without_password(argument) for argument in arguments]
    if shown != list(arguments):
        from setproctitle import setproctitle  # only where there is one to hide

        setproctitle(" ".join(["pgconn", *shown]))


def _guarded(arguments: Sequence[str]) -> int:
    from pgconn.cli import app  # loads Typer, which takes a while in which Ctrl-C may come

    try:
        code: int = app.program()(args=list(arguments), prog_name="pgconn", standalone_mode=False) or DONE
    except (KeyboardInterrupt, app.Abort):
        code = INTERRUPTED
    except app.TyperException as error:
        return _failed(WrongUsage(_usage_message(error, arguments), hint=_usage_hint(error)), arguments)
    except PgconnError as error:
        return _failed(error, arguments)
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:  # the help, and what else Typer writes
            full = PartlyDone(f"cannot write the answer: {error.strerror}", hint="make room where stdout goes")
            return _failed(full, arguments)
        return _bug(error, arguments)
    if code == INTERRUPTED:  # which Typer, too, makes of an interrupt
        print("pgconn: interrupted", file=sys.stderr)
    return code


def _failed(error: PgconnError, arguments: Sequence[str], code: int | None = None) -> int:
    code = error.exit_code if code is None else code
    messages.error(error.message, error.hint)
    answered = isinstance(error, PartlyDone) and not isinstance(error, NotThere)
    if _wants_json(arguments) and not answered:
        from pgconn.cli.output import in_json  # what writes documents is loaded by a run that failed before it had one
        from pgconn.documents import Failure
        from pgconn.model.refusal import Refusal

        refusal = error.refusal if isinstance(error.refusal, Refusal) else None
        text = in_json(Failure(message=error.message, hint=error.hint, exit=code, refusal=refusal))
        with contextlib.suppress(OSError):  # the exit code says it too
            sys.stdout.write(text)
            sys.stdout.flush()
    return code


def _bug(error: Exception, arguments: Sequence[str]) -> int:
    if os.environ.get("PGCONN_DEBUG"):
        raise error
    what = without_password(f"{type(error).__name__}: {error}".partition("\n")[0])
    hint = "please report it with the traceback that PGCONN_DEBUG=1 shows"
    return _failed(PgconnError(f"this is a bug in pgconn: {what}", hint=hint), arguments, BUG)


def _usage_message(error: Any, arguments: Sequence[str]) -> str:
    """What Typer says of the command line, which may quote a password from where none belongs."""
    message: str = error.format_message()
    if "extra argument" in message and not {"-W", "--password"}.isdisjoint(arguments):
        return "there is an argument too many; -W takes no password and asks for it"
    return without_password(message)


def _usage_hint(error: Any) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path if context else 'pgconn'} --help shows what there is"


def _wants_json(arguments: Sequence[str]) -> bool:
    for index, argument in enumerate(arguments):
        if argument in ("--json", "-ojson", "--output=json", "-o=json"):
            return True
        if argument in ("-o", "--output") and arguments[index + 1 : index + 2] == ["json"]:
            return True
    return False
