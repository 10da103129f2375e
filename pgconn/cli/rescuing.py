"""What `pgconn rescue` does between the refusal and the status: look twice, show, ask, end, and go on in SQL."""

import os
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from pgconn.actions.rescue import RescuePlan, carry_out, plan_rescue
from pgconn.cli.options.connection import Connection
from pgconn.cli.processes import whereabouts
from pgconn.cli.prompt import confirm
from pgconn.cli.talk import say
from pgconn.config.policy import CONNECT_TIMEOUT, Policy
from pgconn.documents.status import Status, Termination, status
from pgconn.errors import NoSlot, Unavailable
from pgconn.host import find, look, may_end, serves
from pgconn.host.place import DEFAULT_PORT
from pgconn.model.process import Postmaster
from pgconn.model.target import Target
from pgconn.model.termination import Outcome
from pgconn.observe.snapshot import take
from pgconn.rules import judge
from pgconn.server import Server
from pgconn.server.line import NoAnswer, connect
from pgconn.text.quantities import show_count

_BETWEEN: Final = 1.0  # seconds between the two looks; a session that is in use does something in that time
_CURABLE: Final = ("slots", "superuser_reserve", "reserved_role")
_SHOWN: Final = 10  # victims named before asking; --dry-run names them all


def led_to(target: Target, pgdata: Path) -> Target:
    """The target, led to the server in this data directory; Unavailable where it leads to another one."""
    from pgconn.server.parameters import connection_parameters

    server = find(whereabouts(target, pgdata))
    given = connection_parameters(target).keys() & {"host", "hostaddr", "port", "service"}
    if given or any(map(os.environ.get, ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE"))):
        if os.geteuid() in (0, server.uid):  # nobody else sees what it serves, nor may end anybody
            _check_door(server, target)
        return target
    if server.port is None:
        return target
    return msgspec.structs.replace(target, host=server.socket_directory or "localhost", port=str(server.port))


def ordinary_way(connection: Connection, target: Target) -> Server | None:
    """A session by the ladder, which ends nobody; None where the server is full; raises what an end cannot cure."""
    try:
        return connection.enter(target)
    except NoSlot as error:
        if getattr(error.refusal, "limit", None) not in _CURABLE:
            raise
        say(error.message)
        return None


def plan_for(
    target: Target, pgdata: Path | None, superusers: Sequence[str], *, include_superusers: bool, at_most: int
) -> RescuePlan:
    """Two looks at the server's processes, and whom they condemn."""
    server = find(whereabouts(target, pgdata))
    first = look(server)
    time.sleep(_BETWEEN)
    return plan_rescue(
        first, look(server), superusers=superusers, include_superusers=include_superusers, at_most=at_most
    )


def let_in(plan: RescuePlan, target: Target, *, yes: bool) -> Termination:
    """Show the plan, ask, and carry it out; NoSlot when nobody may end, or when ending them did not help."""
    may_end(plan.postmaster)
    _check_door(plan.postmaster, target)
    _show(plan)
    if not plan.candidates:
        raise NoSlot(f"{plan.postmaster.name} has no backend that may be ended", hint=_why_nobody(plan))
    most = show_count(min(plan.at_most, len(plan.candidates)), "backend")
    question = f"End them one by one until a connection is let in, {most} at most?"
    confirm(question, yes=yes, otherwise="nobody was ended")
    server, outcomes = carry_out(plan, lambda: Server.connect(target), _say_outcome)
    if server is not None:
        say(f"in after {show_count(_freed(outcomes), 'backend')} left")
        return termination(plan, outcomes, server)
    raise NoSlot(
        f"no connection was let in, though {show_count(_freed(outcomes), 'backend')} left",
        hint="look at the outcomes above; --at-most N ends more, and stop the application that takes the slots",
    )


def termination(plan: RescuePlan | None, outcomes: tuple[Outcome, ...], server: Server | None) -> Termination:
    """What was planned and done, and what the server says if it let us in."""
    entered = _status(server) if server is not None else None
    return Termination(
        taken_at=entered.taken_at if entered else datetime.now(UTC),
        dry_run=server is None,
        criteria={
            "state": "idle",
            "at_most": plan.at_most if plan else None,
            "superusers": plan.superusers if plan else (),
            "include_superusers": plan.include_superusers if plan else None,
        },
        victims=plan.victims if plan else (),
        spared=plan.spared if plan else (),
        outcomes=outcomes,
        freed=_freed(outcomes),
        status=entered,
    )


def _status(server: Server) -> Status:
    with server:
        snapshot = take(server)
    return status(snapshot, judge(snapshot, Policy()))


def _check_door(postmaster: Postmaster, target: Target) -> None:
    """Raises Unavailable where the target leads to another server than the one whose processes were found."""
    where = whereabouts(target, None)
    host, port = where.host, where.port or DEFAULT_PORT
    if host is None:  # libpq's own socket, whose directory only libpq knows
        same = port == postmaster.port
    else:
        try:
            with connect(host, port, time.monotonic() + CONNECT_TIMEOUT) as client:
                same = serves(postmaster, client)
        except (NoAnswer, OSError) as error:
            raise Unavailable(f"{host}:{port} does not answer: {error}") from None
    if not same:
        raise Unavailable(
            f"what answers at {host or 'the local socket'}:{port} is not {postmaster.name}",
            hint="a tunnel, a proxy or a pooler may stand between: give the server's own address or socket with -h",
        )


def _show(plan: RescuePlan) -> None:
    """The plan in a few lines of talk."""
    say(f"found {plan.postmaster.name}")
    for process, victim in list(zip(plan.candidates, plan.victims, strict=True))[:_SHOWN]:
        say(f"would end {victim.pid} ({process.title.names}, {victim.client_addr}): {victim.reason}")
    if len(plan.victims) > _SHOWN:
        say(f"and {len(plan.victims) - _SHOWN} more, which --dry-run lists")
    for why, count in Counter(spared.why for spared in plan.spared).most_common():
        say(f"spares {count}: {why}")
    if not plan.include_superusers:
        say(f"takes for superusers: {', '.join(plan.superusers)}; titles do not tell, --superuser ROLE names more")


def _why_nobody(plan: RescuePlan) -> str:
    reasons = Counter(spared.why for spared in plan.spared).most_common()
    told = "; ".join(f"{count}: {why}" for why, count in reasons[:3]) or "it has no client at all"
    feared = any("taken for a superuser" in why for why, _ in reasons)
    return told + (" (--include-superusers ends superusers' idle ones too)" if feared else "")


def _say_outcome(outcome: Outcome) -> None:
    detail = f" ({outcome.detail})" if outcome.detail else ""
    say(f"{outcome.pid}: {outcome.result}{detail}")


def _freed(outcomes: Sequence[Outcome]) -> int:
    return sum(1 for outcome in outcomes if outcome.result == "terminated")
