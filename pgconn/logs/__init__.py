"""Logs of PostgreSQL and PgBouncer, read for the connections that were turned away."""
