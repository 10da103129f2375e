"""What to do next after a refusal, and who is still let in."""

import re
from collections.abc import Mapping
from typing import Final

from pgconn.model.refusal import Limit, Refusal

_WHO: Final[Mapping[Limit, str]] = {
    "slots": "nobody, superusers included, but replication=database, which has slots of its own",
    "superuser_reserve": "superusers",
    "reserved_role": "superusers, and members of the role that the message names",
    "role": "superusers and other roles",
    "database": "superusers, and everybody in other databases",
    "walsenders": "ordinary connections",
    "children": "nobody, until connections that have not logged in go away",
    "pooler_clients": "whoever goes to the server itself",
    "pooler_queue": "whoever goes to the server itself, if it has a slot left",
    "pooler_login": "whoever goes to the server itself, if it lets them in",
    "starting_up": "nobody yet",
    "shutting_down": "nobody",
    "recovery": "nobody yet",
    "fork": "nobody, until the operating system allows another process",
}

_ADVICE: Final[Mapping[Limit, str]] = {
    "slots": "superusers cannot get in either: end a session, or use replication=database with its own slots",
    "superuser_reserve": "superusers still get in: connect as one, or end a session of an ordinary role",
    "reserved_role": "superusers and members of the named role get in: connect as one, or end a session",
    "role": "superusers and other roles get in: end a session of this role, or raise its CONNECTION LIMIT",
    "database": "superusers get in, and others elsewhere: end a session there, or raise its CONNECTION LIMIT",
    "walsenders": "ordinary connections get in: connect without replication, or end a walsender",
    "children": "too many connections never logged in: stop port probes and stalled clients, which the server"
    " drops after authentication_timeout",
    "pooler_clients": "the limit is the pooler's, not the server's: connect to the server itself",
    "pooler_queue": "the pooler had no server connection in time: look at its pools and the server behind it",
    "pooler_login": "the pooler cannot log in to the server behind it: connect to that server to see why",
    "starting_up": "the server is starting: wait, and try again",
    "shutting_down": "wait until it is up again; a smart shutdown lasts until the last session ends",
    "recovery": "the server recovers from a crash and lets nobody in: wait, and read its log",
    "fork": "the server's host is short of processes or memory: check its limits and the server's log",
    "login": "check the user, the password, the database and the server's pg_hba.conf",
    "no_such_database": "check the database's name: -d or PGDATABASE, by default the user's name",
    "no_listener": "check host and port: -h and -p, or PGHOST and PGPORT, and that the server runs",
    "not_a_limit": "this is no lack of slots",
    "unknown": "the server's log says more",
}

# Advice that fits the words better than the limit's own does; the first that matches counts.
_CLOSER: Final[tuple[tuple[Limit, str, str], ...]] = (
    ("login", r"no password|empty password|password must be", "set PGPASSWORD, use ~/.pgpass or -W"),
    (
        "login",
        r"pg_hba\.conf.*(?:no encryption|SSL off)",
        "try sslmode=require, or have pg_hba.conf let you in",
    ),
    ("login", r"pg_hba\.conf", "have the server's pg_hba.conf let this user in from here, then reload it"),
    (
        "login",
        r"does not support (?:SSL|encryption)",
        "the server has no TLS: use sslmode=prefer, or turn it on",
    ),
    (
        "login",
        r"root certificate|certificate verify|server certificate|sslmode",
        "the server's certificate is not trusted: set sslrootcert or PGSSLROOTCERT to who signed it",
    ),
    ("login", r"client certificate|private key|certificate|alert", "check the client's sslcert and sslkey"),
    (
        "login",
        r"SSL|TLS",
        "TLS failed: check that PostgreSQL listens there, sslmode, and the certificates at both ends",
    ),
    ("login", r"role .* does not exist|no such user", "check the user's name: -U or PGUSER"),
    ("login", r"not permitted to log in", "the role has NOLOGIN: use another one"),
    ("login", r"WAL ?sender", "the role needs REPLICATION to use a walsender slot"),
    ("login", r"permission denied for database", "the role needs CONNECT on this database: use another one"),
    ("login", r"not currently accepting|is disabled", "the database lets nobody in: use another one"),
    ("login", r"[Pp]eer|[Ii]dent", "the system's user must match: use -U, or -h and a password"),
    ("login", r"authentication failed", "check user and password: -U and -W, PGPASSWORD or ~/.pgpass"),
    (
        "no_listener",
        r"invalid response|expected authentication|not PostgreSQL",
        "something else than PostgreSQL listens there: check host and port",
    ),
    (
        "no_listener",
        r"host name|resolve|[Nn]ame|getaddrinfo|no such host",
        "check the host's name: -h or PGHOST",
    ),
    (
        "no_listener",
        r"timeout|timed out|silent|ETIMEDOUT",
        "no answer: check host, port and firewall, and that neither the server nor a pooler hangs",
    ),
    (
        "no_listener",
        r"No such file",
        "no server has its socket there: check -h and -p, or give a host for TCP",
    ),
    ("no_listener", r"Permission denied", "your system user may not use that socket: give a host for TCP"),
    (
        "unknown",
        r"closed|EOF|reset by peer|terminated",
        "is it PostgreSQL that listens there? then its log says more",
    ),
    (
        "recovery",
        r"not accepting",
        "this standby takes no sessions (hot_standby is off): connect to the primary",
    ),
    (
        "pooler_clients",
        r"max_\w*client_conn",
        "go to the server itself, or to PgBouncer's own database pgbouncer",
    ),
    (
        "not_a_limit",
        r"unsupported startup parameter",
        "leave it out, or list it in ignore_startup_parameters",
    ),
    ("not_a_limit", r"hot standby mode|read-only", "target_session_attrs asks for another kind of server"),
    ("not_a_limit", r"^(?:invalid|missing|unterminated|definition)", "check the connection string"),
    (
        "not_a_limit",
        r"configuration parameter|^parameter",
        "check the options of the connection: PGOPTIONS or options=",
    ),
)


def advice(refusal: Refusal) -> str:
    """What to do next, in one sentence without a full stop, for the line that begins with `hint:`."""
    if refusal.limit == "pooler_login" and refusal.behind is not None:
        return f"the pooler cannot log in to the server behind it; there, {_ADVICE[refusal.behind]}"
    for limit, words, closer in _CLOSER:
        if limit == refusal.limit and re.search(words, refusal.message):
            return closer
    return _ADVICE[refusal.limit]


def who_can_enter(refusal: Refusal) -> str | None:
    """Who the same server would still let in; None where the refusal says nothing about others."""
    return _WHO.get(refusal.limit)
