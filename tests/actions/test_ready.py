"""`pgconn ready`: what would work in an incident, what is missing, and that what it prints mends it."""

import json
import os
import pty
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from pgconn.actions.ready import hba_line, reserve, walsender_missing
from pgconn.demo.clients import Target, scalar, session, sessions
from pgconn.demo.cluster import Cluster
from pgconn.demo.incidents.background import physical_walsenders
from pgconn.demo.incidents.names import role
from pgconn.demo.incidents.slots import full
from pgconn.documents.readiness import Preparation
from tests.conftest import MakeCluster, Run, libpq_variables
from tests.model.making import CAPACITY, INSTANCE, snapshot

At = Callable[[Target | str], Run]


def readiness(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("ready", "--json").stdout)
    assert found["kind"] == "readiness"
    return found


def ways(found: dict[str, Any]) -> dict[str, bool]:
    return {way["rung"]: way["works"] for way in found["ways"] if way["rung"] != "os"}


def test_an_ordinary_role_sees_what_it_lacks_and_exits_with_1(cluster: Target, pgconn_at: At) -> None:
    run = pgconn_at(cluster.conninfo(user="app"))
    done = run("ready")
    assert done.returncode == (0 if "4 the host          yes" in done.stdout else 1)
    found = readiness(run)
    assert ways(found) == {"slot": True, "reserve": False, "walsender": False}
    (walsender,) = [way for way in found["ways"] if way["rung"] == "walsender"]
    assert walsender["missing"] == ['ALTER ROLE "app" REPLICATION;']


def test_what_is_printed_as_missing_mends_it(cluster: Target, pgconn_at: At) -> None:
    with role(cluster, "mended"):
        run = pgconn_at(cluster.conninfo(user="mended"))
        lacks = [line for way in readiness(run)["ways"] for line in way["missing"] if line.endswith(";")]
        with session(cluster) as owner:
            for line in lacks:
                owner.execute(line)
            found = readiness(run)
            assert ways(found)["walsender"]
            assert ways(found)["reserve"] is (cluster.major >= 16)
            owner.execute("revoke all on database postgres from mended")


def test_the_emergency_role_gets_into_a_full_server(cluster: Target, pgconn_at: At) -> None:
    run = pgconn_at(cluster.conninfo(user="app"))
    with session(cluster) as owner:
        for line in readiness(run)["sql"]:
            owner.execute(line)
        try:
            with full(cluster):
                seen = json.loads(pgconn_at(cluster.conninfo(user="pgconn_rescue"))("status", "--json").stdout)
            assert seen["entered_by"] == "walsender"
            assert seen["role"]["sees_all_sessions"]
            assert readiness(pgconn_at(cluster.conninfo(user="pgconn_rescue")))["sql"] == []
            owner.execute("revoke pg_signal_backend from pgconn_rescue")
            lacks = readiness(pgconn_at(cluster.conninfo(user="pgconn_rescue")))["sql"]
            assert lacks == ['GRANT pg_signal_backend TO "pgconn_rescue";']
        finally:
            owner.execute("drop role pgconn_rescue")


def test_superusers_in_slots_and_walsenders_used_up_are_unsafe(cluster: Target, pgconn_at: At) -> None:
    with sessions(cluster, 2), physical_walsenders(cluster, 5):
        found = readiness(pgconn_at(cluster))
    assert {"superusers", "max_wal_senders"} <= {finding["subject"] for finding in found["findings"]}
    assert not ways(found)["walsender"]


def test_a_server_without_reserves_is_unsafe(make_cluster: MakeCluster, pgconn_at: At) -> None:
    server = make_cluster({"superuser_reserved_connections": "0", "reserved_connections": "0"})
    found = readiness(pgconn_at(server))
    assert "superuser_reserved_connections" in {finding["subject"] for finding in found["findings"]}
    assert not ways(found)["reserve"]


def test_reserves_that_would_keep_the_server_from_starting_are_found(local_cluster: Cluster, pgconn_at: At) -> None:
    with session(local_cluster) as owner:
        owner.execute("alter system set superuser_reserved_connections = 30")
        try:
            found = readiness(pgconn_at(local_cluster))
        finally:
            owner.execute("alter system reset superuser_reserved_connections")
    (fatal,) = [finding for finding in found["findings"] if "will not start" in finding["message"]]
    assert fatal["severity"] == "critical"


def test_without_a_terminal_no_role_is_made(cluster: Target, pgconn_at: At) -> None:
    done = pgconn_at(cluster)("ready", "--create", "pgconn_new", "--yes")
    assert done.returncode == 7
    with session(cluster) as owner:
        assert scalar(owner, "select count(*) from pg_catalog.pg_roles where rolname = 'pgconn_new'") == 0


