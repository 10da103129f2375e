-- Which server this is: its version, since when it runs, whether it replays another's WAL, and who operates it.
-- A provider is known by the signs in data/providers, the more telling one first; a test compares.
with known as (
  select pg_catalog.array_agg(rolname::text) as roles
  from pg_catalog.pg_roles
  where rolname in ('rdsadmin', 'rds_superuser', 'alloydbsuperuser', 'cloudsqlsuperuser', 'cloudsqladmin', 'azure_pg_admin',
                    'azuresu', 'supabase_admin', 'neon_superuser', 'doadmin', 'avnadmin', 'crunchy_superuser',
                    'tsdbadmin')
)
select
  pg_catalog.current_setting('server_version') as version,
  pg_catalog.current_setting('server_version_num')::pg_catalog.int4 / 10000 as major,
  nullif(pg_catalog.current_setting('cluster_name'), '') as cluster_name,
  pg_catalog.pg_is_in_recovery() as standby,
  pg_catalog.to_json(pg_catalog.pg_postmaster_start_time()) #>> '{}' as started_at,
  case
    when exists (select from pg_catalog.pg_proc where proname = 'aurora_version') then 'Aurora'
    when roles && array['rdsadmin', 'rds_superuser']
      or pg_catalog.current_setting('rds.extensions', true) is not null
      or pg_catalog.current_setting('rds.rds_superuser_reserved_connections', true) is not null then 'RDS'
    when 'alloydbsuperuser' = any (roles) then 'AlloyDB'
    when roles && array['cloudsqlsuperuser', 'cloudsqladmin']
      or pg_catalog.current_setting('cloudsql.iam_authentication', true) is not null then 'Cloud SQL'
    when roles && array['azure_pg_admin', 'azuresu']
      or pg_catalog.current_setting('azure.extensions', true) is not null then 'Azure'
    when 'supabase_admin' = any (roles)
      or pg_catalog.current_setting('supautils.reserved_roles', true) is not null then 'Supabase'
    when 'neon_superuser' = any (roles)
      or pg_catalog.current_setting('neon.tenant_id', true) is not null then 'Neon'
    when exists (select from pg_catalog.pg_namespace where nspname = 'heroku_ext') then 'Heroku'
    when 'doadmin' = any (roles) then 'DigitalOcean'
    when 'avnadmin' = any (roles) then 'Aiven'
    when 'crunchy_superuser' = any (roles) then 'Crunchy Bridge'
    when 'tsdbadmin' = any (roles) then 'Timescale'
  end as provider,
  pg_catalog.current_setting('track_activities')::pg_catalog.bool as track_activities,
  pg_catalog.to_json(pg_catalog.statement_timestamp()) #>> '{}' as taken_at
from known
