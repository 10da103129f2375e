"""What pgconn knows about refusals, as data: the one place for these words."""

from collections.abc import Mapping
from typing import Final

from pgconn.model.refusal import Limit
from pgconn.refusals.knowledge.doors import DOORS
from pgconn.refusals.knowledge.meaning import Meaning
from pgconn.refusals.knowledge.poolers import POOLERS
from pgconn.refusals.knowledge.server import SERVER

MEANINGS: Final[Mapping[Limit, Meaning]] = {**SERVER, **POOLERS, **DOORS}
