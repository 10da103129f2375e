"""What servers, poolers, clients and networks say in English when they turn a connection away.

Each row is a limit, the source that speaks, and regular expressions without capturing groups.
Of all matches in a line the leftmost is taken, of several that begin at one place the first row.
"""

from typing import Final, NamedTuple

from pgconn.model.refusal import Limit

# A name; it reaches over no severity, and the bound keeps hostile text from costing quadratic time.
NAME: Final = r"(?:(?!:  )[^\n]){0,200}?"
FIRST_NAME: Final = r'[^"\n]{0,200}?'


class Text(NamedTuple):
    """One thing that can be said, in the words of one source."""

    limit: Limit
    source: str
    patterns: tuple[str, ...]


POOLERS: Final = (
    Text(
        "pooler_login",
        "pgbouncer",
        (
            r"server login has been failing",
            r"client_login_timeout \(server down\)",
            r"pgbouncer cannot connect to server",
        ),
    ),
    Text(
        "pooler_clients",
        "pgbouncer",
        (
            r"no more connections allowed(?: \(max_client_conn\))?",
            r"client connections exceeded \(max_(?:db|user)_client_connections\)",
        ),
    ),
    Text("pooler_queue", "pgbouncer", (r"query_wait_timeout\b",)),
    Text("shutting_down", "pgbouncer", (r"pooler is shutting down", r"server shutting down")),
    Text("no_such_database", "pgbouncer", (r"no such database\b",)),
    Text(
        "login",
        "pgbouncer",
        (
            rf'database "{NAME}" is disabled',
            r"no such user\b",
            r"(?:unix socket )?login rejected",
            r"client_login_timeout\b",
            r"TLS connection required",
        ),
    ),
    Text(
        "not_a_limit",
        "pgbouncer",
        (
            r"unsupported startup parameter",
            r"No server connection available in postgres backend",
            r"client_idle_timeout\b",
            r"query_timeout\b",
            r"idle_transaction_timeout\b",
            r"transaction_timeout\b",
            r"server conn crashed\?",
            r"database removed",
            r"admin forced disconnect",
            r"pause failed",
        ),
    ),
    Text("pooler_clients", "pgpool", (r"Sorry, too many clients already",)),
    Text(
        "pooler_clients",
        "supavisor",
        (
            r"\((?:EMAXCONN|EMAXCONNSESSION)\)",
            r"[Mm]ax client connections reached",
            r"(?:MaxClientsInSessionMode: )?max clients reached",
        ),
    ),
    Text(
        "pooler_queue",
        "supavisor",
        (
            r"\((?:ECHECKOUTTIMEOUT|ECHECKOUTRETRIES)\)",
            r"[Uu]nable to check ?out connection from the pool",
        ),
    ),
    Text("pooler_login", "supavisor", (r"\(ECHECKOUTFAILED\)",)),
    Text(
        "pooler_clients",
        "rds_proxy",
        (
            r"The maximum number of client connections to the proxy exceeded",
            r"Rate of connection to proxy exceeded",
        ),
    ),
    Text("pooler_queue", "rds_proxy", (r"Timed-out waiting to acquire database connection",)),
    Text("pooler_login", "rds_proxy", (r"Request returned an error:",)),
    Text(
        "pooler_clients",
        "neon",
        (r"Too many connections to this endpoint", r"Too many connections? attempts"),
    ),
    Text("pooler_clients", "odyssey", (r"odyssey: [^:\n]{1,60}: too many ",)),
    Text("pooler_queue", "pgcat", (r"could not get connection from the pool - ",)),
)

SERVER: Final = (
    Text("slots", "postgresql", (r"sorry, too many clients already",)),
    Text(
        "superuser_reserve",
        "postgresql",
        (r"remaining connection slots are reserved for [^\n]*?(?i:superuser)[^\n]*",),
    ),
    Text("reserved_role", "postgresql", (r"remaining connection slots are reserved for ",)),
    Text("role", "postgresql", (r"too many connections for role ",)),
    Text("database", "postgresql", (r"too many connections for database ",)),
    Text(
        "walsenders",
        "postgresql",
        (r'number of requested standby connections exceeds "?max_wal_senders',),
    ),
    Text(
        "starting_up",
        "postgresql",
        (r"the database system is starting up", r"the database system is not yet accepting connections"),
    ),
    Text("shutting_down", "postgresql", (r"the database system is shutting down",)),
    Text(
        "recovery",
        "postgresql",
        (r"the database system is in recovery mode", r"the database system is not accepting connections"),
    ),
    Text("fork", "postgresql", (r"could not fork new process for connection",)),
    Text(
        "login",
        "postgresql",
        (
            rf'role "{NAME}" does not exist',
            rf'role "{NAME}" is not permitted to log in',
            r"no pg_hba\.conf entry",
            r"pg_hba\.conf rejects (?:replication )?connection",
            rf'database "{NAME}" is not currently accepting connections',
            rf'permission denied for database "{NAME}"',
            r"permission denied to start WAL sender",
            r"must be superuser or replication role to start walsender",
            r"connection requires a valid client certificate",
            r"(?:\w[\w-]{0,30} )?authentication failed for user",
            r"invalid value for parameter \"replication\"",
        ),
    ),
    # PgBouncer leaves the user out: after the row above, so that PostgreSQL's text goes first.
    Text("login", "pgbouncer", (r'(?:"\w+"|\w[\w-]{0,30}) authentication failed\b',)),
    Text("no_such_database", "postgresql", (rf'database "{NAME}" does not exist',)),
    Text(
        "not_a_limit",
        "postgresql",
        (
            rf"terminating (?:connection|[\w ]{{0,40}}(?:worker|process)(?: {NAME})?) (?:due to|because of) ",
            r"canceling (?:statement|authentication) due to ",
            r"connection to client lost",
            r"deadlock detected",
            r"current transaction is aborted",
            r"duplicate key value violates unique constraint",
            r"out of (?:shared )?memory",
            r"unrecognized configuration parameter",
            rf"prepared statement {NAME} (?:does not exist|already exists)",
            r"could not serialize access",
            r"cannot execute [\w ]{1,40} in a read-only transaction",
            rf'database "{NAME}" is being accessed by other users',
            rf"could not {NAME}: No space left on device",
            rf'parameter "{NAME}" cannot be (?:changed|set)',
        ),
    ),
    # What people remember of a message, and what a library makes of it: it does not tell which limit.
    Text(
        "slots",
        "unknown",
        (
            r"(?i:too many (?:database )?(?:clients|connections))\b",
            r"too_many_connections\b",
            r"TooManyConnections",
            r"(?i:error|code|state)[ :=]{1,3}53300\b",
            r"(?<![^\n])53300(?=:|\s+error)",
        ),
    ),
)

