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
    config.application_name = Some(["PGCONN_APPLICATION", &host].join("@"));
    config.connect_timeout = five; // for the server to answer
    let mut size = PoolConfig::new(1001); // max_size; default 2 x CPUs
    size.timeouts = Timeouts {
        wait: five, // without a free one: an error; default: for ever
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
