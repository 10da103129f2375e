"""Commands timed in turns with hyperfine, so that whatever else the machine does hits all of them."""

import json
import subprocess
import tempfile
from pathlib import Path
from statistics import median


def timed(commands: dict[str, list[str]], environment: dict[str, str], *, rounds: int, runs: int) -> dict[str, float]:
    """Milliseconds, the median of all runs of each command; the commands take turns."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        for _ in range(rounds):
            argument = ["hyperfine", "-N", "--style", "none", "--warmup", "2", "--runs", str(runs)]
            named = [word for name, words in commands.items() for word in ("-n", name, " ".join(words))]
            subprocess.run([*argument, "--export-json", str(report), *named], env=environment, check=True)
            for result in json.loads(report.read_text())["results"]:
                times[result["command"]] += result["times"]
    return {name: 1000 * median(values) for name, values in times.items()}