CLIENT: Final = (
    Text(
        "login",
        "client",
        (
            r"fe_sendauth: no password supplied",
            r"no password supplied",
            r"no password was provided",
            r"client password must be a string",
            r"empty password returned by client",
            r"authentication method requirement ",
            r"channel binding (?:is )?required",
            r"(?:SASL|SCRAM) authentication requires ",
            r"incorrect server signature",
            r"could not verify server signature",
            r"authentication method \d+ not supported",
            r"server does(?: not|n't) support (?:SSL|encryption)",
            r"GSSAPI encryption required",
            r"SSL error: ",
            r"SSL SYSCALL error: (?!EOF)",
            r"SSL connection was established ",
            r"root certificate file ",
            r"could not (?:read|load) (?:root |private key |)(?:certificate |key )?file ",
            r"certificate present, but not private key file ",
            r"private key file ",
            r"server certificate for ",
            r"host name must be specified for a verified SSL connection",
            r"weak sslmode ",
            r"server did not complete authentication",
            r"server (?:requested|requires) \w[^\n]* authentication",
            r"could not (?:establish SSL connection|create SSL context)",
            r"certificate verify failed",
        ),
    ),
    Text(
        "not_a_limit",
        "client",
        (
            r"server is (?:not )?in hot standby mode",
            r"session is (?:not )?read-only",
            r"invalid (?:port number|connection option|\w+ value|URI query parameter)",
            r"missing \"=\" after ",
            r"unterminated quoted string in connection info",
            r"definition of service ",
        ),
    ),
    Text(
        "no_listener",
        "network",
        (
            r"received invalid response to (?:SSL|GSSAPI) negotiation",
            r"expected authentication request from server",
            r"could not translate host name ",
            r"failed to resolve host ",
            r"could not look up ",
            r"getaddrinfo ",
            r"[Nn]ame or service not known",
            r"[Tt]emporary failure in name resolution",
            r"nodename nor servname provided",
            r"no such host\b",
            r"(?:connection )?timeout expired",
            r"[Cc]onnection timed out",
            r"[Oo]peration timed out",
            r"[Cc]onnection refused",
            r"Connection to \S+ refused",
            r"[Cc]onnect timed out",
            r"[Cc]onnect call failed",
            r"Connection terminated due to connection timeout",
            r"UnknownHostException",
            r"(?:dial|read|write) tcp [^\n]{0,99}: i/o timeout",
            r"tcp connect \([^)\n]{0,99}\): ",
            r"Can't reach database server at ",
            r"Failed to connect to \S+:\d",
            r"[Nn]o route to host",
            r"[Nn]etwork is unreachable",
            r"[Hh]ost is (?:down|unreachable)",
            r"(?:connect )?(?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOENT)\b",
            r"(?<=failed: )(?:No such file or directory|Permission denied)",
            r"No such file or directory(?=\s+Is the server running)",
            r"\(0x0000274[CD]/1006[01]\)",
        ),
    ),
    Text(
        "unknown",
        "network",
        (
            r"server closed the connection unexpectedly",
            r"SSL SYSCALL error: EOF detected",
            r"SSL connection has been closed unexpectedly",
            r"[Cc]onnection reset by peer",
            r"[Cc]onnection terminated unexpectedly",
            r"An I/O error occurred while sending to the backend",
            r"This connection has been closed",
            r"(?:the )?connection (?:is|was) closed\b",
            r"Exception while (?:reading from|writing to) (?:the )?stream",
            r"(?:tcp|ssl) recv(?: \(idle\))?: closed",
            r"(?:read |write )?(?:ECONNRESET|EPIPE)\b",
            r"[Bb]roken pipe",
            r"driver: bad connection",
            r"unexpected EOF",
            r"no connection to the server\b",
        ),
    ),
)
