"""What shuts the door for another reason than want of a slot: the server's state, the login, the way to it."""

from collections.abc import Mapping
from typing import Final

from pgconn.model.refusal import Limit
from pgconn.refusals.knowledge.meaning import Meaning, safe

_NO_SLOTS: Final = " This is no lack of slots."

DOORS: Final[Mapping[Limit, Meaning]] = {
    "starting_up": Meaning(
        "the server is starting and lets nobody in yet",
        "the server's state",
        "It was started, or restarted after a crash, and replays its write-ahead log." + _NO_SLOTS,
        ("a restart, planned or by a supervisor", "a crash: the log says which process died, and why"),
        (
            safe("wait, and read the server's log for how far it is"),
            safe("do not restart it again: it would begin anew"),
        ),
        (safe("let checkpoints be frequent enough that a restart is short (max_wal_size, checkpoint_timeout)"),),
        ("restart",),
    ),
    "shutting_down": Meaning(
        "the server is shutting down",
        "the server's state",
        "Somebody stopped it. A smart shutdown lets nobody in and waits until the last session has gone, which with"
        " pools may be never." + _NO_SLOTS,
        ("a restart for a change of settings or an upgrade", "a failover, or an orchestrator that moves it"),
        (safe("wait until it is up again; a fast shutdown (pg_ctl stop -m fast) ends the sessions that it waits for"),),
        (safe("have clients reconnect by themselves, with growing pauses"),),
        ("restart",),
    ),
    "recovery": Meaning(
        "the server recovers and lets nobody in",
        "the server's state",
        "After a crash it repairs itself before it takes sessions; a standby with hot_standby off takes none at all."
        + _NO_SLOTS,
        (
            "a backend crashed or was killed with SIGKILL, which makes the server end all others and recover",
            "the kernel's out-of-memory killer took a backend",
            "a standby that is not meant for queries",
        ),
        (safe("wait, and read the server's log"), safe("look for 'Out of memory: Killed process' in the kernel's log")),
        (safe("never use kill -9 on a backend"), safe("leave memory for all backends")),
        ("kill-9", "memory"),
    ),
    "fork": Meaning(
        "the operating system refused the server another process",
        "the host's limits on processes and memory",
        "The server had a slot to give and could not make a process for it.",
        (
            "the limit on processes of the server's user, container or service (ulimit -u, pids.max, TasksMax)",
            "memory: vm.overcommit_memory=2 with too little left, or a container at its limit",
        ),
        (
            safe("read the reason after the colon of the message, and the kernel's log"),
            safe("look at the server's processes on its host", "pgconn status --os"),
        ),
        (
            safe("raise the limit on processes"),
            safe("make max_connections fit the memory"),
        ),
        ("memory", "raise"),
    ),
    "login": Meaning(
        "the login was refused",
        "the server's or the pooler's rules for logins",
        "A slot was there; the role, the password, the database's settings or pg_hba.conf did not allow the login."
        + _NO_SLOTS,
        (
            "the user, the password or the database is not what the client thinks",
            "no line of pg_hba.conf allows this user, database, address and encryption together",
            "the password was changed and a pool or a secret still has the old one",
        ),
        (safe("try the same login by hand from the same host, with psql"),),
        (safe("have secrets and pools renewed together"),),
    ),
    "no_such_database": Meaning(
        "the database does not exist there",
        "the server's or the pooler's list of databases",
        "The login was right; the name is not that of a database of this server, or the pooler does not know it."
        + _NO_SLOTS,
        (
            "no database was named, and then it is the user's name",
            "the wrong server: another port, host or environment",
            "PgBouncer lists its databases and this one is not among them",
        ),
        (safe("list what there is: psql -l, or SHOW DATABASES on the pooler's console"),),
    ),
    "no_listener": Meaning(
        "nobody answered at that address",
        "the way to the server",
        "The connection never reached a PostgreSQL. A full server answers, and says so." + _NO_SLOTS,
        (
            "refused (ECONNREFUSED): no server listens there; it is down, or listens on another port or address",
            "timed out: a firewall or a security group drops the packets, or the host is gone",
            "no such file: no server has its socket in that directory",
            "the name does not resolve",
        ),
        (
            safe("check that the server runs, and on which addresses it listens (listen_addresses, port)"),
            safe("try it from where the application runs: pg_isready -h HOST -p PORT"),
        ),
        (safe("have the application wait for the server at its start, and reconnect with growing pauses"),),
        ("pg-isready",),
    ),
    "not_a_limit": Meaning(
        "this is no lack of slots",
        "no limit on connections",
        "The session was in, or the request was wrong: a free slot would have changed nothing.",
    ),
    "unknown": Meaning(
        "this text is not known to pgconn",
        "nobody's, as far as the text tells",
        "It names no limit on connections that PostgreSQL, a pooler or a provider is known to report, in any of their"
        " languages. That is no proof that there is none.",
        (),
        (
            safe("give the whole message, with all its lines, or its SQLSTATE"),
            safe("give the server's log, which says more than the client is told"),
            safe("see what can be asked", "pgconn explain"),
            safe("look at the server itself", "pgconn status"),
        ),
    ),
}

CUT: Final = Meaning(
    "the connection was cut without a word",
    "nobody's that the client was told of",
    "The other end closed the connection, or something between did. When that happens in the middle of a session it is"
    " no lack of slots; when it happens at the login, the server's log says why.",
    (
        "the server ended the session: a crash, a restart, or pg_terminate_backend",
        "a firewall, NAT or load balancer that forgets idle connections after some minutes",
        "a pooler that closed its side: server_lifetime, server_idle_timeout, client_idle_timeout",
        "the login took longer than authentication_timeout",
    ),
    (
        safe("read the server's and the pooler's log at that minute"),
        safe("look at the server", "pgconn status"),
    ),
    (
        safe("turn on TCP keepalives (tcp_keepalives_idle, keepalives_idle) shorter than the network's patience"),
        safe("have the pool test or renew connections before it hands them out (max_lifetime)"),
    ),
    ("comes-back",),
)

EMPTY_POOL: Final = Meaning(
    "the application's own pool had no connection to lend in time: no lack of slots by itself",
    "the application's pool: its size, and how long it waits",
    "The pool inside the application speaks here, not the server: all of its connections were lent, and none came back"
    " before the timeout. The server may have many free slots. If it has none, the pool cannot open the connections"
    " that it may have; then a refusal of the server stands in the application's log too.",
    (
        "connections that are not given back: a leak, or code that waits for something else in a transaction",
        "slow queries or waits for locks, which keep each connection longer",
        "more requests at once than the pool has connections, or code that takes a second one while it holds the first",
        "the server or a pooler turns the pool away, or it is slow to let it in",
    ),
    (
        safe(
            "see what the pool's connections do: idle ones are leaked, active ones slow", "pgconn status --by app,state"
        ),
        safe("see what they wait for, and who blocks them", "pgconn sessions --sort age"),
    ),
    (
        safe("switch on the pool's detection of leaks, and give connections back before other work"),
        safe(
            "reckon the pool with the server's slots before you make it larger", "pgconn size --ram 8G --app web=10x20"
        ),
    ),
    ("leak", "pool-size", "idle-in-transaction"),
)
