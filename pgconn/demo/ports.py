"""Free TCP ports on the loopback addresses."""

import random
import socket
from functools import cache

from pgconn.errors import Unavailable

_PORTS = range(20_000, 32_000)
"""Below the ports that Linux and macOS hand to outgoing connections, which come and go."""


@cache
def loopbacks() -> tuple[str, ...]:
    """The loopback addresses of this machine, 127.0.0.1 first."""
    return tuple(host for host in ("127.0.0.1", "::1") if host == "127.0.0.1" or _free(host, 0))


def free_port() -> int:
    """A port that is free at all loopback addresses, drawn by lot; another program may still be faster."""
    for port in random.sample(_PORTS, 200):
        if all(_free(host, port) for host in loopbacks()):
            return port
    raise Unavailable(f"found no free port between {_PORTS.start} and {_PORTS.stop}")


def _free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError:
        return False
    return True
