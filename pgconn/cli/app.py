"""The list of commands and the main help page.

A command's module is imported when the command is called, so that each run pays for itself alone.
"""

from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import Abort, TyperException

from pgconn import __version__

__all__ = ["COMMANDS", "Abort", "TyperException", "program"]

COMMANDS: Final[dict[str, dict[str, str]]] = {
    "Look": {
        "status": "Who holds the slots, and how many connections can still be opened.",
        "sessions": "The sessions one by one: what each does, since when, and who blocks it.",
        "record": "Write what is seen now to a file, once or every few seconds.",
        "explain": "What an error, a SQLSTATE, a question or a whole log means, and what to do.",
    },
    "Act": {
        "kill-idle": "End sessions that have been idle, outside a transaction, for longer than AGE.",
        "kill-idle-tx": "End sessions that are idle in a transaction, first those that block others.",
        "free": "Free N slots with the least impact.",
        "kill": "End sessions by process id.",
        "cancel": "Cancel the statements of sessions by process id.",
        "apply": "Carry out a plan that was kept, on the sessions that still match.",
        "protections": "List the sessions that are never ended unless you allow it by name.",
        "fence": "Set a CONNECTION LIMIT on a role or database, and undo it later.",
        "rescue": "End idle backends until one connection is accepted, on the database host.",
    },
    "Prevent": {
        "size": "What max_connections, memory, pools and a pooler should be, and why.",
        "settings": "What a server's connections are set to, whether that is wise; apply and undo.",
        "ready": "Try every way into a full server before the incident, and say what is missing.",
        "pool": "The configuration that keeps an application's connection pool below a number.",
    },
    "Try": {"demo": "Start a PostgreSQL of its own that runs out of slots, and look at it."},
}

LAST_PANELS: Final = ("Connection", "Output")

INTRODUCTION: Final = """PostgreSQL says "too many clients": see who holds the slots, and free them without harm.

Start with: pgconn status -h HOST -U ROLE -d DATABASE
"""

CLOSING: Final = (
    "Connect as with psql: the same options, PG* variables, service and password",
    "files. Exit codes: 0 done, 1 not ready or does not fit, 2 wrong usage, 3 no",
    "server or login refused, 4 no slot left, 5 privilege missing, 6 only part done",
    "or a filter matches nothing, 7 not confirmed, 70 a bug in pgconn, 130",
    "interrupted.",
)


class Command(TyperCommand):
    """A command whose help groups its options and ends with examples, kept as they are written."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The options under the titles of their groups, a command's own first."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                kind = "Arguments" if parameter.param_type_name == "argument" else "Options"
                panels.setdefault(getattr(parameter, "rich_help_panel", None) or kind, []).append(record)
        for panel in sorted(panels, key=lambda panel: panel.startswith(LAST_PANELS)):
            with formatter.section(panel):
                formatter.write_dl(panels[panel])

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """The examples, one a line."""
        if self.epilog:
            with formatter.section("Examples"):
                for line in self.epilog.splitlines():
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


class Program(TyperGroup):
    """The group that finds its commands in `COMMANDS`."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """The names as the help lists them."""
        return [name for commands in COMMANDS.values() for name in commands]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command by its name; its module is imported now."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = import_module(f"pgconn.cli.commands.{cmd_name.replace('-', '_')}")
        one = typer.Typer(add_completion=False, rich_markup_mode=None)
        one.command(cmd_name, cls=Command, epilog=module.EXAMPLES)(getattr(module, cmd_name.replace("-", "_")))
        return typer.main.get_command(one)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """The commands by what they are for."""
        for panel, commands in COMMANDS.items():
            with formatter.section(panel):
                formatter.write_dl(list(commands.items()))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """What holds for every command."""
        formatter.write_paragraph()
        for line in CLOSING:
            formatter.write(line + "\n")


def _version(value: bool) -> None:
    if value:
        typer.echo(f"pgconn {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def program() -> Any:
    """The whole command line as one callable."""
    app = typer.Typer(
        cls=Program, help=INTRODUCTION, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
    )
    app.callback(cls=Program, help=INTRODUCTION)(_root)
    return typer.main.get_command(app)
