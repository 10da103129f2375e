"""What the commands that end sessions share: their options, and the way from a request to a report."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from pgconn.cli.options.connection import Connection, Output
from pgconn.cli.options.source import Source
from pgconn.errors import INTERRUPTED, NotThere, PartlyDone, PrivilegeMissing, WrongUsage
from pgconn.model.value import Value

if TYPE_CHECKING:
    from pgconn.actions.planning import Request
    from pgconn.documents.status import Termination
    from pgconn.model.snapshot import Snapshot
    from pgconn.model.termination import Outcome, Plan
    from pgconn.server import Server

_SAFETY: Final = "Before and after"


class Ending(Value, frozen=True, kw_only=True):
    """How a plan is shown, kept, confirmed, carried out and recorded."""

    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show whom it would end, and end nobody.", rich_help_panel=_SAFETY)
    ] = False
    plan: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep the plan for pgconn apply, and end nobody.", rich_help_panel=_SAFETY),
    ] = None
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.", rich_help_panel=_SAFETY)] = False
    not_protected: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Lift this protection; repeatable. See pgconn protections.", rich_help_panel=_SAFETY
        ),
    ] = None
    per_second: Annotated[
        float | None,
        typer.Option(min=0.01, metavar="N", help="Signal so many a second at most.", rich_help_panel=_SAFETY),
    ] = None
    audit: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Append a line of JSON for each victim.", rich_help_panel=_SAFETY),
    ] = None
    watch_refill: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Then say who comes back, and how fast: 10s.", rich_help_panel=_SAFETY),
    ] = None


def end(request: "Request", connection: Connection, output: Output, ending: Ending, source: Source) -> None:
    """Plan the request on the server or the recording, and carry it out there unless only the plan is wanted."""
    from pgconn.actions.planning import plan
    from pgconn.actions.protections import without
    from pgconn.cli.talk import say

    protections = without(ending.not_protected or ())
    _check_numbers(connection, ending)
    if (snapshot := source.last(connection)) is not None:
        if all(session.query is None for session in snapshot.sessions):
            say("the recording holds no queries, so it does not tell who listens; pgconn apply looks anew")
            say("hint: pgconn record --with-queries keeps them")
        _show_only(_complete(plan(snapshot, request, protections), snapshot, request), output, ending.plan)
        return
    with connection.enter() as server:
        snapshot = _look(server)
        made = _complete(plan(snapshot, request, protections), snapshot, request)
        if ending.dry_run or ending.plan is not None:
            _show_only(made, output, ending.plan)
        else:
            carry_out(made, server, connection, output, ending)


def apply_plan(kept: "Plan", connection: Connection, output: Output, ending: Ending) -> None:
    """Carry a plan out that was kept, on the victims that are still what it says and that nothing protects by now."""
    from pgconn.actions.protections import without
    from pgconn.actions.revalidate import again

    protections = without((*kept.not_protected, *(ending.not_protected or ())))
    _check_numbers(connection, ending)
    with connection.enter() as server:
        now = again(kept, _look(server), protections)
        if ending.dry_run or ending.plan is not None:
            _show_only(now, output, ending.plan)
        else:
            carry_out(now, server, connection, output, ending)


def carry_out(plan: "Plan", server: "Server", connection: Connection, output: Output, ending: Ending) -> None:
    """Show the plan, ask, do it, and report; the exit code says whether all of it was done."""
    from pgconn.cli.confirming import confirm_plan
    from pgconn.cli.executing import execute
    from pgconn.render.views.termination import outcome_page

    if plan.victims:
        confirm_plan(plan, yes=ending.yes)
    executed = execute(plan, server, patience(connection), ending, lambda: _look(server))
    _write(executed.document, lambda: outcome_page(executed.document), output)
    if executed.interrupted:
        raise typer.Exit(INTERRUPTED)
    _conclude(plan, executed.document.outcomes)
    if not executed.complete:
        raise typer.Exit(PartlyDone.exit_code)


def patience(connection: Connection) -> float:
    """How many seconds the victims are given to leave."""
    from pgconn.config.policy import FAREWELL
    from pgconn.text.quantities import parse_duration

    return parse_duration(connection.wait) if connection.wait else FAREWELL


def _check_numbers(connection: Connection, ending: Ending) -> None:
    """Raises WrongUsage for a time without a unit and a pace that is none, before anybody is asked or ended."""
    from pgconn.text.quantities import parse_duration

    patience(connection)
    if ending.per_second is not None and not math.isfinite(ending.per_second):
        raise WrongUsage(f"--per-second {ending.per_second} is no number of sessions", hint="leave it out for no limit")
    if ending.watch_refill is not None:
        parse_duration(ending.watch_refill)


def _look(server: "Server") -> "Snapshot":
    from pgconn.observe.snapshot import take

    return take(server, with_queries=True, with_blockers=True, with_locks=True)


def _complete(plan: "Plan", snapshot: "Snapshot", request: "Request") -> "Plan":
    """The plan, if each filter names something; raises NotThere where one does not, and nobody is ended."""
    from pgconn.cli.talk import say, say_what_names_nothing
    from pgconn.model.session import of_clients
    from pgconn.text.quantities import show_count

    if not snapshot.instance.track_activities and not request.pids:
        say("track_activities is off on this server: sessions show no state, so nobody can be told to be idle")
    say_what_names_nothing(request.criteria, of_clients(snapshot.sessions), NotThere)
    if plan.unnamed:
        named = ", ".join(map(str, plan.unnamed))
        raise NotThere(
            f"no session has the process id {named}, so nobody was ended",
            hint=f"pgconn sessions lists {show_count(len(of_clients(snapshot.sessions)), 'session')}",
        )
    return plan


def _show_only(plan: "Plan", output: Output, kept: Path | None) -> None:
    """The plan as the answer; a file of it too where one is named."""
    from pgconn.actions.plans import write_plan
    from pgconn.cli.talk import say
    from pgconn.render.views.termination import plan_page
    from pgconn.text.quoting import shell_command

    if kept is not None:
        write_plan(kept, plan)
        say(f"kept the plan; to carry it out: {shell_command('pgconn', 'apply', str(kept))}")
    document = report(plan, (), dry_run=True)
    _write(document, lambda: plan_page(plan), output)
    if not plan.victims and plan.hidden_sessions and not plan.criteria.get("pids"):
        _missing_privilege(plan)


def _write(document: "Termination", page: "Callable[[], object]", output: Output) -> None:
    from pgconn.cli.answer import answer

    answer(document, page, output)  # type: ignore[arg-type]


def report(plan: "Plan", outcomes: "tuple[Outcome, ...]", *, dry_run: bool) -> "Termination":
    """The document of a plan and of what became of it."""
    from pgconn.documents.status import Termination

    return Termination(
        taken_at=plan.taken_at,
        command=plan.command,
        action=plan.action,
        dry_run=dry_run,
        pooler=plan.origin.pooler,
        hidden_sessions=plan.hidden_sessions,
        criteria=plan.criteria,
        victims=plan.victims,
        spared=plan.spared,
        costs=plan.costs,
        frees=plan.frees,
        wanted=plan.wanted,
        outcomes=outcomes,
        freed=sum(outcome.result == "terminated" for outcome in outcomes),
    )


def _conclude(plan: "Plan", outcomes: "tuple[Outcome, ...]") -> None:
    """The exit code: 5 when all were denied, 6 when only a part was done; who was named and went to work is a part."""
    from pgconn.cli.talk import say
    from pgconn.text.quantities import show_count

    results = [outcome.result for outcome in outcomes]
    named = "pids" in plan.criteria
    if not plan.victims and plan.hidden_sessions and not named:
        _missing_privilege(plan)
    if results and set(results) == {"denied"}:
        raise typer.Exit(PrivilegeMissing.exit_code)
    cancels = plan.action == "cancel"
    missed = ("denied", "alive", "changed") if named and not cancels else ("denied", "alive")
    if failed := sum(result in missed for result in results) + len(plan.victims) - len(results):
        verb = ("was" if failed == 1 else "were") + " not cancelled" if cancels else "did not end"
        many = show_count(failed, "statement" if cancels else "session")
        raise PartlyDone(f"{many} of {len(plan.victims)} {verb}", hint="see above why")
    if named and plan.spared:
        spared = plan.spared[0]
        lifts = f"--not-protected {spared.protection} lifts that" if spared.protection else None
        more = f", and {len(plan.spared) - 1} more" if len(plan.spared) > 1 else ""
        told = f"{spared.pid} was spared{more}: {spared.why}"
        if not plan.victims and plan.hidden_sessions and all(one.state is None for one in plan.spared):
            say(told)
            raise typer.Exit(PrivilegeMissing.exit_code)
        raise PartlyDone(told, hint=lifts)
    freed = results.count("terminated")
    if plan.wanted is not None and freed < plan.wanted:
        raise PartlyDone(
            f"{freed} of the {plan.wanted} slots that were asked for are free",
            hint="see who was spared; --include-active and --not-protected NAME go further",
        )


def _missing_privilege(plan: "Plan") -> None:
    """Nobody was meant, perhaps because the role may not see what the sessions do."""
    from pgconn.cli.talk import say
    from pgconn.text.quantities import show_count
    from pgconn.text.quoting import sql_identifier

    lacks = "pg_read_all_stats" if plan.origin.may_signal else "pg_read_all_stats, pg_signal_backend"
    hidden = show_count(plan.hidden_sessions, "session")
    say(f"{hidden} may not be seen by {plan.origin.role}, so none of them was meant")
    say(f"hint: GRANT {lacks} TO {sql_identifier(plan.origin.role)}")
    raise typer.Exit(PrivilegeMissing.exit_code)
