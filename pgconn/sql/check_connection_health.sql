-- A function that counts connections as the server itself does when it lets one in, on PostgreSQL 13 to 19.
-- total: the slots in use, the caller's own and clients that still log in among them; available: how many connections
-- roles without privileges can still open. It runs with the rights of its caller, who has to see all sessions.
create function {name}()
returns table (total integer, active integer, idle integer, allowed integer, reserved integer, available integer, percent numeric)
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  places constant integer := current_setting('max_connections')::integer;
  kept constant integer := current_setting('superuser_reserved_connections')::integer
    + coalesce(current_setting('reserved_connections', true)::integer, 0)
    + coalesce(current_setting('rds.rds_superuser_reserved_connections', true)::integer, 0);
  numbered constant boolean := current_setting('server_version_num')::integer >= 170000;  -- processes show their places
  starting integer[];
begin
  -- Before 15 a member sees all sessions even if it does not inherit.
  if not pg_has_role('pg_read_all_stats', case when current_setting('server_version_num')::integer >= 150000 then 'usage' else 'member' end) then
    raise insufficient_privilege using message = 'only who sees all sessions can count them', hint = 'GRANT pg_monitor to the role.';
  end if;
  perform pg_stat_clear_snapshot();  -- or the numbers stand still within a transaction
  -- Before 18 no view shows a client that still logs in, but it holds a transaction: before and after we look.
  starting := array(
    select l.pid from pg_locks l
    where l.locktype = 'virtualxid' and l.pid is not null
      and (not numbered or split_part(l.virtualxid, '/', 1)::integer < places));
  select
    count(*), count(*) filter (where s.state = 'active'), count(*) filter (where s.state = 'idle')
  into total, active, idle
  from pg_stat_activity s
  where case when numbered
    then s.pid in (select pg_stat_get_backend_pid(i) from pg_stat_get_backend_idset() i where i < places)
    else s.backend_type = 'client backend' end;
  total := total + (
    select count(distinct l.pid) from pg_locks l
    where l.locktype = 'virtualxid' and l.pid = any (starting)
      and not exists (select from pg_stat_activity s where s.pid = l.pid));
  allowed := greatest(places - kept, 0);
  reserved := kept;
  available := greatest(allowed - total, 0);
  percent := round(100.0 * total / nullif(allowed, 0), 1);
  return next;
end
$function$;
revoke all on function {name}() from public;
grant execute on function {name}() to pg_monitor;
