-- Which processes hold a virtual transaction id. A backend that still authenticates does, and before 18 no view shows it.
-- In 17 the id begins with the number of the process's place: those below max_connections are the slots, and the last
-- ones, after autovacuum's, two special workers' (one before 17.3) and the background workers', the walsenders'.
with version as (
  select
    pg_catalog.current_setting('server_version_num')::pg_catalog.int4 as num,
    pg_catalog.current_setting('max_connections')::pg_catalog.int4 as slots,
    pg_catalog.current_setting('autovacuum_max_workers')::pg_catalog.int4
      + pg_catalog.current_setting('max_worker_processes')::pg_catalog.int4 as workers
)
select distinct
  l.pid,
  case when v.num >= 170000 then l.place < v.slots end as holds_slot,
  v.num >= 170000 and l.place >= v.slots + v.workers + case when v.num >= 170003 then 2 else 1 end as is_walsender
from version v, lateral (
  select pid, pg_catalog.split_part(virtualxid, '/', 1)::pg_catalog.int4 as place
  from pg_catalog.pg_locks
  where v.num < 180000 and locktype = 'virtualxid' and pid is not null
) l
