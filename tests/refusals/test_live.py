"""What psycopg makes of a real refusal is read as the limit that refused."""

import contextlib

import psycopg
import pytest

from pgconn.demo.clients import Override, Target, sessions
from pgconn.demo.incidents.background import physical_walsenders
from pgconn.demo.incidents.slots import database_limit, full, full_to_the_reserve, role_limit
from pgconn.model.refusal import Refusal
from pgconn.refusals import advice, read_text
from tests.conftest import MakePgBouncer
from tests.servers import Server


def refusal(target: Target, **who: Override) -> Refusal:
    with pytest.raises(psycopg.OperationalError) as caught:
        psycopg.connect(target.conninfo(**({"connect_timeout": 30} | who))).close()
    return read_text(str(caught.value))


@pytest.mark.parametrize("sslmode", ["disable", "prefer"])
def test_a_full_server_is_read_from_one_attempt_or_two(cluster: Server, sslmode: str) -> None:
    with full(cluster):
        read = refusal(cluster, sslmode=sslmode)
    assert (read.limit, read.message) == ("slots", "sorry, too many clients already")


def test_a_reserve_is_read(cluster: Server) -> None:
    with full_to_the_reserve(cluster):
        assert refusal(cluster, user="app2").limit == ("reserved_role" if cluster.major >= 16 else "superuser_reserve")


def test_a_limit_is_read(cluster: Server) -> None:
    with role_limit(cluster, 1):
        assert refusal(cluster, user="limited").limit == "role"
    with database_limit(cluster, 1):
        assert refusal(cluster, user="app2", dbname="limited").limit == "database"
    with physical_walsenders(cluster, 5):
        assert refusal(cluster, replication="database").limit == "walsenders"


def test_a_refused_login_is_read(cluster: Server) -> None:
    assert refusal(cluster, user="missing").limit == "login"
    assert refusal(cluster, dbname="missing").limit == "no_such_database"
    assert refusal(cluster, user="half", password="wrong").limit == "login"
    assert refusal(cluster, user="half", password=None, passfile="/dev/null").limit == "login"
    assert refusal(cluster, sslmode="require").limit == "login"


def test_a_role_without_replication_is_read(cluster: Server) -> None:
    read = refusal(cluster, user="app2", replication="database")
    assert read.limit == "login"
    assert "has no REPLICATION" in advice(read)


def test_a_missing_server_is_read(cluster: Server) -> None:
    for host in ("127.0.0.1", "/nowhere", "nobody.invalid", "localhost,127.0.0.1"):
        assert refusal(cluster, host=host, port=1).limit == "no_listener"


def test_pgbouncer_is_read(cluster: Server, pgbouncer: MakePgBouncer) -> None:
    pooler = pgbouncer(cluster, "transaction", settings={"max_client_conn": "2"})
    assert refusal(pooler, user="missing").limit == "login"
    assert refusal(pooler, user="app", dbname="app", options="-c work_mem=1MB").limit == "not_a_limit"
    with sessions(pooler, 2, user="app", dbname="app"):
        assert refusal(pooler, user="app", dbname="app").limit == "pooler_clients"


def test_a_full_server_behind_pgbouncer_is_read(cluster: Server, pgbouncer: MakePgBouncer) -> None:
    pooler = pgbouncer(cluster, "transaction", settings={"query_wait_timeout": "2"})
    with full(cluster):
        assert refusal(pooler, user="app", dbname="app").wants_slot


def test_a_simple_query_that_pgbouncer_forbids_is_read(cluster: Server, pgbouncer: MakePgBouncer) -> None:
    pooler = pgbouncer(cluster, "transaction", settings={"disable_pqexec": "1"})
    with contextlib.closing(psycopg.connect(pooler.conninfo(user="app", dbname="app"), autocommit=True)) as connection:
        connection.pgconn.send_query(b"select 1")
        answer = connection.pgconn.get_result()
    assert answer is not None
    read = read_text(answer.error_message.decode())
    assert (read.limit, read.source) == ("not_a_limit", "pgbouncer")
    assert "disable_pqexec" in advice(read)
