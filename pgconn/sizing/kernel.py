"""What the operating system must grant a server with more connections."""

from typing import Final

from pgconn.documents.sizing import Reason
from pgconn.sizing.circumstances import Circumstances
from pgconn.sizing.measured import MIB
from pgconn.text.quantities import show_size

_KERNEL: Final = "PostgreSQL's documentation, Managing Kernel Resources"
_FORMULA: Final = "PostgreSQL's source: MaxBackends"
_AUXILIARY: Final = 40  # checkpointer, writers, archiver and their like; 38 places for them in 18, fewer before
_FILES: Final = 1000  # max_files_per_process
_HUGE_PAGE: Final = 2 * MIB


def needs(start: int, to: int, known: Circumstances) -> tuple[Reason, ...]:
    """What `to` connections need, by the name of the resource; nothing where a provider sees to it."""
    if known.provider is not None and known.provider.place != "manifest":
        return ()
    places, added = known.processes(to) + _AUXILIARY, (to - start) * known.slot
    reasons = [
        Reason(
            name="processes",
            value=places,
            why=f"{to} sessions, and workers, walsenders and auxiliary processes: ulimit -u of the server's user,"
            " TasksMax of its service, pids.max of its container",
            source=_FORMULA,
        ),
        Reason(
            name="open_files",
            value=places * _FILES,
            why=f"at worst max_files_per_process ({_FILES}) for each process: fs.file-max of the machine. ulimit -n is"
            " for one process, and stays",
            source=_KERNEL,
        ),
        Reason(name="semaphores", value=places, why=_semaphores(places), source=_KERNEL),
        Reason(
            name="shared_memory",
            value=added,
            why="more from the start. It is mapped, so SHMMAX and SHMALL stay; the limit of a container counts it",
            source=_KERNEL,
        ),
    ]
    return (*reasons, _huge_pages(added)) if known.huge_pages else tuple(reasons)


def _semaphores(places: int) -> str:
    sets = -(-places // 16)
    return (
        "Linux and FreeBSD keep them in shared memory: there is nothing to set."
        f" Elsewhere SEMMNI must be {sets} and SEMMNS {sets * 17}, and more for others"
    )


def _huge_pages(added: int) -> Reason:
    return Reason(
        name="huge_pages",
        value=-(-added // _HUGE_PAGE),
        why=f"more of {show_size(_HUGE_PAGE)} in vm.nr_hugepages. Without them a server with huge_pages = on does not"
        " start; with try it takes small pages, and every backend needs page tables",
        source=_KERNEL,
    )
