"""What becomes of max_connections: what is kept of it, what applications may use, and where the alerts are."""

from collections.abc import Iterator

from pgconn.documents.sizing import Reason
from pgconn.model.value import Value
from pgconn.sizing.assumptions import Assumptions
from pgconn.sizing.sources import CONNECTIONS, JUDGEMENT


class Slots(Value, frozen=True, kw_only=True):
    """The slots of a server, less what is kept from applications and what superusers were seen to take from them."""

    connections: int
    superuser_reserved: int = 3
    reserved: int = 0
    provider_reserved: int = 0
    superusers: int = 0
    has_reserved: bool = False  # whether this version has pg_use_reserved_connections
    assumptions: Assumptions = Assumptions()

    @property
    def kept(self) -> int:
        """What applications do not get."""
        return self.superuser_reserved + self.reserved + self.provider_reserved + self.superusers

    @property
    def usable(self) -> int:
        """What applications get."""
        return max(0, self.connections - self.kept)

    @property
    def alert(self) -> int:
        """At how many of the usable slots somebody should look."""
        return threshold(self.usable, self.assumptions.utilisation)

    @property
    def page(self) -> int:
        """At how many of the usable slots somebody should be woken."""
        return threshold(self.usable, self.assumptions.page_at)

    @property
    def for_pools(self) -> int:
        """What pools may fill: the slots below the alert, less what connects directly."""
        return max(0, self.alert - self.assumptions.direct)

    def numbers(self) -> Iterator[Reason]:
        """What is kept, what is left, and the alerts."""
        yield Reason(
            name="superuser_reserved_connections",
            value=self.superuser_reserved,
            why="so that an administrator gets in when the rest is taken",
            formula="PostgreSQL's default",
            numbers=str(self.superuser_reserved),
            source=CONNECTIONS,
        )
        if self.has_reserved:
            yield Reason(
                name="reserved_connections",
                value=self.reserved,
                why="for members of pg_use_reserved_connections: monitoring, and pgconn, without a superuser",
                formula="one for the monitoring, one for you",
                numbers=str(self.reserved),
                source=JUDGEMENT,
            )
        yield Reason(
            name="usable",
            value=self.usable,
            why="what applications may use",
            formula="max_connections - all that is reserved or held by superusers",
            numbers=f"{self.connections} - {self.kept} = {self.usable}",
            source=CONNECTIONS,
            rests_on=("max_connections", "superuser_reserved_connections"),
        )
        yield self._alert("alert", self.alert, self.assumptions.utilisation, "from here on somebody should look")
        yield self._alert("page", self.page, self.assumptions.page_at, "from here on somebody should be woken")

    def _alert(self, name: str, value: int, share: float, what: str) -> Reason:
        return Reason(
            name=name,
            value=value,
            why=f"{what}: {share:.0%} of what applications may use",
            formula=f"{share:g} x usable",
            numbers=f"{share:g} x {self.usable} = {share * self.usable:g}",
            source="a rule of monitoring",
            rests_on=("usable",),
        )

    def pools_number(self, *, is_known: bool) -> Reason:
        """What the pools share; `is_known` where the alert is among the numbers."""
        made = self.assumptions
        return Reason(
            name="for_pools",
            value=self.for_pools,
            why="the slots that pools may fill: those below the alert, less what connects directly",
            formula="alert - direct",
            numbers=f"{made.utilisation:g} x {self.usable} - {made.direct} = {self.for_pools}",
            source=JUDGEMENT,
            rests_on=("alert",) if is_known else (),
        )

    def breaks_first(self, memory_allows: int) -> Reason:
        """What gives way first when ever more sessions come."""
        slots, memory = self.usable + 1, memory_allows + 1
        if memory > self.connections:
            value, why = slots, f"the slots, at session {slots} of applications; memory would last for {memory_allows}"
        else:
            value, why = memory, f"memory, at {memory} warm sessions of {self.connections}"
        return Reason(
            name="breaks_first",
            value=value,
            why=why,
            formula="the smaller of usable + 1 and memory_allows + 1",
            numbers=f"min({slots}, {memory})",
            source="the calculation",
            rests_on=("usable", "memory_allows"),
        )


def threshold(usable: int, share: float) -> int:
    """At how many of the usable slots this share is reached."""
    return int(share * usable + 1e-9)
