-- What the role that asks may do to the configuration, and since when the server has the one that it has.
select
  current_user::pg_catalog.text as name,
  r.rolsuper as superuser,
  pg_catalog.has_function_privilege('pg_catalog.pg_reload_conf()', 'execute') as may_reload,
  pg_catalog.has_function_privilege('pg_catalog.pg_show_all_file_settings()', 'execute') as may_read_files,
  pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 150000 as settings_grantable,
  pg_catalog.to_json(pg_catalog.pg_conf_load_time()) #>> '{}' as loaded_at
from pg_catalog.pg_roles r
where r.rolname = current_user
