"""All kinds of JSON objects that a run may answer with: what docs/schemas is made of."""

from typing import Final

from pgconn.documents.explanation import EXPLANATIONS
from pgconn.documents.pool import Frameworks, Pool
from pgconn.documents.raising import Raising
from pgconn.documents.readiness import Readiness
from pgconn.documents.sizing import Sizing
from pgconn.documents.status import Failure, Sessions, Status, Termination
from pgconn.model.change import Changes, Fences
from pgconn.model.process import Processes
from pgconn.model.protection import Protected
from pgconn.model.setting import Settings
from pgconn.model.termination import Plan
from pgconn.model.value import Value

DOCUMENTS: Final[tuple[type[Value], ...]] = (
    Status,
    Sessions,
    Processes,
    Termination,
    Plan,
    Protected,
    Readiness,
    Changes,
    Fences,
    Settings,
    *EXPLANATIONS,
    Sizing,
    Raising,
    Pool,
    Frameworks,
    Failure,
)
