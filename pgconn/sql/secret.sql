-- The SCRAM verifiers of the roles that may log in and are no superusers; for superusers alone to read.
select
  r.rolname::pg_catalog.text as name,
  r.rolpassword as verifier
from pg_catalog.pg_authid r
where r.rolcanlogin
  and not r.rolsuper
  and r.rolpassword like 'SCRAM-SHA-256$%%'
order by r.rolname
