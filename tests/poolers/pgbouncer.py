"""PgBouncer before a server."""

from collections.abc import Sequence
from pathlib import Path

import psycopg

from pgconn.demo.clients import session
from tests.poolers.pooler import Pooler


class PgBouncer(Pooler):
    """A PgBouncer whose admin is the server's superuser; `databases` are lines of its section, `app = pool_size=2`."""

    program = "pgbouncer"
    modes = ("session", "transaction")

    def _command(self, folder: Path) -> Sequence[str | Path]:
        return (self.binary.resolve(), folder / "pgbouncer.ini")

    def _answers(self) -> bool:
        """Whether its console answers."""
        try:
            with session(self, dbname="pgbouncer"):
                return True
        except psycopg.OperationalError:
            return False

    def _configure(self, folder: Path) -> None:
        server = self._server()
        place = f"host={server['host']} port={server['port']}"
        settings = {
            "listen_addr": self.host,
            "listen_port": str(self.port),
            "unix_socket_dir": "",
            "auth_type": "trust",
            "auth_file": str(folder / "users.txt"),
            "admin_users": server["user"],
            "pool_mode": self.pool_mode,
            "server_tls_sslmode": "disable",
        } | self.settings
        password = _quoted(server.get("password", ""))
        users = "".join(f"{_quoted(name)} {password}\n" for name in self._roles())
        (folder / "users.txt").write_text(users)
        lines = ["[databases]", *(f"{line} {place}" for line in self.databases), f"* = {place}", "[pgbouncer]"]
        lines += [f"{name} = {value}" for name, value in settings.items()]
        (folder / "pgbouncer.ini").write_text("\n".join(lines) + "\n")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
