"""What poolers answer names its limit and its speaker, by the packet and by the text that a client makes of it."""

import re
from itertools import cycle

import pytest

from pgconn.model.refusal import WANT_OF_SLOT, Refusal
from pgconn.refusals import advice, read_fields, read_text
from pgconn.refusals.explaining import POOLERS, explain
from pgconn.refusals.situations import Row, packet_of, poolers, product_name, seen_when

pytestmark = pytest.mark.offline

KNOWN = poolers()
ANSWERS = [row for row in KNOWN.rows if row.text is not None]
IDS = [f"{row.situation}-{row.pooler}-{row.versions[0]}" for row in ANSWERS]
NAMES = ("17", "204", "3", "95")


def filled(text: str) -> str:
    """A text with something else for each name."""
    names = cycle(NAMES)
    return re.sub(r"\{\}", lambda _: next(names), text)


@pytest.mark.parametrize("row", ANSWERS, ids=IDS)
def test_the_packet_of_an_answer_names_its_limit_and_who_spoke(row: Row) -> None:
    packet = {letter: filled(value) for letter, value in packet_of(row).items()}
    refusal = read_fields(packet)
    whole = set("SVCMFLR") == set(row.fields or "")
    assert (refusal.limit, refusal.source) == (row.limit, "postgresql" if whole else row.pooler)
    assert refusal.sqlstate == row.sqlstate
    assert refusal.message == filled(row.text or "") or row.pooler == "odyssey"
    assert not refusal.message.startswith("odyssey:")


@pytest.mark.parametrize("row", ANSWERS, ids=IDS)
def test_the_text_of_an_answer_names_its_limit(row: Row) -> None:
    """It cannot tell whose password was wrong, nor what Pgpool-II keeps in the DETAIL."""
    message = filled(packet_of(row)["M"])
    by_text = "login" if row.situation == "pooler-password" and row.pooler == "pgbouncer" else row.limit
    for words in (
        f"{row.severity}:  {message}",
        f'connection to server at "10.1.2.3", port 6432 failed: {row.severity}:  {message}\n',
        f"2026-11-28 09:30:12 UTC app: {row.severity}: {message}",
    ):
        assert read_text(words).limit == by_text


def test_a_row_is_known_by_its_situation_its_pooler_and_a_version() -> None:
    keys = [(row.situation, row.pooler, version) for row in KNOWN.rows for version in row.versions]
    assert len(keys) == len(set(keys))
    assert {row.situation for row in KNOWN.rows} == set(KNOWN.situations)
    assert all(set(row.versions) <= set(KNOWN.products[row.pooler].versions) for row in KNOWN.rows)
    assert {name for name, product in KNOWN.products.items() if product.versions} == POOLERS


def test_an_answer_is_explained_with_the_situations_in_which_it_was_seen() -> None:
    seen = explain(read_text("FATAL:  query_wait_timeout")).situations
    assert any("starting up (PgBouncer 1.24, 1.26" in one for one in seen)
    assert any("paused" in one for one in seen)
    assert len(seen) == len(set(seen)) > 5
    full = explain(read_text("ERROR:  odyssey: c0a1b2c3d4e5: too many tcp connections (global client_max 750)"))
    assert len(full.situations) == 1
    assert explain(read_text("FATAL:  sorry, too many clients already")).situations == ()


def test_of_two_texts_that_fit_the_closer_one_counts() -> None:
    of_replication = seen_when(read_text("FATAL:  unsupported startup parameter: replication"))
    assert [one.partition(" (")[0] for one in of_replication] == [KNOWN.situations["startup-replication"]]
    of_another = seen_when(read_text("FATAL:  unsupported startup parameter: search_path"))
    assert of_another == (KNOWN.situations["startup-parameter"],)


