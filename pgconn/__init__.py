"""pgconn: who holds the connection slots of a PostgreSQL server, why, and how to free them without harm."""

__version__ = "0.1.0"
