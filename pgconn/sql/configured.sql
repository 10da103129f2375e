-- What the configuration files say, a row a line, in the order in which they are read; of several the last one counts.
select
  f.name,
  f.setting as value,
  f.sourcefile as file,
  f.sourceline as line,
  f.sourcefile like '%%/postgresql.auto.conf' as by_alter_system,
  f.error
from pg_catalog.pg_show_all_file_settings() f
where f.name is not null
order by f.seqno
