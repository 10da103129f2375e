"""Questions to the person at the keyboard, and what holds where there is no terminal to ask on."""

import shutil
import sys
from typing import TYPE_CHECKING, Final

import typer

from pgconn.cli.messages import info_all
from pgconn.errors import NotConfirmed, WrongUsage
from pgconn.model.termination import Plan
from pgconn.render.formats import FORMATS, Screen
from pgconn.render.views import ViewOptions
from pgconn.text.harmless import harmless
from pgconn.text.quantities import show_count

if TYPE_CHECKING:  # every command asks for a password, few for these
    from pgconn.actions.changes import Prepared
    from pgconn.actions.ready import NewRole

_STATEMENTS: Final = 5  # lines of SQL that are shown before the question
_NAMED: Final = 50  # rows of each table; more than that is read as costs, or with --dry-run --json


def confirm(question: str, *, yes: bool, option: str = "--yes", otherwise: str = "nothing was changed") -> None:
    """Go on only after a yes, or where the option that stands for it was given; raises NotConfirmed."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise NotConfirmed(f"{otherwise}: there is no terminal to ask on", hint=f"{option} does it without asking")
    try:
        agreed = typer.confirm(harmless(question), err=True)
    except typer.Abort:  # Ctrl-C or the end of the input, after which the question's line is still open
        print(file=sys.stderr)
        raise
    if not agreed:
        raise NotConfirmed(otherwise)


def confirm_plan(plan: Plan, *, yes: bool) -> None:
    """Show the plan and ask; raises NotConfirmed without a yes. A plan without victims needs none."""
    if not plan.victims:
        return
    many = show_count(len(plan.victims), "session")
    what = "Cancel the statement of" if plan.action == "cancel" else "End"
    if sys.stdin.isatty() and not yes:
        _show(plan)
    confirm(f"{what} {many}?", yes=yes, otherwise=f"no session was ended; {many} would be")


def confirm_changes(prepared: "Prepared", *, yes: bool, force: bool) -> None:
    """Show the SQL and what it does, and ask; what has been changed since takes more than a yes."""
    for change in prepared.changes:
        info_all(change.effects)
        lines = change.sql.splitlines()
        if len(lines) > _STATEMENTS:
            lines = [f"{len(lines)} lines of SQL, which --dry-run shows"]
        info_all([f"will run: {line}" for line in lines])
    info_all(prepared.drift)
    if prepared.drift and not force:
        if yes:
            changed = "nothing was restored: another client has changed it since"
            raise NotConfirmed(changed, hint="--force --yes puts it back all the same")
        confirm(prepared.question, yes=False, option="--force --yes")
    else:
        confirm(prepared.question, yes=yes)


def password() -> str:
    """The password to log in with, typed without an echo."""
    if not sys.stdin.isatty():
        raise WrongUsage("there is no terminal to ask for the password on", hint="set PGPASSWORD or use ~/.pgpass")
    return _typed("Password: ")


def role_password(role: "NewRole", *, yes: bool) -> str:
    """Show the statements that make a role, ask, and have its password typed; raises NotConfirmed without a yes."""
    info_all([f"will run: {line}" for line in (role.create, role.grant)])
    if not sys.stdin.isatty():
        raise NotConfirmed(
            "nothing was made: the password of the role is asked for on a terminal",
            hint=f"run: {role.create} {role.grant}",
        )
    confirm(f"Make the role {role.name} on {role.place}?", yes=yes, otherwise="nothing was made")
    return _new_password(role.name)


def _new_password(role: str) -> str:
    """A new password of a role, typed twice without an echo; raises NotConfirmed where there is none in the end."""
    typed = _typed(f"New password of {role}: ")
    if not typed:
        raise NotConfirmed("nothing was made: the password is empty")
    if _typed("Again: ") != typed:
        raise NotConfirmed("nothing was made: the two passwords differ")
    return typed


def _typed(question: str) -> str:
    from getpass import getpass  # loads termios, for a run that asks only

    return getpass(question)


def _show(plan: Plan) -> None:
    screen = Screen(width=shutil.get_terminal_size().columns)
    print(FORMATS["table"](plan, ViewOptions(rows=_NAMED), screen), file=sys.stderr, flush=True)
