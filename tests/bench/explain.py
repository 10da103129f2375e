"""Time `pgconn explain` on a log beside `grep -c` on the same log, in turns; what counts is the ratio of the medians.

The logs are made for it: a server's everyday log with a few refusals in it, and a storm in which every line is one.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final

import psutil

WORDS: Final = "too many clients already"
REFUSED: Final = f"FATAL:  sorry, {WORDS}"
EVERYDAY: Final = (
    "LOG:  duration: {n}.{n} ms  statement: select * from orders where id = {n} and customer = 'Zoë'",
    "LOG:  disconnection: session time: 0:00:00.{n} user=app database=shop host=10.0.0.7 port={n}",
    "LOG:  connection received: host=10.0.0.7 port={n}",
    "LOG:  connection authorized: user=app database=shop application_name=web",
    'ERROR:  duplicate key value violates unique constraint "orders_pkey"',
    "DETAIL:  Key (id)=({n}) already exists.",
)


def lines(share: float, seed: int = 1) -> Iterator[str]:
    """A log without end, in which this share of the lines are refusals."""
    chance, moment = random.Random(seed), datetime(2026, 11, 3)  # noqa: DTZ001
    while True:
        moment += timedelta(microseconds=chance.randrange(10_000))
        said = REFUSED if chance.random() < share else chance.choice(EVERYDAY).format(n=chance.randrange(100, 60_000))
        prefix = f"{moment:%Y-%m-%d %H:%M:%S.%f}"[:-3] + f" UTC [{chance.randrange(1000, 99999)}] app@shop 10.0.0.7"
        yield f"{prefix} {said}\n"


def write(path: Path, size: int, share: float) -> None:
    """Write a log of about this size; a part of it is made and then repeated."""
    made, source = bytearray(), lines(share)
    while len(made) < min(size, 2**25):
        made += next(source).encode()
    with path.open("wb") as file:
        for _ in range(max(1, round(size / len(made)))):
            file.write(made)


def timed(command: list[str]) -> tuple[float, float]:
    """Seconds that a command takes, and the megabytes of memory that it needs at most."""
    start, most = time.perf_counter(), 0
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                most = max(most, watched.memory_info().rss)
            except psutil.NoSuchProcess:
                break
            time.sleep(0.005)
    return time.perf_counter() - start, most / 2**20


def main(arguments: list[str] | None = None) -> int:
    """Print the ratios; exit 0 whatever they are, for a busy machine proves nothing."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--sizes", type=int, nargs="*", default=[200, 1024], help="MB of the log")
    options.add_argument("--shares", type=float, nargs="*", default=[0.001, 0.02, 0.1, 1.0], help="of lines refused")
    given = options.parse_args(arguments)
    print(f"{'MB':>6}  {'refused':>7}  {'grep -c':>9}  {'explain':>9}  {'ratio':>6}  {'memory':>8}")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "postgresql.log"
        for size in given.sizes:
            for share in given.shares:
                write(log, size * 2**20, share)
                rivals = (["grep", "-c", WORDS, str(log)], [sys.executable, "-m", "pgconn", "explain", str(log)])
                times = [[timed(command) for command in rivals] for _ in range(given.runs + 1)][1:]
                grep, ours = (median(run[rival][0] for run in times) for rival in (0, 1))
                memory = max(run[1][1] for run in times)
                line = f"{size:>6}  {share:>7.1%}  {1000 * grep:>6.0f} ms  {1000 * ours:>6.0f} ms  {ours / grep:>6.2f}"
                print(f"{line}  {memory:>5.0f} MB", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
