"""The files of managed services: their own commands, units and limits."""

import os
import re
import stat
import subprocess
from pathlib import Path
from typing import Final

import pytest

from pgconn.data.provider import provider_named, way
from pgconn.data.service import Assignment
from pgconn.demo.clients import scalar, session
from pgconn.demo.incidents.names import HOSTILE, database
from pgconn.emit import emit
from pgconn.emit.emitted import Options
from pgconn.emit.parameter_group import with_file
from pgconn.errors import WrongUsage
from pgconn.text.quoting import shell_command
from tests.emit.made import MIB, SETTINGS, acting, at, only, sizing
from tests.servers import Server


def run_script(text: str, folder: Path, program: str, **variables: str) -> "tuple[int, list[list[str]]]":
    """The exit code of a script, and the words of each call of `program`, which stands in for the service's own."""
    folder.joinpath("bin").mkdir()
    stand_in = folder / "bin" / program
    stand_in.write_text(f'#!/bin/sh\nprintf "%s\\0" "$@" >>"{folder}/calls"\nprintf "\\n" >>"{folder}/calls"\n')
    stand_in.chmod(stat.S_IRWXU)
    (folder / "parameters.sh").write_text(text, encoding="utf-8")
    environment = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", **variables}
    ran = subprocess.run(["/bin/sh", str(folder / "parameters.sh")], env=environment, capture_output=True, check=False)
    calls = folder / "calls"
    lines = calls.read_text(encoding="utf-8").split("\n")[:-1] if calls.exists() else []
    return ran.returncode, [line.split("\0")[:-1] for line in lines]


SCRIPTS: Final = {
    "rds": ("aws", {"GROUP": "a b"}),
    "aurora": ("aws", {"GROUP": "a b"}),
    "cloudsql": ("gcloud", {"INSTANCE": "a b"}),
    "azure": ("az", {"RESOURCE_GROUP": "a b", "SERVER": "c"}),
    "supabase": ("supabase", {"PROJECT_REF": "a b"}),
    "digitalocean": ("doctl", {"DATABASE_ID": "a b"}),
    "aiven": ("avn", {"SERVICE": "a b"}),
}


@pytest.mark.offline
@pytest.mark.parametrize("provider", SCRIPTS)
def test_a_script_calls_the_service_s_own_program_with_its_own_units(provider: str, tmp_path: Path) -> None:
    program, variables = SCRIPTS[provider]
    code, calls = run_script(only("parameter-group", at(provider)), tmp_path, program, **variables)
    assert code == 0
    assert all("a b" in call for call in calls)
    said = " ".join(word for call in calls for word in call)
    for text in {
        "rds": (
            "ParameterName=work_mem,ParameterValue=4096,ApplyMethod=immediate",
            "shared_buffers,ParameterValue=32768",
        ),
        "aurora": ("ParameterName=max_connections,ParameterValue=24,ApplyMethod=pending-reboot",),
        "cloudsql": ("max_connections=24,", "shared_buffers=32768", "idle_in_transaction_session_timeout=60000"),
        "azure": ("--name shared_buffers --value 32768", "--name jit --value off"),
        "supabase": ("--config work_mem=4MB", "--config max_connections=24"),
        "digitalocean": ('"work_mem": 4', '"shared_buffers_percentage": 25', '"jit": false'),
        "aiven": ("-c work_mem=4", "-c pg.jit=false", "-c pg.idle_in_transaction_session_timeout=60000"),
    }[provider]:
        assert text in said, text


@pytest.mark.offline
@pytest.mark.parametrize("provider", SCRIPTS)
def test_a_script_does_nothing_until_it_is_told_where(provider: str, tmp_path: Path) -> None:
    code, calls = run_script(only("parameter-group", at(provider)), tmp_path, SCRIPTS[provider][0])
    assert code != 0
    assert calls == []


