"""What a run comes to: an error family of one, one message, one hint, one exit code; nobody sees a traceback."""

import contextlib
import errno
import os
import sys
from collections.abc import Sequence

from typer.exceptions import Abort, TyperException

from pgconn.cli.app import program
from pgconn.cli.secrets import hide_arguments, without_password
from pgconn.errors import BUG, DONE, INTERRUPTED, NotThere, PartlyDone, PgconnError, WrongUsage
from pgconn.text.harmless import harmless


def run(arguments: Sequence[str]) -> int:
    """The exit code of a run with these arguments; without any it shows the help."""
    hide_arguments(arguments)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    code = DONE
    try:
        code = _guarded(arguments or ["--help"])
        sys.stdout.flush()
    except OSError:  # the reader of a pipe has seen enough, or the disk is full, which is said already
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _guarded(arguments: Sequence[str]) -> int:
    try:
        code: int = program()(args=list(arguments), prog_name="pgconn", standalone_mode=False) or DONE
    except (KeyboardInterrupt, Abort):
        code = INTERRUPTED
    except TyperException as error:
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
    print(f"pgconn: {harmless(error.message)}", file=sys.stderr)
    if error.hint:
        print(f"hint: {harmless(error.hint)}", file=sys.stderr)
    answered = isinstance(error, PartlyDone) and not isinstance(error, NotThere)
    if _wants_json(arguments) and not answered:
        from pgconn.cli.answer import in_json
        from pgconn.documents.status import Failure
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


def _usage_message(error: TyperException, arguments: Sequence[str]) -> str:
    """What Typer says of the command line, which may quote a password from where none belongs."""
    message = error.format_message()
    if "extra argument" in message and not {"-W", "--password"}.isdisjoint(arguments):
        return "there is an argument too many; -W takes no password and asks for it"
    return without_password(message)


def _usage_hint(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path if context else 'pgconn'} --help shows what there is"


def _wants_json(arguments: Sequence[str]) -> bool:
    for index, argument in enumerate(arguments):
        if argument in ("--json", "-ojson", "--output=json", "-o=json"):
            return True
        if argument in ("-o", "--output") and arguments[index + 1 : index + 2] == ["json"]:
            return True
    return False
