"""Errors that people meet in the same hour and that are no lack of slots, by SQLSTATE."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Neighbour(NamedTuple):
    """One SQLSTATE: its name, what it means for connections, and what to do."""

    name: str
    meaning: str
    cure: str


NEIGHBOURS: Final[Mapping[str, Neighbour]] = {
    "08000": Neighbour(
        "connection_exception",
        "a driver's or a proxy's own code for a lost or refused connection",
        "read the text beside it: that names the limit",
    ),
    "08001": Neighbour(
        "sqlclient_unable_to_establish_sqlconnection",
        "a driver's own code: it could not connect",
        "read the text beside it: that names the reason",
    ),
    "08003": Neighbour(
        "connection_does_not_exist",
        "the client used a connection that is closed already",
        "take a fresh one from the pool; do not keep one across requests",
    ),
    "08004": Neighbour(
        "sqlserver_rejected_establishment_of_sqlconnection",
        "a driver's own code: the server turned the connection away",
        "read the text beside it: that names the limit",
    ),
    "08006": Neighbour(
        "connection_failure",
        "the connection broke",
        "look in the server's log at that minute: restart, crash, or the network",
    ),
    "08P01": Neighbour(
        "protocol_violation",
        "the code of all of PgBouncer's own errors, and of clients that break the protocol",
        "read the text beside it: PgBouncer's limits are told by words alone",
    ),
    "0A000": Neighbour(
        "feature_not_supported",
        "the server, or a pooler's mode, cannot do this",
        "behind transaction pooling, leave out session features",
    ),
    "23505": Neighbour(
        "unique_violation",
        "a row with this key is there already",
        "handle it in the application: retry, or INSERT … ON CONFLICT",
    ),
    "25006": Neighbour(
        "read_only_sql_transaction",
        "a write was sent to a standby or in a read-only transaction",
        "connect to the primary: target_session_attrs=read-write",
    ),
    "25P02": Neighbour(
        "in_failed_sql_transaction",
        "an earlier error aborted the transaction, and the client went on without ROLLBACK",
        "roll back after an error; until then the session holds its slot as idle in transaction (aborted)",
    ),
    "25P03": Neighbour(
        "idle_in_transaction_session_timeout",
        "the server ended a session that was idle in transaction too long: a cure for want of slots at work",
        "find the code that leaves a transaction open; do not just raise the timeout",
    ),
    "25P04": Neighbour(
        "transaction_timeout",
        "the server ended a session whose transaction lasted longer than transaction_timeout (17 and later)",
        "shorten the transaction, or set the timeout for this role alone",
    ),
    "26000": Neighbour(
        "invalid_sql_statement_name",
        "a prepared statement is not on this backend: behind a pooler, another one served the last transaction",
        "set max_prepared_statements in PgBouncer 1.21 or later, or turn prepared statements off in the driver",
    ),
    "28000": Neighbour(
        "invalid_authorization_specification",
        "the role may not log in this way",
        "check the role, and the server's pg_hba.conf",
    ),
    "28P01": Neighbour(
        "invalid_password", "the password is wrong", "check user and password, and secrets that were renewed"
    ),
    "3D000": Neighbour(
        "invalid_catalog_name", "the database does not exist", "check the database's name and the server"
    ),
    "40001": Neighbour(
        "serialization_failure",
        "two transactions collided, or on a standby a query and what the primary changed",
        "retry the transaction; on a standby see max_standby_streaming_delay and hot_standby_feedback",
    ),
    "40P01": Neighbour(
        "deadlock_detected",
        "two transactions waited for each other, and the server ended one",
        "retry it, and take locks in one order everywhere; the session keeps its slot",
    ),
    "42501": Neighbour("insufficient_privilege", "the role may not do this", "grant what is missing"),
    "42P05": Neighbour(
        "duplicate_prepared_statement",
        "a prepared statement of that name is there already: behind a pooler, another client left it",
        "set max_prepared_statements in PgBouncer 1.21 or later, or turn prepared statements off in the driver",
    ),
    "53000": Neighbour(
        "insufficient_resources",
        "the server ran short of something: open files, for one",
        "read the text beside it and the server's log",
    ),
    "53100": Neighbour("disk_full", "the disk is full", "make room; slots have nothing to do with it"),
    "53200": Neighbour(
        "out_of_memory",
        "memory ran out, or the table of locks is full",
        "lower work_mem or the number of backends; 'out of shared memory' asks for max_locks_per_transaction",
    ),
    "53400": Neighbour(
        "configuration_limit_exceeded",
        "another limit of the configuration: replication slots, temp_file_limit",
        "read the text beside it: it names the setting",
    ),
    "55000": Neighbour(
        "object_not_in_prerequisite_state",
        "the object is not ready for this; a database may have ALLOW_CONNECTIONS false",
        "read the text beside it",
    ),
    "55006": Neighbour(
        "object_in_use",
        "others are connected to the database that is to be dropped or renamed",
        "end their sessions first, or DROP DATABASE … WITH (FORCE)",
    ),
    "55P03": Neighbour(
        "lock_not_available",
        "a lock did not come within lock_timeout, or NOWAIT found it taken",
        "see who blocks whom: pgconn sessions",
    ),
    "57014": Neighbour(
        "query_canceled",
        "a query was cancelled: by statement_timeout or by a user",
        "the session lives on and keeps its slot; find out who cancels",
    ),
    "57P01": Neighbour(
        "admin_shutdown",
        "an administrator ended the session: pg_terminate_backend, a restart or a failover",
        "reconnect; pools hand out some dead connections first",
    ),
    "57P02": Neighbour(
        "crash_shutdown",
        "another backend crashed, and the server ended all sessions to be safe",
        "reconnect when it has recovered; look for SIGKILL and the out-of-memory killer",
    ),
    "57P03": Neighbour(
        "cannot_connect_now",
        "the server is starting, stopping or recovering and lets nobody in",
        "wait, and try again with growing pauses",
    ),
    "57P04": Neighbour("database_dropped", "the database was dropped under the session", "connect to another one"),
    "57P05": Neighbour(
        "idle_session_timeout",
        "the server ended a session that was idle too long (14 and later): a cure for want of slots at work",
        "make the pool's idle time shorter than the server's, or the pool hands out dead connections",
    ),
}

CLASSES: Final[Mapping[str, str]] = {
    "00": "success",
    "01": "a warning",
    "02": "no data",
    "08": "a broken or refused connection: the text beside it says why",
    "0A": "a feature that is not there",
    "21": "a query that gives another number of rows or columns than is allowed",
    "22": "a value that does not fit",
    "23": "a constraint of a table",
    "24": "a cursor in the wrong state",
    "25": "a transaction in the wrong state",
    "26": "a prepared statement that is not there",
    "28": "a refused login",
    "2B": "a privilege that others depend on",
    "34": "a cursor that is not there",
    "3D": "a database that is not there",
    "3F": "a schema that is not there",
    "40": "a transaction that was rolled back; retry it",
    "42": "a syntax error or a missing privilege",
    "53": "want of resources other than slots",
    "54": "a limit of the program, such as too many columns",
    "55": "an object that is not in the right state",
    "57": "an operator who stepped in",
    "58": "an error of the operating system or the disk",
    "F0": "an error of the configuration file",
    "HV": "a foreign server",
    "P0": "an error raised by a function",
    "XX": "an internal error; Supavisor gives XX000 to its limits too",
}

# What English texts say that come without a SQLSTATE; the first that matches counts.
TEXTS: Final[tuple[tuple[str, str], ...]] = (
    (r"conflict with recovery", "40001"),
    (r"idle-in-transaction timeout", "25P03"),
    (r"idle-session timeout", "57P05"),
    (r"transaction timeout", "25P04"),
    (r"crash of another server process", "57P02"),
    (r"terminating (?:connection|[\w ]*(?:worker|process))", "57P01"),
    (r"lock timeout", "55P03"),
    (r"canceling (?:statement|authentication)", "57014"),
    (r"deadlock detected", "40P01"),
    (r"current transaction is aborted", "25P02"),
    (r"duplicate key value", "23505"),
    (r"out of (?:shared )?memory", "53200"),
    (r"connection to client lost", "08006"),
    (r"prepared statement .* does not exist", "26000"),
    (r"prepared statement .* already exists", "42P05"),
    (r"could not serialize access", "40001"),
    (r"read-only transaction", "25006"),
    (r"being accessed by other users", "55006"),
    (r"No space left on device", "53100"),
)
