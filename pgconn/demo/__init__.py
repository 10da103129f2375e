"""A PostgreSQL server of our own and the incidents to look at on it; the tests use the same ones."""
