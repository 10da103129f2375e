"""Questions that people ask when a server is full, and their answers: the short one first."""

from typing import Final, NamedTuple

from pgconn.model.finding import Remedy
from pgconn.refusals.knowledge.meaning import END_FORGOTTEN, END_IDLE, safe, unsafe


class Question(NamedTuple):
    """One question, its answer in paragraphs, and the words that people use for it beside those of the question."""

    name: str
    question: str
    words: str
    answer: str
    steps: tuple[Remedy, ...] = ()
    topics: tuple[str, ...] = ()


INCIDENT: Final = (
    Question(
        "superuser",
        "Does a superuser bypass max_connections?",
        "admin postgres role ignore exceed reserved emergency",
        """
        No. A superuser may use the last superuser_reserved_connections slots (3 by default) that ordinary roles
        may not; when those are taken too, a superuser gets 'sorry, too many clients already' like all others.

        Each superuser session takes a slot, wherever it finds one: an application that logs in as superuser
        eats the reserve, and then nobody gets in. CONNECTION LIMITs of roles and databases do not bind
        superusers.

        What does get in is a walsender: replication=database uses slots of its own, and can ask and end
        sessions.
        """,
        (safe("see how many slots each kind of role can still open", "pgconn status"),),
        ("get-in", "reserved"),
    ),
    Question(
        "raise",
        "Should I just raise max_connections?",
        "increase bigger higher more change set alter number limit 500 1000 restart memory many handle good best value",
        """
        Seldom, and not now: it needs a restart, which ends every session, and a leak fills any number.

        Every backend that runs costs memory (some MB when it is warm, more with large shared_buffers and no
        huge pages) and each of its sorts up to work_mem. A few active backends per core do the work; the rest
        wait.

        Raise it when the sum of all pools, with a deploy rolling, is honestly larger than the slots and the
        memory is there. On a standby it must be at least what it is on the primary: raise the standbys first.

        In most cases the answer is a pooler, smaller pools, or the session that leaks.
        """,
        (
            safe("reckon with your memory, cores and pools", "pgconn size --ram 8G --from 100 --to 500"),
            safe("see first who holds the slots", "pgconn status --by app,state"),
        ),
        ("memory", "pool-size", "pool-mode"),
    ),
    Question(
        "get-in",
        "How do I get in when every slot is taken?",
        "connect log login locked out lockout full walsender replication emergency psql access enter rescue",
        """
        pgconn tries the doors in order by itself: your role, then the same role through a walsender slot
        (replication=database), which is open when all other slots are taken.

        That needs a role with REPLICATION or SUPERUSER, a free max_wal_senders slot, and a line of pg_hba.conf
        that matches the database's real name. On the database's host the operating system is a third way.
        """,
        (
            safe("come in by the first door that opens", "pgconn status"),
            unsafe("end the fewest idle backends that let you in", "pgconn rescue"),
            safe("before the next time: try the doors now", "pgconn ready"),
        ),
        ("superuser", "restart"),
    ),
    Question(
        "restart",
        "Should I restart the server?",
        "reboot stop start service systemctl bounce",
        """
        No, not for this. A restart ends every session, throws away the evidence of who held the slots, starts
        with a cold cache, and the same clients fill it again within seconds.

        Look first, end what is idle, fence the application that comes back too fast.
        """,
        (safe("keep the evidence", "pgconn record incident.jsonl.gz"), safe("see who it is", "pgconn status")),
        ("get-in", "comes-back"),
    ),
    Question(
        "who",
        "How do I see who holds the connections?",
        "who list show see find connected using open current active count users clients applications pg_stat_activity",
        """
        pg_stat_activity has a row for each session, and more rows that take no slot: background processes,
        walsenders, parallel workers. Count only what holds a slot, then group it, by state and application first.

        Many idle ones of one application are a pool that is too large, or a leak if they grow older without end.
        A few that are idle in transaction, with others waiting behind them, are the cause and not the symptom.
        """,
        (
            safe("see them by state, application, user, client and database", "pgconn status"),
            safe("one by one, the oldest first", "pgconn sessions --sort age"),
        ),
        ("counting", "leak", "idle"),
    ),
    Question(
        "kill-idle",
        "How do I end idle connections without harm?",
        "kill end close drop terminate disconnect remove idle old stale unused sessions safely pg_terminate_backend",
        """
        End only what is idle, in no transaction, and has been for longer than any pool leaves a connection alone;
        then nothing that anybody waits for is lost. Between looking and ending a session may go to work: look again
        in the statement that signals. Leave replication, backups, poolers and listeners in peace.

        A client notices at its next query, with 57P01; a pool that tests its connections replaces it in silence.
        What comes back at once has to be fenced, or its pool made smaller.
        """,
        (
            safe("see whom it would end", f"{END_IDLE} --dry-run"),
            unsafe("end those that nobody used for long", END_IDLE),
        ),
        ("idle", "comes-back", "kill-9"),
    ),
    Question(
        "kill-9",
        "May I kill -9 a backend?",
        "sigkill kill process pid terminate signal oom",
        """
        Never. The server cannot know what a killed backend left half done in shared memory: it ends all
        sessions and goes through crash recovery. SIGTERM (pg_terminate_backend) ends one session cleanly.
        """,
        (unsafe("end one session the clean way", sql="SELECT pg_terminate_backend(4711)"),),
        ("restart",),
    ),
    Question(
        "comes-back",
        "Why are the connections back right after I killed them?",
        "kill terminate again return reconnect refill stick seconds pool retry storm",
        """
        A pool replaces what it loses, and retries without pauses make a storm of it. The sessions are a
        symptom: the pool's size, or a leak in its application, is the cause.

        Fence that application with a CONNECTION LIMIT on its role, which counts at the next login, then end its
        sessions; then mend the pool.
        """,
        (unsafe("hold one application to a share", "pgconn fence --role app --limit 20"),),
        ("pool-size", "leak"),
    ),
    Question(
        "idle-in-transaction",
        "Why is idle in transaction so dangerous?",
        "idle transaction aborted open begin commit vacuum bloat lock timeout forgotten",
        """
        It holds its slot and does nothing, and it holds what the transaction took: row and table locks that
        others queue behind, each waiter with a slot of its own; and the snapshot that keeps VACUUM from
        removing dead rows in the whole database. Behind transaction pooling it holds a server connection that
        all share.

        One such session, while somebody waits to ALTER a table, can stop every query on that table and fill the
        server within seconds.

        It comes from code that waits for something else (an HTTP call, a user) between BEGIN and COMMIT, or
        that forgets ROLLBACK after an error: 'idle in transaction (aborted)'.
        """,
        (
            safe("see them, and whom they block", "pgconn sessions --state 'idle in transaction'"),
            unsafe("end those older than five minutes", END_FORGOTTEN),
            safe("have the server do it", "pgconn settings apply idle_in_transaction_session_timeout=5min"),
        ),
        ("leak", "idle"),
    ),
    Question(
        "idle",
        "Are idle connections bad?",
        "idle sleeping unused many connections harmless normal pool",
        """
        An idle connection of a pool is normal: it is there to be used. It costs a slot and some MB, no CPU.

        It is bad when there are more of them than slots can be spared, or when nobody will ever use it again: a
        leak. Age tells: a pooled one is used every few minutes, a leaked one grows older without end.
        """,
        (
            safe("see the oldest first", "pgconn sessions --state idle --sort age"),
            unsafe("end those that nobody used for long", END_IDLE),
        ),
        ("leak", "idle-session-timeout", "pool-size"),
    ),
    Question(
        "counting",
        "Why am I refused when fewer sessions are shown than max_connections?",
        "count pg_stat_activity 97 100 below less number wrong show reserved available hidden used",
        """
        Because max_connections is not what ordinary roles get: 3 slots are kept for superusers, from 16 on
        reserved_connections more, and providers keep some of their own. 97 of 100 is full.

        And because count(*) of pg_stat_activity is not the number of used slots: it counts background processes
        that take none, and before 18 it does not show clients that are still authenticating and do take one.

        A CONNECTION LIMIT of the role or the database, or a pooler's limit, may be what was hit instead.
        """,
        (safe("see the number that can really still be opened", "pgconn status"),),
        ("reserved", "superuser"),
    ),
    Question(
        "reserved",
        "What do superuser_reserved_connections and reserved_connections keep free?",
        "reserve reserved pg_use_reserved_connections slots privileged role",
        """
        superuser_reserved_connections (3) keeps the last slots for superusers. reserved_connections (0; from 16
        on) keeps some more for members of pg_use_reserved_connections, who must inherit the membership.

        They are a threshold at the door, not seats: sessions that are in already count wherever they are, so
        superusers' everyday sessions use the reserve up. Both together must be less than max_connections, or
        the server does not start.
        """,
        (safe("see what each kind of role can still open", "pgconn status"),),
        ("superuser", "counting"),
    ),
    Question(
        "pg-isready",
        "Why does pg_isready say accepting connections when the server is full?",
        "pg_isready health check healthcheck liveness readiness probe green monitor up",
        """
        Because it does not log in: any answer but 57P03 counts as accepting, also 'too many clients'. A
        liveness probe that logs in does the opposite harm: it takes a slot, fails when the server is full, and
        has the orchestrator restart what was only busy.

        Check the number of free slots instead of trying one.
        """,
        (safe("ask for the number of free slots", "pgconn status --json"),),
        ("probes", "counting"),
    ),
)
