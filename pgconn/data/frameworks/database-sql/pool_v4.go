package database

import (
    "database/sql"
    "os"
    "time"

    "github.com/jackc/pgx/v4"
    "github.com/jackc/pgx/v4/stdlib"
)

// Open makes the pool; once in each process.
func Open() (*sql.DB, error) {
    config, err := pgx.ParseConfig(os.Getenv("DATABASE_URL"))
    if err != nil {
        return nil, err
    }
    host, _ := os.Hostname()
    // What pg_stat_activity shows: the service, and its host or pod.
    config.RuntimeParams["application_name"] = "PGCONN_APPLICATION@" + host
    config.ConnectTimeout = 5 * time.Second // for the server to answer
    // pgconn: begin transaction pooling
    // Prepared statements would stay behind.
    config.PreferSimpleProtocol = true
    // pgconn: end transaction pooling
    db := stdlib.OpenDB(*config)
    db.SetMaxOpenConns(1001) // of this process; default: no limit
    db.SetMaxIdleConns(1001) // default 2, so the others open again and again
    db.SetConnMaxIdleTime(5 * time.Minute)  // unused: closed
    db.SetConnMaxLifetime(30 * time.Minute) // old: replaced
    return db, nil
}
