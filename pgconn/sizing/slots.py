"""What becomes of max_connections: what is kept of it, what applications may use, and where the alerts are."""

from collections.abc import Iterator

from pgconn.documents.sizing import Reason
from pgconn.model import Value
from pgconn.sizing.assumptions import Assumptions
from pgconn.sizing.number import number


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
        """At how many of the usable slots a person should look."""
        return threshold(self.usable, self.assumptions.utilisation)

    @property
    def page(self) -> int:
        """At how many of the usable slots a person should be woken."""
        return threshold(self.usable, self.assumptions.page_at)

    @property
    def for_pools(self) -> int:
        """What pools may fill: the slots below the alert, less what connects directly."""
        return max(0, self.alert - self.assumptions.direct)

    def numbers(self, memory_allows: int) -> Iterator[Reason]:
        """What is kept, what is left, the alerts, and what gives way first when ever more sessions come."""
        made, usable = self.assumptions, self.usable
        yield number("superuser_reserved_connections", self.superuser_reserved)
        if self.has_reserved:
            yield number("reserved_connections", self.reserved)
        yield number("usable", usable, self)
        for name, value, share in (("alert", self.alert, made.utilisation), ("page", self.page, made.page_at)):
            yield number(name, value, self, share=share, exact=share * usable)
        yield number("breaks_first", usable + 1, memory=memory_allows, full=memory_allows + 1)


def threshold(usable: int, share: float) -> int:
    """At how many of the usable slots this share is reached."""
    return int(share * usable + 1e-9)
