-- Who we are on this server, what we may see, and which process serves us. Who is let in is a matter of the role that
-- logged in; what we may see and do, of the one that it acts as, which ALTER ROLE ... SET role makes another.
-- Before 15 a member of pg_read_all_stats sees all sessions even if it does not inherit.
with version as (
  select pg_catalog.current_setting('server_version_num')::pg_catalog.int4 / 10000 as major
)
select
  session_user::pg_catalog.text as name,
  current_user::pg_catalog.text as acts_as,
  r.rolsuper as superuser,
  pg_catalog.pg_has_role('pg_read_all_stats', case when v.major >= 15 then 'usage' else 'member' end) as sees_all_sessions,
  coalesce((select pg_catalog.pg_has_role(session_user, k.oid, 'usage') from pg_catalog.pg_roles k where k.rolname = 'pg_use_reserved_connections'),
           r.rolsuper) as may_use_reserved,
  pg_catalog.pg_has_role('pg_signal_backend', 'usage') as may_signal,
  v.major < 15 or ((select a.rolinherit from pg_catalog.pg_roles a where a.rolname = current_user)
    and not pg_catalog.pg_has_role('pg_read_all_stats', 'member')) as inherits,
  v.major >= 16 as inherits_by_grant,
  pg_catalog.pg_backend_pid() as backend_pid
from version v, pg_catalog.pg_roles r
where r.rolname = session_user
