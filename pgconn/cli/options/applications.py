"""Applications, functions and deploys as they are written on the command line."""

import re
from collections.abc import Iterable
from typing import Final

from pgconn.errors import WrongUsage
from pgconn.sizing.demand import NONE, Deploy, Service, Surge

_SERVICE: Final = re.compile(r"(?P<app>[^=]+)=(?P<sizes>[0-9]+(?:x(?:[0-9]+(?:\+[0-9]+)?|\?))*)(?:@(?P<surge>\S+))?")
_DEPLOYS: Final[tuple[Deploy, ...]] = ("slow", "fast", "recreate", "blue-green")
_MOST: Final = 1_000_000


def services(texts: Iterable[str]) -> tuple[Service, ...]:
    """Each of them; no two of one name."""
    found = tuple(parse_service(text) for text in texts)
    names = [service.app for service in found]
    for name in names:
        if names.count(name) > 1:
            raise WrongUsage(f"--app {name} is given more than once", hint="give each application a name of its own")
    return found


def parse_service(text: str) -> Service:
    """A service as `web=10x20`, `web=10x4x5`, `web=10`, `web=10x4x?` or `jobs=4x5+10@recreate`."""
    found = _SERVICE.fullmatch(text)
    sizes = found["sizes"].split("x") if found else []
    if found is None or not found["app"].strip() or len(sizes) > 3 or "?" in sizes[:-1] or "+" in "".join(sizes[:-1]):
        raise WrongUsage(
            f"--app {text!r} is no application",
            hint="name=instances x pool: web=10x20; with workers: web=10x4x5; to compute the pool: web=10x4x?",
        )
    counts = [None if size == "?" else sum(map(int, size.split("+"))) for size in sizes]
    if any(count is not None and not 1 <= count <= _MOST for count in counts):
        raise WrongUsage(f"--app {text!r} has a number that is no size", hint="each is at least 1")
    return Service(
        app=found["app"],
        instances=counts[0] or 1,
        workers=(counts[1] or 1) if len(counts) == 3 else 1,
        pool=counts[-1] if len(counts) > 1 else None,
        surge=surge(found["surge"]) if found["surge"] else None,
    )


def serverless(text: str | None) -> tuple[Service, ...]:
    """Functions that each hold their own connections, of which a deploy adds none."""
    if text is None:
        return ()
    found = re.fullmatch(r"([1-9][0-9]{0,6})(?:x([1-9][0-9]{0,3}))?", text)
    if found is None:
        raise WrongUsage(f"--serverless {text!r} is no number of functions", hint="such as 1000, or 500x2")
    return (Service(app="serverless", instances=int(found[1]), pool=int(found[2] or 1), surge=NONE),)


def surge(text: str) -> Surge:
    """How a deploy rolls, by its name or by how many instances it adds."""
    for deploy in _DEPLOYS:
        if text == deploy:
            return Surge(deploy=deploy)
    if re.fullmatch(r"[0-9]{1,6}", text):
        return Surge(more=int(text))
    raise WrongUsage(
        f"{text!r} is no way to deploy", hint="slow, fast, recreate, blue-green, or how many instances more: 2"
    )
