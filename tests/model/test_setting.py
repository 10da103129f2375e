"""Values as people write them are understood as the server understands them."""

from typing import Any, Final

import msgspec
import pytest

from pgconn.demo.clients import Target, scalar, session
from pgconn.errors import WrongUsage
from pgconn.model.instance import Target as Place
from pgconn.model.setting import ServerSetting, in_words, stored
from pgconn.server import Server

WRITTEN: Final = {
    "statement_timeout": ("0", "5min", "1.5h", "90 s", "250us", "1d", "2147483647ms", "0.4ms", "1e3 ms"),
    "tcp_keepalives_idle": ("1min", "90s", "1500ms"),
    "work_mem": ("64kB", "1.5MB", "1GB", "4096 kB", "65536B"),
    "temp_buffers": ("8MB", "804kB"),
    "log_min_duration_statement": ("-1", "0", "10s"),
    "seq_page_cost": ("1", "0.25", "1e2"),
    "enable_seqscan": ("on", "OFF", "true", "f", "1", "no", "tr"),
    "client_min_messages": ("warning", "NOTICE"),
    "application_name": ("it's", ""),
}
REFUSED: Final = {
    "statement_timeout": ("5x", "5 min 3 s", "", "x", "-5ms", "25d", "5MB"),
    "work_mem": ("1kB", "5s", "5mb", "3TB"),
    "enable_seqscan": ("maybe", "o", "2", ""),
    "client_min_messages": ("loud",),
    "max_connections": ("0", "1000000", "10s", "ten"),
}


def settings(server: Target) -> dict[str, ServerSetting]:
    with Server.connect(Place(dbname=server.conninfo())) as asked:
        return {setting.name: setting for setting in asked.ask(ServerSetting).take(ServerSetting)}


def test_what_is_written_is_stored_as_the_server_stores_it_and_shown_as_it_shows_it(cluster: Target) -> None:
    known = settings(cluster)
    with session(cluster) as owner:
        for name, texts in WRITTEN.items():
            for text in texts:
                shown = scalar(owner, "select set_config(%(name)s, %(text)s, false)", name=name, text=text)
                held = scalar(owner, "select setting from pg_catalog.pg_settings where name = %(name)s", name=name)
                assert stored(known[name], text, bare=True) == held, (name, text)
                if name != "tcp_keepalives_idle":  # which shows what the socket has
                    assert in_words(known[name], held) == shown, (name, text)


def test_what_the_server_does_not_take_is_refused(cluster: Target) -> None:
    known = settings(cluster)
    for name, texts in REFUSED.items():
        for text in texts:
            with pytest.raises(WrongUsage):
                stored(known[name], text, bare=True)


def test_our_own_timeouts_are_not_taken_for_the_servers(cluster: Target) -> None:
    known = settings(cluster)
    assert {known[name].value for name in ("statement_timeout", "lock_timeout")} == {"0"}
    assert known["statement_timeout"].source == "default"


def made(**different: Any) -> ServerSetting:
    """A timeout in milliseconds."""
    usual = ServerSetting(
        name="idle_session_timeout",
        value="0",
        default="0",
        unit="ms",
        context="user",
        kind="integer",
        least="0",
        most="2147483647",
        choices=None,
        source="default",
        file=None,
        line=None,
        pending_restart=False,
    )
    return msgspec.structs.replace(usual, **different)


@pytest.mark.offline
@pytest.mark.parametrize(("unit", "meant"), [("ms", "5ms"), ("s", "5s"), ("8kB", "40kB"), ("min", "5min")])
def test_a_number_without_a_unit_is_refused_with_what_it_would_mean(unit: str, meant: str) -> None:
    with pytest.raises(WrongUsage, match=f"has no unit: the server would take it for {meant}"):
        stored(made(unit=unit), "5")
    assert stored(made(unit=None), "5") == "5"
    assert stored(made(unit=unit), "0") == "0"


@pytest.mark.offline
@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        ("60000", "ms", "1min"),
        ("90", "s", "90s"),
        ("16384", "8kB", "128MB"),
        ("1025", "kB", "1025kB"),
        ("-1", "ms", "-1"),
        ("5", None, "5"),
        (None, "ms", None),
    ],
)
def test_a_value_is_shown_in_its_greatest_unit(value: str | None, unit: str | None, shown: str | None) -> None:
    assert in_words(made(unit=unit), value) == shown
