"""Make docs/status.svg anew from a real run: `python -m tests.docs.screenshot [AGE]`.

It starts the demo's server, lets its sessions grow old for AGE (11m by default, so that every rule has something to
say), runs `pgconn status` on a terminal, and draws what came out.
"""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time
from io import StringIO
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from pgconn.demo.cluster import Cluster
from pgconn.demo.scene import DATABASE, shop
from pgconn.text.quantities import parse_duration

COLUMNS: Final = 100
LINES: Final = 38
PICTURE: Final = Path(__file__).parents[2] / "docs" / "status.svg"


def on_a_terminal(cluster: Cluster) -> str:
    """What `pgconn status` writes to a terminal, with its colours."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    where = {"PGHOST": cluster.host, "PGPORT": str(cluster.port), "PGUSER": cluster.superuser, "PGDATABASE": DATABASE}
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    run = subprocess.Popen(
        [sys.executable, "-m", "pgconn", "status"],
        stdin=subprocess.DEVNULL,
        stdout=follower,
        env=kept | where | {"TERM": "xterm-256color"},
    )
    os.close(follower)
    written = b""
    try:
        while part := os.read(leader, 65536):
            written += part
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(leader)
    if run.wait():
        raise SystemExit(f"pgconn status ended with {run.returncode}")
    return written.decode().replace("\r\n", "\n")


def picture(screen: str) -> str:
    """The screen as SVG, without the fonts that Rich would load from elsewhere."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    console.print(Text.assemble(("$ ", "dim"), "pgconn status"))
    console.print(Text.from_ansi(screen.rstrip("\n")))
    svg = console.export_svg(title="pgconn status", unique_id="pgconn")
    drawn = re.sub(r"\s*(@font-face \{.*?\}|<!--.*?-->)\n", "\n", svg, flags=re.DOTALL)
    return "".join(line.rstrip() + "\n" for line in drawn.splitlines())


def main() -> None:
    """Draw it."""
    age = parse_duration(sys.argv[1] if len(sys.argv) > 1 else "11m")
    with shop() as cluster:
        time.sleep(age)
        screen = on_a_terminal(cluster)
    PICTURE.write_text(picture(screen), encoding="utf-8")
    print(screen)


if __name__ == "__main__":
    main()
