"""The pools of Go: database/sql and pgxpool."""

from typing import Final

from pgconn.documents.pool import Framework, Snippet
from pgconn.emit.frameworks.known import Asked, Known, fill, when
from pgconn.emit.frameworks.quoting import go

_SQL: Final = """
package database

import (
    "database/sql"
    "os"
    "time"

    "github.com/jackc/pgx/«version»"
    "github.com/jackc/pgx/«version»/stdlib"
)

// Open makes the pool; once in each process.
func Open() (*sql.DB, error) {
    config, err := pgx.ParseConfig(os.Getenv("DATABASE_URL"))
    if err != nil {
        return nil, err
    }
    host, _ := os.Hostname()
    // What pg_stat_activity shows: the service, and its host or pod.
    config.RuntimeParams["application_name"] = «app» + host
    config.ConnectTimeout = 5 * time.Second // for the server to answer
    «pooled»
    db := stdlib.OpenDB(*config)
    db.SetMaxOpenConns(«max») // of this process; untouched: no limit
    db.SetMaxIdleConns(«max») // untouched: 2, so the others open again and again
    db.SetConnMaxIdleTime(5 * time.Minute)  // unused: closed
    db.SetConnMaxLifetime(30 * time.Minute) // old: replaced
    return db, nil
}
"""

_SQL_BACK: Final = """
func work(ctx context.Context, db *sql.DB) error {
    // The wait for a free one counts; without a deadline it is for ever.
    ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
    defer cancel()
    rows, err := db.QueryContext(ctx, "SELECT 1")
    if err != nil {
        return err
    }
    defer rows.Close() // gives it back; without it the place is lost
    for rows.Next() {
    }
    return rows.Err()
}
"""

_PGXPOOL: Final = """
package database

import (
    "context"
    "os"
    "time"

    «imports»
)

// Open makes the pool; once in each process.
func Open(ctx context.Context) (*pgxpool.Pool, error) {
    config, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL"))
    if err != nil {
        return nil, err
    }
    host, _ := os.Hostname()
    // What pg_stat_activity shows: the service, and its host or pod.
    config.ConnConfig.RuntimeParams["application_name"] = «app» + host
    config.ConnConfig.ConnectTimeout = 5 * time.Second // for an answer
    config.MaxConns = «max» // of this process; untouched: the node's CPUs, or 4
    config.MinConns = 0 // none is kept open for nothing
    config.MaxConnIdleTime = 5 * time.Minute // unused: closed
    config.MaxConnLifetime = 27 * time.Minute // old: replaced; untouched: 1 h
    «jitter»
    «pooled»
    return pgxpool.«open»(ctx, config)
}
"""

_PGXPOOL_BACK: Final = """
func work(ctx context.Context, pool *pgxpool.Pool) error {
    // The wait for a free one counts; without a deadline it is for ever.
    ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
    defer cancel()
    conn, err := pool.Acquire(ctx)
    if err != nil {
        return err
    }
    defer conn.Release() // also after an error, or the place is lost
    _, err = conn.Exec(ctx, "SELECT 1")
    return err
}
"""

_V5: Final = "// Prepared statements would stay behind.\nconfig.«of»DefaultQueryExecMode = pgx.QueryExecModeExec"
_V4: Final = "// Prepared statements would stay behind.\nconfig.«of»PreferSimpleProtocol = true"


def _database_sql(asked: Asked) -> tuple[Snippet, ...]:
    def text(version: str, pooled: str) -> str:
        shown = when(asked.transaction_pooling, fill(pooled, of=""))
        return fill(_SQL, app=go(asked.service), max=asked.max, version=version, pooled=shown)

    return (
        _snippet("the pool, with the driver pgx v5", text("v5", _V5)),
        _snippet("the same with pgx v4", text("v4", _V4)),
    )


def _pgxpool(asked: Asked) -> tuple[Snippet, ...]:
    def text(version: str, opening: str, jitter: str, pooled: str, *, needs_pgx: bool) -> str:
        imports = [f'"github.com/jackc/pgx/{version}/pgxpool"']
        if asked.transaction_pooling and needs_pgx:
            imports.insert(0, f'"github.com/jackc/pgx/{version}"')
        shown = when(asked.transaction_pooling, fill(pooled, of="ConnConfig."))
        return fill(
            _PGXPOOL,
            app=go(asked.service),
            max=asked.max,
            imports="\n".join(imports),
            open=opening,
            jitter=jitter,
            pooled=shown,
        )

    jitter = "config.MaxConnLifetimeJitter = 3 * time.Minute // not all at once"
    return (
        _snippet("the pool, for pgx v5", text("v5", "NewWithConfig", jitter, _V5, needs_pgx=True)),
        _snippet("the same for pgx v4", text("v4", "ConnectConfig", "", _V4, needs_pgx=False)),
    )


def _snippet(title: str, text: str) -> Snippet:
    return Snippet(title=title, format="go", text=text)


GO: Final = (
    Known(
        framework=Framework(
            name="database-sql",
            title="database/sql",
            language="Go",
            aliases=("database/sql", "go", "golang", "sql.db", "gorm"),
            parameter="SetMaxOpenConns",
            default="0 (no limit)",
            peak=None,
            peak_text="no limit",
            other=None,
        ),
        snippets=_database_sql,
        give_back=_snippet("give it back", fill(_SQL_BACK)),
        traps=(
            "Untouched there is no limit at all: under load one process takes every slot.",
            "Only 2 idle connections are kept untouched: with more in use they are opened and closed all the time.",
            "Rows that are neither read to the end nor closed keep their connection.",
        ),
        behind_a_pooler="No prepared statements, as above; db.Prepare() and a Stmt stay broken before PgBouncer 1.21. "
        "The driver lib/pq sends extra_float_digits: PgBouncer needs ignore_startup_parameters = extra_float_digits.",
    ),
    Known(
        framework=Framework(
            name="pgxpool",
            title="pgxpool (pgx)",
            language="Go",
            aliases=("pgx", "pgx-v5", "pgx-v4"),
            parameter="MaxConns",
            default="max(4, CPUs)",
            peak=None,
            peak_text="max(4, CPUs)",
            other=None,
        ),
        snippets=_pgxpool,
        give_back=_snippet("give it back", fill(_PGXPOOL_BACK)),
        traps=(
            (
                "Untouched its size is the number of CPUs of the node, not of the container: 64 cores make 64 "
                "connections a pod."
            ),
            "Rows that are neither read to the end nor closed keep their connection.",
        ),
        behind_a_pooler="No prepared statements, as above; PgBouncer 1.21 or later can carry them "
        "(max_prepared_statements), and then those lines may go.",
    ),
)
