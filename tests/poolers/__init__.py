"""The poolers of the tests: each a program before a server, for as long as a `with` block lasts."""

from pathlib import Path
from typing import Final

from tests.poolers.odyssey import Odyssey
from tests.poolers.pgagroal import Pgagroal
from tests.poolers.pgbouncer import PgBouncer
from tests.poolers.pgpool import Pgpool
from tests.poolers.pooler import Pooler

KINDS: Final[dict[str, type[Pooler]]] = {
    "pgbouncer": PgBouncer,
    "pgpool": Pgpool,
    "pgagroal": Pgagroal,
    "odyssey": Odyssey,
}
"""The poolers by the names of their programs."""


def kind_of(program: Path) -> type[Pooler]:
    """Which pooler a program is; KeyError for none of these."""
    return KINDS[program.name]
