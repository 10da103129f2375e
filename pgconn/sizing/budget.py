"""What the RAM goes to before the first client connects. Sizes in MiB."""

from collections.abc import Iterator
from typing import Final

from pgconn.documents.sizing import Reason
from pgconn.model.value import Value
from pgconn.sizing.assumptions import Assumptions
from pgconn.sizing.measured import SHARED_FIXED, SHARED_PER_BUFFER, floored, rounded, shared_mib
from pgconn.sizing.sources import DOCUMENTATION, JUDGEMENT, SUM

MAINTENANCE: Final = (32, 2048)
"""The least and the most maintenance_work_mem."""

AUTOVACUUM: Final = (16, 1024)
"""The least and the most autovacuum_work_mem; before 17 a vacuum cannot use more."""


class Budget(Value, frozen=True, kw_only=True):
    """The RAM, and what of it is spoken for: buffers, the system, maintenance, and the cache of the system."""

    ram: float
    assumptions: Assumptions = Assumptions()
    in_container: bool = False
    is_desktop: bool = False
    autovacuum_workers: int = 3

    @property
    def shared_buffers(self) -> float:
        """A share of the RAM."""
        return self.ram * self._buffers_share

    @property
    def shared(self) -> float:
        """All shared memory but that of the slots."""
        return shared_mib(self.shared_buffers)

    @property
    def system(self) -> float:
        """What the system and other programs keep."""
        made = self.assumptions
        share = between(made.os_share * self.ram, made.os_least, made.os_most)
        system = made.os_least if self.in_container else share
        return max(system, made.desktop_share * self.ram) if self.is_desktop else system

    @property
    def maintenance_work_mem(self) -> float:
        """For one VACUUM or CREATE INDEX."""
        return between(self.assumptions.maintenance_share * self.ram, *MAINTENANCE)

    @property
    def autovacuum_work_mem(self) -> float:
        """For each autovacuum worker."""
        return between(self.assumptions.autovacuum_share * self.ram, *AUTOVACUUM)

    @property
    def maintenance(self) -> float:
        """One maintenance command and every autovacuum worker at once."""
        return self.maintenance_work_mem + self.autovacuum_workers * self.autovacuum_work_mem

    @property
    def page_cache(self) -> float:
        """The least that the system keeps files in."""
        return self.assumptions.page_cache * self.ram

    @property
    def remaining(self) -> float:
        """What sessions and their queries may take."""
        return self.ram - self.system - self.shared - self.maintenance - self.page_cache

    @property
    def _buffers_share(self) -> float:
        return self.assumptions.desktop_shared_buffers if self.is_desktop else self.assumptions.shared_buffers

    def numbers(self) -> Iterator[Reason]:
        """Each part, from shared_buffers to what is left for sessions."""
        share, ram = self._buffers_share, f"{self.ram:.0f} MB"
        yield Reason(
            name="shared_buffers",
            value=floored(self.shared_buffers),
            why=f"{share:.0%} of the RAM" if not self.is_desktop else "a sixteenth of the RAM of a desktop",
            formula=f"{share:g} x RAM",
            numbers=f"{share:g} x {ram} = {self.shared_buffers:.0f} MB",
            source=DOCUMENTATION,
        )
        yield Reason(
            name="shared",
            value=rounded(self.shared),
            why="all shared memory but the slots: shared_buffers with their headers, and a fixed part",
            formula=f"{SHARED_FIXED:g} MB + {SHARED_PER_BUFFER:g} x shared_buffers",
            numbers=f"{SHARED_FIXED:g} + {SHARED_PER_BUFFER:g} x {self.shared_buffers:.0f} = {self.shared:.0f} MB",
            source="measured with shared_memory_size, at 48 settings",
            rests_on=("shared_buffers",),
        )
        yield self._system()
        yield from self._maintenance()
        yield Reason(
            name="page_cache",
            value=rounded(self.page_cache),
            why="the least that the system keeps files in; below it every read is one of a disk",
            formula=f"{self.assumptions.page_cache:g} x RAM",
            numbers=f"{self.assumptions.page_cache:g} x {ram} = {self.page_cache:.0f} MB",
            source=JUDGEMENT,
        )
        taken = (self.shared, self.system, self.maintenance, self.page_cache)
        yield Reason(
            name="room",
            value=rounded(self.remaining),
            why="what sessions and their queries may take",
            formula="RAM - shared - system - maintenance - page_cache",
            numbers=f"{' - '.join(f'{size:.0f}' for size in (self.ram, *taken))} = {self.remaining:.0f} MB",
            source=SUM,
            rests_on=("shared", "system", "maintenance", "page_cache"),
        )

    def _system(self) -> Reason:
        made = self.assumptions
        if self.is_desktop:
            why, formula = "half of a desktop is there for other programs", f"{made.desktop_share:g} x RAM"
        elif self.in_container:
            why, formula = "in a container the system is elsewhere", f"{made.os_least} MB"
        else:
            why = "for the system, its agents and ssh"
            formula = f"{made.os_share:g} x RAM, between {made.os_least} MB and {made.os_most} MB"
        return Reason(
            name="system",
            value=rounded(self.system),
            why=why,
            formula=formula,
            numbers=f"{self.system:.0f} MB of {self.ram:.0f} MB",
            source=JUDGEMENT,
        )

    def _maintenance(self) -> Iterator[Reason]:
        one, each, workers = self.maintenance_work_mem, self.autovacuum_work_mem, self.autovacuum_workers
        sixteenth, part = 1 / self.assumptions.maintenance_share, 1 / self.assumptions.autovacuum_share
        yield Reason(
            name="maintenance_work_mem",
            value=floored(one),
            why="a sixteenth of the RAM, from 32MB to 2GB, for one VACUUM or CREATE INDEX at a time",
            formula=f"RAM / {sixteenth:g}, between {MAINTENANCE[0]} MB and {MAINTENANCE[1]} MB",
            numbers=f"{self.ram:.0f} MB / {sixteenth:g} = {one:.0f} MB",
            source="as PgTune does",
        )
        yield Reason(
            name="autovacuum_work_mem",
            value=floored(each),
            why=f"a 64th of the RAM, from 16MB to 1GB, for each of {workers} workers",
            formula=f"RAM / {part:g}, between {AUTOVACUUM[0]} MB and {AUTOVACUUM[1]} MB",
            numbers=f"{self.ram:.0f} MB / {part:g} = {each:.0f} MB",
            source=f"{JUDGEMENT}; before 17 a vacuum cannot use more than 1GB",
        )
        yield Reason(
            name="maintenance",
            value=rounded(self.maintenance),
            why="one maintenance command and every autovacuum worker at once",
            formula="maintenance_work_mem + workers x autovacuum_work_mem",
            numbers=f"{one:.0f} + {workers} x {each:.0f} = {self.maintenance:.0f} MB",
            source=SUM,
            rests_on=("maintenance_work_mem", "autovacuum_work_mem"),
        )


def between(value: float, least: float, most: float) -> float:
    """The value within its bounds."""
    return min(max(value, least), most)
