"""What a server and its clients should be set to, what that rests on, and what breaks first."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from pgconn.documents.sizing import PoolSize, Reason, Sizing
from pgconn.render.blocks import Block, Column, Fact, Facts, Heading, Mood, Notes, Row, Step, Steps, Table
from pgconn.render.views import VIEWS, Rows, View, ViewOptions
from pgconn.text.units import shown

_VERDICTS: Final = ("promised", "all_at_work")


def rule_blocks(sizing: Sizing) -> Iterator[Block]:
    """Each number with the rule's reason, then what it promises the machine."""
    reasons = {reason.name: reason for reason in sizing.reasons}
    at_work = reasons["all_at_work"]
    rule = sizing.inputs["rule"].value
    facts = [
        Fact(label=name, text=f"{shown(reason.value):<8} {reason.why}")
        for name, reason in reasons.items()
        if name not in _VERDICTS
    ]
    yield Heading(text=sizing.verdict)
    yield Facts(facts=(*facts, Fact(label="all at work", text=at_work.why, mood=_mood(at_work, sizing))))
    yield Notes.of((*sizing.notes, f"{rule} is quoted here to the letter, not advised"))
    yield Steps(steps=(Step(command="pgconn size", why="the answer of pgconn, which counts what sessions take"),))


def _mood(taken: Reason, sizing: Sizing) -> Mood:
    return "critical" if isinstance(taken.value, int) and taken.value > sizing.memory["ram"] else "good"


_MEMORY: Final = {
    "shared": "shared",
    "system": "system",
    "maintenance": "maintenance",
    "backends": "sessions",
    "queries": "queries",
    "page_cache": "page cache",
}
_KEPT: Final = ("superuser_reserved", "reserved", "provider_reserved", "superusers")
_INPUTS: Final = {
    "ram": "RAM",
    "workload": "workload",
    "pg_version": "PostgreSQL",
    "huge_pages": "huge pages",
    "tables": "tables a session",
    "prepared": "prepared statements a session",
    "active_share": "at work at once",
    "surge": "deploy",
}
_WORKING: Final = (
    *Column.texts("name", "value"),
    Column(title="why", place="paragraph"),
    Column(title="formula", place="paragraph"),
    Column(title="source", place="paragraph"),
)


def sizing_blocks(sizing: Sizing, options: ViewOptions) -> Iterator[Block]:
    """What to set; or each number's working, or the chain behind one."""
    if options.why is not None:
        first = sizing.reasons[0]
        yield Heading(text=f"why {options.why} is {shown(first.value)}")
        yield _working(sizing.reasons)
    elif options.explained:
        yield Heading(text=sizing.verdict)
        yield _working(sizing.reasons)
        yield Notes.of(_inputs(sizing, explained=True))
    elif sizing.binding == "rule":
        yield from rule_blocks(sizing)
    else:
        yield Heading(text=sizing.verdict)
        yield Facts(facts=tuple(_facts(sizing)))
        yield from _pools(sizing.pools)
        yield Notes.of((*sizing.notes, *_inputs(sizing)))
        yield Steps(steps=_steps(sizing, options.file))


def sizing_rows(sizing: Sizing) -> Rows:
    """Everything as one table."""
    return Rows(columns=("of", "name", "value"), rows=_rows(sizing))


def _rows(sizing: Sizing) -> Iterator[Row]:
    yield "answer", "fits", str(sizing.fits).lower()
    yield "answer", "binding", sizing.binding
    for name, known in sizing.inputs.items():
        yield f"input {known.origin}", name, known.value
    for of, values in (
        ("setting", sizing.settings),
        ("memory", sizing.memory),
        ("slots", sizing.slots),
        ("limit", sizing.limits),
        ("pgbouncer", sizing.pgbouncer),
        ("load", sizing.load),
        ("current", sizing.current),
    ):
        for name, value in values.items():
            yield of, name, value
    for pool in sizing.pools:
        yield "pool size", pool.app, pool.pool_size
        yield "pool peak", pool.app, pool.peak
    for of, ranges in sizing.ranges.items():
        yield "range low", of, ranges.low
        yield "range likely", of, ranges.likely
        yield "range high", of, ranges.high


