"""The settings beside connections and memory that keep slots from being lost, and why."""

from collections.abc import Iterator
from typing import Final

from pgconn.data.settings import known_setting
from pgconn.documents.sizing import Reason
from pgconn.sizing.assumptions import IDLE_IN_TRANSACTION, RANDOM_PAGE_COST
from pgconn.sizing.measured import GIB, floored
from pgconn.sizing.request import SizingInput
from pgconn.sizing.sources import CLIENTS, CONNECTIONS, JUDGEMENT, MEASURED
from pgconn.text.units import Seconds

_HUGE_FROM: Final = 2 * GIB
_KEEPALIVES: Final = {
    "tcp_keepalives_idle": "a client that vanished without a word is noticed after a minute of silence",
    "tcp_keepalives_interval": "and then asked every 10 s",
    "tcp_keepalives_count": "six times, so that its slot is free after two minutes and not after two hours",
}


def further_settings(known: SizingInput, shared_buffers: float) -> Iterator[Reason]:
    """Each with its value as PostgreSQL takes it, times in seconds; `shared_buffers` in MiB."""
    seconds = Seconds(IDLE_IN_TRANSACTION[known.workload])
    why = f"a client that thinks longer than {seconds} s within a transaction has lost it, and holds its slot and locks"
    yield Reason(name="idle_in_transaction_session_timeout", value=seconds, why=why, source=CLIENTS)
    if known.pg_version >= 14:
        why = "off: it would end the idle connections of pools, which then fail in the next client's hands"
        yield Reason(name="idle_session_timeout", value=_wise("idle_session_timeout"), why=why, source=CLIENTS)
        check = _wise("client_connection_check_interval")
        why = f"a query whose client has gone ends within {check} s, and gives its slot back"
        yield Reason(name="client_connection_check_interval", value=check, why=why, source=CLIENTS)
    for name, why in _KEEPALIVES.items():
        yield Reason(name=name, value=_wise(name), why=why, source=CONNECTIONS)
    if floored(shared_buffers) >= _HUGE_FROM:
        why = "with 2 MB pages no session needs page tables for shared_buffers; the kernel must have them"
        yield Reason(name="huge_pages", value="try", why=why, source=MEASURED)
    if not known.jit:
        why = "one compilation leaves 69MB in a session until it ends"
        yield Reason(name="jit", value=False, why=why, source=MEASURED)
    if known.storage is not None:
        why = f"a random page of {known.storage} storage against the next one"
        yield Reason(name="random_page_cost", value=RANDOM_PAGE_COST[known.storage], why=why, source=JUDGEMENT)


def _wise(name: str) -> int:
    """The value that does no harm anywhere, in its unit."""
    setting = known_setting(name)
    return Seconds(setting.wise_number) if setting.unit else setting.wise_number
