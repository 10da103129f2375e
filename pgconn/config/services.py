"""libpq's service files: which services they name, and what the entry of one of them says."""

import contextlib
import os
from pathlib import Path


def _files() -> tuple[Path, Path]:
    """The user's file, which is asked first, and the system's."""
    own = Path(os.environ.get("PGSERVICEFILE", "~/.pg_service.conf")).expanduser()
    return own, Path(os.environ.get("PGSYSCONFDIR", "/etc/postgresql-common"), "pg_service.conf")


def service_names() -> list[str]:
    """The services that the files name, however broken the rest of them is."""
    names: dict[str, None] = {}
    for path in _files():
        if path.is_file():
            for line in path.read_text(errors="replace").splitlines():
                if line.startswith("[") and "]" in line:
                    names[line[1 : line.index("]")]] = None
    return list(names)


def service_entry(name: str) -> dict[str, object]:
    """What the files say of a service, and nothing where they do not know it."""
    import configparser  # 2 ms, for one that names a service

    for path in _files():
        entries = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
        with contextlib.suppress(OSError, configparser.Error):
            entries.read_string(path.read_text())
            if name and entries.has_section(name):
                return dict(entries.items(name))
    return {}
