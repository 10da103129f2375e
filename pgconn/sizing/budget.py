"""What the RAM goes to before the first client connects. Sizes in MiB."""

from collections.abc import Iterator
from typing import Final

from pgconn.documents.sizing import Reason
from pgconn.model import Value
from pgconn.sizing.assumptions import Assumptions
from pgconn.sizing.measured import SHARED_FIXED, SHARED_PER_BUFFER, floored, rounded, shared_mib
from pgconn.sizing.number import number

_MAINTENANCE: Final = (32, 2048)  # the least and the most maintenance_work_mem
_AUTOVACUUM: Final = (16, 1024)  # the same of autovacuum_work_mem; before 17 a vacuum cannot use more


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
        """What the system and other programs keep; in a container the system is elsewhere."""
        made = self.assumptions
        share = between(made.os_share * self.ram, made.os_least, made.os_most)
        system = made.os_least if self.in_container else share
        return max(system, made.desktop_share * self.ram) if self.is_desktop else system

    @property
    def maintenance_work_mem(self) -> float:
        """For one VACUUM or CREATE INDEX."""
        return between(self.assumptions.maintenance_share * self.ram, *_MAINTENANCE)

    @property
    def autovacuum_work_mem(self) -> float:
        """For each autovacuum worker."""
        return between(self.assumptions.autovacuum_share * self.ram, *_AUTOVACUUM)

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
        made, share = self.assumptions, self._buffers_share
        buffers, system = (
            ("_of_desktop", "_of_desktop") if self.is_desktop else ("", "_in_container" * self.in_container)
        )
        yield number(f"shared_buffers{buffers}", floored(self.shared_buffers), self, name="shared_buffers", share=share)
        yield number("shared", rounded(self.shared), self, fixed=SHARED_FIXED, each=SHARED_PER_BUFFER)
        yield number(f"system{system}", rounded(self.system), self, name="system")
        for name, size, part, (least, most) in (
            ("maintenance_work_mem", self.maintenance_work_mem, 1 / made.maintenance_share, _MAINTENANCE),
            ("autovacuum_work_mem", self.autovacuum_work_mem, 1 / made.autovacuum_share, _AUTOVACUUM),
        ):
            yield number(name, floored(size), self, part=part, least=least, most=most)
        yield number("maintenance", rounded(self.maintenance), self)
        yield number("page_cache", rounded(self.page_cache), self)
        yield number("room", rounded(self.remaining), self)


def between(value: float, least: float, most: float) -> float:
    """The value within its bounds."""
    return min(max(value, least), most)
