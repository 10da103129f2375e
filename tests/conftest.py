"""Servers, poolers and the command line for the tests; tests/README.md explains them."""

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest
from hypothesis import settings
from packaging.specifiers import SpecifierSet
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

from pgconn.demo.clients import Target
from pgconn.demo.cluster import Cluster
from tests.hygiene import difference, end_sessions, inventory
from tests.poolers import kind_of
from tests.poolers.pgbouncer import PgBouncer
from tests.poolers.pooler import Pooler
from tests.servers import Server, Source, sources

settings.register_profile("pgconn", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("pgconn")

_OTHER_POOLERS = ("pgpool", "pgagroal", "odyssey")
_ENDS_ENOUGH = ("cli", "docs", "emit", "logs", "refusals", "render")
_MEMORY = Path("/dev/shm")
"""A file system in memory, where making a server takes a third of the time that some disks need, or less."""


def pytest_configure(config: pytest.Config) -> None:
    """Forget what is set where the tests run: PG* variables, and signals that programs started here inherit.

    Temporary files, whole servers among them, are kept in memory where there is room; TMPDIR names another place.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in ("SIGHUP", "SIGQUIT"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]
    if "TMPDIR" not in os.environ and _has_room(_MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


def _has_room(folder: Path) -> bool:
    """Whether servers can live in this folder: programs run from there, and some gigabytes are free."""
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        return False
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize > 4 * 2**30 and not found.f_flag & os.ST_NOEXEC


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on each server, and where it needs a pooler with each of these as well.

    What poolers do does not depend on the version behind them: every major meets one PgBouncer, and the newest one all
    of them and the other poolers.
    """
    names, config = metafunc.fixturenames, metafunc.config
    servers = _servers(metafunc) if "source" in names else []
    if any(name in names for name in ("pooler_program", *_OTHER_POOLERS)):
        servers = servers[-1:]
    if "pooler_program" in names:
        programs = [Path(path) for path in config.getoption("--pooler")]
        ids = [f"{path.name}{number}" for number, path in enumerate(programs)] or ["none"]
        metafunc.parametrize("pooler_program", programs or [None], ids=ids, indirect=True, scope="session")
    if "pgbouncer_path" in names:
        _with_pgbouncers(metafunc, servers)
    elif "source" in names:
        metafunc.parametrize("source", [source.param() for source in servers], indirect=True, scope="session")


def _servers(metafunc: pytest.Metafunc) -> list[Source]:
    """The servers that a test asks for, the oldest first.

    What is asked of a server is tested on each; what is made of its answers on the newest, and of many on the oldest.
    """
    found = sources(metafunc.config.getoption("--bindir"), metafunc.config.getoption("--containers"))
    specs = [SpecifierSet(mark.args[0]) for mark in metafunc.definition.iter_markers("pg")]
    chosen = [source for source in found if all(spec.contains(str(source.major)) for spec in specs)]
    chosen.sort(key=lambda source: source.major)
    folder = metafunc.definition.path.relative_to(Path(__file__).parent).parts[0]
    if folder in _ENDS_ENOUGH and len(chosen) > 1:
        return chosen[-1:] if len(chosen) == 2 else [chosen[0], chosen[-1]]
    return chosen


def _with_pgbouncers(metafunc: pytest.Metafunc, servers: list[Source]) -> None:
    paths: list[Path | None] = [*_programs(metafunc.config, "pgbouncer")] or [None]
    if not servers:
        if "source" in metafunc.fixturenames:
            metafunc.parametrize("source", [], indirect=True, scope="session")
        ids = list(map(str, range(len(paths))))
        metafunc.parametrize("pgbouncer_path", paths, ids=ids, indirect=True, scope="session")
        return
    pairs = [(source, number % len(paths)) for number, source in enumerate(servers[:-1])]
    pairs += [(servers[-1], number) for number in range(len(paths))]
    both = [pytest.param(one, paths[at], id=f"{one.name}-{at}", marks=one.param().marks) for one, at in pairs]
    metafunc.parametrize(("source", "pgbouncer_path"), both, indirect=True, scope="session")


def _programs(config: pytest.Config, kind: str) -> list[Path]:
    """The programs of a pooler that were named, or the one on this machine."""
    asked = [Path(path) for path in config.getoption("--pooler") if Path(path).name == kind]
    if asked:
        return asked
    found = shutil.which(
        kind, path=os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
    )
    return [Path(found)] if found else []


@pytest.fixture(scope="session")
def source(request: pytest.FixtureRequest) -> Source:
    """Where the server of this test comes from; not for use by tests."""
    assert isinstance(request.param, Source)
    return request.param


@pytest.fixture(scope="session")
def template(source: Source) -> Iterator[Cluster | None]:
    """What the servers of one major begin as; not for use by tests."""
    with source.template() as stopped:
        yield stopped


@pytest.fixture(scope="session")
def cluster(source: Source, template: Cluster | None) -> Iterator[Server]:
    """The server that the tests of one major share, each restoring it."""
    with source.start(template, {}) as server:
        yield server


@pytest.fixture
def local_cluster(cluster: Server) -> Cluster:
    """The shared server where it runs on this machine, with a process id and a data directory to look at."""
    if not isinstance(cluster, Cluster):
        pytest.skip("a container's processes and files are out of reach")
    return cluster


class MakeCluster(Protocol):
    def __call__(self, settings: Mapping[str, str] | None = None, *, hba: tuple[str, ...] = ()) -> Server: ...


@pytest.fixture
def make_cluster(source: Source, template: Cluster | None) -> Iterator[MakeCluster]:
    """A factory of servers with other settings, with the usual roles and databases, gone after the test."""
    with contextlib.ExitStack() as stack:

        def make(settings: Mapping[str, str] | None = None, *, hba: tuple[str, ...] = ()) -> Server:
            return stack.enter_context(source.start(template, settings or {}, hba=hba))

        yield make


@pytest.fixture
def thousands_of_files() -> Iterator[None]:
    """Room for 2,500 open files: many a login begins with 1,024 and may raise that itself."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2500:
        pytest.skip("this account may not open so many files")
    if soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2500), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class MakePgBouncer(Protocol):
    def __call__(
        self,
        server: Target,
        pool_mode: str = "session",
        *,
        settings: Mapping[str, str] | None = None,
        databases: tuple[str, ...] = (),
        server_port: int | None = None,
    ) -> PgBouncer: ...


@pytest.fixture(scope="session")
def pgbouncer_path(request: pytest.FixtureRequest) -> Path:
    """The PgBouncer of this test; not for use by tests."""
    if request.param is None:
        pytest.skip("there is no pgbouncer on this machine; --pooler PATH names one")
    return Path(request.param)


@pytest.fixture
def pgbouncer(pgbouncer_path: Path) -> Iterator[MakePgBouncer]:
    """A factory of PgBouncers in front of a server, gone after the test."""
    with contextlib.ExitStack() as stack:

        def make(server: Target, pool_mode: str = "session", **options: Any) -> PgBouncer:
            return stack.enter_context(PgBouncer(pgbouncer_path, server, pool_mode, **options))

        yield make


class MakePooler(Protocol):
    def __call__(
        self,
        server: Target,
        pool_mode: str = "session",
        *,
        settings: Mapping[str, str] | None = None,
        databases: tuple[str, ...] = (),
        server_port: int | None = None,
    ) -> Pooler: ...


def _maker(stack: contextlib.ExitStack, program: Path) -> MakePooler:
    def make(server: Target, pool_mode: str = "session", **options: Any) -> Pooler:
        return stack.enter_context(kind_of(program)(program, server, pool_mode, **options))

    return make


@pytest.fixture(scope="session")
def pooler_program(request: pytest.FixtureRequest) -> Path:
    """The pooler's program of this test: `kind_of` says what it is."""
    if request.param is None:
        pytest.skip("--pooler PATH names the poolers of this test")
    return Path(request.param)


@pytest.fixture
def any_pooler(pooler_program: Path) -> Iterator[MakePooler]:
    """A factory of poolers in front of a server, each kind and version in turn; gone after the test."""
    with contextlib.ExitStack() as stack:
        yield _maker(stack, pooler_program)


def _one_kind(request: pytest.FixtureRequest, kind: str) -> Path:
    programs = _programs(request.config, kind)
    if not programs:
        pytest.skip(f"there is no {kind} on this machine; --pooler PATH names one")
    return programs[-1]


@pytest.fixture
def pgpool(request: pytest.FixtureRequest) -> Iterator[MakePooler]:
    """A factory of Pgpool-IIs in front of a server, gone after the test."""
    with contextlib.ExitStack() as stack:
        yield _maker(stack, _one_kind(request, "pgpool"))


@pytest.fixture
def pgagroal(request: pytest.FixtureRequest) -> Iterator[MakePooler]:
    """A factory of pgagroals in front of a server, gone after the test."""
    with contextlib.ExitStack() as stack:
        yield _maker(stack, _one_kind(request, "pgagroal"))


@pytest.fixture
def odyssey(request: pytest.FixtureRequest) -> Iterator[MakePooler]:
    """A factory of Odysseys in front of a server, gone after the test."""
    with contextlib.ExitStack() as stack:
        yield _maker(stack, _one_kind(request, "odyssey"))


@pytest.fixture(scope="session")
def _as_it_was(cluster: Server) -> set[str]:
    return inventory(cluster)


@pytest.fixture(autouse=True)
def _the_shared_server_is_as_it_was(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test that does not remove its sessions, roles, databases or settings from the shared server."""
    if "cluster" not in request.fixturenames:
        yield
        return
    cluster, before = request.getfixturevalue("cluster"), request.getfixturevalue("_as_it_was")
    yield
    if left := difference(cluster, before):
        end_sessions(cluster)
        before.clear()
        before.update(inventory(cluster))
        pytest.fail("the shared server is not as it was:\n" + "\n".join(left), pytrace=False)


class Run(Protocol):
    def __call__(
        self, *args: str, stdin: str | None = None, env: Mapping[str, str] | None = None, columns: int = 80
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def pgconn(tmp_path: Path) -> Run:
    """Run `pgconn ARGS…` with an empty home and without PG* variables, and return what it printed."""

    def run(
        *args: str, stdin: str | None = None, env: Mapping[str, str] | None = None, columns: int = 80
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pgconn", *args],
            input="" if stdin is None else stdin,
            env=_clean_environment(tmp_path, columns) | dict(env or {}),
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def pgconn_at(pgconn: Run) -> Callable[[Target | str], Run]:
    """Run `pgconn ARGS…` against a server or a connection string, which reaches it as PG* variables."""

    def at(where: Target | str) -> Run:
        variables = libpq_variables(where if isinstance(where, str) else where.conninfo())

        def run(*args: str, env: Mapping[str, str] | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
            return pgconn(*args, env=variables | dict(env or {}), **options)

        return run

    return at


def libpq_variables(conninfo: str) -> dict[str, str]:
    """The environment variables that lead libpq where a connection string does."""
    names = {option.keyword.decode(): option.envvar for option in Conninfo.get_defaults()}
    wanted = {names[keyword]: str(value) for keyword, value in conninfo_to_dict(conninfo).items()}
    return {variable.decode(): value for variable, value in wanted.items() if variable is not None}


def _clean_environment(home: Path, columns: int) -> dict[str, str]:
    ours = ("PG", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "COLUMNS", "LINES", "TERM", "XDG_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"HOME": str(home), "COLUMNS": str(columns), "TERM": "xterm-256color"}
