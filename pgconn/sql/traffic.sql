-- What all databases did since their counters began: transactions, and how long sessions worked and waited in them.
select
  coalesce(pg_catalog.sum(d.xact_commit + d.xact_rollback), 0)::pg_catalog.int8 as transactions,
  pg_catalog.sum((pg_catalog.to_jsonb(d) ->> 'active_time')::pg_catalog.float8) / 1000 as active_seconds,
  pg_catalog.sum((pg_catalog.to_jsonb(d) ->> 'idle_in_transaction_time')::pg_catalog.float8) / 1000
    as idle_in_transaction_seconds,
  pg_catalog.to_json(coalesce(pg_catalog.min(d.stats_reset), pg_catalog.pg_postmaster_start_time())) #>> '{}' as since,
  extract(
    epoch from pg_catalog.statement_timestamp()
    - coalesce(pg_catalog.min(d.stats_reset), pg_catalog.pg_postmaster_start_time())
  )::pg_catalog.float8 as seconds
from pg_catalog.pg_stat_database d
where d.datid <> 0
