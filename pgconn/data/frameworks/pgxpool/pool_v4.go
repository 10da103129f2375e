package database

import (
    "context"
    "os"
    "time"

    "github.com/jackc/pgx/v4/pgxpool"
)

// Open makes the pool; once in each process.
func Open(ctx context.Context) (*pgxpool.Pool, error) {
    config, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL"))
    if err != nil {
        return nil, err
    }
    host, _ := os.Hostname()
    // What pg_stat_activity shows: the service, and its host or pod.
    config.ConnConfig.RuntimeParams["application_name"] = "PGCONN_APPLICATION@" + host
    config.ConnConfig.ConnectTimeout = 5 * time.Second // for an answer
    config.MaxConns = 1001 // of this process; default: the node's CPUs, or 4
    config.MinConns = 0 // none is kept open for nothing
    config.MaxConnIdleTime = 5 * time.Minute // unused: closed
    config.MaxConnLifetime = 27 * time.Minute // old: replaced; default 1 h
    // pgconn: begin transaction pooling
    // Prepared statements would stay behind.
    config.ConnConfig.PreferSimpleProtocol = true
    // pgconn: end transaction pooling
    return pgxpool.ConnectConfig(ctx, config)
}
