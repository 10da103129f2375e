-- Which schemas there are to make a function in, and which of them have one called check_connection_health.
select
  n.nspname as schema,
  pg_catalog.has_schema_privilege(n.oid, 'create') as may_create,
  p.oid is not null as taken
from pg_catalog.pg_namespace n
left join pg_catalog.pg_proc p
  on p.pronamespace = n.oid and p.proname = 'check_connection_health' and p.pronargs = 0 and p.prokind = 'f'
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
