"""The files that `pgconn size` writes for real sizings are used as they are."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from pgconn.demo.clients import Target, close
from pgconn.demo.cluster import Cluster
from pgconn.emit import FORMATS
from pgconn.emit.parameter_group import with_file
from tests.conftest import MakeCluster, Run
from tests.emit.made import folder_for_servers

At = Callable[[Target | str], Run]
SIZES = (
    ("--ram", "1G", "--pg-version", "13"),
    ("--ram", "256G", "--cores", "64", "--storage", "nvme", "--workload", "dw"),
    ("--ram", "16G", "--app", "web=4x5", "--app", "it's \n$(id)=2x2"),
)


@pytest.fixture
def readable() -> Iterator[Path]:
    with folder_for_servers() as folder:
        yield folder


@pytest.mark.offline
@pytest.mark.parametrize("options", SIZES, ids=range(len(SIZES)))
@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_made_of_every_sizing(pgconn: Run, kind: str, options: tuple[str, ...]) -> None:
    more = {"pgbouncer": ("--pooler", "pgbouncer"), "parameter-group": ("--provider", "rds")}.get(kind, ())
    ran = pgconn("size", *options, *more, "--emit", kind)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert {"pgpool": "num_init_children = ", "odyssey": "pool_size "}.get(kind, "max_c") in ran.stdout


@pytest.mark.offline
@pytest.mark.parametrize("provider", [provider.name for provider in with_file()])
def test_every_service_gets_its_file(pgconn: Run, provider: str) -> None:
    ran = pgconn("size", "--ram", "8G", "--provider", provider, "--emit", "parameter-group")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert f" on {provider}, by pgconn size" in ran.stdout


@pytest.mark.offline
@pytest.mark.parametrize(
    ("named", "more"),
    [
        ((), ("--app", "shop=200x4x20", "--databases", "4", "--roles", "3")),
        ((), ("--app", "web=10x20", "--app", "jobs=2x5")),
        (("--pgbouncer-database", "shop", "--pgbouncer-database", "stock"), ("--databases", "2", "--roles", "7")),
    ],
)
def test_the_page_and_the_file_name_the_same_limit_of_descriptors(
    pgconn: Run, named: tuple[str, ...], more: tuple[str, ...]
) -> None:
    options = ("size", "--ram", "256GB", "--cores", "64", "--pooler", "pgbouncer", *more)
    page = json.loads(pgconn(*options, "--json").stdout)
    found = re.search(r"^LimitNOFILE=(\d+)$", pgconn(*options, "--emit", "pgbouncer", *named).stdout, re.MULTILINE)
    assert found is not None
    assert int(found[1]) == page["pgbouncer"]["LimitNOFILE"]


@pytest.mark.offline
def test_what_does_not_fit_makes_no_file_and_exits_with_1(pgconn: Run, tmp_path: Path) -> None:
    path = tmp_path / "new"
    ran = pgconn("size", "--ram", "8G", "--app", "api=20x10x3", "--emit", "conf", "--write", str(path))
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "does not fit; no file was made" in ran.stderr
    assert not path.exists()


@pytest.mark.offline
def test_an_existing_file_stays_and_exits_with_2(pgconn: Run, tmp_path: Path) -> None:
    path = tmp_path / "pgconn.conf"
    path.write_text("mine")
    ran = pgconn("size", "--ram", "8G", "--emit", "conf", "--write", str(path))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"pgconn: {path} is there already\nhint: ")
    assert path.read_text() == "mine"
    ran = pgconn("size", "--ram", "8G", "--emit", "conf", "--write", str(path), "--force")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", f"pgconn: {path} written\n")
    assert "max_connections = 100" in path.read_text()


def test_a_server_starts_with_the_calculated_file_and_takes_the_usable_connections(
    local_cluster: object, make_cluster: MakeCluster, pgconn: Run, readable: Path
) -> None:
    """The memory settings are those of a small machine, so that they hold here."""
    path = readable / "pgconn.conf"
    path.touch()
    server = make_cluster({"include": str(path)})
    if not isinstance(server, Cluster):
        pytest.skip("a container does not read our file")
    options = ("--ram", "1G", "--max-connections", "14", "--pg-version", str(server.major))
    ran = pgconn("size", *options, "--emit", "conf", "--write", str(path), "--force")
    assert ran.returncode == 0, ran.stderr
    server.restart()
    opened = []
    with pytest.raises(psycopg.OperationalError, match="reserved"):
        while True:
            opened.append(server.connect(user="app"))
    close(*opened)
    assert len(opened) == (14 - 3 - 2 if server.major >= 16 else 14 - 3)


def test_verifiers_are_read_only_when_asked_for(cluster: Target, pgconn_at: At, tmp_path: Path) -> None:
    options = ("--ram", "8G", "--pooler", "pgbouncer", "--emit", "pgbouncer", "--pgbouncer-user", "app")
    for more, found in (((), False), (("--read-verifiers",), True)):
        folder = tmp_path / str(found)
        ran = pgconn_at(cluster)("size", *options, *more, "--write", str(folder))
        assert ran.returncode == 0, ran.stderr
        assert ("reading the SCRAM verifiers" in ran.stderr) == found
        assert ('"app" "SCRAM-SHA-256$' in (folder / "userlist.txt").read_text()) == found
        assert "SCRAM-SHA-256$" not in ran.stderr + ran.stdout
        assert (folder / "userlist.txt").stat().st_mode & 0o777 == 0o600
        shutil.rmtree(folder)
    ran = pgconn_at(cluster.conninfo(user="app"))("size", *options, "--read-verifiers", "--write", str(tmp_path / "no"))
    assert ran.returncode == 5
    assert "pg_authid" in ran.stderr
    assert not (tmp_path / "no").exists()
