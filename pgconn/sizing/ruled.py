"""The answer by a rule that others made, from the same inputs as our own."""

from typing import Any, Final

import msgspec

from pgconn.documents.sizing import Sizing
from pgconn.errors import WrongUsage
from pgconn.sizing.pgtune import EDITIONS, Machine, pgtune
from pgconn.sizing.request import Request
from pgconn.sizing.textbook import textbook

_EDITION: Final = {f"pgtune@{edition}": edition for edition in EDITIONS}
RULES: Final = ("textbook", "pgtune", *_EDITION)

_RESERVES: Final = ("superuser_reserved", "reserved", "provider_reserved")


def by_rule(rule: str, given: Request, detected: Request | None = None) -> Sizing:
    """What `textbook`, `pgtune` or `pgtune@EDITION` says; of the inputs, what that rule knows."""
    seen = {} if detected is None else detected.said
    told = seen | given.said
    if rule not in RULES:
        raise WrongUsage(f"there is no rule {rule!r}", hint=f"known are {', '.join(RULES)}")
    if "ram" not in told and "container" not in told:
        raise WrongUsage("the RAM of the server is not known", hint="such as --ram 8G")
    told["ram"] = min(told[size] for size in ("ram", "container") if size in told)
    if rule == "textbook":
        sizing = textbook(told["ram"], **_of(told, "max_connections", *_RESERVES))
    else:
        sizing = pgtune(_machine(told), _EDITION.get(rule, "current"))
    inputs = {
        name: msgspec.structs.replace(known, origin="detected") if name in seen and name not in given.said else known
        for name, known in sizing.inputs.items()
    }
    return msgspec.structs.replace(sizing, inputs=inputs)


def _machine(told: dict[str, Any]) -> Machine:
    """What PgTune's form asks for; it knows whole CPUs."""
    known = _of(told, "max_connections", "workload", "storage", "pg_version")
    if "cores" in told:
        known["cores"] = max(1, int(told["cores"]))
    return Machine(ram=told["ram"], **known)


def _of(told: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: told[name] for name in names if name in told}
