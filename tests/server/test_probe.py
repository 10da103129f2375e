"""A startup packet by hand finds what answers, whichever program listens and whatever it sends."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pgconn.demo.clients import Target, address, scalar, session, sessions
from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.background import physical_walsenders
from pgconn.demo.incidents.slots import (
    database_limit,
    full,
    full_to_the_reserve,
    half_authenticated,
    role_limit,
)
from pgconn.errors import WrongUsage
from pgconn.model.refusal import Refusal
from pgconn.server.probe import Answer, probe
from tests.conftest import MakeCluster, MakePgBouncer
from tests.servers import Server

Talk = Callable[[socket.socket], None]

OLD_ERROR = b"Ecould not fork new process for connection: Resource temporarily unavailable\n\0"
HTTP = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"


@contextlib.contextmanager
def listener(talk: Talk) -> Iterator[int]:
    """The port of a peer that sends what is given to every client, and then closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = server.accept()
                    threading.Thread(target=answer, args=(client,), daemon=True).start()

        def answer(client: socket.socket) -> None:
            with client, contextlib.suppress(OSError):
                talk(client)
                client.shutdown(socket.SHUT_WR)
                while client.recv(4096):
                    pass

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def says(*parts: bytes, every: float = 0.0) -> Talk:
    """A peer that reads something and then says these parts, one after the other."""

    def talk(client: socket.socket) -> None:
        client.recv(4096)
        for part in parts:
            client.sendall(part)
            time.sleep(every)

    return talk


def keeps_silent(client: socket.socket) -> None:
    while client.recv(4096):
        pass


def to(target: Target, user: str = "postgres", database: str = "postgres", **options: str) -> Answer:
    host, port = address(target)
    return probe(host, port, user, database, replication=options.get("replication"))


def refused(answer: Answer) -> Refusal:
    assert answer.refusal is not None
    return answer.refusal


@pytest.mark.offline
@pytest.mark.parametrize("sslmode", ["disable", "prefer", "require"])
def test_a_silent_peer_is_silent_for_the_timeout_and_no_longer(sslmode: str) -> None:
    start = time.monotonic()
    with listener(keeps_silent) as port:
        answer = probe("127.0.0.1", port, "app", "app", sslmode=sslmode, timeout=0.5)
    assert time.monotonic() - start < 20
    assert (answer.kind, refused(answer).limit) == ("silent", "no_listener")


@pytest.mark.offline
@pytest.mark.parametrize(
    "start",
    [b"", b"E\0\0\x10\0SFATAL\0", b"R\0\0\0\x08", b"Ecould not", b"S" * 9 + b"\0"],
    ids=["nothing", "error", "authentication", "old-error", "status"],
)
def test_a_peer_that_drips_is_given_the_timeout_and_no_longer(start: bytes) -> None:
    began = time.monotonic()
    with listener(says(*[start[i : i + 1] for i in range(len(start))], *[b"x"] * 100, every=0.1)) as port:
        answer = probe("127.0.0.1", port, "app", "app", sslmode="disable", timeout=1.0)
    assert time.monotonic() - began < 9
    assert not answer.slot_was_free


@pytest.mark.offline
@pytest.mark.parametrize(
    "sent",
    [
        HTTP,
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"R\x7f\xff\xff\xff" + b"x" * 4096,
        b"R\0\0\0\0",
        b"E\x7f\xff\xff\xff" + b"\1" * 4096,
        b"J\0\0\0\x0a8.0.36\0",
        b"-ERR unknown command\r\n",
        b"N\0\0\0\x04" * 10_000,
    ],
    ids=["http", "ssh", "long", "short", "long-error", "mysql", "redis", "notices"],
)
@pytest.mark.parametrize("sslmode", ["disable", "prefer"])
def test_a_peer_that_is_no_postgresql_is_no_listener(sent: bytes, sslmode: str) -> None:
    with listener(says(sent)) as port:
        answer = probe("127.0.0.1", port, "app", "app", sslmode=sslmode, timeout=5)
    assert answer.kind in ("foreign", "closed")
    assert refused(answer).limit in ("no_listener", "unknown")
    assert "HTTP" in answer.text or sent != HTTP


@pytest.mark.offline
@pytest.mark.parametrize("sslmode", ["disable", "prefer", "require"])
def test_a_failed_fork_is_reported_in_the_old_protocol(sslmode: str) -> None:
    with listener(says(OLD_ERROR)) as port:
        answer = probe("127.0.0.1", port, "app", "app", sslmode=sslmode)
    refusal = refused(answer)
    assert (answer.kind, refusal.limit, refusal.source, refusal.sqlstate) == ("refused", "fork", "postgresql", None)
    assert refusal.message.endswith("Resource temporarily unavailable")


@pytest.mark.offline
def test_a_peer_that_closes_is_closed() -> None:
    with listener(says()) as port:
        answer = probe("127.0.0.1", port, "app", "app")
    assert (answer.kind, refused(answer).limit) == ("closed", "unknown")


