"""Pgpool-II before a server."""

import signal
from collections.abc import Sequence
from pathlib import Path

from tests.poolers.pooler import Pooler


class Pgpool(Pooler):
    """A Pgpool-II before one node, in raw mode, without its watchdog and health checks; `pcp_port` is not opened."""

    program = "pgpool"

    def _command(self, folder: Path) -> Sequence[str | Path]:
        places = ("-f", folder / "pgpool.conf", "-a", folder / "pool_hba.conf", "-F", folder / "pcp.conf")
        return (self.binary.resolve(), "-n", *places)

    def _gentle(self) -> tuple[signal.Signals, ...]:
        return (signal.SIGINT,)

    def _configure(self, folder: Path) -> None:
        server = self._server()
        settings = {
            "backend_clustering_mode": "raw",
            "listen_addresses": self.host,
            "port": str(self.port),
            "pcp_listen_addresses": "",
            "pcp_socket_dir": str(folder),
            "unix_socket_directories": str(folder),
            "backend_hostname0": server["host"],
            "backend_port0": server["port"],
            "backend_flag0": "ALLOW_TO_FAILOVER",
            "pid_file_name": str(folder / "pgpool.pid"),
            "logdir": str(folder),
            "num_init_children": "4",
            "max_pool": "2",
            "enable_pool_hba": "off",
            "load_balance_mode": "off",
        } | self.settings
        (folder / "pool_hba.conf").write_text("")
        (folder / "pcp.conf").write_text("")
        text = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
        (folder / "pgpool.conf").write_text(text)
