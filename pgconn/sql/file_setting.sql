-- What the configuration files set for the next start; where several lines set the same, the last one counts.
select distinct on (name) name, setting
from pg_catalog.pg_show_all_file_settings()
where name in ('max_connections', 'superuser_reserved_connections', 'reserved_connections') and setting is not null
order by name, seqno desc
