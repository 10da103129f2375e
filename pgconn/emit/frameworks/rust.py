"""The pools of Rust: SQLx and deadpool-postgres."""

from typing import Final

from pgconn.documents.pool import Framework, Snippet
from pgconn.emit.frameworks.known import Asked, Known, fill, when
from pgconn.emit.frameworks.quoting import rust

_SQLX: Final = """
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use std::{env, error::Error, time::Duration};

/// Once in each process.
pub async fn open() -> Result<PgPool, Box<dyn Error>> {
    let host = env::var("HOSTNAME").unwrap_or_else(|_| "host".to_owned());
    let options = env::var("DATABASE_URL")?
        .parse::<PgConnectOptions>()?
        «pooled»
        // What pg_stat_activity shows: the service, and its host or pod.
        .application_name(&[«app», &host].join("@"));
    let pool = PgPoolOptions::new()
        .max_connections(«max») // of this process; untouched: 10
        .min_connections(0) // none is kept open for nothing
        .acquire_timeout(Duration::from_secs(5)) // without one: an error
        .idle_timeout(Duration::from_secs(300)) // unused: closed
        .max_lifetime(Duration::from_secs(1800)) // old: replaced
        .connect_with(options)
        .await?;
    Ok(pool)
}
"""

_SQLX_BACK: Final = """
async fn work(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT 1").execute(pool).await?; // given back by itself
    let mut connection = pool.acquire().await?;
    sqlx::query("SELECT 1").execute(&mut *connection).await?;
    Ok(()) // given back when it is dropped, also by an error
}
"""

_DEADPOOL: Final = """
use deadpool_postgres::{
    Config, CreatePoolError, ManagerConfig, Pool, PoolConfig, RecyclingMethod,
    Runtime, Timeouts,
};
use std::{env, time::Duration};
use tokio_postgres::NoTls;

/// Once in each process, within the runtime.
pub fn open() -> Result<Pool, CreatePoolError> {
    let host = env::var("HOSTNAME").unwrap_or_else(|_| "host".to_owned());
    let five = Some(Duration::from_secs(5));
    let mut config = Config::new();
    config.url = env::var("DATABASE_URL").ok();
    // What pg_stat_activity shows: the service, and its host or pod.
    config.application_name = Some([«app», &host].join("@"));
    config.connect_timeout = five; // for the server to answer
    let mut size = PoolConfig::new(«max»); // max_size; untouched: 2 x CPUs
    size.timeouts = Timeouts {
        wait: five, // without a free one: an error; untouched: for ever
        create: five,
        recycle: five,
    };
    config.pool = Some(size);
    config.manager = Some(ManagerConfig {
        recycling_method: RecyclingMethod::Verified, // tried first
    });
    let pool = config.create_pool(Some(Runtime::Tokio1), NoTls)?;
    let kept = pool.clone(); // by itself deadpool closes none, idle or old
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(60)).await;
            kept.retain(|_, seen| {
                seen.last_used().as_secs() < 300 && seen.age().as_secs() < 1800
            });
        }
    });
    Ok(pool)
}
"""

_DEADPOOL_BACK: Final = """
async fn work(pool: &Pool) -> Result<(), Box<dyn std::error::Error>> {
    let client = pool.get().await?;
    client.execute("SELECT 1", &[]).await?;
    Ok(()) // given back when it is dropped, also by an error
}
"""


def _sqlx(asked: Asked) -> tuple[Snippet, ...]:
    pooled = when(
        asked.transaction_pooling,
        "// Prepared statements would stay behind.\n.statement_cache_capacity(0)",
    )
    return (
        _snippet("the pool, for SQLx 0.6 and later", fill(_SQLX, app=rust(asked.app), max=asked.max, pooled=pooled)),
    )


def _deadpool(asked: Asked) -> tuple[Snippet, ...]:
    return (_snippet("the pool, for deadpool-postgres", fill(_DEADPOOL, app=rust(asked.app), max=asked.max)),)


def _snippet(title: str, text: str) -> Snippet:
    return Snippet(title=title, format="rust", text=text)


RUST: Final = (
    Known(
        framework=Framework(
            name="sqlx",
            title="SQLx",
            language="Rust",
            aliases=("rust", "rust-sqlx", "sea-orm", "seaorm"),
            parameter="max_connections",
            default="10",
            peak=10,
            peak_text="10",
            other=None,
        ),
        snippets=_sqlx,
        give_back=_snippet("give it back", fill(_SQLX_BACK)),
        traps=(
            "Clone the pool, which shares it; a second PgPoolOptions is a second pool.",
            "A transaction that is dropped is rolled back only when its connection is used again.",
        ),
        behind_a_pooler="statement_cache_capacity(0), as above, and SQLx 0.8 or later, which then prepares without a "
        "name. PgBouncer needs ignore_startup_parameters = extra_float_digits, which SQLx sends.",
    ),
    Known(
        framework=Framework(
            name="deadpool",
            title="deadpool-postgres",
            language="Rust",
            aliases=("deadpool-postgres", "tokio-postgres"),
            parameter="max_size",
            default="2 x CPUs",
            peak=None,
            peak_text="2 x CPUs",
            other=None,
        ),
        snippets=_deadpool,
        give_back=_snippet("give it back", fill(_DEADPOOL_BACK)),
        traps=(
            "Untouched it has no timeout at all: an exhausted pool waits for ever.",
            "Untouched its size counts the CPUs of the node (before 0.12.3, 4 for each core).",
        ),
        behind_a_pooler="tokio-postgres prepares every query that has parameters: it needs PgBouncer 1.21 or later "
        "with max_prepared_statements, or query_typed(), which prepares without a name.",
    ),
)
