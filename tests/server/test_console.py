"""A pooler's console is named as such, because our questions make no sense there."""

from pathlib import Path

import pytest

from pgconn.demo.clients import Target
from pgconn.errors import Unavailable
from pgconn.model.instance import Target as Asked
from pgconn.server import Server
from tests.conftest import MakePgBouncer
from tests.poolers import kind_of
from tests.poolers.odyssey import Odyssey

_CONSOLE = """
storage "local" { type "local" }
database "console" { user "postgres" { authentication "none" role "admin" storage "local" pool "session" } }
"""


class WithConsole(Odyssey):
    """An Odyssey with its console in the database of that name."""

    def _configure(self, folder: Path) -> None:
        super()._configure(folder)
        with (folder / "odyssey.conf").open("a") as file:
            file.write(_CONSOLE)


def test_the_console_of_odyssey_is_named(cluster: Target, pooler_program: Path) -> None:
    if kind_of(pooler_program) is not Odyssey:
        pytest.skip("another pooler")
    with WithConsole(pooler_program, cluster) as pooler, pytest.raises(Unavailable, match="console of a pooler"):
        Server.connect(Asked(dbname=pooler.conninfo(dbname="console")))


def test_the_console_of_pgbouncer_is_named(cluster: Target, pgbouncer: MakePgBouncer) -> None:
    with pytest.raises(Unavailable, match="console of PgBouncer"):
        Server.connect(Asked(dbname=pgbouncer(cluster).conninfo(dbname="pgbouncer")))
