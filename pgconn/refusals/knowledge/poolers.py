"""The limits of poolers, and what a pooler says when the server behind it lets nobody in."""

from collections.abc import Mapping
from typing import Final

from pgconn.model.refusal import Limit
from pgconn.refusals.knowledge.meaning import END_FORGOTTEN, Meaning, safe, unsafe

WHOSE: Final[Mapping[str, str]] = {
    "pgbouncer": "PgBouncer's max_client_conn, max_db_client_connections or max_user_client_connections",
    "pgpool": "Pgpool-II's num_init_children less its reserved_connections",
    "supavisor": "Supavisor's limit of clients, or its pool_size in session mode",
    "rds_proxy": "RDS Proxy's limit of client connections or of new connections a second",
    "neon": "the limit of Neon's proxy for this endpoint",
    "odyssey": "Odyssey's client_max, of the whole pooler or of the route",
}

POOLERS: Final[Mapping[Limit, Meaning]] = {
    "pooler_clients": Meaning(
        "the pooler has as many clients as it may have",
        "the pooler's limit of clients",
        "It is the pooler that turned the client away, not PostgreSQL: the server behind it may be nearly idle. To"
        " raise max_connections changes nothing here.",
        (
            "the limit was left at its default, which is 100 in PgBouncer",
            "more instances, workers or serverless functions than before, each with a connection to the pooler",
            "clients that open connections to the pooler and never close them",
            "session pooling, where each client keeps a server connection and the others pile up",
        ),
        (
            safe("see the pooler's clients: SHOW CLIENTS and SHOW POOLS on its console"),
            safe("go to the server itself, past the pooler, to look", "pgconn status"),
            safe("raise max_client_conn; a client costs the pooler a few kB, and RELOAD is enough"),
        ),
        (
            safe("let the pooler have many clients and few server connections"),
            safe("raise the pooler's limit of open files with it (LimitNOFILE)"),
            safe("close clients that idle for hours: client_idle_timeout"),
        ),
        ("pgbouncer-limits", "pool-mode", "serverless"),
    ),
    "pooler_queue": Meaning(
        "the client waited for a server connection of the pooler until its patience ended",
        "the pooler's pool (default_pool_size, max_db_connections), or the server behind it when that is full",
        "The pooler let the client in and had no server connection to give it, by default for 120 s in PgBouncer. It is"
        " also all that one sees of a full PostgreSQL as long as the pool has one live connection.",
        (
            "transactions that are too long, or idle in transaction: each holds a server connection of the pool",
            "a lock or a slow query that all server connections wait for",
            "a pool that is too small for the load: default_pool_size is 20 a user and database",
            "session pooling, where a client that idles keeps its server connection",
            "a full PostgreSQL: the pooler cannot open more connections to it",
        ),
        (
            safe("see whether the server is full or blocked, past the pooler", "pgconn status"),
            unsafe("end what is forgotten in a transaction", END_FORGOTTEN),
            safe("see cl_waiting and maxwait in SHOW POOLS on the pooler's console"),
        ),
        (
            safe("use transaction pooling, and keep transactions short"),
            safe("end forgotten transactions: idle_transaction_timeout in PgBouncer"),
            safe(
                "size the pool by the load, not by the number of clients", "pgconn size --ram 8G --tps 1000 --hold 15ms"
            ),
        ),
        ("pool-mode", "pgbouncer-limits", "idle-in-transaction", "pool-size"),
    ),
    "pooler_login": Meaning(
        "the pooler cannot log in to the server behind it",
        "the server behind the pooler",
        "The pooler tried, the server turned it away, and for a while (server_login_retry, 15 s in PgBouncer) it tells"
        " all its clients so without trying again. What the server said stands in the message where the pooler hands it"
        " on, else in the pooler's log.",
        (
            "the server is full: its slots are taken by somebody who goes past the pooler",
            "the server is down, starting, or not reachable from the pooler",
            "the password in the pooler's userlist or auth_query is not the server's",
        ),
        (
            safe("ask the server itself, past the pooler", "pgconn status"),
            safe("read the pooler's log for 'server login failed'"),
        ),
        (
            safe("keep the sum of all pools, of all pooler processes, below the server's slots"),
            safe("let no application go past the pooler, or give those that do a CONNECTION LIMIT"),
        ),
        ("pgbouncer-limits", "superuser"),
    ),
}
