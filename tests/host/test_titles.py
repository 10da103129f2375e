"""Titles of every kind are read as what they mean, or as unreadable."""

import pytest
from hypothesis import given, strategies as st

from pgconn.host.titles import cluster_name_in, possible_users, prefix_of, read_title
from pgconn.model.process import Title

pytestmark = pytest.mark.offline

COMMAND = "/usr/lib/postgresql/16/bin/postgres -D /data"


def read(text: str, prefix: str = "postgres: ", room: int | None = None, states: bool = True) -> Title:
    return read_title(text, prefix=prefix, postmaster=COMMAND, room=room, states=states)


@pytest.mark.parametrize(
    ("text", "client", "port", "state"),
    [
        ("postgres: app shop 127.0.0.1(40956) idle", "127.0.0.1", 40956, "idle"),
        ("postgres: app shop ::1(40956) idle in transaction", "::1", 40956, "idle in transaction"),
        ("postgres: app shop fe80::1%eth0(1) idle", "fe80::1%eth0", 1, "idle"),
        ("postgres: app shop db1.example(1) idle", "db1.example", 1, "idle"),
        (
            "postgres: app shop [local] idle in transaction (aborted)",
            "local",
            None,
            "idle in transaction (aborted)",
        ),
        ("postgres: app shop [local] SELECT", "local", None, "active"),
        ("postgres: app shop [local] LOCK TABLE waiting", "local", None, "active"),
        ("postgres: app shop [local] <FASTPATH>", "local", None, "fastpath function call"),
        ("postgres: app shop [local] authentication", "local", None, "starting"),
        ("postgres: app shop [local] initializing", "local", None, "starting"),
        ("postgres: app shop [local] startup", "local", None, "starting"),
        ("postgres: app shop [local]", "local", None, None),
    ],
)
def test_a_client_is_read_with_its_address_and_state(
    text: str, client: str, port: int | None, state: str | None
) -> None:
    assert read(text) == Title(
        backend_type="client backend",
        names="app shop",
        user="app",
        database="shop",
        client_addr=client,
        client_port=port,
        state=state,
    )


def test_a_name_with_spaces_makes_unclear_which_word_is_the_role() -> None:
    title = read("postgres: we ird my db 127.0.0.1(1) idle")
    assert (title.names, title.user, title.database, title.state) == ("we ird my db", None, None, "idle")
    assert possible_users(title) == ("we", "we ird", "we ird my")


def test_a_database_that_is_named_like_a_client_deceives_no_reader() -> None:
    title = read("postgres: app [local] idle 10.0.0.7(5) SELECT")
    assert (title.client_addr, title.state, title.user) == ("10.0.0.7", "active", None)


@pytest.mark.parametrize(
    ("text", "user", "database"),
    [
        ("postgres: walsender standby 10.0.0.7(5) streaming 0/3000148", "standby", None),
        ("postgres: walsender sub shop 10.0.0.7(5) idle", "sub", "shop"),
        ("postgres: walsender half 10.0.0.7(5) authentication", "half", None),
    ],
)
def test_a_walsender_is_no_client_backend(text: str, user: str, database: str | None) -> None:
    title = read(text)
    assert (title.backend_type, title.user, title.database) == ("walsender", user, database)


@pytest.mark.parametrize(
    "what",
    [
        "checkpointer",
        "io worker 1",
        "autovacuum worker shop",
        "parallel worker for PID 7",
        "REPACK decoding worker for relation 16384",
        "logical replication sequencesync worker for subscription 16390",
        "slotsync worker",
        "pg_cron launcher",
    ],
)
def test_the_servers_own_processes_hold_no_slot(what: str) -> None:
    assert read(f"postgres: {what}") == Title(backend_type=what)


def test_a_worker_in_a_database_like_a_client_or_a_role_like_a_worker_may_hold_a_slot() -> None:
    assert read("postgres: autovacuum worker a [local] idle") == Title()
    assert read("postgres: parallel worker for shop 10.0.0.7(5) idle") == Title()


def test_a_child_that_heard_nothing_yet_is_silent() -> None:
    assert read(COMMAND).backend_type == "silent"


@pytest.mark.parametrize("name", ["main", "main cl", "a: b", "x [local] idle"])
def test_the_cluster_name_is_learnt_from_the_servers_own_processes(name: str) -> None:
    titles = [f"postgres: {name}: {what}" for what in ("checkpointer", "background writer", "app shop [local] idle")]
    prefix = prefix_of(titles)
    assert cluster_name_in(prefix) == name
    assert read(titles[0], prefix).backend_type == "checkpointer"
    assert read(titles[2], prefix).user == "app"


def test_without_a_cluster_name_there_is_none() -> None:
    assert cluster_name_in(prefix_of(["postgres: checkpointer", "postgres: x: y [local] idle"])) is None


def test_a_title_without_what_all_begin_with_is_not_read() -> None:
    assert read("postgres: app shop [local] idle", prefix="postgres: main: ") == Title()
    assert read("sh -c true") == Title()


def test_a_title_that_may_have_been_cut_tells_no_state() -> None:
    text = "postgres: app shop 127.0.0.1(40956) idle"
    assert read(text, room=len(text) + 9).state == "idle"
    for spare in range(9):
        assert read(text, room=len(text) + spare).state is None
    assert read("postgres: app shop 127.0.", room=26) == Title()


def test_titles_that_are_not_kept_up_tell_no_state() -> None:
    assert read("postgres: app shop [local] idle", states=False).state is None


NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=63)


@given(user=NAMES, database=NAMES, state=st.sampled_from(["idle in transaction", "SELECT", "UPDATE waiting"]))
def test_no_name_makes_a_busy_session_look_idle(user: str, database: str, state: str) -> None:
    assert read(f"postgres: {user} {database} 10.0.0.7(5) {state}").state != "idle"


@given(user=NAMES, database=NAMES)
def test_the_true_role_is_always_among_the_possible_ones(user: str, database: str) -> None:
    title = read(f"postgres: {user} {database} 10.0.0.7(5) idle")
    assert title.backend_type != "client backend" or user in possible_users(title)
