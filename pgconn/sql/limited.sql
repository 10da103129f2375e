-- Which roles and databases there are, the CONNECTION LIMIT of each (-1 is none), and whether we may change it.
-- From 16 on CREATEROLE alone is not enough. Minors before February 2025 hold and count walsenders too.
with me as (
  select
    r.rolsuper as superuser,
    r.rolcreaterole as creates_roles,
    pg_catalog.current_setting('server_version_num')::pg_catalog.int4 as num
  from pg_catalog.pg_roles r
  where r.rolname = current_user
), server as (
  select
    m.*,
    num < case num / 10000 when 13 then 130019 when 14 then 140016 when 15 then 150011 when 16 then 160007
                           when 17 then 170003 else 0 end as holds_walsenders
  from me m
)
select
  'role' as scope,
  r.oid::pg_catalog.int8 as oid,
  r.rolname as name,
  r.rolconnlimit as "limit",
  r.rolsuper as superuser,
  r.rolcanlogin as lets_in,
  r.rolname as owner,
  s.superuser
    or (s.creates_roles and not r.rolsuper
        and case when s.num >= 160000 then pg_catalog.pg_has_role(r.oid, 'member with admin option') else not r.rolreplication end)
    as may_alter,
  s.creates_roles,
  s.num >= 160000 as needs_admin,
  s.holds_walsenders
from pg_catalog.pg_roles r, server s
union all
select
  'database',
  d.oid::pg_catalog.int8,
  d.datname,
  d.datconnlimit,
  false,
  d.datallowconn,
  pg_catalog.pg_get_userbyid(d.datdba),
  pg_catalog.pg_has_role(d.datdba, 'usage'),
  s.creates_roles,
  false,
  s.holds_walsenders
from pg_catalog.pg_database d, server s
