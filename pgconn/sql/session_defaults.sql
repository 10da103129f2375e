-- What every message of ours begins with: short timeouts, no parallel workers, and no operator but the system's own.
-- SET LOCAL ends with the message, so it has no effect later in a pooler's connection.
set local statement_timeout = %(statement_timeout)s;
set local lock_timeout = %(lock_timeout)s;
set local max_parallel_workers_per_gather = 0;
set local jit = off;
set local search_path = pg_catalog
