use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use std::{env, error::Error, time::Duration};

/// Once in each process.
pub async fn open() -> Result<PgPool, Box<dyn Error>> {
    let host = env::var("HOSTNAME").unwrap_or_else(|_| "host".to_owned());
    let options = env::var("DATABASE_URL")?
        .parse::<PgConnectOptions>()?
        // pgconn: begin transaction pooling
        // Prepared statements would stay behind.
        .statement_cache_capacity(0)
        // pgconn: end transaction pooling
        // What pg_stat_activity shows: the service, and its host or pod.
        .application_name(&["PGCONN_APPLICATION", &host].join("@"));
    let pool = PgPoolOptions::new()
        .max_connections(1001) // of this process; default 10
        .min_connections(0) // none is kept open for nothing
        .acquire_timeout(Duration::from_secs(5)) // without one: an error
        .idle_timeout(Duration::from_secs(300)) // unused: closed
        .max_lifetime(Duration::from_secs(1800)) // old: replaced
        .connect_with(options)
        .await?;
    Ok(pool)
}
