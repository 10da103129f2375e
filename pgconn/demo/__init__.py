"""A PostgreSQL server of our own and the illnesses to look at on it; the tests use the same ones."""
