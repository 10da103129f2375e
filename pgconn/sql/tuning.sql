-- The settings that memory and slots depend on, as they are when a session begins, and how many tables there are.
with known as (
  select pg_catalog.json_object_agg(name, reset_val) as s
  from pg_catalog.pg_settings
  where name in ('jit', 'huge_pages', 'huge_pages_status', 'idle_in_transaction_session_timeout', 'idle_session_timeout',
                 'hash_mem_multiplier', 'max_locks_per_transaction', 'autovacuum_max_workers', 'shared_buffers', 'work_mem',
                 'maintenance_work_mem', 'autovacuum_work_mem', 'effective_cache_size')
)
select
  (s ->> 'shared_buffers')::pg_catalog.int8 * pg_catalog.current_setting('block_size')::pg_catalog.int8 as shared_buffers,
  (s ->> 'work_mem')::pg_catalog.int8 * 1024 as work_mem,
  (s ->> 'maintenance_work_mem')::pg_catalog.int8 * 1024 as maintenance_work_mem,
  nullif((s ->> 'autovacuum_work_mem')::pg_catalog.int8, -1) * 1024 as autovacuum_work_mem,
  (s ->> 'effective_cache_size')::pg_catalog.int8 * pg_catalog.current_setting('block_size')::pg_catalog.int8 as effective_cache_size,
  (s ->> 'hash_mem_multiplier')::pg_catalog.float8 as hash_mem_multiplier,
  (s ->> 'max_locks_per_transaction')::pg_catalog.int4 as max_locks_per_transaction,
  (s ->> 'autovacuum_max_workers')::pg_catalog.int4 as autovacuum_max_workers,
  (s ->> 'idle_in_transaction_session_timeout')::pg_catalog.float8 / 1000 as idle_in_transaction_session_timeout,
  (s ->> 'idle_session_timeout')::pg_catalog.float8 / 1000 as idle_session_timeout,
  s ->> 'huge_pages' as huge_pages,
  case
    when s ->> 'huge_pages_status' in ('on', 'off') then s ->> 'huge_pages_status' = 'on'
    when s ->> 'huge_pages' in ('on', 'off') then s ->> 'huge_pages' = 'on'
  end as huge_pages_on,
  (s ->> 'jit')::pg_catalog.bool as jit,
  (
    select pg_catalog.count(*)
    from pg_catalog.pg_class
    where relkind in ('r', 'm') and relpersistence <> 't' and oid >= 16384
  ) as tables,
  (select pg_catalog.count(*) from pg_catalog.pg_database where datallowconn and not datistemplate) as databases
from known
