-- Which settings the role that asks was granted.
select
  p.parname as name,
  pg_catalog.has_parameter_privilege(p.parname, 'SET') as may_set,
  pg_catalog.has_parameter_privilege(p.parname, 'ALTER SYSTEM') as may_alter_system
from pg_catalog.pg_parameter_acl p
