"""The server's own limits: why each is hit, most likely cause first, what to do now, and what keeps it away."""

from collections.abc import Mapping
from typing import Final

from pgconn.model.refusal import Limit
from pgconn.refusals.knowledge.meaning import END_FORGOTTEN, END_IDLE, Meaning, safe, unsafe

_END_IDLE: Final = unsafe(
    "end sessions that are long idle",
    END_IDLE,
    effect="their clients reconnect, or leaked them",
)
_BUDGET: Final = safe(
    "add up instances x pool size of every application, twice while a deploy rolls, and keep the sum below the slots",
    "pgconn size --ram 8G --app web=10x20 --surge slow",
)
_POOLER: Final = safe(
    "put PgBouncer between in transaction mode, so that idle clients hold no slot",
    "pgconn size --ram 8G --app web=10x20 --emit pgbouncer",
)
_TIMEOUT: Final = safe(
    "have the server end forgotten transactions",
    "pgconn settings apply idle_in_transaction_session_timeout=5min",
    effect="shows the SQL and asks; it ends no session that is idle already",
)
_WATCH: Final = safe("be told at 80 percent of the usable slots, before anybody is refused")
_COMMON: Final = (
    "a leak: connections that the application opened and never gave back, idle or idle in transaction",
    "more instances x pool size than slots: autoscaling, or old and new instances side by side while a deploy rolls",
    "a queue behind one lock or one slow query: sessions pile up active, and the pool opens more",
    "no pool at all: serverless functions, cron jobs or workers that each open a connection of their own",
    "a monitoring agent or another service on the same server that opens connections without end",
)
_SLOTS_TOPICS: Final = ("superuser", "raise", "leak", "deploy", "serverless", "get-in")

