"""The rules that people quote beside this answer, and why the two differ."""

from collections.abc import Iterator

from pgconn.documents.sizing import Difference
from pgconn.sizing import textbook
from pgconn.sizing.decision import Decision
from pgconn.sizing.measured import MIB
from pgconn.sizing.request import Basis
from pgconn.text.quantities import show_size


def differences(basis: Basis, plan: Decision) -> Iterator[Difference]:
    """Each number that the textbook has too, where it says something else; sizes in bytes."""
    n = plan.connections
    if not n:
        return
    quoted = textbook.work_mem(basis.ram, n)
    ours = plan.work_mem.value * MIB
    if abs(quoted - ours) >= MIB:
        yield Difference(name="work_mem", ours=ours, textbook=quoted, why=_work_mem(basis, plan, quoted > ours))
    per = round(plan.room.session * MIB)
    quoted = textbook.PER_CONNECTION
    if abs(per - quoted) >= MIB:
        yield Difference(name="session", ours=per, textbook=quoted, why=_session(basis, per > quoted))
    quoted = textbook.shared_buffers(basis.ram)
    ours = int(plan.room.budget.shared_buffers) * MIB
    if abs(quoted - ours) >= MIB:
        why = "a desktop has other programs to hold"
        yield Difference(name="shared_buffers", ours=ours, textbook=quoted, why=why)


def _work_mem(basis: Basis, plan: Decision, quoted_more: bool) -> str:
    if quoted_more:
        held = show_size(plan.connections * plan.room.session * MIB)
        return f"counts {held} of sessions, the system and the cache as free"
    if plan.pooler:
        return "promises it to every slot; behind a pooler fewer are at work"
    return f"promises it three times to every slot; here {basis.choices.active_share:.0%} are at work at once"


def _session(basis: Basis, ours_more: bool) -> str:
    if basis.session_memory is not None:
        return "one number for every server; this was measured here"
    if ours_more and basis.jit:
        return "counts no compilation"
    if ours_more:
        return "counts no page tables, 2MB for each GB of shared_buffers"
    return "counts what is shared, or page tables that are not there"
