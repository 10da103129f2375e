from pool import pool

# pgconn: begin snippet
with pool.connection() as connection:  # released at the end, also by an error
    connection.execute("SELECT 1")
# pgconn: end snippet
