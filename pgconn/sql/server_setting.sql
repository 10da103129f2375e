-- Every setting as a new session of ours would have it, and where that comes from. The timeouts of our own message would
-- be seen as the server's, so they are let go first.
set local statement_timeout to default;
set local lock_timeout to default;
set local max_parallel_workers_per_gather to default;
set local jit to default;
select
  s.name,
  s.reset_val as value,
  s.boot_val as "default",
  s.unit,
  s.context,
  s.vartype as kind,
  s.min_val as least,
  s.max_val as most,
  s.enumvals as choices,
  s.source,
  s.sourcefile as file,
  s.sourceline as line,
  s.pending_restart
from pg_catalog.pg_settings s
order by s.name
