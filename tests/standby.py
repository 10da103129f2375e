"""A hot standby of a cluster."""

import contextlib
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from pgconn.demo.clients import Connection, scalar, session, wait_until
from pgconn.demo.cluster import Cluster

_STREAMING: Final = "select pid from pg_catalog.pg_stat_replication where state = 'streaming'"
_NOT_COPIED: Final = ("postmaster.pid", "postmaster.opts", "pg_replslot", "pg_wal")


class Standby(Cluster):
    """A hot standby that streams from a server.

    It is made by a low-level backup, because a folder of binaries need not hold pg_basebackup. The primary must run,
    with `wal_level` replica or logical and a walsender to spare.
    """

    def __init__(self, primary: Cluster, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(primary.bindir, {**primary.settings, **(settings or {})}, hba=primary.hba)
        self.settings["primary_conninfo"] = primary.conninfo(dbname=None, application_name="standby")
        self._source = primary.datadir
        self._primary = primary
        self._served_by: set[int] = set()

    def _launch(self) -> None:
        """Start it and wait until it streams, which comes after it lets sessions in.

        At a restart the walsender that served it before is given the time to end.
        """
        with session(self._primary) as connection:

            def streaming() -> set[int]:
                return {pid for (pid,) in connection.execute(_STREAMING)}

            wait_until(lambda: not self._served_by & streaming(), "that its walsender has ended")
            before = streaming()
            super()._launch()
            wait_until(lambda: bool(streaming() - before), "the standby streams")
            self._served_by = streaming() - before

    def _fill(self) -> None:
        with session(self._primary) as connection:
            label = _backup(connection, self.major, lambda: _copy(self._source, self.datadir, _NOT_COPIED))
        _copy(self._source / "pg_wal", self.datadir / "pg_wal")
        (self.datadir / "pg_wal" / "archive_status").mkdir(exist_ok=True)
        (self.datadir / "pg_replslot").mkdir()
        (self.datadir / "backup_label").write_text(label)
        (self.datadir / "standby.signal").touch()
        self.datadir.chmod(0o700)
        self._home.account.owns(self.datadir)


def _backup(connection: Connection, major: int, copy: Callable[[], None]) -> str:
    """Copy between the two functions of a non-exclusive backup and return the contents of backup_label."""
    if major >= 15:
        connection.execute("select pg_catalog.pg_backup_start('pgconn', true)")
        copy()
        return str(scalar(connection, "select labelfile from pg_catalog.pg_backup_stop(false)"))
    connection.execute("select pg_catalog.pg_start_backup('pgconn', true, false)")
    copy()
    return str(scalar(connection, "select labelfile from pg_catalog.pg_stop_backup(false, false)"))


def _copy(source: Path, destination: Path, left_out: tuple[str, ...] = ()) -> None:
    """Copy a folder of a running server, without the files that vanish meanwhile."""
    destination.mkdir()
    for entry in source.iterdir():
        if entry.name in left_out:
            continue
        if entry.is_dir():
            _copy(entry, destination / entry.name)
        else:
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(entry, destination / entry.name)
