"""What a format makes of a sizing: files, and the options that say what the sizing cannot know."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from pgconn.errors import WrongUsage
from pgconn.model import Value

Kind = Literal[
    "conf",
    "alter-system",
    "pgbouncer",
    "pgpool",
    "odyssey",
    "pgagroal",
    "rds-proxy",
    "parameter-group",
    "kubernetes",
    "compose",
]
Authentication = Literal["userlist", "auth-query"]
Form = Literal["statefulset", "cloudnativepg"]

POOLERS: Final[tuple[Kind, ...]] = ("pgbouncer", "pgpool", "odyssey", "pgagroal", "rds-proxy")
"""The formats for something that stands between the clients and the server."""

PLACED: Final[tuple[Kind, ...]] = ("pgbouncer", "pgpool", "odyssey", "pgagroal")
"""Those of them whose files name the server; RDS Proxy finds it by itself."""

FOLDERS: Final[dict[Kind, str]] = {
    "pgbouncer": "/etc/pgbouncer",
    "pgpool": "/etc/pgpool2",
    "odyssey": "/etc/odyssey",
    "pgagroal": "/etc/pgagroal",
}
"""Where the files of a pooler are, as Debian's packages have it."""


class EmittedFile(Value, frozen=True, kw_only=True):
    """A file ready to be written; a secret one is for its owner's eyes alone."""

    name: str
    text: str
    secret: bool = False

    @classmethod
    def of(cls, name: str, lines: Iterable[str], *, secret: bool = False) -> "EmittedFile":
        """The file with these lines."""
        return cls(name=name, text="\n".join(lines) + "\n", secret=secret)


class LoginSecret(Value, frozen=True, kw_only=True):
    """The password that a pooler itself logs in with, and the verifier that the server keeps of it."""

    password: str
    verifier: str

    def __repr__(self) -> str:
        return "LoginSecret(…)"


class Pooler(Value, frozen=True, kw_only=True):
    """The pooler to write for: the server behind it, and who comes through it to which databases.

    `databases` may be empty: then every database is served, and likewise `users`. `version` is PgBouncer's, and
    `verifiers` are SCRAM secrets by role, as far as known. `note` is what has to be said of how the
    server is known.
    """

    version: tuple[int, int] = (1, 26)
    host: str = "127.0.0.1"
    port: str = "5432"
    note: str = ""
    databases: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    authentication: Authentication = "userlist"
    verifiers: Mapping[str, str] = {}
    login: LoginSecret | None = None
    folder: str = FOLDERS["pgbouncer"]


def parse_version(text: str) -> tuple[int, int]:
    """The first two numbers of PgBouncer's version; WrongUsage for what is none, or is too old."""
    parts = text.split(".")
    if len(parts) < 2 or not all(part.isascii() and part.isdigit() for part in parts):
        raise WrongUsage(f"{text!r} is no version of PgBouncer", hint="write it as pgbouncer --version does: 1.26")
    version = (int(parts[0]), int(parts[1]))
    if version < (1, 18):
        raise WrongUsage(f"PgBouncer {text} is too old", hint="the files are for 1.18 and later")
    return version


class Options(Value, frozen=True, kw_only=True):
    """What the formats need to know beside the sizing."""

    pooler: Pooler = Pooler()
    form: Form = "statefulset"
