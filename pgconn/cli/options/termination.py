"""What the commands that end sessions share: their options, and the way from a request to the answer."""

import math
from pathlib import Path
from typing import Annotated

from pgconn.actions import terminate
from pgconn.actions.planning import Request
from pgconn.actions.protections import enabled_except
from pgconn.actions.revalidate import revalidate, write_plan
from pgconn.actions.termination import TERMINATION_WAIT, Limits
from pgconn.cli import prompt
from pgconn.cli.messages import info
from pgconn.cli.options import panel
from pgconn.cli.options.connection import Connection, Source
from pgconn.cli.output import Output, write
from pgconn.cli.progress import Lines, Terminal, conclude
from pgconn.errors import WrongUsage
from pgconn.model import Value
from pgconn.model.termination import Plan
from pgconn.render.views import ViewOptions
from pgconn.server import Server
from pgconn.text.quantities import parse_duration
from pgconn.text.quoting import shell_command

_option = panel("Before and after")


class Ending(Value, frozen=True, kw_only=True):
    """How a plan is shown, kept, confirmed, carried out and recorded."""

    dry_run: Annotated[bool, _option("--dry-run", help="Show the sessions it would end, and end none.")] = False
    plan: Annotated[Path | None, _option(metavar="FILE", help="Keep the plan for pgconn apply, and end none.")] = None
    yes: Annotated[bool, _option("--yes", help="Do not ask.")] = False
    not_protected: Annotated[
        list[str] | None, _option(metavar="NAME", help="Lift this protection; repeatable. See pgconn protections.")
    ] = None
    per_second: Annotated[float | None, _option(min=0.01, metavar="N", help="Signal at most N sessions a second.")] = (
        None
    )
    audit: Annotated[Path | None, _option(metavar="FILE", help="Append a line of JSON for each victim.")] = None
    watch_refill: Annotated[
        str | None, _option(metavar="TIME", help="Then watch for TIME, such as 10s, which clients reconnect.")
    ] = None

    def limits(self, connection: Connection) -> Limits:
        """How fast sessions are signalled and how long they may take; raises WrongUsage for what is no such number."""
        wait = parse_duration(connection.wait) if connection.wait else TERMINATION_WAIT
        if self.per_second is not None and not math.isfinite(self.per_second):
            wrong = f"--per-second {self.per_second} is no number of sessions"
            raise WrongUsage(wrong, hint="omit it for no limit")
        return Limits(
            wait_seconds=wait,
            per_second=self.per_second,
            watch_seconds=parse_duration(self.watch_refill) if self.watch_refill is not None else 0.0,
            audit=self.audit,
        )


def end(request: Request, connection: Connection, output: Output, ending: Ending, source: Source) -> None:
    """Plan a request on the server or on a recording, carry the plan out if that was agreed to, and answer."""
    protections, limits = enabled_except(ending.not_protected or ()), ending.limits(connection)
    recorded = source.last(connection)
    if recorded is not None:
        _show_only(terminate.plan_recorded(recorded, request, protections, Lines()), output, ending)
        return
    with connection.enter() as server:
        _carry_out(
            terminate.plan(terminate.look(server), request, protections, Lines()), server, limits, output, ending
        )


def apply_plan(kept: Plan, connection: Connection, output: Output, ending: Ending) -> None:
    """Carry a plan out that was kept, on the victims that are still what it says and that nothing protects by now."""
    protections = enabled_except((*kept.not_protected, *(ending.not_protected or ())))
    limits = ending.limits(connection)
    with connection.enter() as server:
        _carry_out(revalidate(kept, terminate.look(server), protections), server, limits, output, ending)


def _carry_out(plan: Plan, server: Server, limits: Limits, output: Output, ending: Ending) -> None:
    """Ask, run and answer, unless only the plan is wanted."""
    if ending.dry_run or ending.plan is not None:
        _show_only(plan, output, ending)
        return
    prompt.confirm_plan(plan, yes=ending.yes)
    with Terminal("cancelling" if plan.action == "cancel" else "ending") as terminal:
        result = terminate.run(plan, server, limits, terminal)
    write(result.document, output)
    conclude(result)


def _show_only(plan: Plan, output: Output, ending: Ending) -> None:
    """Answer with the plan, and keep it in a file where one is named."""
    if ending.plan is not None:
        write_plan(ending.plan, plan)
        info(f"kept the plan; to carry it out: {shell_command('pgconn', 'apply', str(ending.plan))}")
    result = terminate.preview(plan)
    write(result.document, output, ViewOptions(lacks_signal=plan.lacks_signal))
    conclude(result)
