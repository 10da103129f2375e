"""pgagroal before a server."""

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.poolers.pooler import Pooler

PASSWORD: Final = "pgconn"
"""Of every role of the test servers."""


class Pgagroal(Pooler):
    """A pgagroal; `databases` are lines of its databases file, `app app 3`.

    The transaction pipeline knows the users and the databases of those lines alone, and logs in by their password.
    """

    program = "pgagroal"
    modes = ("session", "transaction")

    def _command(self, folder: Path) -> Sequence[str | Path]:
        files = {"-c": "pgagroal.conf", "-a": "pgagroal_hba.conf", "-l": "pgagroal_databases.conf"}
        files |= {"-u": "pgagroal_users.conf"} if self.pool_mode == "transaction" else {}
        chosen = [
            part for option, name in files.items() if (folder / name).exists() for part in (option, folder / name)
        ]
        return ("env", f"HOME={folder}", self.binary.resolve(), *chosen)

    def _gentle(self) -> tuple[signal.Signals, ...]:
        return (signal.SIGTERM,)

    def _configure(self, folder: Path) -> None:
        server, transactions = self._server(), self.pool_mode == "transaction"
        settings = {
            "host": self.host,
            "port": str(self.port),
            "log_type": "console",
            "log_level": "info",
            "max_connections": "8",
            "blocking_timeout": "0" if transactions else "2",
            "idle_timeout": "0",
            "validation": "off",
            "pipeline": "transaction" if transactions else "performance",
            "unix_socket_dir": str(folder),
            "allow_unknown_users": "false" if transactions else "true",
        } | self.settings
        lines = ["[pgagroal]", *(f"{name} = {value}" for name, value in settings.items())]
        lines += ["[primary]", f"host = {server['host']}", f"port = {server['port']}"]
        (folder / "pgagroal.conf").write_text("\n".join(lines) + "\n")
        (folder / "pgagroal_hba.conf").write_text("host all all all trust\n")
        databases = self.databases or (("app app 3 3 3",) if transactions else ())
        if databases:
            (folder / "pgagroal_databases.conf").write_text("".join(f"{line}\n" for line in databases))
        if transactions and not (folder / "pgagroal_users.conf").exists():
            self._register(folder, {line.split()[1] for line in databases})

    def _register(self, folder: Path, users: set[str]) -> None:
        """Make the file of users, which holds their passwords below a key of its own."""
        self._home.account.owns(folder)
        admin = ("env", f"HOME={folder}", self.binary.with_name("pgagroal-admin").resolve())
        self._home.run((*admin, "-g", "master-key"))
        for user in sorted(users):
            file = folder / "pgagroal_users.conf"
            self._home.run((*admin, "-f", file, "-U", user, "-P", PASSWORD, "user", "add"))
