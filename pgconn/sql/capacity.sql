-- How many places there are, and how many of them are kept for which roles.
select
  pg_catalog.current_setting('max_connections')::pg_catalog.int4 as max_connections,
  pg_catalog.current_setting('superuser_reserved_connections')::pg_catalog.int4 as superuser_reserved,
  coalesce(pg_catalog.current_setting('reserved_connections', true)::pg_catalog.int4, 0) as reserved,
  exists (select from pg_catalog.pg_roles where rolname = 'pg_use_reserved_connections') as reserved_role,
  coalesce(pg_catalog.current_setting('rds.rds_superuser_reserved_connections', true)::pg_catalog.int4, 0) as provider_reserved,
  pg_catalog.current_setting('max_wal_senders')::pg_catalog.int4 as max_wal_senders
