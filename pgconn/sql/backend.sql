-- Which process serves us, of which kind and for how long, and between which addresses the server sees our connection.
-- Its kind is hidden from us where ALTER ROLE ... SET role has made us another role; walsenders are listed all the same.
select
  a.pid,
  coalesce(
    a.backend_type,
    case when exists (select from pg_catalog.pg_stat_get_wal_senders() as w where w.pid = a.pid) then 'walsender' else 'client backend' end
  ) as backend_type,
  extract(epoch from pg_catalog.statement_timestamp() - a.backend_start)::pg_catalog.float8 as age_seconds,
  pg_catalog.host(pg_catalog.inet_client_addr()) as client_addr,
  pg_catalog.inet_client_port() as client_port,
  pg_catalog.host(pg_catalog.inet_server_addr()) as server_addr,
  pg_catalog.current_setting('port')::pg_catalog.int4 as server_port
from pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) as a
