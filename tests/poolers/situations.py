"""The situations in which poolers refuse, each brought about with real clients: what the client hears."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from pgconn.demo.clients import PATIENCE, Target, close as close_all, control, fill, scalar, session, wait_until
from pgconn.demo.cluster import free_port
from tests.conftest import MakePooler
from tests.poolers import kind_of
from tests.poolers.pooler import Pooler
from tests.poolers.wire import Client, Heard, client
from tests.servers import Copy

Settings = Mapping[str, Mapping[str, str]]
Change = tuple[LiteralString, LiteralString]
"""A statement and the one that takes it back."""

_ONE_CLIENT: Final[Settings] = {
    "pgbouncer": {"max_client_conn": "1"},
    "odyssey": {"route.client_max": "1"},
    "pgpool": {"num_init_children": "2", "reserved_connections": "1"},
    "pgagroal": {"max_connections": "1", "blocking_timeout": "0"},
}
_ONE_CLIENT_OF_THE_DATABASE: Final[Settings] = {"pgbouncer": {"max_db_client_connections": "1"}}
_ONE_CLIENT_IN_ALL: Final[Settings] = {"odyssey": {"client_max": "1"}}
_ONE_SERVER_CONNECTION: Final[Settings] = {
    "pgbouncer": {"default_pool_size": "1", "query_wait_timeout": "1", "server_login_retry": "1"},
    "odyssey": {"pool_size": "1", "pool_timeout": "1000"},
    "pgpool": {"num_init_children": "1", "max_pool": "1"},
    "pgagroal": {"max_connections": "1", "blocking_timeout": "1"},
}
_PGBOUNCER_ALONE: Final = frozenset(("database-disabled", "database-paused", "idle-transaction-timeout"))
_LIBPQ_ALONE: Final = ("pgagroal", "startup-replication")  # it misreads what libpq sends after these words
_SILENCE: Final = 5.0  # seconds after which a Pgpool that has no child left is taken for silent: it waits for ever

_HASTY: Final[Settings] = {
    "pgbouncer": {"query_wait_timeout": "2", "server_login_retry": "1"},
    "odyssey": {"pool_size": "3", "pool_timeout": "1000"},
    "pgpool": {"num_init_children": "2", "failover_on_backend_error": "off"},
    "pgagroal": {"blocking_timeout": "1"},
}


class Scene:
    """A server, and one of the poolers that can stand before it."""

    def __init__(self, server: Target, program: Path, make: MakePooler, mode: str = "session") -> None:
        self.server = server
        self.program = program.name
        self.version = kind_of(program)(program, server).version
        self._make, self._mode = make, mode

    def pooler(self, settings: Settings, **options: Any) -> Pooler:
        """The pooler with what it is set to for a situation."""
        return self._make(self.server, self._mode, settings=settings[self.program], **options)

    def heard(
        self,
        settings: Settings,
        *,
        held: int = 0,
        in_transaction: bool = False,
        change: Change | None = None,
        **parameters: str,
    ) -> Heard:
        """What a client hears from its login to the end of a query, while `held` others are there, after a change."""
        pooler = self.pooler(settings)
        with contextlib.ExitStack() as stack:
            for _ in range(held):
                stack.enter_context(_held(pooler, "begin; select 1" if in_transaction else "select 1"))
            if change is not None:
                stack.enter_context(_altered(self.server, *change))
            who = {"user": "app", "database": "app"} | parameters
            one = stack.enter_context(client(pooler.host, pooler.port, **who))
            return _to_the_end(one, seconds=_SILENCE if self.program == "pgpool" else PATIENCE)


@contextlib.contextmanager
def _held(pooler: Pooler, query: str) -> Iterator[None]:
    """A client that is served and stays; the one that asked whether the pooler listens may hold its place at first."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with client(pooler.host, pooler.port, user="app", database="app") as one:
            one.listen()
            one.ask(query)
            if one.listen().served:
                yield
                return
        assert time.monotonic() < deadline, one.heard.says()


def _to_the_end(one: Client, seconds: float = PATIENCE) -> Heard:
    heard = one.listen(seconds)
    if heard.logged_in and not heard.errors:
        one.ask("select 1")
        heard = one.listen(seconds)
    return heard


def clients_full(scene: Scene) -> Heard:
    return scene.heard(_ONE_CLIENT, held=1)


def clients_full_of_the_database(scene: Scene) -> Heard:
    return scene.heard(_ONE_CLIENT_OF_THE_DATABASE, held=1)


def clients_full_of_the_whole_pooler(scene: Scene) -> Heard:
    """Odyssey hangs up before its error is sent, three times in ten."""
    heard = Heard()
    for _ in range(20):
        with contextlib.suppress(ConnectionError):
            heard = scene.heard(_ONE_CLIENT_IN_ALL, held=1)
        if heard.errors:
            break
    return heard


def pool_full(scene: Scene) -> Heard:
    return scene.heard(_ONE_SERVER_CONNECTION, held=1, in_transaction=True)


def server_full(scene: Scene) -> Heard:
    with _full(scene.server, user="postgres"):
        return scene.heard(_HASTY)


