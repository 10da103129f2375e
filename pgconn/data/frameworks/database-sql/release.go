package database

import (
    "context"
    "database/sql"
    "time"
)

// pgconn: begin snippet
func work(ctx context.Context, db *sql.DB) error {
    // The wait for a free one counts; without a deadline it is for ever.
    ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
    defer cancel()
    rows, err := db.QueryContext(ctx, "SELECT 1")
    if err != nil {
        return err
    }
    defer rows.Close() // releases it; without it the place is lost
    for rows.Next() {
    }
    return rows.Err()
}
// pgconn: end snippet
