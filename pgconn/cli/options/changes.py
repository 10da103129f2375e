"""What the commands that change a server share: their options, and the requests that their words make."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, get_args

import typer

from pgconn.actions.changes import Changer, Prepared
from pgconn.actions.fence_planning import FenceRequest
from pgconn.actions.settings_planning import Action, SettingsRequest
from pgconn.cli import prompt
from pgconn.cli.messages import info
from pgconn.cli.progress import Lines
from pgconn.errors import WrongUsage
from pgconn.model import Value
from pgconn.model.change import MOST
from pgconn.model.result import Result

LAST: Final = "last"
_ACTIONS: Final[tuple[Action, ...]] = get_args(Action)


class Changing(Value, frozen=True, kw_only=True):
    """How a change is recorded and confirmed."""

    journal: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the way back is kept. Default: in your home.")
    ] = None
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the SQL, and change nothing.")] = False
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False


def change(changer: Changer, prepared: Prepared, changing: Changing) -> Result[Any]:
    """Show what is prepared, ask, and do it, unless a dry run is wanted or there is nothing to do."""
    if changing.dry_run:
        for line in prepared.drift:
            info(line)
        return changer.preview(prepared)
    if prepared.changes:
        prompt.confirm_changes(prepared, yes=changing.yes, force=changer.force)
    return changer.run(prepared, Lines())


def fence_request(
    name: str,
    roles: Sequence[str] | None,
    databases: Sequence[str] | None,
    *,
    limit: int | None,
    undo: bool,
    list_: bool,
) -> FenceRequest:
    """What a command line asks for; raises WrongUsage where it makes no sense."""
    named = bool(roles or databases)
    if sum((limit is not None, undo, list_)) != 1:
        raise WrongUsage(
            "say one of --limit N, --undo and --list", hint="pgconn fence --role app --limit 20, or pgconn fence --list"
        )
    if limit is not None and limit > MOST:
        raise WrongUsage(f"{limit} is more than a CONNECTION LIMIT can be", hint=f"at most {MOST}")
    if list_ and (named or name):
        raise WrongUsage("--list shows all limits", hint="omit the names")
    if name and not undo:
        raise WrongUsage(f"{name!r} may be a role or a database", hint="write --role NAME or --database NAME")
    if limit is not None and not named:
        raise WrongUsage("--limit of what?", hint="pgconn fence --role app --limit 20")
    return FenceRequest(
        action="undo" if undo else "list" if list_ else "set",
        roles=tuple(roles or ()),
        databases=tuple(databases or ()),
        names=(name,) if name and name != LAST else (),
        limit=limit or 0,
    )


def settings_request(action: str, words: Sequence[str], **rest: Any) -> SettingsRequest:
    """What a command line asks for; raises WrongUsage where it makes no sense."""
    known = next((one for one in _ACTIONS if one == action), None)
    if known is None:
        raise WrongUsage(f"settings cannot {action!r}", hint=f"one of {', '.join(_ACTIONS)}")
    if rest["install"] and action != "health-function":
        raise WrongUsage("--install goes with health-function", hint="pgconn settings health-function --install")
    if words and action in ("list", "health-function"):
        raise WrongUsage(f"{action} takes no {words[0]!r}", hint="pgconn settings apply NAME=VALUE changes one")
    values = tuple(map(_value, words)) if action == "apply" else ()
    if action == "apply" and not words:
        raise WrongUsage("apply needs NAME=VALUE", hint="pgconn settings apply idle_session_timeout=0")
    if len({name.lower() for name, _ in values}) < len(values):
        raise WrongUsage("a setting is named twice")
    return SettingsRequest(action=known, values=values, names=tuple(words) if action == "undo" else (), **rest)


def _value(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not equals or not name:
        raise WrongUsage(f"{word!r} is no NAME=VALUE", hint="pgconn settings apply log_connections=on")
    return name.strip(), value