def _facts(sizing: Sizing) -> Iterator[Fact]:
    reasons = {reason.name: reason for reason in sizing.reasons}
    settings, slots = sizing.settings, sizing.slots
    mood: Mood = "" if sizing.fits else "critical"
    if "max_connections" in settings:
        yield _fact(sizing, "max_connections", _connections(sizing, reasons["max_connections"]), mood)
        kept = [slots[name] for name in _KEPT if slots[name]]
        text = f"{slots['usable']:<7}{' + '.join(map(str, kept)) or 'none'} kept back; "
        text += f"alert at {slots['alert']}, page at {slots['page']}"
        yield Fact(label="for applications", text=text)
    yield _fact(sizing, "shared_buffers", reasons["shared_buffers"].why)
    if "work_mem" in settings:
        yield _fact(sizing, "work_mem", _work_mem(sizing, reasons["work_mem"]))
    autovacuum = shown(settings["autovacuum_work_mem"])
    yield _fact(sizing, "maintenance_work_mem", f"and autovacuum_work_mem {autovacuum} for each worker")
    if "effective_cache_size" in settings:
        yield _fact(sizing, "effective_cache_size", "for the planner; nothing is allocated")
    yield Fact(label="at work at once", text=_active(sizing))
    yield Fact(label="timeouts", text=_timeouts(sizing))
    if "max_connections" in settings:
        yield Fact(label="memory", text=_memory(sizing), mood="quiet")
        yield Fact(label="breaks first", text=reasons["breaks_first"].why)
    yield from _between(sizing)
    for difference in sizing.differences:
        quoted, ours = map(shown, (difference.textbook, difference.ours))
        name = f"a session {quoted}, here {ours}" if difference.name == "session" else f"{difference.name} {quoted}"
        yield Fact(label="textbook", text=f"{name}: {difference.why}", mood="quiet")


def _fact(sizing: Sizing, name: str, why: str, mood: Mood = "") -> Fact:
    value = shown(sizing.settings[name])
    now = sizing.current.get(name)
    beside = f" (now {shown(now)})" if now is not None and now != sizing.settings[name] else ""
    return Fact(label=name, text=f"{value:<6} {why}{beside}", mood=mood)


def _connections(sizing: Sizing, reason: Reason) -> str:
    allows = sizing.ranges.get("memory_allows")
    most = f"{allows.low} to {allows.high}" if allows and allows.low != allows.high else sizing.slots["memory_allows"]
    return f"{reason.why}; memory allows {most}"


def _work_mem(sizing: Sizing, reason: Reason) -> str:
    between = sizing.ranges.get("work_mem")
    if between is None or between.low == between.high:
        return reason.why
    return f"{reason.why}; {shown(between.low)} to {shown(between.high)}"


def _active(sizing: Sizing) -> str:
    active = sizing.ranges["active"]
    cores = sizing.inputs.get("cores")
    known = cores.value if cores is not None and isinstance(cores.value, int | float) else None
    of = "(cores unknown)" if known is None else f"of {known:g} core{'' if known == 1 else 's'}"
    return f"{active.likely} to {active.high} sessions {of} are worth having"


def _timeouts(sizing: Sizing) -> str:
    idle = sizing.settings["idle_in_transaction_session_timeout"]
    return f"idle in transaction {shown(idle)}; idle sessions never, for the pools' sake"


