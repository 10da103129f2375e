"""A server's settings as its files and its command line give them, when it cannot be asked."""

import getopt
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from pgconn.model import Value
from pgconn.model.instance import Capacity

_OPTIONS: Final = "B:bc:C:D:d:EeFf:h:ijk:lN:OPp:r:S:sTt:v:W:"
_SHORT: Final = {"-p": "port", "-N": "max_connections", "-D": "data_directory", "-k": "unix_socket_directories"}
_LINE: Final = re.compile(r"\s*([A-Za-z_][\w.$]*)\s*(?:=\s*|\s+)('(?:[^'\\]|''|\\.)*'|[^\s#']+)")
_DEEPEST: Final = 10


class Settings(Value, frozen=True, kw_only=True):
    """Settings by name, as text; `settled` is false where a file changed after the server had read it."""

    values: dict[str, str]
    settled: bool

    def capacity(self, major: int) -> Capacity | None:
        """The places that the settings give, or None where one of them makes no sense."""
        try:
            return Capacity(
                max_connections=int(self.values.get("max_connections", "100")),
                superuser_reserved=int(self.values.get("superuser_reserved_connections", "3")),
                reserved=int(self.values.get("reserved_connections", "0")) if major >= 16 else 0,
                reserved_role=major >= 16,
                provider_reserved=0,
                max_wal_senders=int(self.values.get("max_wal_senders", "10")),
            )
        except ValueError:
            return None

    @property
    def updates_titles(self) -> bool:
        """Whether the titles of processes follow what they do."""
        value = self.values.get("update_process_title", "on").lower()
        return not (value in ("0", "of", "off") or "false".startswith(value) or "no".startswith(value))


def options(command: Sequence[str]) -> dict[str, str]:
    """The settings on a postmaster's command line."""
    words = [word for argument in command[1:] for word in _as_setting(argument)]
    try:
        given, _ = getopt.getopt(words, _OPTIONS)
    except getopt.GetoptError:
        return {}
    found: dict[str, str] = {}
    for option, value in given:
        if option == "-c":
            name, _, value = value.partition("=")
            found[name.strip().replace("-", "_").lower()] = value
        elif option in _SHORT:
            found[_SHORT[option]] = value
    return found


def _as_setting(argument: str) -> tuple[str, ...]:
    return ("-c", argument[2:]) if argument.startswith("--") and len(argument) > 2 else (argument,)


def read_settings(directory: Path, command: Sequence[str]) -> Settings | None:
    """The settings of the server with this data directory, or None where a file cannot be read."""
    given = options(command)
    main = directory / given.get("config_file", "postgresql.conf")
    files: list[Path] = []
    values: dict[str, str] = {}
    try:
        for file in (main, directory / "postgresql.auto.conf"):
            values |= dict(_read(file, files))
        # The server writes this file at each start, just after it has read the others.
        read_at = (directory / "postmaster.opts").stat().st_mtime_ns
        settled = all(file.stat().st_mtime_ns <= read_at for file in files)
    except (OSError, RecursionError):
        return None
    return Settings(values=values | given, settled=settled)


def _read(file: Path, files: list[Path], depth: int = 0) -> Iterator[tuple[str, str]]:
    """Each setting of a file and of those that it includes, the last of a name being the one that counts."""
    if depth > _DEEPEST:
        raise RecursionError(f"{file} is included by itself")
    files.append(file)
    for line in file.read_text(errors="replace").splitlines():
        if found := _LINE.match(line):
            name, value = found[1].lower(), _value(found[2])
            if name in ("include", "include_if_exists", "include_dir"):
                for other in _included(name, file.parent / value):
                    yield from _read(other, files, depth + 1)
            else:
                yield name, value


def _included(how: str, path: Path) -> list[Path]:
    if how == "include_dir":
        return sorted(file for file in path.iterdir() if file.suffix == ".conf" and not file.name.startswith("."))
    return [path] if how == "include" or path.exists() else []


def _value(text: str) -> str:
    if not text.startswith("'"):
        return text
    return re.sub(r"''|\\(.)", lambda found: found[1] or "'", text[1:-1])
