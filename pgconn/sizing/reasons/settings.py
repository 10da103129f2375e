"""The settings beside connections and memory that keep slots from being lost, and why."""

from collections.abc import Iterator
from typing import Final

from pgconn.data.settings import known_setting
from pgconn.documents.sizing import Reason
from pgconn.sizing.choices import IDLE_IN_TRANSACTION, RANDOM_PAGE_COST
from pgconn.sizing.measured import GIB
from pgconn.sizing.reasons.memory import DOCUMENTATION, JUDGEMENT, MEASURED
from pgconn.sizing.request import Basis

_CLIENTS: Final = f"{DOCUMENTATION}, Client Connection Defaults"
_HUGE_FROM: Final = 2 * GIB


def further_settings(basis: Basis, shared_buffers: int) -> Iterator[Reason]:
    """Each with its value as PostgreSQL takes it, times in seconds."""
    seconds = IDLE_IN_TRANSACTION[basis.workload]
    yield _reason(
        "idle_in_transaction_session_timeout",
        seconds,
        f"a client that thinks longer than {seconds} s within a transaction has lost it, and holds its slot and locks",
        _CLIENTS,
    )
    if basis.pg_version >= 14:
        yield _reason(
            "idle_session_timeout",
            known_setting("idle_session_timeout").wise_number,
            "off: it would end the idle connections of pools, which then fail in the next client's hands",
            _CLIENTS,
        )
        check = known_setting("client_connection_check_interval").wise_number
        yield _reason(
            "client_connection_check_interval",
            check,
            f"a query whose client has gone ends within {check} s, and gives its slot back",
            _CLIENTS,
        )
    for name, why in (
        ("tcp_keepalives_idle", "a client that vanished without a word is noticed after a minute of silence"),
        ("tcp_keepalives_interval", "and then asked every 10 s"),
        ("tcp_keepalives_count", "six times, so that its slot is free after two minutes and not after two hours"),
    ):
        yield _reason(name, known_setting(name).wise_number, why, f"{DOCUMENTATION}, Connections and Authentication")
    if shared_buffers >= _HUGE_FROM:
        yield _reason(
            "huge_pages",
            "try",
            "with 2 MB pages no session needs page tables for shared_buffers; the kernel must have them",
            MEASURED,
        )
    if not basis.jit:
        yield _reason("jit", False, "one compilation leaves 69MB in a session until it ends", MEASURED)
    if basis.storage is not None:
        yield _reason(
            "random_page_cost",
            RANDOM_PAGE_COST[basis.storage],
            f"a random page of {basis.storage} storage against the next one",
            JUDGEMENT,
        )


def _reason(name: str, value: float | str | bool, why: str, source: str) -> Reason:
    return Reason(name=name, value=value, why=why, source=source)
