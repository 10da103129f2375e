"""What is emitted says what it should to the parser that it is for, whatever the reasons and the names hold."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final, get_args

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from pgconn.data.settings import known_settings
from pgconn.demo.incidents.names import HOSTILE
from pgconn.documents.sizing import Input, Sizing
from pgconn.emit import FORMATS, emit
from pgconn.emit.emitted import POOLERS, Form, Kind, Options, Pooler
from pgconn.emit.parameter_group import with_file
from pgconn.sizing.pgtune import EDITIONS, Machine
from pgconn.sizing.rules_of_thumb import pgtune, textbook
from pgconn.text.harmless import is_visible
from pgconn.text.quoting import conf_value, yaml_string
from tests.emit.blocks import read
from tests.emit.made import MIB, SETTINGS, acting, at, explained_by, only, sizing

TEXTS: Final = [
    *HOSTILE.values(),
    "a: b # c",
    "${HOME} $(id) `id`",
    "%include x",
    "[pgbouncer]",
    "\u2028x\u0085y\rz",
    "'",
]
FORMS: Final = get_args(Form)


def all_files(made: Sizing) -> dict[str, str]:
    """Every file of every format, form and service by a name of its own."""
    found: dict[str, str] = {}
    for kind in FORMATS:
        options = [Options(form=form) for form in FORMS] if kind == "kubernetes" else [Options()]
        if kind == "pgbouncer":
            options = [Options(pooler=Pooler(authentication=way)) for way in ("userlist", "auth-query")]
        cases = [at(provider.name, made) for provider in with_file()] if kind == "parameter-group" else [made]
        for number, (one, option) in enumerate((one, option) for one in cases for option in options):
            found |= {f"{kind} {number} {file.name}": file.text for file in emit(kind, one, option)}
    return found


@pytest.mark.offline
@given(text=st.one_of(st.text(), st.sampled_from(TEXTS)))
@settings(max_examples=40, deadline=None)
def test_no_reason_can_do_more_than_be_read(text: str) -> None:
    """Whatever a name in a reason holds, the lines that do something are those of any other reason."""
    plain, hostile = all_files(explained_by("x")), all_files(explained_by(text))
    assert plain.keys() == hostile.keys()
    for name, lines in plain.items():
        assert acting(hostile[name]) == acting(lines), name
        assert all(is_visible(line) for line in hostile[name].split("\n")), name


@pytest.mark.offline
def test_every_number_has_its_reason_above_it() -> None:
    for name, text in all_files(sizing()).items():
        for setting in SETTINGS:
            its_own = name.split()[0] in POOLERS  # which have settings of the same names
            if re.search(rf"^[^#;-]*\b{setting}\b", text, re.MULTILINE) and not its_own:
                assert f"because of {setting} (the test)" in re.sub(r"\n *(#|--|;) ", " ", text), (name, setting)


@pytest.mark.offline
@pytest.mark.parametrize("form", FORMS)
def test_kubernetes_gets_every_setting_and_limits_that_match_the_ram(form: Form) -> None:
    said = read(only("kubernetes", sizing(), form=form))
    wanted = {name: known_settings()[name].written(value) for name, value in SETTINGS.items() if name != "huge_pages"}
    if form == "cloudnativepg":
        parameters, resources = said["spec"]["postgresql"]["parameters"], said["spec"]["resources"]
        assert said["spec"]["ephemeralVolumesSizeLimit"] == {"shm": "72Mi"}
    else:
        pod = said["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        parameters, resources = arguments(container["args"]), container["resources"]
        assert pod["volumes"] == [{"name": "dshm", "emptyDir": {"medium": "Memory", "sizeLimit": "72Mi"}}]
        assert container["volumeMounts"] == [{"name": "dshm", "mountPath": "/dev/shm"}]
    assert parameters == wanted
    assert resources["limits"] == resources["requests"] == {"memory": "1024Mi", "cpu": "2"}


@pytest.mark.offline
def test_compose_gets_every_setting_and_limits_that_match_the_ram() -> None:
    service = read(only("compose", sizing(17)))["services"]["postgres"]
    assert service["image"] == "postgres:17"
    assert service["command"][0] == "postgres"
    assert arguments(service["command"][1:]) == {
        name: known_settings()[name].written(value) for name, value in SETTINGS.items()
    }
    assert service["deploy"]["resources"]["limits"] == {"memory": "1024M", "cpus": "2"}
    assert service["shm_size"] == "72mb"


def arguments(words: list[str]) -> dict[str, str]:
    """The settings in `-c name=value -c name=value`."""
    assert words[::2] == ["-c"] * (len(words) // 2)
    return dict(word.split("=", 1) for word in words[1::2])


@pytest.mark.offline
def test_a_container_limit_counts_before_the_ram_of_its_host() -> None:
    made = sizing()
    inside = msgspec.structs.replace(
        made, inputs=made.inputs | {"container": Input(value=512 * MIB, origin="detected")}
    )
    assert '"512Mi"' in only("kubernetes", inside)
    unknown = msgspec.structs.replace(made, inputs={})
    for kind in ("kubernetes", "compose"):
        assert "limits:" not in only("kubernetes" if kind == "kubernetes" else "compose", unknown)


@pytest.mark.offline
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_in_yaml_is_read_as_it_was(text: str) -> None:
    assert read(f"a: {yaml_string(text)}\n") == {"a": text}


@pytest.mark.offline
@pytest.mark.skipif(shutil.which("kubectl") is None, reason="there is no kubectl")
def test_kubectl_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "patch.yaml"
    path.write_text(only("kubernetes", explained_by("a: b\n- c")), encoding="utf-8")
    ran = subprocess.run(
        ["kubectl", "label", "--local", "-f", str(path), "a=b", "-o", "json"], capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    there = msgspec.json.decode(ran.stdout)
    here = read(path.read_text(encoding="utf-8"))
    (container,) = there["spec"]["template"]["spec"]["containers"]
    (wanted,) = here["spec"]["template"]["spec"]["containers"]
    assert container["args"] == wanted["args"]
    assert container["resources"]["limits"] == wanted["resources"]["limits"]


@pytest.mark.offline
def test_every_rule_that_we_quote_can_be_emitted() -> None:
    machines = [
        Machine(ram=64 * 1024 * MIB, cores=cores, workload=workload, storage="ssd", pg_version=version)
        for cores in (None, 2, 32)
        for workload in ("web", "dw", "desktop")
        for version in (13, 18)
    ]
    found = [pgtune(machine, edition) for machine in machines for edition in EDITIONS]
    for made in (*found, textbook(8 * 1024 * MIB)):
        for kind in FORMATS:
            if kind not in (*POOLERS, "parameter-group"):
                assert emit(kind, made, Options())


@pytest.mark.offline
@pytest.mark.parametrize(
    ("name", "value", "text", "counted"),
    [
        ("shared_buffers", 2**31, "2GB", 262144),
        ("work_mem", 10 * MIB + 1, "10MB", 10240),
        ("work_mem", 419 * 1024, "419kB", 419),
        ("autovacuum_work_mem", -1, "-1", -1),
        ("idle_session_timeout", 0, "0", 0),
        ("idle_session_timeout", 90, "90s", 90000),
        ("statement_timeout", 0.25, "250ms", 250),
        ("statement_timeout", 3600, "1h", 3600000),
        ("tcp_keepalives_idle", 60, "1min", 60),
        ("max_wal_size", 2**32, "4GB", 4096),
        ("jit", False, "off", "off"),
        ("random_page_cost", 1.1, "1.1", 1.1),
        ("hash_mem_multiplier", 2.0, "2", 2.0),
        ("huge_pages", "try", "try", "try"),
        ("track_activity_query_size", 1024, "1kB", 1024),
    ],
)
def test_a_value_is_written_with_the_unit_that_postgresql_counts_in(
    name: str, value: Any, text: str, counted: Any
) -> None:
    known = known_settings()[name]
    assert (known.written(value), known.native(value)) == (text, counted)


@pytest.mark.offline
@pytest.mark.parametrize("text", ["128MB", "try", "it's", "a\\b", "two\nlines", "# x", "", "a b"])
def test_a_value_of_postgresql_conf_is_read_as_it_was(text: str) -> None:
    """As guc-file.l reads it: bare, or in quotes with quotes doubled and backslashes as escapes."""
    shown = conf_value(text)
    assert "\n" not in shown
    if not shown.startswith("'"):
        assert shown == text
        return
    plain = shown[1:-1].replace("''", "'")
    assert re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), plain) == text


@pytest.mark.parametrize("kind", ["conf", "alter-system", "kubernetes", "compose"])
def test_no_file_sets_what_a_server_may_have_been_built_without(kind: Kind) -> None:
    made = sizing(settings=SETTINGS | {"io_method": "io_uring", "wal_compression": "lz4"})
    for file in emit(kind, made, Options()):
        assert not [line for line in acting(file.text) if "io_uring" in line or "lz4" in line]
    if kind in ("conf", "alter-system"):
        said = " ".join(emit(kind, made, Options())[0].text.replace("#", " ").replace("--", " ").split())
        assert "io_method = io_uring, wal_compression = lz4" in said
