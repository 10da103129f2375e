"""Odyssey before a server."""

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.poolers.pooler import Pooler

_OF_ROUTES: Final = (
    "pool_size", "pool_timeout", "client_fwd_error", "pool_ttl", "pool_discard",
    "application_name_add_host", "pool_notice_after_waiting_ms", "server_lifetime", "pool_idle_in_transaction_timeout",
)  # fmt: skip
"""Settings that stand in a route; the others are the program's own, but those that begin with `route.`."""


class Odyssey(Pooler):
    """An Odyssey with one default route, which logs in to the server as the client that asks."""

    program = "odyssey"
    modes = ("session", "transaction")

    def _command(self, folder: Path) -> Sequence[str | Path]:
        return (self.binary.resolve(), folder / "odyssey.conf")

    def _gentle(self) -> tuple[signal.Signals, ...]:
        return (signal.SIGTERM,)

    def _configure(self, folder: Path) -> None:
        server = self._server()
        own = {"daemonize": "no", "log_to_stdout": "yes", "log_session": "yes", "log_stats": "no", "workers": "1"}
        own |= {
            "log_format": '"%p %t %l [%i %s] (%c) %m\\n"',
            "unix_socket_dir": f'"{folder}"',
            "unix_socket_mode": '"0700"',
        }
        own |= {name: value for name, value in self.settings.items() if not _of_a_route(name)}
        route = {"authentication": '"none"', "storage": '"server"', "pool": f'"{self.pool_mode}"', "pool_size": "0"}
        route |= {name.removeprefix("route."): value for name, value in self.settings.items() if _of_a_route(name)}
        if password := server.get("password"):
            route["storage_password"] = f'"{password}"'
        lines = [f"{name} {value}" for name, value in own.items()]
        lines += ["listen {", f'  host "{self.host}"', f"  port {self.port}", "}"]
        lines += [
            'storage "server" {',
            '  type "remote"',
            f'  host "{server["host"]}"',
            f"  port {server['port']}",
            "}",
        ]
        lines += ["database default {", "  user default {"]
        lines += [*(f"    {name} {value}" for name, value in route.items()), "  }", "}"]
        (folder / "odyssey.conf").write_text("\n".join(lines) + "\n")


def _of_a_route(name: str) -> bool:
    return name in _OF_ROUTES or name.startswith("route.")