def test_a_role_that_may_not_make_roles_is_reported_before_a_password_is_asked_for(
    cluster: Target, pgconn_at: At
) -> None:
    done = pgconn_at(cluster.conninfo(user="app"))("ready", "--create", "pgconn_new")
    assert done.returncode == 5
    assert "app may not create roles" in done.stderr


@pytest.mark.offline
@pytest.mark.parametrize(
    ("role", "word"),
    [("pgconn_rescue", "pgconn_rescue"), ("all", '"all"'), ("On Call", '"On Call"'), ('a"b', '"a""b"')],
)
def test_the_line_of_pg_hba_lets_one_role_in_whatever_its_name(role: str, word: str) -> None:
    assert hba_line(role, None) == f"local all {word} scram-sha-256"
    assert hba_line(role, "::1") == f"host all {word} ::1/128 scram-sha-256"


ORDINARY = Preparation(
    name="app",
    superuser=False,
    replication=False,
    sees_all_sessions=False,
    may_signal=False,
    may_use_reserved=True,
    may_read_files=False,
    may_create_roles=False,
    client_addr=None,
)


@pytest.mark.offline
def test_behind_a_pooler_without_replication_both_the_role_and_the_way_are_missing() -> None:
    message = "unsupported startup parameter: replication"
    role, place = walsender_missing(message, snapshot(pooler=True), ORDINARY).missing
    assert role == 'ALTER ROLE "app" REPLICATION;'
    assert place.startswith("connect to the server itself")


@pytest.mark.offline
@pytest.mark.parametrize(("superuser_reserved", "kept"), [(3, 3), (7, 2), (8, 1), (9, None)])
def test_no_reserve_is_advised_with_which_the_server_would_not_start(superuser_reserved: int, kept: int | None) -> None:
    different = {"max_connections": 10, "superuser_reserved": superuser_reserved, "reserved": 0, "reserved_role": True}
    seen = snapshot(capacity=msgspec.structs.replace(CAPACITY, **different))
    (advised,) = reserve(seen, ORDINARY).missing
    assert (f"= {kept};" if kept else "raise max_connections") in advised
    managed = msgspec.structs.replace(seen, instance=msgspec.structs.replace(INSTANCE, provider="RDS"))
    assert not any("ALTER SYSTEM" in advice for advice in reserve(managed, ORDINARY).missing)


@contextmanager
def typing(server: Target, *arguments: str) -> Iterator[Callable[..., str]]:
    """Pgconn on a terminal of its own: call with what is waited for and what is then typed."""
    pid, terminal = pty.fork()
    if pid == 0:
        variables = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        os.execve(
            sys.executable,
            [sys.executable, "-m", "pgconn", *arguments],
            variables | libpq_variables(server.conninfo()),
        )
    shown = ""

    def type_at(prompt: str, text: str = "") -> str:
        nonlocal shown
        deadline = time.monotonic() + 20
        while prompt not in shown and time.monotonic() < deadline:
            try:
                shown += os.read(terminal, 4096).decode(errors="replace")
            except OSError:
                break
        assert prompt in shown, shown
        before, _, shown = shown.partition(prompt)
        os.write(terminal, text.encode())
        return before

    try:
        yield type_at
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)


def test_a_role_is_made_with_a_verifier_and_never_with_the_password(make_cluster: MakeCluster) -> None:
    server = make_cluster({"log_statement": "all"})
    if not isinstance(server, Cluster):
        pytest.skip("the log of a container is out of reach")
    with typing(server, "ready", "--create", 'odd "name" 100%') as type_at:
        type_at("Make the role", "y\n")
        type_at("New password", "hunter2-secret\n")
        type_at("Again", "hunter2-secret\n")
        type_at("made ")
    with session(server) as owner:
        verifier = scalar(owner, "select rolpassword from pg_catalog.pg_authid where rolname like 'odd%'")
        assert str(verifier).startswith("SCRAM-SHA-256$")
        assert scalar(owner, "select rolreplication from pg_catalog.pg_authid where rolname like 'odd%'")
    assert "hunter2" not in server.log
    assert "SCRAM-SHA-256$" in server.log


def test_saying_no_makes_no_role(cluster: Target) -> None:
    with typing(cluster, "ready", "--create", "pgconn_new") as type_at:
        type_at("Make the role", "n\n")
        type_at("nothing was made")
    with session(cluster) as owner:
        assert scalar(owner, "select count(*) from pg_catalog.pg_roles where rolname = 'pgconn_new'") == 0
