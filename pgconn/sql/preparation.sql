-- What the role that we log in as may do when the server is full.
select
  session_user::pg_catalog.text as name,
  r.rolsuper as superuser,
  r.rolsuper or r.rolreplication as replication,
  pg_catalog.pg_has_role(
    'pg_read_all_stats',
    case when pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 150000 then 'usage' else 'member' end
  ) as sees_all_sessions,
  pg_catalog.pg_has_role('pg_signal_backend', 'usage') as may_signal,
  coalesce((select pg_catalog.pg_has_role(session_user, k.oid, 'usage') from pg_catalog.pg_roles k where k.rolname = 'pg_use_reserved_connections'),
           r.rolsuper) as may_use_reserved,
  pg_catalog.has_function_privilege('pg_catalog.pg_show_all_file_settings()', 'execute') as may_read_files,
  r.rolsuper or r.rolcreaterole as may_create_roles,
  pg_catalog.host(pg_catalog.inet_client_addr()) as client_addr
from pg_catalog.pg_roles r
where r.rolname = session_user
