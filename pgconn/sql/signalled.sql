-- Which of the planned victims are still what the plan saw; those are signalled, in the sequence given, by this statement.
-- Each row says what it came to: one that may not be signalled is recognized before it is signalled, because an error would
-- skip all that follow. From 18 on a role of its own may signal autovacuum workers, which belong to nobody. "unheard" has ended since we looked, or is a process that PostgreSQL does not signal. A session is the one that was planned when process id and start are the same.
with planned as materialized (
  select *
  from unnest(%(pids)s::pg_catalog.int4[], %(backend_starts)s::pg_catalog.timestamptz[], %(backend_types)s::pg_catalog.text[],
              %(states)s::pg_catalog.text[], %(state_changes)s::pg_catalog.timestamptz[])
    with ordinality as p (pid, backend_start, backend_type, state, state_change, place)
), me as materialized (
  select
    rolsuper as superuser,
    pg_catalog.pg_has_role('pg_signal_backend', 'usage') as may_signal,
    exists (select from pg_catalog.pg_roles where rolname = 'pg_signal_autovacuum_worker') as autovacuum_role,
    exists (
      select from pg_catalog.pg_roles s
      where s.rolname = 'pg_signal_autovacuum_worker' and pg_catalog.pg_has_role(s.oid, 'usage')
    ) as may_signal_autovacuum
  from pg_catalog.pg_roles
  where rolname = current_user
), seen as materialized (
  select
    p.*,
    a.pid is null as absent,
    a.pid is not null and a.backend_type is null as hidden,
    a.backend_start = p.backend_start as same,
    a.backend_type is not distinct from p.backend_type
      and (%(any_state)s
        or (a.state is not distinct from p.state and a.state_change is not distinct from p.state_change)) as unchanged,
    a.state as state_now,
    r.rolsuper as of_superuser,
    a.usesysid is null and not (a.backend_type = 'autovacuum worker' and me.autovacuum_role) as of_nobody,
    a.usesysid is null and a.backend_type = 'autovacuum worker' and me.autovacuum_role as of_autovacuum,
    me.may_signal_autovacuum,
    me.superuser as i_am_superuser,
    me.may_signal or pg_catalog.pg_has_role(a.usesysid, 'usage') as may_signal
  from planned p
  cross join me
  left join lateral pg_catalog.pg_stat_get_activity(p.pid) a on true
  left join pg_catalog.pg_roles r on r.oid = a.usesysid
)
select
  pid,
  pg_catalog.to_json(backend_start) #>> '{}' as backend_start,
  state_now as state,
  case
    when absent then 'gone'
    when hidden then 'hidden'
    when same is not true then 'gone'
    when not unchanged then 'changed'
    when pid = pg_catalog.pg_backend_pid() then 'own'
    when of_superuser and not i_am_superuser then 'superuser'
    when of_nobody and not i_am_superuser then 'nobodys'
    when of_autovacuum and not (i_am_superuser or may_signal_autovacuum) then 'autovacuum'
    when not (i_am_superuser or may_signal or of_autovacuum) then 'unprivileged'
    when case when %(cancel)s then pg_catalog.pg_cancel_backend(pid) else pg_catalog.pg_terminate_backend(pid) end then 'signalled'
    else 'unheard'
  end as result
from (select * from seen order by place offset 0) s
