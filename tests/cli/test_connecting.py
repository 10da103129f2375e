"""Ways to name a server, as psql has them, and passwords that are not shown."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from pgconn.demo.clients import Target
from pgconn.demo.cluster import Cluster
from pgconn.text.redaction import without_password
from tests.cli.listeners import silent
from tests.cli.terminal import terminal
from tests.conftest import Run, libpq_variables
from tests.servers import PASSWORD

At = Callable[[Target | str], Run]


def port_of(cluster: Target) -> str:
    return str(conninfo_to_dict(cluster.conninfo())["port"])


def reached(ran: "subprocess.CompletedProcess[str]") -> tuple[str, str]:
    """The role and the database of a status."""
    assert ran.returncode == 0, ran.stderr
    status = json.loads(ran.stdout)
    return status["role"]["name"], status["server"]["database"]


def test_options_lead_to_a_server_as_those_of_psql_do(local_cluster: Cluster, pgconn: Run) -> None:
    port = port_of(local_cluster)
    short = pgconn("status", "--json", "-h", "127.0.0.1", "-p", port, "-U", "app", "-d", "other")
    long = pgconn("status", "--json", "--host=127.0.0.1", f"--port={port}", "--username=app", "--dbname=other")
    assert reached(short) == reached(long) == ("app", "other")


@pytest.mark.parametrize(
    "text",
    [
        "host=127.0.0.1 port={port} user=app dbname=other",
        "postgresql://app@127.0.0.1:{port}/other",
        "postgres://127.0.0.1/other?user=app&port={port}",
        "postgresql://app@[::1]:{port}/other",
    ],
)
def test_a_connection_string_or_a_uri_is_taken_for_a_database(local_cluster: Cluster, pgconn: Run, text: str) -> None:
    assert reached(pgconn("status", "--json", "-d", text.format(port=port_of(local_cluster)))) == ("app", "other")


def test_a_connection_string_overrides_the_options_as_in_psql(local_cluster: Cluster, pgconn: Run) -> None:
    text = f"host=127.0.0.1 port={port_of(local_cluster)} user=app dbname=other"
    ran = pgconn("status", "--json", "-h", "no-such-host.invalid", "-p", "1", "-U", "nosuch", "-d", text)
    assert reached(ran) == ("app", "other")


def test_options_override_the_environment(local_cluster: Cluster, pgconn_at: At) -> None:
    run = pgconn_at(local_cluster)
    assert reached(run("status", "--json")) == ("postgres", "postgres")
    assert reached(run("status", "--json", "-U", "app", "-d", "other")) == ("app", "other")


def test_the_folder_of_a_socket_and_an_address_of_ipv6_are_hosts(local_cluster: Cluster, pgconn: Run) -> None:
    rest = ("-p", port_of(local_cluster), "-U", "app", "-d", "other")
    assert reached(pgconn("status", "--json", "-h", str(local_cluster.socket_dir), *rest)) == ("app", "other")
    assert reached(pgconn("status", "--json", "-h", "::1", *rest)) == ("app", "other")
    assert f"at [::1]:{port_of(local_cluster)}" in pgconn("status", "-h", "::1", *rest).stdout


def test_a_service_is_found_in_its_file_by_option_variable_and_connection_string(
    local_cluster: Cluster, pgconn: Run, tmp_path: Path
) -> None:
    file = tmp_path / "services.conf"
    file.write_text(f"[shop]\nhost=127.0.0.1\nport={port_of(local_cluster)}\nuser=app\ndbname=other\n")
    env = {"PGSERVICEFILE": str(file)}
    assert reached(pgconn("status", "--json", "--service", "shop", env=env)) == ("app", "other")
    assert reached(pgconn("status", "--json", "-d", "service=shop", env=env)) == ("app", "other")
    assert reached(pgconn("status", "--json", env=env | {"PGSERVICE": "shop"})) == ("app", "other")
    assert reached(pgconn("status", "--json", "--service", "shop", "-U", "app2", env=env)) == ("app2", "other")
    (tmp_path / ".pg_service.conf").write_text(file.read_text())
    assert reached(pgconn("status", "--json", "--service", "shop")) == ("app", "other")
    assert pgconn("status", "--service", "nosuch", env=env).returncode in (2, 3)


def test_a_password_file_is_read(local_cluster: Cluster, pgconn: Run, tmp_path: Path) -> None:
    file = tmp_path / ".pgpass"
    file.write_text(f"*:{port_of(local_cluster)}:*:half:{PASSWORD}\n")
    file.chmod(0o600)
    env = libpq_variables(local_cluster.conninfo(user="half"))
    assert pgconn("status", env=env).returncode == 0


def test_the_next_commands_lead_to_the_same_server(local_cluster: Cluster, pgconn: Run) -> None:
    port = port_of(local_cluster)
    options = ["-h", "127.0.0.1", "-p", port, "-U", "app", "-d", "other"]
    shown = pgconn("status", *options).stdout
    assert f"pgconn sessions {' '.join(options)}  " in shown
    assert pgconn("sessions", *options).returncode == 0


@pytest.mark.offline
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://u:secret@h/db", "postgresql://u:…@h/db"),
        ("postgresql://u:se@c:r/et@h/db", "postgresql://u:…@h/db"),
        ("postgres://u:a b@h/db?x=1", "postgres://u:…@h/db?x=1"),
        ("postgresql://h/db?password=secret&sslmode=require", "postgresql://h/db?password=…&sslmode=require"),
        ("host=h password=secret user=u", "host=h password=… user=u"),
        ("host=h password = 'it\\'s a secret' user=u", "host=h password = … user=u"),
        ("password=se\\ cret&more user=u", "password=… user=u"),
        ("password='not closed secret", "password=…"),
        (
            "sslpassword=x oauth_client_secret=y scram_client_key=z",
            "sslpassword=… oauth_client_secret=… scram_client_key=…",
        ),
        ("--password=secret", "--password=…"),
        ("host=h user=u dbname=password", "host=h user=u dbname=password"),
        ("postgresql://u@h:5432/db", "postgresql://u@h:5432/db"),
        ("passfile=/x", "passfile=/x"),
    ],
)
def test_a_connection_string_is_shown_without_its_password(text: str, shown: str) -> None:
    assert without_password(text) == shown


@pytest.mark.offline
@pytest.mark.parametrize(
    "arguments",
    [
        ["status", "-d", "postgresql://u:{secret}@127.0.0.1:1/db"],
        ["status", "-d", "postgresql://u:{secret}@127.0.0.1:x/db"],
        ["status", "-d", "postgresql://u:{secret}@[::1/db"],
        ["status", "-d", "postgresql://u:%zz{secret}@127.0.0.1/db"],
        ["status", "-d", "host=127.0.0.1 port=1 user=u password={secret}"],
        ["status", "-d", "host=127.0.0.1 port=1 user=u password='{secret}"],
        ["status", "-d", "host=127.0.0.1 port=1 password={secret} {secret}"],
        ["status", "-d", "host=127.0.0.1 port=1 pass={secret}"],
        ["status", "postgresql://u:{secret}@h/db"],
        ["postgresql://u:{secret}@h/db"],
        ["status", "-W", "{secret}"],
        ["status", "--password", "{secret}"],
        ["status", "--password={secret}"],
        ["record", "-d", "postgresql://u:{secret}@127.0.0.1:1/db", "x.jsonl"],
        ["sessions", "--json", "-d", "postgresql://u:{secret}@127.0.0.1:1/db"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("secret", ["hunter2", "hunter2-x y"])
def test_no_part_of_a_password_is_in_any_output_when_something_fails(
    pgconn: Run, arguments: list[str], secret: str
) -> None:
    ran = pgconn(*(argument.format(secret=secret) for argument in arguments), env={"PGCONN_DEBUG": ""})
    assert ran.returncode in (2, 3)
    assert "hunter2" not in ran.stdout + ran.stderr


@pytest.mark.offline
@pytest.mark.parametrize(
    "text", ["postgresql://u:hunter2@127.0.0.1:{port}/db", "host=127.0.0.1 port={port} user=u password='hunter2'"]
)
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="there is no /proc")
def test_no_password_is_in_the_title_of_the_process(text: str) -> None:
    with silent() as port:
        running = subprocess.Popen(
            [sys.executable, "-m", "pgconn", "status", "-d", text.format(port=port)], stderr=subprocess.DEVNULL
        )
        try:
            title = Path(f"/proc/{running.pid}/cmdline")
            deadline = time.monotonic() + 60
            while not (shown := title.read_bytes()).startswith(b"pgconn status") and time.monotonic() < deadline:
                time.sleep(0.02)
            assert shown.startswith(b"pgconn status -d ")
            assert b"hunter2" not in shown
        finally:
            running.kill()
            running.wait()


def test_a_password_in_a_connection_string_works_and_is_in_no_answer(local_cluster: Cluster, pgconn: Run) -> None:
    text = f"postgresql://half:{PASSWORD}@127.0.0.1:{port_of(local_cluster)}/app"
    for name in ("table", "plain", "json", "csv", "markdown"):
        ran = pgconn("status", "-o", name, "-d", text, columns=200)
        assert ran.returncode == 0
        assert f":{PASSWORD}@" not in ran.stdout + ran.stderr


def test_a_password_is_asked_for_on_a_terminal_and_not_shown(local_cluster: Cluster, tmp_path: Path) -> None:
    env = libpq_variables(local_cluster.conninfo(user="half")) | {"HOME": str(tmp_path)}
    with terminal("status", "-W", env=env) as screen:
        assert "Password: " in screen.until("Password: ")
        screen.type(f"{PASSWORD}\n")
        shown = screen.until()
        assert screen.process.wait(timeout=60) == 0
    assert f"PostgreSQL {local_cluster.major}" in shown
    assert f"Password: {PASSWORD}" not in shown


@pytest.mark.offline
def test_without_a_terminal_no_password_is_asked_for(pgconn: Run) -> None:
    ran = pgconn("status", "-W", "-h", "127.0.0.1", "-p", "1", stdin="secret\n")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "no terminal" in ran.stderr
    assert "PGPASSWORD" in ran.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's processes are needed")
def test_the_screen_of_a_terminal_is_coloured_cut_and_fits(local_cluster: Cluster, tmp_path: Path) -> None:
    env = libpq_variables(local_cluster.conninfo()) | {"HOME": str(tmp_path)}
    with terminal("status", env=env, columns=80, lines=24) as screen:
        colored = screen.until()
    with terminal("status", env=env | {"NO_COLOR": "1"}) as screen:
        plain = screen.until()
    with terminal("status", env=env | {"TERM": "dumb"}) as screen:
        dumb = screen.until()
    assert "\x1b[" in colored
    assert "\x1b" not in plain + dumb
    assert "█" in colored or "░" in colored