@pytest.mark.offline
def test_a_handshake_that_fails_is_no_tls() -> None:
    with listener(says(b"S", b"garbage that is no handshake at all")) as port:
        answer = probe("127.0.0.1", port, "app", "app", sslmode="require")
    assert (answer.kind, refused(answer).limit) == ("tls_failed", "login")


@pytest.mark.offline
def test_a_handshake_that_stalls_is_silent() -> None:
    start = time.monotonic()
    with listener(says(b"S", every=30)) as port:
        answer = probe("127.0.0.1", port, "app", "app", sslmode="require", timeout=0.5)
    assert time.monotonic() - start < 20
    assert answer.kind == "silent"


@pytest.mark.offline
def test_no_server_listens(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # so that no other program listens there
        for host, words in (
            ("127.0.0.1", "Connection refused"),
            (str(tmp_path), "No such file or directory"),
            ("@/nobody/listens/here", "Connection refused"),
            ("nobody.invalid", "could not translate host name"),
            ("x" * 80, "could not translate host name"),
        ):
            answer = probe(host, taken.getsockname()[1], "app", "app")
            assert (answer.kind, refused(answer).limit) == ("unreachable", "no_listener")
            assert words in answer.text


@pytest.mark.offline
def test_a_full_queue_of_a_socket_is_a_timeout(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server, contextlib.ExitStack() as stack:
        server.bind(str(tmp_path / ".s.PGSQL.5432"))
        server.listen(0)
        for _ in range(2):
            waiting = stack.enter_context(socket.socket(socket.AF_UNIX))
            waiting.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                waiting.connect(server.getsockname())
        answer = probe(str(tmp_path), 5432, "app", "app", timeout=0.5)
    assert (answer.kind, refused(answer).limit) == ("unreachable", "no_listener")
    assert "timeout expired" in answer.text


@pytest.mark.offline
@pytest.mark.parametrize(
    ("port", "user", "sslmode"), [(0, "app", "prefer"), (65536, "app", "prefer"), (1, "a\0", "prefer"), (1, "a", "on")]
)
def test_what_cannot_be_sent_is_wrong_usage(port: int, user: str, sslmode: str) -> None:
    with pytest.raises(WrongUsage):
        probe("127.0.0.1", port, user, "app", sslmode=sslmode)


def test_a_trusted_role_enters_and_disconnects(cluster: Server) -> None:
    assert to(cluster, "app", "app").kind == "entered"
    assert to(cluster, replication="database").kind == "entered"


def test_a_role_with_a_password_is_asked_for_it(cluster: Server) -> None:
    answer = to(cluster, "half")
    assert (answer.kind, answer.method, answer.slot_was_free, answer.refusal) == ("asked", "sasl", True, None)


def test_a_socket_directory_is_a_host(local_cluster: Cluster) -> None:
    answer = probe(str(local_cluster.socket_dir), local_cluster.port, "app", "app", sslmode="require")
    assert answer.kind == "entered"


@pytest.mark.parametrize(
    ("user", "database", "limit", "sqlstate"),
    [("missing", "app", "login", "28000"), ("app", "missing", "no_such_database", "3D000")],
)
def test_a_refused_login_tells_its_sqlstate(
    cluster: Server, user: str, database: str, limit: str, sqlstate: str
) -> None:
    refusal = refused(to(cluster, user, database))
    assert (refusal.limit, refusal.sqlstate, refusal.source) == (limit, sqlstate, "postgresql")
    assert not refusal.wants_slot


def test_a_full_server_refuses_everybody_but_a_walsender(cluster: Server) -> None:
    with full(cluster):
        for user in ("app", "postgres", "missing"):
            refusal = refused(to(cluster, user))
            assert (refusal.limit, refusal.sqlstate, refusal.routine) == ("slots", "53300", "InitProcess")
        assert to(cluster, replication="database").kind == "entered"


def test_a_full_server_is_full_for_a_role_with_a_password(cluster: Server) -> None:
    with half_authenticated(cluster, 2), full(cluster):
        assert refused(to(cluster, "half")).limit == "slots"


def test_a_reserve_refuses_ordinary_roles(cluster: Server) -> None:
    with full_to_the_reserve(cluster):
        expected = "reserved_role" if cluster.major >= 16 else "superuser_reserve"
        assert refused(to(cluster, "app2")).limit == expected
        assert to(cluster).kind == "entered"
        if cluster.major >= 16:
            with sessions(cluster, 2, user="oncall"):
                assert refused(to(cluster, "oncall")).limit == "superuser_reserve"


def test_one_that_was_refused_holds_no_slot_any_more(cluster: Server) -> None:
    with full_to_the_reserve(cluster) as opened:
        for user in ("app2", "postgres", "half") * 10:
            to(cluster, user)
            with sessions(cluster, 30 - len(opened)):
                pass


def test_a_limit_of_a_role_or_a_database_is_reported(cluster: Server) -> None:
    with role_limit(cluster, 1):
        assert refused(to(cluster, "limited")).limit == "role"
    with database_limit(cluster, 1):
        assert refused(to(cluster, "app2", "limited")).limit == "database"


def test_walsenders_used_up_are_reported(cluster: Server) -> None:
    with physical_walsenders(cluster, 5):
        refusal = refused(to(cluster, replication="database"))
        assert (refusal.limit, refusal.routine) == ("walsenders", "InitProcess")
        assert to(cluster).kind == "entered"


def test_silent_connections_use_up_the_children(make_cluster: MakeCluster) -> None:
    cluster = make_cluster({"max_connections": "8", "max_wal_senders": "1", "max_worker_processes": "2"})
    with contextlib.ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(socket.create_connection(address(cluster)))
        deadline = time.monotonic() + 20
        while (answer := to(cluster)).slot_was_free and time.monotonic() < deadline:
            time.sleep(0.1)
        for replication in ("", "database"):
            refusal = refused(to(cluster, replication=replication) if replication else answer)
            assert (refusal.limit, refusal.sqlstate, refusal.wants_slot) == ("children", "53300", True)


def test_a_smart_shutdown_is_reported(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    if not isinstance(cluster, Cluster):
        pytest.skip("a container's processes are out of reach")
    with session(cluster):
        os.kill(cluster.pid, signal.SIGTERM)
        deadline = time.monotonic() + 20
        while (answer := to(cluster)).slot_was_free and time.monotonic() < deadline:
            time.sleep(0.05)
        assert (refused(answer).limit, refused(answer).sqlstate) == ("shutting_down", "57P03")


@pytest.mark.parametrize(
    "lines", [("host all app all reject",), ("hostssl all app all trust", "host all app all reject")]
)
def test_pg_hba_conf_refuses_a_login(make_cluster: MakeCluster, lines: tuple[str, ...]) -> None:
    cluster = make_cluster(hba=lines)
    refusal = refused(to(cluster, "app", "app"))
    assert (refusal.limit, refusal.sqlstate) == ("login", "28000")
    assert "pg_hba.conf" in refusal.message


def test_tls_is_what_sslmode_asks_for(make_cluster: MakeCluster, tmp_path: Path) -> None:
    cluster = make_cluster(hba=("hostssl all app all trust", "hostnossl all app all reject"))
    if not isinstance(cluster, Cluster):
        pytest.skip("a container's files are out of reach")
    certificate = _give_certificate(cluster)
    host, port = "127.0.0.1", cluster.port

    def attempt(sslmode: str, rootcert: Path, name: str = host) -> Answer:
        return probe(name, port, "app", "app", sslmode=sslmode, sslrootcert=str(rootcert))

    for sslmode in ("allow", "prefer", "require"):
        answer = attempt(sslmode, tmp_path / "none")
        assert (answer.kind, answer.encrypted) == ("entered", True)
    refusal = refused(attempt("disable", certificate))
    assert (refusal.limit, refusal.sqlstate) == ("login", "28000")
    assert attempt("verify-ca", certificate).kind == "entered"
    assert attempt("verify-full", certificate, "localhost").kind == "entered"
    for sslmode, rootcert in (
        ("verify-full", certificate),
        ("verify-ca", tmp_path / "none"),
        ("verify-ca", Path("system")),
    ):
        answer = attempt(sslmode, rootcert)
        assert (answer.kind, refused(answer).limit, refused(answer).source) == ("tls_failed", "login", "client")


def test_a_server_without_tls_refuses_those_who_require_it(cluster: Server) -> None:
    host, port = address(cluster)
    answer = probe(host, port, "app", "app", sslmode="require")
    assert (answer.kind, refused(answer).limit) == ("tls_failed", "login")


def test_pgbouncer_is_known_by_what_it_omits(cluster: Server, pgbouncer: MakePgBouncer) -> None:
    pooler = pgbouncer(cluster, "transaction", settings={"max_client_conn": "2"})
    assert to(pooler, "app", "app").kind == "entered"
    refusal = refused(to(pooler, "missing", "app"))
    assert (refusal.limit, refusal.source) == ("login", "pgbouncer")
    with sessions(pooler, 2, user="app", dbname="app"):
        refusal = refused(to(pooler, "app", "app"))
        assert (refusal.limit, refusal.source, refusal.sqlstate) == ("pooler_clients", "pgbouncer", "08P01")


def test_a_full_server_behind_pgbouncer_wants_a_slot(cluster: Server, pgbouncer: MakePgBouncer) -> None:
    pooler = pgbouncer(cluster, "transaction", settings={"query_wait_timeout": "2"})
    with full(cluster):
        refusal = refused(to(pooler, "app", "app"))
        assert refusal.wants_slot
        assert refusal.source in ("pgbouncer", "pooler")


def _give_certificate(cluster: Cluster) -> Path:
    """Turn TLS on with a certificate for localhost that signs itself; skip where there is no TLS."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl on this machine")
    key, certificate = cluster.datadir / "server.key", cluster.datadir / "server.crt"
    command = [openssl, "req", "-new", "-x509", "-nodes", "-days", "2", "-newkey", "rsa:2048", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    key.chmod(0o600)
    owner = cluster.datadir.stat()
    if owner.st_uid != os.geteuid():
        os.chown(key, owner.st_uid, owner.st_gid)
    cluster.reload({"ssl": "on"})
    with session(cluster) as connection:
        if scalar(connection, "show ssl") != "on":
            pytest.skip("this server was built without TLS")
    return certificate
