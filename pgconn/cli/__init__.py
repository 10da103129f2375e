"""The command line. `main` is the one place where what happened becomes a message and an exit code."""

import gc
import os
import sys

from pgconn.errors import INTERRUPTED


def main() -> None:
    """Run pgconn as a program."""
    gc.disable()  # a run is short and lets go of nothing; what goes on for longer enables it again
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: PTH123, SIM115 - each of the three may have been closed
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: PTH123, SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: PTH123, SIM115
    try:
        from pgconn.cli.outcome import run
        from pgconn.cli.stderr import forgiving

        sys.stderr = forgiving(sys.stderr)
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before the run began
        print("pgconn: interrupted", file=sys.stderr)
        code = INTERRUPTED
    gc.freeze()  # or Python looks through all that there is, once more, before it ends
    sys.exit(code)
