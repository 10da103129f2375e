"""Questions about the other side: applications, pools, poolers, deploys."""

from typing import Final

from pgconn.refusals.knowledge.meaning import END_IDLE, safe, unsafe
from pgconn.refusals.knowledge.questions import Question

CLIENTS: Final = (
    Question(
        "pool-mode",
        "Which pool_mode should PgBouncer have?",
        "pgbouncer pooling session transaction statement mode pool_mode choose",
        """
        transaction, for nearly every application: a server connection is lent for one transaction, so thousands
        of mostly idle clients share a few.

        session lends it until the client leaves: it saves the cost of logging in and no slot. Take it for what
        needs a session: LISTEN, advisory locks over transactions, SET without LOCAL, temporary tables, cursors
        WITH HOLD, migrations, pg_dump. statement forbids transactions; hardly anybody wants it.

        With transaction pooling, prepared statements need max_prepared_statements (1.21 or later, on by default
        from 1.24 on) or must be turned off in the driver.
        """,
        (safe("one pool for each need: two entries in [databases] with a pool_mode of their own"),),
        ("pgbouncer-limits", "prepared-statements"),
    ),
    Question(
        "pgbouncer-limits",
        "Which of max_client_conn, default_pool_size and max_db_connections is which?",
        "pgbouncer max_client_conn default_pool_size max_db_connections max_user_connections reserve_pool_size",
        """
        max_client_conn (100) is how many clients PgBouncer takes: raise it to thousands, with its limit of open
        files. It is the only one of them that refuses; the others make clients wait.

        default_pool_size (20) is how many server connections it opens for each pair of user and database: many
        pairs make many pools. max_db_connections and max_user_connections (no limit) bound their sum.

        What must fit below the server's slots is the sum of all pools, with reserve_pool_size, times the number
        of PgBouncer processes. How long a client waits is query_wait_timeout (120 s).
        """,
        (safe("reckon it with the server's slots", "pgconn size --ram 8G --app web=10x20"),),
        ("pool-mode", "pool-size"),
    ),
    Question(
        "pool-size",
        "How large should a connection pool be?",
        "pool size big small hikari sqlalchemy prisma node knex django max formula instances replicas",
        """
        Small: a server works best with a few active backends per core, and the pools of all instances share
        them. Slots for applications divided by instances, twice the instances while a deploy rolls, is the
        most.

        A pool of 20 on each of 10 pods of 3 services is 600 connections against 100. A pool that is too small
        waits some milliseconds; pools that are too large refuse.
        """,
        (safe("have it reckoned", "pgconn size --ram 8G --app web=10x20"),),
        ("raise", "deploy"),
    ),
    Question(
        "serverless",
        "Why does it happen only sometimes, with Lambda or other serverless functions?",
        "lambda serverless functions vercel cloudflare edge burst sometimes intermittent random occasionally spikes",
        """
        Because each concurrent function instance has connections of its own: a burst of requests opens as many,
        and at other times there are few. A frozen instance keeps its connection, idle, until the platform
        throws it away, and cannot close it.

        A pool inside a function does not help: it is not shared. Make it 1, open it outside the handler so that
        it is used again, and put a pooler in transaction mode (PgBouncer, RDS Proxy, Supavisor, the provider's
        own) between. Bound the concurrency of the functions.
        """,
        (
            safe("hold the functions' role to a share", "pgconn fence --role lambda --limit 40"),
            unsafe("end what frozen functions left", END_IDLE),
        ),
        ("pool-mode", "pool-size", "idle"),
    ),
    Question(
        "leak",
        "How do I see a connection leak in development?",
        "leak leaking forget close release development local test find detect hot reload",
        """
        Give the pool a size of 1 or 2 and a short acquire timeout in development and in tests: code that does
        not give its connection back then fails at the second request, with a stack trace, instead of after a
        week.

        Set application_name, do the same action ten times, and count: the number of sessions must come back to
        what it was. Leaked ones are idle or idle in transaction, with the same last query, and grow older.

        Usual places: a path through an exception without close or release; a client made anew at each hot
        reload (keep one in a global); a pool for each request, tenant or worker; a transaction without
        ROLLBACK.
        """,
        (
            safe("before and after", "pgconn status --by app,state"),
            safe("the last query of those that nobody gives back", "pgconn sessions --state idle --sort age --full"),
        ),
        ("idle", "idle-in-transaction", "pool-size"),
    ),
    Question(
        "deploy",
        "Why does it happen during a deploy?",
        "deploy deployment rollout rolling release restart kubernetes surge pods blip minute",
        """
        Because old and new instances run side by side, each with its pool: up to twice the connections, until
        the old ones have drained. If it lasts under a minute and goes by itself, that was it.

        Let the sum of the pools fit twice, lower the surge (maxSurge, maxUnavailable), close the pool first at
        SIGTERM, let pools open connections as needed and not all at the start.
        """,
        (
            safe("see in the log whether it was a blip", "pgconn explain postgresql.log"),
            safe("reckon with the surge", "pgconn size --ram 8G --app web=10x20 --surge slow"),
        ),
        ("pool-size", "comes-back"),
    ),
    Question(
        "idle-session-timeout",
        "Should I set idle_session_timeout?",
        "idle_session_timeout timeout automatically close disconnect idle server",
        """
        Not for roles behind a pool: the server then closes connections that the pool thinks are good, and the
        next request fails. If you do, make it longer than the pool's own idle time, half an hour or more.

        For people with psql or a desktop tool it is fine: set it for their role. For applications set the idle
        time and the lifetime in the pool, and idle_in_transaction_session_timeout on the server.
        """,
        (safe("for people alone", sql="ALTER ROLE analyst SET idle_session_timeout = '30min'"),),
        ("idle", "idle-in-transaction"),
    ),
    Question(
        "prepared-statements",
        "Why do prepared statements fail behind a pooler?",
        "prepared statement does not exist already exists 26000 42P05 pgbouncer transaction driver",
        """
        Because a prepared statement belongs to one backend, and with transaction pooling the next transaction
        may get another. PgBouncer from 1.21 on follows those of the protocol when max_prepared_statements is
        above 0 (it is from 1.24 on); PREPARE as SQL is not followed.

        Else turn them off in the driver: prepareThreshold=0 (JDBC), prepare_threshold=None (psycopg),
        statement_cache_size=0 (asyncpg), pgbouncer=true (Prisma).
        """,
        (),
        ("pool-mode",),
    ),
    Question(
        "probes",
        "Can health checks and port probes use up the connections?",
        "probe tcp load balancer haproxy kubernetes scanner port health check half open authentication",
        """
        Yes. A probe that opens the port and says nothing holds a process until authentication_timeout (60 s),
        and at about twice max_connections of them the server turns away everybody, superusers too. A probe that
        logs in holds a slot each time. Probe seldom, with pg_isready, and close the connection.
        """,
        (safe("count them on the host", "pgconn status --os"),),
        ("pg-isready", "counting"),
    ),
    Question(
        "memory",
        "How much memory does a connection take?",
        "memory ram mb megabyte backend cost connection oom huge pages work_mem",
        """
        A fresh backend owns about 1 to 2 MB of its own, a warm one some MB more, and without huge pages 2 MB of
        page tables for each GB of shared_buffers that it touched. What top shows counts shared memory again for
        each. On top comes up to work_mem for each sort and hash of a running query.
        """,
        (safe("have it reckoned"),),
        ("raise",),
    ),
    Question(
        "managed",
        "What is different on RDS, Cloud SQL, Azure and other managed servers?",
        "rds aurora cloudsql azure neon supabase heroku managed provider parameter group rdsadmin",
        """
        You are no superuser: the provider keeps slots for itself, hides its sessions, and sets max_connections
        by the size of the instance. ALTER SYSTEM and the host are closed; the parameter group or the console is
        the way, with a restart. Your administrator role may end ordinary sessions (pg_signal_backend).

        Most have a pooler of their own to switch on; often on another port (6432, 6543, 25061).
        """,
        (safe("see the usable slots and the provider that was recognised", "pgconn status"),),
        ("raise", "reserved"),
    ),
    Question(
        "monitoring",
        "Can monitoring eat the connections?",
        "monitor exporter prometheus datadog agent grafana pghero metrics scrape",
        """
        Yes: agents that open a connection for each scrape, database or collector, and do not close it, are an
        old acquaintance; those that log in as superuser eat the reserve. Give monitoring a role of its own with
        pg_monitor and a CONNECTION LIMIT of a few.
        """,
        (
            safe("see what they hold", "pgconn status --by app,user"),
            safe("bound it", "pgconn fence --role monitoring --limit 3"),
        ),
        ("superuser", "leak"),
    ),
)
