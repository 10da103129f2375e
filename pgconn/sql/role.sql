-- Who we are on this server, what we may see, and which process serves us.
select
  session_user::pg_catalog.text as name,
  r.rolsuper as superuser,
  pg_catalog.pg_has_role('pg_read_all_stats', 'usage') as sees_all_sessions,
  coalesce((select pg_catalog.pg_has_role(k.oid, 'usage') from pg_catalog.pg_roles k where k.rolname = 'pg_use_reserved_connections'),
           r.rolsuper) as may_use_reserved,
  r.rolsuper or pg_catalog.pg_has_role('pg_signal_backend', 'usage') as may_signal,
  pg_catalog.pg_backend_pid() as backend_pid
from pg_catalog.pg_roles r
where r.rolname = session_user
