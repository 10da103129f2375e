"""`pgconn explain` and what it knows."""
