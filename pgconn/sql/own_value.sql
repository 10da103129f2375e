-- What roles and databases have set for their own new sessions.
select
  case when s.setrole = 0 then 'database' else 'role' end as scope,
  coalesce(r.rolname, d.datname) as name,
  case when s.setrole <> 0 then d.datname end as within,
  pg_catalog.split_part(c, '=', 1) as setting,
  pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) as value
from pg_catalog.pg_db_role_setting s
cross join lateral pg_catalog.unnest(s.setconfig) as c
left join pg_catalog.pg_roles r on r.oid = s.setrole
left join pg_catalog.pg_database d on d.oid = s.setdatabase
where s.setrole = 0 or r.oid is not null
order by 1, 2, 3, 4
