"""Room for one connection when a server takes none: end idle backends, one by one, until it lets us in.

`plan` scans the server's processes twice, `check` refuses what cannot work, and `run`, once that was agreed to, tries
to connect without pause while it ends backends, so that the slot of one that ends is ours before the application's
next client takes it. Then SQL goes on: the result holds the status of the server.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from pgconn.actions.connect_race import ConnectRace
from pgconn.actions.rescue_planning import RescuePlan, plan_rescue
from pgconn.actions.termination import TERMINATION_WAIT
from pgconn.documents.status import Status, status
from pgconn.documents.termination import Termination
from pgconn.errors import NoSlot, Unavailable
from pgconn.host import end, find, is_running, may_end, scan_processes, serves
from pgconn.host.location import DEFAULT_PORT
from pgconn.model.instance import Target
from pgconn.model.process import Postmaster, Process
from pgconn.model.result import Listener, Result
from pgconn.model.termination import Outcome
from pgconn.observe import Observation
from pgconn.observe.machine import location_of
from pgconn.observe.snapshot import take
from pgconn.rules import judge
from pgconn.server import Server
from pgconn.server.ladder import Ladder, enter
from pgconn.server.line import NoAnswer, connect
from pgconn.server.parameters import connection_parameters
from pgconn.server.timeouts import CONNECT_TIMEOUT
from pgconn.text.quantities import show_count

_BETWEEN: Final = 1.0  # seconds between the two scans; a session that is in use does something in that time
_HEAD_START: Final = 0.2  # seconds of attempts before the first backend is ended, in case a slot is free by now
_AFTER_AN_END: Final = 1.0  # seconds of attempts after a backend has ended, before the next one is
_SLOWEST: Final = 10.0  # seconds; either lasts longer where the server is slow to answer new connections
_PAUSE: Final = 0.01
_CURABLE: Final = ("slots", "superuser_reserve", "reserved_role")
_SHOWN: Final = 10  # victims named before the question; --dry-run names them all


def target_at(target: Target, pgdata: Path) -> Target:
    """The target, led to the server in this data directory; Unavailable where it leads to another one."""
    server = find(location_of(target, pgdata))
    given = connection_parameters(target).keys() & {"host", "hostaddr", "port", "service"}
    if given or any(map(os.environ.get, ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE"))):
        if os.geteuid() in (0, server.uid):  # no other user sees what it serves, nor may end a backend
            _check_address(server, target)
        return target
    if server.port is None:
        return target
    return msgspec.structs.replace(target, host=server.socket_directory or "localhost", port=str(server.port))


def without_ending(target: Target, ladder: Ladder, listener: Listener) -> Result[Termination] | None:
    """The result where the ladder leads in; None where the server is full; raises what an end cannot cure."""
    try:
        server = enter(target, ladder, listener.info)
    except NoSlot as error:
        if getattr(error.refusal, "limit", None) not in _CURABLE:
            raise
        listener.info(error.message)
        return None
    return _result(None, (), server)


def plan(
    target: Target, pgdata: Path | None, superusers: Sequence[str], *, include_superusers: bool, at_most: int
) -> RescuePlan:
    """Scan the processes twice and choose victims."""
    server = find(location_of(target, pgdata))
    first = scan_processes(server)
    time.sleep(_BETWEEN)
    second = scan_processes(server)
    return plan_rescue(first, second, superusers=superusers, include_superusers=include_superusers, at_most=at_most)


def preview(plan: RescuePlan) -> Result[Termination]:
    """The plan as a result in which nothing was done."""
    return _result(plan, (), None)


def check(plan: RescuePlan, target: Target, listener: Listener) -> None:
    """Report the plan in a few lines; raises what keeps it from being carried out."""
    may_end(plan.postmaster)
    _check_address(plan.postmaster, target)
    for line in _lines(plan):
        listener.info(line)
    if not plan.candidates:
        raise NoSlot(f"{plan.postmaster.name} has no backend that may be ended", hint=_why_none(plan))


def run(plan: RescuePlan, target: Target, listener: Listener) -> Result[Termination]:
    """End backends until a connection is accepted, and answer with the status; NoSlot when ending them did not help."""
    server, outcomes = carry_out(plan, lambda: Server.connect(target), listener)
    ended = show_count(_freed(outcomes), "backend")
    if server is None:
        raise NoSlot(
            f"no connection was accepted, although {ended} left",
            hint="look at the outcomes above; --at-most N ends more, and stop the application that takes the slots",
        )
    listener.info(f"in after {ended} left")
    return _result(plan, outcomes, server)


def carry_out(
    plan: RescuePlan, connect: Callable[[], Server], listener: Listener
) -> tuple[Server | None, tuple[Outcome, ...]]:
    """End one candidate after the other until a connection is accepted; each is checked again right before.

    `connect` raises Refused while there is no slot. Without a server in the answer nothing led in.
    """
    outcomes: list[Outcome] = []
    with ConnectRace(connect) as race:
        _go_on_trying(race, _HEAD_START)
        for candidate, victim in zip(plan.candidates, plan.victims, strict=True):
            signalled = sum(1 for outcome in outcomes if outcome.result in ("terminated", "alive"))
            if race.decided or signalled >= plan.at_most:
                break
            outcomes.append(_end(plan.postmaster, candidate, race))
            listener.on_outcome(victim, outcomes[-1])
        server = race.result()
    return server, tuple(outcomes)


def _end(postmaster: Postmaster, candidate: Process, race: ConnectRace) -> Outcome:
    """End one backend, and go on trying until we are in, or another client has taken its slot."""
    sent, detail = end(postmaster, candidate)
    if sent != "sent":
        return Outcome(pid=candidate.pid, backend_start=candidate.backend_start, result=sent, detail=detail)
    ended = _wait(lambda: not is_running(candidate), TERMINATION_WAIT)
    if ended:
        _go_on_trying(race, _AFTER_AN_END)
    return Outcome(
        pid=candidate.pid,
        backend_start=candidate.backend_start,
        result="terminated" if ended else "alive",
        detail="" if ended else f"it was signalled and is still there after {TERMINATION_WAIT:g} s",
    )


def _go_on_trying(race: ConnectRace, seconds: float) -> None:
    """Wait until we are in, or until so much time is over and the attempts that began in it were refused."""
    began = time.monotonic()
    if not _wait(lambda: race.decided, seconds):
        _wait(lambda: race.decided or race.in_vain_since(began), _SLOWEST - seconds)


def _wait(until: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not until():
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE)
    return True


def _result(plan: RescuePlan | None, outcomes: tuple[Outcome, ...], server: Server | None) -> Result[Termination]:
    """What was planned and done, and what the server says if it let us in."""
    entered = _status(server) if server is not None else None
    document = Termination(
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
    return Result(document=document)


def _status(server: Server) -> Status:
    with server:
        snapshot = take(server)
    return status(snapshot, judge(Observation(snapshots=(snapshot,))).findings)


def _check_address(postmaster: Postmaster, target: Target) -> None:
    """Raises Unavailable where the target leads to another server than the one whose processes were found."""
    location = location_of(target)
    host, port = location.host, location.port or DEFAULT_PORT
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


def _lines(plan: RescuePlan) -> list[str]:
    """The plan in a few lines."""
    lines = [f"found {plan.postmaster.name}"]
    for process, victim in list(zip(plan.candidates, plan.victims, strict=True))[:_SHOWN]:
        lines.append(f"would end {victim.pid} ({process.title.names}, {victim.client_addr}): {victim.reason}")
    if len(plan.victims) > _SHOWN:
        lines.append(f"and {len(plan.victims) - _SHOWN} more, which --dry-run lists")
    lines += [f"spares {count}: {why}" for why, count in _reasons(plan)]
    if not plan.include_superusers:
        roles = ", ".join(plan.superusers)
        lines.append(f"takes for superusers: {roles}; titles do not tell, --superuser ROLE names more")
    return lines


def _why_none(plan: RescuePlan) -> str:
    reasons = _reasons(plan)
    shown = "; ".join(f"{count}: {why}" for why, count in reasons[:3]) or "it has no client at all"
    lifted = any("taken for a superuser" in why for why, _ in reasons)
    return shown + (" (--include-superusers ends superusers' idle ones too)" if lifted else "")


def _reasons(plan: RescuePlan) -> list[tuple[str, int]]:
    return Counter(spared.why for spared in plan.spared).most_common()


def _freed(outcomes: Sequence[Outcome]) -> int:
    return sum(1 for outcome in outcomes if outcome.result == "terminated")