SERVER: Final[Mapping[Limit, Meaning]] = {
    "slots": Meaning(
        "every slot of the server is taken, also those kept for superusers",
        "the server's max_connections",
        "The server turned the client away before it looked at the password: not one place was left. So it is also"
        " what a wrong password or a missing database gets as long as this lasts.",
        (
            "applications that log in as a superuser, so that nothing held them back from the reserved slots",
            *_COMMON,
            "clients stuck in authentication: each holds a slot, also a reserved one, until authentication_timeout",
        ),
        (
            safe("go in through a walsender slot, which pgconn tries by itself", "pgconn status"),
            unsafe("end idle backends from the database host until one login succeeds", "pgconn rescue"),
            _END_IDLE,
            safe("do not restart the server: it throws away the evidence, and the clients come back at once"),
        ),
        (
            safe("let no application log in as a superuser"),
            safe("have a role of its own for the bad hour, and try it now", "pgconn ready"),
            _BUDGET,
            _POOLER,
            _TIMEOUT,
            _WATCH,
        ),
        _SLOTS_TOPICS,
    ),
    "superuser_reserve": Meaning(
        "all slots for ordinary roles are taken; those that are left are kept for superusers",
        "the server's max_connections less superuser_reserved_connections",
        "The login was right and came too late: an ordinary role is let in only while more slots are free than are"
        " reserved, by default 3. The server is as full as it can get for applications.",
        _COMMON,
        (
            safe("log in as a superuser, who is still let in, and look", "pgconn status -U postgres"),
            _END_IDLE,
            unsafe("end what is forgotten in a transaction, which may hold locks too", END_FORGOTTEN),
        ),
        (
            _BUDGET,
            _POOLER,
            _TIMEOUT,
            safe("give each application a share of its own", "pgconn fence --role app --limit 40"),
            _WATCH,
        ),
        _SLOTS_TOPICS,
    ),
    "reserved_role": Meaning(
        "all slots for ordinary roles are taken; those that are left are kept for a privileged role",
        "the server's max_connections less reserved_connections and superuser_reserved_connections",
        "The login was right and came too late: what is left is for members of the role that the message names"
        " (pg_use_reserved_connections from PostgreSQL 16 on, or the provider's own) and for superusers.",
        _COMMON,
        (
            safe("log in as a member of that role or as a superuser, and look", "pgconn status -U postgres"),
            _END_IDLE,
            unsafe("end what is forgotten in a transaction, which may hold locks too", END_FORGOTTEN),
        ),
        (
            _BUDGET,
            _POOLER,
            _TIMEOUT,
            safe("give the role for the bad hour the reserve", sql="GRANT pg_use_reserved_connections TO oncall"),
            _WATCH,
        ),
        (*_SLOTS_TOPICS, "reserved"),
    ),
    "role": Meaning(
        "this role has as many connections as it may have",
        "the role's CONNECTION LIMIT",
        "The server itself may have slots left. Somebody gave this role a limit (or the provider did, as on small"
        " plans), and it counts the role's sessions in all databases. Superusers are exempt.",
        (
            "the application's instances x pool size are more than the limit allows",
            "a leak in that application, which the limit keeps from hurting the others",
            "several applications share the role",
            "the limit was set to 0 or low as a fence in an earlier incident, and nobody took it away",
        ),
        (
            safe("see what the role's sessions do", "pgconn sessions --state idle --sort age"),
            _END_IDLE,
            safe(
                "raise the limit if the server has room",
                command="pgconn fence --role app --limit 60",
                effect="counts from the next login on",
            ),
        ),
        (
            safe("make the pools of all instances together fit into the limit"),
            safe("give each application a role of its own"),
        ),
        ("pool-size", "leak", "deploy"),
    ),
    "database": Meaning(
        "this database has as many connections as it may have",
        "the database's CONNECTION LIMIT",
        "The server itself may have slots left. Superusers are exempt, yet their sessions in this database count.",
        (
            "the pools of the applications that use this database are larger than the limit together",
            "a leak in one of them",
            "the limit was set low as a fence, for a migration or in an earlier incident, and nobody took it away",
        ),
        (
            safe("see who holds them", "pgconn status --by db,app,state"),
            _END_IDLE,
            safe(
                "raise the limit if the server has room",
                command="pgconn fence --database shop --limit 60",
                effect="counts from the next login on",
            ),
        ),
        (safe("make the pools of all applications of this database together fit into the limit"),),
        ("pool-size", "leak"),
    ),
    "walsenders": Meaning(
        "no slot for replication is left",
        "the server's max_wal_senders",
        "Standbys, pg_basebackup, pg_receivewal and logical subscribers have slots of their own. Ordinary connections"
        " are not concerned: they neither take these slots nor wait for them.",
        (
            "more standbys, backups or subscriptions than max_wal_senders (10 by default)",
            "a standby that lost its connection and comes again before the server has noticed (wal_sender_timeout)",
            "a backup tool or change data capture that retries without end",
        ),
        (
            safe("see who replicates", "pgconn sessions --type walsender"),
            safe("stop what is not needed, such as a second backup"),
        ),
        (safe("raise it; needs a restart, the standbys first", sql="ALTER SYSTEM SET max_wal_senders = 20"),),
        ("get-in",),
    ),
    "children": Meaning(
        "too many connections that have not logged in yet",
        "the server's own bound on processes, about 2 x (max_connections + max_wal_senders)",
        "Connections that sent nothing, or stopped in TLS, hold no slot but hold a process until authentication_timeout"
        " (60 s). At twice the maximum the server turns everybody away, superusers and replication too, while"
        " pg_stat_activity looks empty.",
        (
            "a load balancer or a Kubernetes probe that opens the port and says nothing",
            "a port scanner, or clients that die in the TLS handshake and come again",
            "a storm of reconnects after a network failure",
        ),
        (
            safe("list the server's processes on its host; no connection is needed", "pgconn status --os"),
            safe("stop the probe, or close the port to where it comes from"),
        ),
        (
            safe("probe with a login or with pg_isready, not with a bare TCP connection"),
            safe("shorten the wait", "pgconn settings apply authentication_timeout=10s"),
        ),
        ("probes", "pg-isready"),
    ),
}