def _memory(sizing: Sizing) -> str:
    """Whole MB that add up: what rounding leaves goes to the parts that it cut most."""
    exact = {name: sizing.memory[name] / 2**20 for name in _MEMORY}
    whole, ram = {name: math.floor(size) for name, size in exact.items()}, round(sizing.memory["ram"] / 2**20)
    by_remainder = sorted(exact, key=lambda name: whole[name] - exact[name])
    for name in by_remainder[: ram - sum(whole.values())]:
        whole[name] += 1
    return f"{' + '.join(f'{label} {whole[name]}' for name, label in _MEMORY.items())} = {ram} MB"


def _between(sizing: Sizing) -> Iterator[Fact]:
    found = sizing.pgbouncer
    if found:
        names = ("pool_mode", "max_client_conn", "default_pool_size", "reserve_pool_size", "max_db_connections")
        text = ", ".join(f"{name} {found[name]}" for name in names)
        yield Fact(label="PgBouncer", text=f"{text}; opens {found['server_connections']} at most")
    if sizing.load:
        wait = sizing.load["shared_p99_wait"]
        busy = f"{sizing.load['busy_connections']:g} connections busy on average"
        shared = f"{sizing.load['shared_pool']:g} in one shared pool"
        waits = f"99 of 100 wait at most {wait * 1000:.1f} ms" if wait is not None else "the queue grows without end"
        yield Fact(label="load", text=f"{busy}; with {shared} {waits}")


def _inputs(sizing: Sizing, *, explained: bool = False) -> tuple[str, ...]:
    """What the answer starts from, by how it is known; of what is assumed the page names what matters most."""
    lines = []
    for origin in ("given", "detected", "assumed"):
        names = [
            f"{_INPUTS.get(name, name.replace('_', ' '))} {shown(known.value)}"
            for name, known in sizing.inputs.items()
            if known.origin == origin and (explained or origin != "assumed" or name in _INPUTS)
        ]
        if names:
            lines.append(f"{origin}: {', '.join(names)}")
    return tuple(lines)


def _pools(pools: tuple[PoolSize, ...]) -> Iterator[Table]:
    if not pools:
        return
    counts = Column.counts("instances", "deploying", "workers", "asked", "pool", "peak")
    columns = (Column(title="application"), *counts)
    rows: tuple[Row, ...] = tuple(
        (pool.app, pool.instances, pool.surge, pool.workers, pool.asked, pool.pool_size or "none fits", pool.peak)
        for pool in pools
    )
    if any(pool.p99_wait is not None for pool in pools):
        columns = (*columns, Column(title="p99 wait", kind="count"))
        rows = tuple((*row, _milliseconds(pool.p99_wait)) for row, pool in zip(rows, pools, strict=True))
    yield Table.of(columns, rows)


def _milliseconds(seconds: float | None) -> str | None:
    return None if seconds is None else f"{seconds * 1000:.1f}ms".replace(".0ms", "ms")


def _working(reasons: Sequence[Reason]) -> Table:
    rows = tuple(
        (
            reason.name,
            shown(reason.value),
            reason.why,
            f"{reason.formula}: {reason.numbers}" if reason.formula else "",
            f"source: {reason.source}",
        )
        for reason in reasons
    )
    return Table.of(_WORKING, rows)


def _steps(sizing: Sizing, file: str | None) -> tuple[Step, ...]:
    """What to ask next; the options that were given are added to each."""
    name = "max_connections" if "max_connections" in sizing.settings else "memory_allows"
    steps = [Step(command=f"pgconn size --why {name}", why="the chain behind a number")]
    if not sizing.fits and sizing.pgbouncer:
        steps.insert(0, Step(command="pgconn size --pooler pgbouncer", why="the answer with a pooler between"))
    elif not sizing.pools:
        steps.insert(0, Step(command="pgconn size --app web=10x20", why="with the pools that connect"))
    if sizing.fits and file:
        steps.append(Step(command=f"pgconn size --emit {file}", why="as a file"))
    return tuple(steps)


VIEWS[Sizing] = View(blocks=sizing_blocks, rows=sizing_rows)
