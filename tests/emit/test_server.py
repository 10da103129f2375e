"""The server behind a pooler is the one in the file, and not the pooler that the connection went through."""

import re
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from pgconn.cli.options.connection import Connection
from pgconn.demo.clients import Override, Target, address, connect
from pgconn.demo.cluster import Cluster
from pgconn.emit.emitted import Kind
from pgconn.emit.server import place_of
from pgconn.errors import WrongUsage
from pgconn.model.instance import Backend
from tests.conftest import MakePgBouncer, MakePooler, Run
from tests.emit.test_calculated import At

ASKED: Final = ("size", "--live", "--ram", "8G", "--app", "web=4x5")
PLACES: Final[dict[Kind, str]] = {
    "pgbouncer": r"^\* = host='(.*)' port='(\d+)'$",
    "pgpool": r"^backend_hostname0 = '(.*)'\nbackend_port0 = (\d+)$",
    "odyssey": r'^    type "remote"\n    host "(.*)"\n    port (\d+)$',
    "pgagroal": r"^\[primary\](?:\n#.*)*\nhost = (.*)\nport = (\d+)$",
}
HEAD: Final = "The server was asked through a pooler, and host and port here are those that the server itself has"


class Elsewhere:
    """A server by another of its hosts: an address, or its folder of sockets."""

    def __init__(self, server: Target, host: str) -> None:
        self._server, self._host = server, host

    @property
    def major(self) -> int:
        return self._server.major

    def conninfo(self, **overrides: Override) -> str:
        return self._server.conninfo(**{"host": self._host} | overrides)

    def connect(self, **overrides: Override) -> psycopg.Connection[tuple[Any, ...]]:
        return connect(self.conninfo(), **overrides)


def place(kind: Kind, text: str) -> tuple[str, int]:
    (found,) = re.findall(PLACES[kind], text, re.MULTILINE)
    return found[0], int(found[1])


def said(text: str) -> str:
    return " ".join(re.sub(r"^[#;]", "", text, flags=re.MULTILINE).split())


@pytest.mark.parametrize("kind", PLACES)
def test_the_server_itself_is_in_the_file_when_a_pooler_was_asked(
    cluster: Target, any_pooler: MakePooler, pgconn: Run, kind: Kind
) -> None:
    pooler = any_pooler(cluster)
    ran = pgconn(*ASKED, "--emit", kind, "-d", pooler.conninfo())
    assert ran.returncode == 0, ran.stderr
    assert place(kind, ran.stdout) == address(cluster) != address(pooler)
    assert HEAD in said(ran.stdout)
    assert HEAD in said(ran.stderr)


@pytest.mark.parametrize("kind", PLACES)
def test_without_a_pooler_the_file_has_what_was_named_and_no_word_of_one(
    cluster: Target, pgconn: Run, kind: Kind
) -> None:
    ran = pgconn(*ASKED, "--emit", kind, "-d", cluster.conninfo(host="localhost"))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert place(kind, ran.stdout) == ("localhost", address(cluster)[1])
    assert "through a pooler" not in said(ran.stdout)


def test_behind_two_poolers_it_is_the_last_one_that_counts(
    cluster: Target, pgbouncer: MakePgBouncer, pgconn: Run
) -> None:
    first = pgbouncer(cluster, "transaction")
    second = pgbouncer(cluster, server_port=first.port)
    ran = pgconn(*ASKED, "--emit", "pgbouncer", "-d", second.conninfo())
    assert ran.returncode == 0, ran.stderr
    assert place("pgbouncer", ran.stdout) == address(cluster)


def test_an_address_of_ipv6_is_written_as_the_server_has_it(
    local_cluster: Cluster, pgbouncer: MakePgBouncer, pgconn: Run
) -> None:
    pooler = pgbouncer(Elsewhere(local_cluster, "::1"))
    ran = pgconn(*ASKED, "--emit", "pgbouncer", "-d", pooler.conninfo())
    assert ran.returncode == 0, ran.stderr
    assert place("pgbouncer", ran.stdout) == ("::1", local_cluster.port)


def test_a_server_behind_a_socket_is_not_known_and_no_file_is_made(
    local_cluster: Cluster, pgbouncer: MakePgBouncer, pgconn_at: At, tmp_path: Path
) -> None:
    pooler = pgbouncer(Elsewhere(local_cluster, str(local_cluster.socket_dir)))
    for kind in PLACES:
        ran = pgconn_at(pooler)(*ASKED, "--emit", kind, "--write", str(tmp_path / "made"))
        assert (ran.returncode, ran.stdout) == (2, "")
        assert "the server behind the pooler is not known" in said(ran.stderr)
        assert "-h and -p" in said(ran.stderr)
        assert not (tmp_path / "made").exists()
    assert pgconn_at(pooler)(*ASKED, "--pooler", "pgbouncer").returncode == 0, "the numbers need no address"
    proxy = pgconn_at(pooler)(*ASKED, "--provider", "rds", "--emit", "rds-proxy")
    assert proxy.returncode == 0, f"it names no server: {proxy.stderr}"


def test_verifiers_that_were_read_through_a_pooler_show_it_as_well(
    cluster: Target, pgbouncer: MakePgBouncer, pgconn_at: At, tmp_path: Path
) -> None:
    written = ("--emit", "pgbouncer", "--read-verifiers", "--write", str(tmp_path / "made"))
    ran = pgconn_at(pgbouncer(cluster))("size", "--ram", "8G", "--app", "web=4x5", *written)
    assert ran.returncode == 0, ran.stderr
    text = (tmp_path / "made" / "pgbouncer.ini").read_text()
    assert place("pgbouncer", text) == address(cluster)
    assert HEAD in said(text)


@pytest.mark.offline
@pytest.mark.parametrize(
    ("host", "port"),
    [
        *((host, 5432) for host in (None, "", "db1", "10.0.0.5\nport = 1", "fe80::1", "0.0.0.0", "::")),
        *(("10.0.0.5", port) for port in (-1, 0, 65536)),
    ],
)
def test_what_is_no_address_to_go_to_is_not_known(host: str | None, port: int) -> None:
    with pytest.raises(WrongUsage, match="behind the pooler is not known"):
        place_of(Connection(host="pooler").target(), backend(host, port))


@pytest.mark.offline
@pytest.mark.parametrize("host", ["10.0.0.5", "127.0.0.1", "2001:db8::5"])
def test_the_address_of_the_server_comes_before_that_of_the_connection(host: str) -> None:
    found, notes = place_of(Connection(host="pooler,other").target(), backend(host, 5433))
    assert (found["host"], found["port"]) == (host, "5433")
    assert HEAD in " ".join(notes)
    assert (" its own host alone" in " ".join(notes)) is (host == "127.0.0.1")


def backend(host: str | None, port: int) -> Backend:
    return Backend(
        pid=1,
        backend_type="client backend",
        age_seconds=1.0,
        client_addr=None,
        client_port=None,
        server_addr=host,
        server_port=port,
    )