def superuser_reserve(scene: Scene) -> Heard:
    with _full(scene.server, user="app" if scene.server.major < 16 else "oncall"):
        return scene.heard(_HASTY)


def reserved_role(scene: Scene) -> Heard:
    with _full(scene.server, user="app"):
        return scene.heard(_HASTY)


def role_limit(scene: Scene) -> Heard:
    return scene.heard(_HASTY, change=("alter role app connection limit 0", "alter role app connection limit -1"))


def database_limit(scene: Scene) -> Heard:
    change: Change = ("alter database app connection limit 0", "alter database app connection limit -1")
    return scene.heard(_HASTY, change=change)


def unknown_database(scene: Scene) -> Heard:
    return scene.heard(_HASTY, database="nowhere")


def nologin_role(scene: Scene) -> Heard:
    return scene.heard(_HASTY, change=("alter role app nologin", "alter role app login"))


def server_down(scene: Scene) -> Heard:
    pooler = scene.pooler(_HASTY, server_port=free_port(Copy.ports))
    with client(pooler.host, pooler.port, user="app", database="app") as one:
        return _to_the_end(one)


def server_lost(scene: Scene) -> Heard:
    pooler = scene.pooler(_HASTY)
    with client(pooler.host, pooler.port, user="app", database="app") as one, control(scene.server) as observer:
        one.listen()
        one.ask("begin; select 1")
        one.listen()
        observer.execute("select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction'")
        wait_until(lambda: not scalar(observer, _IN_TRANSACTION), "that the backend is gone")
        one.ask("select 1")
        return one.listen()


_IN_TRANSACTION: Final = "select count(*) from pg_stat_activity where state = 'idle in transaction'"


def database_disabled(scene: Scene) -> Heard:
    return _commanded(scene, "DISABLE app")


def database_paused(scene: Scene) -> Heard:
    return _commanded(scene, "PAUSE app")


def _commanded(scene: Scene, command: LiteralString) -> Heard:
    """What a client hears after a command of PgBouncer's console."""
    pooler = scene.pooler(_HASTY, databases=("app =",))
    with session(pooler, dbname="pgbouncer") as console:
        console.execute(command)
        with client(pooler.host, pooler.port, user="app", database="app") as one:
            return _to_the_end(one)


def startup_parameter(scene: Scene) -> Heard:
    return scene.heard(_HASTY, foo="bar")


def startup_options(scene: Scene) -> Heard:
    return scene.heard(_HASTY, options="-c statement_timeout=5s")


def startup_replication(scene: Scene) -> Heard:
    return scene.heard(_HASTY, replication="database")


def idle_transaction_timeout(scene: Scene) -> Heard:
    pooler = scene.pooler({"pgbouncer": {"idle_transaction_timeout": "1"}})
    with client(pooler.host, pooler.port, user="app", database="app") as one:
        one.listen()
        one.ask("begin; select 1")
        one.listen()
        return one.listen()


SITUATIONS: Final[Mapping[str, Callable[[Scene], Heard]]] = {
    "clients-full": clients_full,
    "clients-full-of-the-database": clients_full_of_the_database,
    "clients-full-of-the-whole-pooler": clients_full_of_the_whole_pooler,
    "pool-full": pool_full,
    "server-full": server_full,
    "server-full-superuser-reserve": superuser_reserve,
    "server-full-reserved-role": reserved_role,
    "role-limit": role_limit,
    "database-limit": database_limit,
    "unknown-database-of-the-server": unknown_database,
    "nologin-role": nologin_role,
    "server-down-at-first": server_down,
    "server-lost": server_lost,
    "database-disabled": database_disabled,
    "database-paused": database_paused,
    "startup-parameter": startup_parameter,
    "startup-options": startup_options,
    "startup-replication": startup_replication,
    "idle-transaction-timeout": idle_transaction_timeout,
}
"""By their names in the table of what poolers answer."""


@contextlib.contextmanager
def _full(server: Target, *, user: str) -> Iterator[None]:
    """No slot is free for such a role."""
    opened: list[psycopg.Connection[tuple[object, ...]]] = []
    try:
        fill(server, opened, user=user, dbname="postgres")
        yield
    finally:
        close_all(*opened)


@contextlib.contextmanager
def _altered(server: Target, statement: LiteralString, back: LiteralString) -> Iterator[None]:
    """A change of the catalogue for as long as the block lasts."""
    with session(server) as connection:
        connection.execute(sql.SQL(statement))
    try:
        yield
    finally:
        with session(server) as connection:
            connection.execute(sql.SQL(back))


def can_be_brought_about(situation: str, program: str) -> bool:
    """Whether this module knows how a pooler comes into a situation of the table."""
    if situation not in SITUATIONS or (program, situation) == _LIBPQ_ALONE:
        return False
    if situation == "clients-full-of-the-whole-pooler":
        return program in _ONE_CLIENT_IN_ALL
    if situation == "clients-full-of-the-database":
        return program in _ONE_CLIENT_OF_THE_DATABASE
    return program == "pgbouncer" or situation not in _PGBOUNCER_ALONE
