from pool import engine

# pgconn: begin snippet
from sqlalchemy import text

with engine.connect() as connection:  # released at the end, also by an error
    connection.execute(text("SELECT 1"))
# pgconn: end snippet
