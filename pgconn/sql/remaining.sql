-- Which of these processes are still there, and what each hangs in.
select
  a.pid,
  pg_catalog.to_json(a.backend_start) #>> '{}' as backend_start,
  a.state,
  pg_catalog.to_json(a.state_change) #>> '{}' as state_change,
  a.wait_event_type,
  a.wait_event
from unnest(%(pids)s::pg_catalog.int4[]) as p (pid), lateral pg_catalog.pg_stat_get_activity(p.pid) a
