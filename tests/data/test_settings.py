"""What is known of settings is what the servers say of themselves."""

import pytest

from pgconn.data.provider import providers
from pgconn.data.settings import known_setting, known_settings
from pgconn.demo.clients import session
from tests.servers import Server


def test_every_setting_has_the_unit_and_the_context_that_the_server_says(cluster: Server) -> None:
    with session(cluster) as connection:
        rows = connection.execute("select name, unit, context from pg_catalog.pg_settings").fetchall()
    there = {name: (unit or "", "restart" if context == "postmaster" else "reload") for name, unit, context in rows}
    anyone = {name for name, _, context in rows if context == "user"}
    for name, known in known_settings().items():
        assert (name in there) == (known.of is None and known.is_in(cluster.major)), name
        if name in there:
            assert there[name] == (known.unit, known.change_in(cluster.major)), name
            assert name in anyone or not known.for_sessions, name


@pytest.mark.offline
def test_a_standby_may_not_have_less_of_the_five_that_its_control_file_compares() -> None:
    """CheckRequiredParameterValues in PostgreSQL's xlogrecovery.c."""
    assert {name for name, known in known_settings().items() if known.standby} == {
        "max_connections",
        "max_worker_processes",
        "max_wal_senders",
        "max_prepared_transactions",
        "max_locks_per_transaction",
    }
    assert not known_setting("no_such_setting").standby


@pytest.mark.offline
def test_what_a_provider_lets_one_change_is_a_known_setting() -> None:
    for provider in providers():
        if provider.service is None:
            continue
        file = provider.service.file
        named = [*provider.service.fixed, *(own.percent_of_ram or name for name, own in provider.service.own.items())]
        for name in (*named, *(file.settings if file else ()), *(file.but if file else ())):
            assert name in known_settings(), (provider.name, name)
