package database

import (
    "context"
    "time"

    "github.com/jackc/pgx/v5/pgxpool"
)

// pgconn: begin snippet
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
// pgconn: end snippet
