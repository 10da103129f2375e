"""Why each pool has its size, and PgBouncer its numbers."""

from collections.abc import Iterator
from typing import Final

from pgconn.documents.sizing import PoolSize, Reason
from pgconn.sizing.decision import Decision, load_of, worth_having
from pgconn.sizing.pooler import CONSOLE_FILES, SPARE_FILES, Pooler
from pgconn.sizing.queue import wait
from pgconn.sizing.reasons.memory import JUDGEMENT
from pgconn.sizing.request import Basis

PGBOUNCER: Final = "PgBouncer's documentation"


def pool_reasons(basis: Basis, decision: Decision, pools: tuple[PoolSize, ...]) -> Iterator[Reason]:
    """The slots that pools share, each pool, the load, and the pooler."""
    if basis.services and not decision.pooler:
        yield Reason(
            name="for_pools",
            value=decision.for_pools,
            why="the slots that pools may fill: those below the alert, less what connects directly",
            formula="alert - direct",
            numbers=f"{basis.choices.utilisation:g} x {decision.usable} - {basis.choices.direct}"
            f" = {decision.for_pools}",
            source=JUDGEMENT,
            rests_on=("alert",) if decision.connections else (),
        )
    for pool in pools:
        yield _pool(basis, decision, pool)
    if load_of(basis) is not None:
        yield _load(basis)
    if decision.pooler:
        yield from _pooler(basis, decision, decision.pooler)


def _pool(basis: Basis, decision: Decision, pool: PoolSize) -> Reason:
    holders = pool.surge * pool.workers
    if pool.pool_size is None:
        why = f"no size fits: {holders} pools share {decision.for_pools} slots while a deploy rolls"
    elif pool.asked is not None and pool.pool_size < pool.asked:
        why = f"{pool.asked} was asked for and does not fit; this does, while a deploy rolls"
    elif decision.pooler:
        why = "connections to the pooler, which cost the server nothing"
    elif pool.asked is not None:
        why = "as asked for; it fits while a deploy rolls"
    elif load_of(basis) is not None:
        why = "the smallest with which the load waits no longer than it may"
    else:
        why = "its share of the slots while a deploy rolls"
    surge = f"{pool.surge} instances" if pool.surge != pool.instances else f"{pool.instances} instances"
    return Reason(
        name=f"pool {pool.app}",
        value=pool.pool_size,
        why=why,
        formula="share of for_pools / (instances while a deploy rolls x workers)",
        numbers=f"{surge} x {pool.workers} x {pool.pool_size or 0} = {pool.peak}",
        source="topology and its surge",
        rests_on=() if decision.pooler else ("for_pools",),
    )


def _load(basis: Basis) -> Reason:
    load = load_of(basis)
    assert load is not None
    least = load.least(1)
    found = wait(load.tps, load.hold, least)
    return Reason(
        name="load",
        value=least,
        why=f"connections of one shared pool, so that 99 of 100 transactions wait at most {load.p99_wait * 1000:g} ms",
        formula="the least c with c >= tps x hold / utilisation and p99 wait of Erlang C <= target",
        numbers=f"{load.tps:g} x {load.hold:g} s = {found.offered:g} busy; c = {least}: p99 wait "
        f"{(found.p99_wait or 0) * 1000:.1f} ms",
        source="Little's law and Erlang's C formula",
    )


def _pooler(basis: Basis, decision: Decision, found: Pooler) -> Iterator[Reason]:
    choices = basis.choices
    pools = basis.databases * basis.roles
    active = worth_having(basis)[0]
    yield Reason(
        name="server_target",
        value=found.server_target,
        why="server connections worth having: each is lent out longer than it works",
        formula="active / busy, within what is below the alert",
        numbers=f"{active} / {choices.busy:g}, within {decision.for_pools} = {found.server_target}"
        if load_of(basis) is None
        else f"the load, within {decision.for_pools} = {found.server_target}",
        source=JUDGEMENT,
        rests_on=("active",) if load_of(basis) is None else ("load",),
    )
    yield Reason(
        name="default_pool_size",
        value=found.default_pool_size,
        why="PgBouncer has a pool for each role and database, in each of its processes",
        formula="server_target / (databases x roles x processes), at least 1",
        numbers=f"{found.server_target} / ({pools} x {basis.processes}) = {found.default_pool_size}",
        source=PGBOUNCER,
        rests_on=("server_target",),
    )
    yield Reason(
        name="reserve_pool_size",
        value=found.reserve_pool_size,
        why="for a pool whose clients wait longer than reserve_pool_timeout",
        formula=f"{choices.reserve_pool:g} x default_pool_size, as far as it is usable",
        numbers=f"{choices.reserve_pool:g} x {found.default_pool_size} = {found.reserve_pool_size}",
        source=JUDGEMENT,
        rests_on=("default_pool_size",),
    )
    yield Reason(
        name="max_db_connections",
        value=found.max_db_connections,
        why="the fuse: all pools of a database together never open more",
        formula="slots for pools / processes / databases",
        numbers=f"{decision.for_pools} / {basis.processes} / {basis.databases} = {found.max_db_connections}",
        source=PGBOUNCER,
    )
    yield Reason(
        name="server_connections",
        value=found.worst_case,
        why="what all pools of all databases and processes open at most",
        formula="(default_pool_size + reserve_pool_size) x roles, at most max_db_connections, x databases x processes",
        numbers=f"min(({found.default_pool_size} + {found.reserve_pool_size}) x {basis.roles},"
        f" {found.max_db_connections}) x {basis.databases} x {basis.processes} = {found.worst_case}",
        source=PGBOUNCER,
        rests_on=("default_pool_size", "reserve_pool_size", "max_db_connections"),
    )
    yield Reason(
        name="max_client_conn",
        value=found.max_client_conn,
        why="the clients while a deploy rolls, and some more; a client costs a pooler little",
        formula=f"{choices.client_headroom:g} x clients / processes, rounded up to 100",
        numbers=f"{choices.client_headroom:g} x {decision.clients} / {basis.processes} -> {found.max_client_conn}",
        source=JUDGEMENT,
    )
    yield Reason(
        name="LimitNOFILE",
        value=found.limit_nofile,
        why=f"twice the {found.files} file descriptors that PgBouncer expects"
        if found.limit_nofile == choices.files_headroom * found.files
        else f"as many as a process has by default; PgBouncer expects {found.files}",
        formula=f"{choices.files_headroom} x (max_client_conn + {SPARE_FILES} + {CONSOLE_FILES}"
        " + default_pool_size x databases x (roles + 1)), at least 1024",
        numbers=f"{choices.files_headroom} x ({found.max_client_conn} + {SPARE_FILES} + {CONSOLE_FILES}"
        f" + {found.default_pool_size} x {basis.databases} x ({basis.roles} + 1)) -> {found.limit_nofile}",
        source="PgBouncer's own formula",
        rests_on=("max_client_conn", "default_pool_size"),
    )
