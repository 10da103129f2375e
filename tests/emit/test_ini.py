"""What pgbouncer.ini and userlist.txt hold, without a PgBouncer."""

import pytest

from pgconn.emit import emit
from pgconn.emit.emitted import Options, Pooler
from pgconn.emit.ini import entries, user_text
from pgconn.errors import WrongUsage
from tests.emit.made import PGBOUNCER, acting, sizing


@pytest.mark.offline
@pytest.mark.parametrize("name", ["a\nb", "a\rb", "", "a\0b", "\udcff"])
def test_a_database_whose_name_no_ini_can_hold_is_refused(name: str) -> None:
    with pytest.raises(WrongUsage):
        emit("pgbouncer", sizing(), Options(pooler=Pooler(databases=(name,))))


@pytest.mark.offline
def test_databases_have_names_of_their_own_in_the_ini() -> None:
    found = entries(("a_b", "a b", "a-b", "a+b", "pgbouncer", "数", "*", "a b"))
    assert len({entry.key for entry in found}) == len(found) == 7
    assert {entry.key for entry in found} & {"pgbouncer", "*"} == set()
    assert [entry.key for entry in found if entry.key == entry.name] == ["a_b", "a-b"]


@pytest.mark.offline
def test_what_pgbouncer_does_not_know_yet_is_a_comment() -> None:
    newer = {"max_prepared_statements": 100, "transaction_timeout": 30, "worst_case": 7, "min_pool_size": 2}
    made = sizing(pgbouncer={**sizing().pgbouncer, **newer})
    texts = {
        version: emit("pgbouncer", made, Options(pooler=Pooler(version=version)))[0].text
        for version in ((1, 18), (1, 24), (1, 25))
    }
    lines = {version: "\n".join(acting(text)) for version, text in texts.items()}
    assert "max_prepared_statements" not in lines[1, 18]
    assert "max_prepared_statements = 100" in lines[1, 24]
    assert "transaction_timeout" not in lines[1, 24]
    assert "transaction_timeout = 30" in lines[1, 25]
    assert "1.25" in texts[1, 24]
    assert all("worst_case" not in text and "min_pool_size" not in lines[version] for version, text in texts.items())


@pytest.mark.offline
@pytest.mark.parametrize(("version", "kept"), [((1, 20), False), ((1, 22), True), ((1, 24), False)])
def test_prepared_statements_are_kept_where_the_default_would_forget_them(version: tuple[int, int], kept: bool) -> None:
    known = {name: value for name, value in PGBOUNCER.items() if name != "max_prepared_statements"}
    text = emit("pgbouncer", sizing(pgbouncer=known), Options(pooler=Pooler(version=version)))[0].text
    assert ("max_prepared_statements = 200" in text) == kept
    assert ("prepareThreshold=0" in text) == (version < (1, 21))


@pytest.mark.offline
def test_several_processes_share_their_port() -> None:
    texts = [emit("pgbouncer", sizing(pgbouncer=PGBOUNCER | {"processes": n}), Options())[0].text for n in (1, 3)]
    assert ["so_reuseport = 1" in text for text in texts] == [False, True]
    assert "each of 3 processes" in texts[1]


@pytest.mark.offline
def test_a_sizing_without_a_pooler_makes_no_ini() -> None:
    with pytest.raises(WrongUsage, match="no pooler"):
        emit("pgbouncer", sizing(pgbouncer={}), Options())


@pytest.mark.offline
def test_a_role_is_quoted_for_the_userlist() -> None:
    assert user_text('a"b') == '"a""b"'
    with pytest.raises(WrongUsage):
        user_text("a\0b")