@pytest.mark.offline
@pytest.mark.parametrize("provider", [provider.name for provider in with_file()])
def test_what_a_service_does_not_let_one_change_is_said_with_the_way_that_works(provider: str) -> None:
    text = only("parameter-group", at(provider))
    changed = "\n".join(acting(text))
    comments = re.sub(r"\n(#|--) ", " ", text)
    for name in SETTINGS:
        assert re.search(rf"\b{name}(\b|_)", changed) or re.search(rf"\b{name} = \S+: \w+", comments), name
    assert "superuser_reserved_connections" not in changed
    assert "ALTER SYSTEM SET" not in text
    assert "Default max_connections: " in text
    if provider == "Aurora":
        assert "shared_buffers" not in changed


@pytest.mark.offline
@pytest.mark.parametrize("provider", SCRIPTS)
def test_a_script_types_what_a_refused_change_is_told(provider: str, tmp_path: Path) -> None:
    """The same words for the same settings, but for the places that the environment names."""
    program, variables = SCRIPTS[provider]
    chosen = {"max_connections": 24, "idle_in_transaction_session_timeout": 60, "jit": False}
    service = provider_named(provider).service
    assert service is not None
    assert service.file is not None
    known = [setting for setting in chosen if service.file.takes(setting)]
    text = only("parameter-group", at(provider, sizing(settings=chosen)))
    _, calls = run_script(text, tmp_path, program, **variables)
    values = {"max_connections": "24", "idle_in_transaction_session_timeout": "60000", "jit": "off"}
    told = way(
        provider_named(provider).name,
        [Assignment(name=n, value=values[n], restarts=n == "max_connections") for n in known],
    )
    for call in calls:
        words = (next((place for place, value in variables.items() if word == value), word) for word in call)
        assert shell_command(program, *words) in told


@pytest.mark.offline
def test_no_call_of_amazon_has_more_parameters_than_it_takes() -> None:
    for provider in ("rds", "aurora"):
        many = SETTINGS | dict.fromkeys(("statement_timeout", "lock_timeout", "tcp_user_timeout", "log_lock_waits"), 1)
        many |= {"max_wal_senders": 1, "max_worker_processes": 8, "max_parallel_workers": 8, "checkpoint_timeout": 300}
        many |= {"tcp_keepalives_count": 5, "tcp_keepalives_interval": 5}
        text = only("parameter-group", at(provider, sizing(settings=many)))
        for call in text.split("aws rds modify")[1:]:
            assert 1 <= call.count("ParameterName=") <= 20


@pytest.mark.parametrize("provider", ["neon", "heroku"])
def test_the_sql_of_a_service_gives_new_sessions_the_values(cluster: Server, provider: str) -> None:
    name = HOSTILE["quote"]
    chosen = {"work_mem": 4 * MIB, "idle_in_transaction_session_timeout": 60, "jit": False, "random_page_cost": 1.1}
    text = only("parameter-group", at(provider, sizing(cluster.major, settings=SETTINGS | chosen)))
    with database(cluster, name):
        with session(cluster, dbname=name) as connection:
            connection.execute(text.encode())
        with session(cluster, dbname=name) as connection:
            assert scalar(connection, "show work_mem") == "4MB"
            assert scalar(connection, "show idle_in_transaction_session_timeout") == "1min"
            assert scalar(connection, "show jit") == "off"


@pytest.mark.offline
@pytest.mark.parametrize("provider", ["", "oracle", "rds; rm -rf ~", "IONOS"])
def test_a_service_that_is_not_known_is_refused(provider: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        emit("parameter-group", at(provider), Options())
    assert "Aiven" in str(refused.value.hint)


@pytest.mark.offline
@pytest.mark.parametrize("provider", ["RDS", "Cloud SQL", "cloud-sql", "Aurora", "digital_ocean"])
def test_a_service_is_known_however_it_is_spelled(provider: str) -> None:
    assert emit("parameter-group", at(provider), Options())
