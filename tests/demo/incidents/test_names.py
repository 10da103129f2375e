"""Names are on the server byte for byte as hostile as they were written."""

import psycopg
import pytest

from pgconn.demo.clients import control
from pgconn.demo.incidents.names import HOSTILE, hostile_for, hostile_names, not_utf8, role
from tests.servers import Server


@pytest.mark.offline
def test_every_hostile_name_is_one_that_postgresql_keeps_whole() -> None:
    assert all(0 < len(name.encode()) <= 63 for name in HOSTILE.values())
    assert max(len(name.encode()) for name in HOSTILE.values()) == 63


def test_every_hostile_name_is_shown_whole(cluster: Server) -> None:
    with hostile_names(cluster) as shown, control(cluster) as connection:
        rows = connection.execute(
            "select usename, datname, query from pg_catalog.pg_stat_activity"
            " where backend_type = 'client backend' and pid <> pg_catalog.pg_backend_pid()"
        ).fetchall()
        assert {row[0] for row in rows} == set(hostile_for(cluster).values())
        assert {row[1] for row in rows} == {hostile.database for hostile in shown}
        # A quote is doubled, or a backslash, where it is part of a statement.
        assert all(
            hostile.text in row[2] for hostile in shown for row in rows if row[0] == hostile.text != HOSTILE["quote"]
        )


def test_a_few_hostile_names_will_do(cluster: Server) -> None:
    with hostile_names(cluster, "markup", "escape", databases=()) as shown:
        assert [(hostile.kind, hostile.database) for hostile in shown] == [("markup", "app"), ("escape", "app")]


@pytest.mark.pg(">= 19")
def test_from_19_on_no_name_has_a_line_break(cluster: Server) -> None:
    assert set(HOSTILE) - set(hostile_for(cluster)) == {"newline"}
    for text in ("a\nb", "a\rb"):
        with pytest.raises(psycopg.errors.InvalidParameterValue), role(cluster, text):
            pass


@pytest.mark.pg("< 19")
def test_before_19_every_name_can_be_made(cluster: Server) -> None:
    assert hostile_for(cluster) == HOSTILE


def test_names_that_are_not_utf8_are_kept_as_bytes(cluster: Server) -> None:
    with not_utf8(cluster), control(cluster, client_encoding="SQL_ASCII") as connection:
        question = (
            "select pg_catalog.namesend(usename) = '\\x636166e9' and pg_catalog.namesend(datname) = '\\x636166e9'"
            " from pg_catalog.pg_stat_activity where datname <> 'latin' and backend_type = 'client backend'"
        )
        assert connection.execute(question).fetchall() == [(True,)]
