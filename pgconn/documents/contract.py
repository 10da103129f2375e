"""All kinds of JSON objects that a run may answer with: what docs/schemas is made of."""

from typing import Final

from pgconn.documents import Failure
from pgconn.documents.changes import Changes, Fences
from pgconn.documents.explanation import Contents, Explanation, Topic
from pgconn.documents.log import LogReport
from pgconn.documents.pool import Frameworks, Pool
from pgconn.documents.processes import Processes
from pgconn.documents.raising import Raising
from pgconn.documents.readiness import Readiness
from pgconn.documents.sessions import Sessions
from pgconn.documents.settings import Settings
from pgconn.documents.sizing import Sizing
from pgconn.documents.status import Status
from pgconn.documents.termination import Protected, Termination
from pgconn.model import Value
from pgconn.model.termination import Plan

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
    Explanation,
    Topic,
    Contents,
    LogReport,
    Sizing,
    Raising,
    Pool,
    Frameworks,
    Failure,
)
