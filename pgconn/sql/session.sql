-- Who is connected: every row of pg_stat_activity, with its ages on the server's clock and whether it holds a slot.
-- From 17 on the numbers that pg_stat_get_backend_idset gives, to everybody, are places: those below max_connections are
-- the slots. Before that the kind of process decides, which a role without pg_read_all_stats cannot see of others.
with version as (
  select pg_catalog.current_setting('server_version_num')::pg_catalog.int4 / 10000 as major
), slot as materialized (
  select pg_catalog.pg_stat_get_backend_pid(id) as pid
  from version v, lateral (select * from pg_catalog.pg_stat_get_backend_idset() as id where v.major >= 17) places
  where id < pg_catalog.current_setting('max_connections')::pg_catalog.int4
), walsender as materialized (
  select pid from pg_catalog.pg_stat_get_wal_senders() as w
), monitor as materialized (
  select m.member as oid from pg_catalog.pg_auth_members m join pg_catalog.pg_roles g on g.oid = m.roleid where g.rolname = 'pg_monitor'
), advisory as materialized (
  select distinct l.pid from pg_catalog.pg_locks l where %(with_locks)s and l.locktype = 'advisory' and l.granted
), seen as materialized (
  select
    a.*,
    r.rolsuper,
    r.rolreplication,
    m.oid is not null as monitors,
    a.backend_type is null as hidden,
    case
      when v.major >= 17 then s.pid is not null
      when a.backend_type is not null then a.backend_type = 'client backend'
      when a.usesysid is null or a.datid is null or w.pid is not null then false
    end as holds_slot,
    w.pid is not null as is_walsender
  from version v
  cross join pg_catalog.pg_stat_activity a
  left join pg_catalog.pg_roles r on r.oid = a.usesysid
  left join (select distinct oid from monitor) m on m.oid = a.usesysid
  left join slot s on s.pid = a.pid
  left join walsender w on w.pid = a.pid
), waiting as materialized (
  select pid
  from seen
  where %(with_blockers)s and wait_event_type = 'Lock'
  order by state_change
  limit %(most_waiting)s
)
select
  e.pid,
  pg_catalog.to_json(e.backend_start) #>> '{}' as backend_start,
  coalesce(e.backend_type, case when e.is_walsender then 'walsender' when e.holds_slot then 'client backend' end) as backend_type,
  e.usename as "user",
  e.rolsuper as superuser,
  e.datname as database,
  case
    when e.usesysid is not null or (e.state is distinct from 'starting' and not coalesce(e.holds_slot, false)) then e.application_name
  end as application_name,
  case when e.client_addr is not null then pg_catalog.host(e.client_addr) when e.client_port = -1 then 'local' end as client_addr,
  case when e.state is null and e.holds_slot and e.usesysid is null then 'starting' else e.state end as state,
  pg_catalog.to_json(e.state_change) #>> '{}' as state_change,
  extract(epoch from pg_catalog.clock_timestamp() - e.state_change)::pg_catalog.float8 as state_seconds,
  extract(epoch from pg_catalog.clock_timestamp() - e.xact_start)::pg_catalog.float8 as transaction_seconds,
  case when e.state = 'active'
    then extract(epoch from pg_catalog.clock_timestamp() - e.query_start)::pg_catalog.float8
  end as query_seconds,
  e.wait_event_type,
  e.wait_event,
  case when n.pid is not null then pg_catalog.pg_blocking_pids(e.pid) end as blocked_by,
  case when %(with_queries)s and not e.hidden then e.query end as query,
  case when not e.hidden then e.backend_xid is not null end as has_xid,
  e.rolreplication as replication,
  e.monitors,
  case when %(with_locks)s then l.pid is not null end as holds_advisory_lock,
  e.holds_slot,
  e.hidden
from seen e
left join waiting n on n.pid = e.pid
left join advisory l on l.pid = e.pid