FOREIGN = {
    "pgpool": ("max_client_conn", "RELOAD", "SHOW POOLS", "PgBouncer", "LimitNOFILE", "Odyssey"),
    "odyssey": ("max_client_conn", "RELOAD", "SHOW POOLS", "PgBouncer", "LimitNOFILE", "num_init_children"),
    "pgagroal": ("max_client_conn", "RELOAD", "SHOW POOLS", "PgBouncer", "num_init_children", "rescue"),
    "supavisor": ("max_client_conn", "RELOAD", "SHOW POOLS", "PgBouncer", "num_init_children"),
    "rds_proxy": ("max_client_conn", "RELOAD", "SHOW POOLS", "PgBouncer", "num_init_children"),
    "pgbouncer": ("num_init_children", "Odyssey", "pgagroal", "pcp_attach_node"),
}


@pytest.mark.parametrize("limit", ["pooler_clients", "pooler_queue", "pooler_login"])
@pytest.mark.parametrize("speaker", sorted(FOREIGN))
def test_the_remedies_for_one_product_name_no_setting_of_another(speaker: str, limit: str) -> None:
    refusal = Refusal(limit=limit, message="", source=speaker)  # type: ignore[arg-type]
    explained = explain(refusal)
    remedies = [f"{one.action} {one.command}" for one in (*explained.remedies, *explained.prevention)]
    words = " ".join((*remedies, *explained.causes, advice(refusal), explained.whose))
    assert [word for word in FOREIGN[speaker] if word in words] == []


@pytest.mark.parametrize(
    ("speaker", "text", "words"),
    [
        ("pgpool", "Sorry, too many clients already", ["restart", "max_pool", "reserved_connections"]),
        ("pgpool", "all backend nodes are down, pgpool requires at least one valid node", ["pcp_attach_node"]),
        ("pgpool", "pgpool is not accepting any new connections", ["pcp_attach_node"]),
        ("odyssey", "too many active clients for user (pool_size for user a.b reached 2)", ["53300", "SHOW SERVERS"]),
        ("odyssey", "failed to connect to remote server s0011aabbccdd", ["client_fwd_error"]),
        ("pgagroal", "connection pool is full", ["blocking_timeout", "pgagroal-cli", "MAX_SIZE"]),
        ("pgagroal", "connection refused", ["pgagroal_hba.conf", "53300"]),
        ("supavisor", "(EMAXCONNSESSION) max clients reached in session mode", ["transaction mode", "pool_size"]),
        ("rds_proxy", "Timed-out waiting to acquire database connection.", ["pinned", "MaxConnectionsPercent"]),
        ("pgbouncer", "no more connections allowed (max_client_conn)", ["RELOAD", "LimitNOFILE"]),
        ("pgbouncer", "query_wait_timeout", ["down, starting or frozen", "paused"]),
    ],
)
def test_the_answer_to_a_product_names_what_is_to_be_done_there(speaker: str, text: str, words: list[str]) -> None:
    explained = explain(read_text(f"FATAL:  {text}"))
    assert explained.source == speaker
    remedies = [f"{one.action} {one.effect}" for one in (*explained.remedies, *explained.prevention)]
    said = " ".join((*remedies, *explained.causes, explained.meaning, explained.whose))
    assert [word for word in words if word not in said] == []


def test_a_full_pool_of_pgagroal_wants_a_slot_of_the_pool_and_a_server_that_is_down_wants_none() -> None:
    full = read_fields({"S": "FATAL", "V": "FATAL", "C": "53300", "M": "connection pool is full"})
    down = read_fields({"S": "FATAL", "V": "FATAL", "C": "53300", "M": "connection refused"})
    assert (full.wants_slot, down.wants_slot) == (True, False)
    assert {full.limit, down.limit} <= {"pooler_queue", "pooler_login"}
    assert full.limit in WANT_OF_SLOT


def test_every_source_of_a_known_text_has_a_name() -> None:
    assert product_name("rds_proxy") == "RDS Proxy"
    assert product_name("unheard") == "unheard"
