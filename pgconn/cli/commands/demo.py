"""`pgconn demo`."""

import contextlib
import os
import shlex
import sys
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from pgconn.cli.messages import info
from pgconn.cli.options.connection import Connection, Source
from pgconn.cli.output import Output, write
from pgconn.cli.progress import interruptible
from pgconn.demo.scene import DATABASE, off_the_path, shop
from pgconn.documents.status import status
from pgconn.observe import Observation
from pgconn.render.views import ViewOptions
from pgconn.rules import judge

EXAMPLES: Final = """pgconn demo
pgconn demo --once"""

TRY: Final = (
    ("pgconn status", "as you would on call"),
    ("pgconn status --by app,user,ip", "three columns together"),
    ("pgconn sessions --app checkout-api", "the one that leaks"),
    ("pgconn sessions --state 'idle in transaction'", "and the sessions they block"),
    ("pgconn kill-idle --older 5s --app checkout-api", "ends them: asks first"),
    ("pgconn kill-idle-tx --older 5s", "those that block others"),
    ("pgconn free 3", "the least harm for three slots"),
    ("pgconn status --json", "for a program"),
    ("pgconn record demo.jsonl.gz", "for later"),
    ("pgconn status --from demo.jsonl.gz", "shows it again"),
)


def demo(once: Annotated[bool, typer.Option("--once", help="Show the status and stop.")] = False) -> None:
    """Start a PostgreSQL of its own that is nearly out of slots, show its status, and stay until Ctrl-C.

    Genuine PostgreSQL and genuine sessions, in a temporary directory that goes when the demo goes. Without a
    terminal on stdin it stops at once.
    """
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]  # libpq would obey them, and lead elsewhere
    try:
        with interruptible():
            info("starting a PostgreSQL of its own, with a small max_connections")
            with shop() as cluster:
                where = {"host": cluster.host, "port": str(cluster.port), "user": cluster.superuser, "dbname": DATABASE}
                _show(where)
                if not once and sys.stdin is not None and sys.stdin.isatty():
                    _invite(where)
                    _stay()
    except KeyboardInterrupt:
        with contextlib.suppress(OSError):  # after a hang-up no terminal can show it
            info("the demo is over")


def _show(where: dict[str, str]) -> None:
    connection = Connection(host=where["host"], port=where["port"], username=where["user"], dbname=where["dbname"])
    snapshot = Source().snapshot(connection, with_blockers=True)
    document = status(snapshot, judge(Observation(snapshots=(snapshot,))).findings)
    write(document, Output(), ViewOptions(rows=3 if sys.stdout.isatty() else None))
    sys.stdout.flush()


def _invite(where: dict[str, str]) -> None:
    print("\nIt stays up until Ctrl-C. Its connection string, and what to try elsewhere:\n")
    print("  postgresql://{user}@{host}:{port}/{dbname}\n".format(**where))
    if (folder := off_the_path(Path(sys.executable))) is not None:
        print(f"  export PATH={shlex.quote(str(folder))}:$PATH")
    print("  export PGHOST={host} PGPORT={port} PGUSER={user} PGDATABASE={dbname}".format(**where))
    width = max(len(command) for command, _ in TRY)
    for command, why in TRY:
        print(f"  {command:<{width}}  {why}")
    sys.stdout.flush()


def _stay() -> None:
    while True:
        time.sleep(3600)
