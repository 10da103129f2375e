-- Which roles and databases have a CONNECTION LIMIT. Superusers are exempt from both kinds; -2 marks a broken database.
-- Minors before February 2025 counted walsenders too.
with version as (
  select pg_catalog.current_setting('server_version_num')::pg_catalog.int4 as num
), walsenders as (
  select num < case num / 10000 when 13 then 130019 when 14 then 140016 when 15 then 150011 when 16 then 160007
                                when 17 then 170003 else 0 end as counted
  from version
)
select 'role' as scope, r.rolname as name, r.rolconnlimit as "limit", w.counted as counts_walsenders
from pg_catalog.pg_roles r, walsenders w
where r.rolconnlimit >= 0 and r.rolcanlogin and not r.rolsuper
union all
select 'database', d.datname, d.datconnlimit, w.counted
from pg_catalog.pg_database d, walsenders w
where d.datconnlimit >= 0 and d.datallowconn
