-- Which processes hold a virtual transaction id. A backend that still authenticates does, and before 18 no view shows it.
-- In 17 the id begins with the number of the process's place, and those below max_connections are the slots.
with version as (
  select pg_catalog.current_setting('server_version_num')::pg_catalog.int4 / 10000 as major
)
select distinct
  l.pid,
  case when v.major >= 17
    then pg_catalog.split_part(l.virtualxid, '/', 1)::pg_catalog.int4 < pg_catalog.current_setting('max_connections')::pg_catalog.int4
  end as holds_slot
from version v, lateral (select * from pg_catalog.pg_locks where v.major < 18) l
where l.locktype = 'virtualxid' and l.pid is not null
