"""A plan in a file: kept for review, and carried out later on the sessions that still match."""

from pathlib import Path

import msgspec

from pgconn.errors import PartlyDone, WrongUsage
from pgconn.model.termination import Plan
from pgconn.text.jsonl import Newer, decode


def write_plan(path: Path, plan: Plan) -> None:
    """Keep a plan in a new file that its owner alone may read; raises WrongUsage where one is there already."""
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise WrongUsage(f"{path} exists already", hint="a plan is never written over: name a new file") from None
    except OSError as error:
        raise WrongUsage(f"cannot write {path}: {error.strerror}") from None
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n")
    except OSError as error:
        path.unlink(missing_ok=True)
        raise PartlyDone(f"cannot write {path}: {error.strerror}", hint="make room; nothing was kept") from None


def read_plan(path: Path) -> Plan:
    """The plan of a file; raises WrongUsage for one that holds none, or one of a newer pgconn."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WrongUsage(f"cannot read {path}: {error.strerror}") from None
    try:
        plan: Plan = decode(data, Plan, tags=("plan",), newest=1)
    except Newer as error:
        raise WrongUsage(f"{path} was {error} (known here: 1)") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WrongUsage(
            f"{path} is not a plan: {error}", hint="pgconn kill-idle --older 10m --plan FILE makes one"
        ) from None
    return plan
