"""`--emit` and `--write`: which files to make of a sizing, and where they go."""

import sys
from pathlib import Path
from typing import Annotated

from pgconn.cli.messages import info
from pgconn.cli.options import panel
from pgconn.cli.options.connection import Connection
from pgconn.cli.output import Output
from pgconn.documents.sizing import Sizing
from pgconn.emit import FORMATS, emit, joined, not_taken, require_fit
from pgconn.emit.emitted import (
    FOLDERS,
    PLACED,
    POOLERS,
    Authentication,
    Form,
    Kind,
    LoginSecret,
    Options,
    Pooler,
    parse_version,
)
from pgconn.errors import WrongUsage
from pgconn.model import Value
from pgconn.model.instance import Backend

_option = panel("Files (instead of the page)")


class Emission(Value, frozen=True, kw_only=True):
    """Which files to make of the sizing, and where they go."""

    emit: Annotated[
        Kind | None,
        _option(metavar="FORMAT", help=f"{', '.join(FORMATS)}."),
    ] = None
    write: Annotated[Path | None, _option(metavar="PATH", help="Write to this file or folder, not to stdout.")] = None
    force: Annotated[bool, _option("--force", help="Replace files that are there.")] = False
    pgbouncer_version: Annotated[str, _option(metavar="VERSION", help="PgBouncer to write for.")] = "1.26"
    pooler_database: Annotated[
        list[str] | None,
        _option(
            *("--pooler-database", "--pgbouncer-database"),
            metavar="NAME",
            help="Database to serve; repeatable. Default: all.",
        ),
    ] = None
    pooler_user: Annotated[
        list[str] | None,
        _option(*("--pooler-user", "--pgbouncer-user"), metavar="ROLE", help="Role that comes through it; repeatable."),
    ] = None
    pooler_auth: Annotated[
        Authentication | None,
        _option(
            *("--pooler-auth", "--pgbouncer-auth"),
            metavar="WAY",
            help="userlist or auth-query. Default: userlist for PgBouncer, auth-query for Odyssey.",
        ),
    ] = None
    read_verifiers: Annotated[
        bool, _option("--read-verifiers", help="As superuser, read the SCRAM verifiers of these roles from pg_authid.")
    ] = False
    kubernetes_form: Annotated[Form, _option(metavar="FORM", help="statefulset or cloudnativepg.")] = "statefulset"

    def __post_init__(self) -> None:
        """Before any question is asked, say what does not go together."""
        if self.emit is None and (self.write is not None or self.force):
            raise WrongUsage("--write and --force need --emit", hint="say what to write: --emit conf")
        if self.force and self.write is None:
            raise WrongUsage("--force needs --write", hint="say where to write: --write PATH")
        self._only_with(("pgbouncer",), "pgbouncer_version", "read_verifiers")
        self._only_with(("pgbouncer", "odyssey"), "pooler_auth")
        self._only_with(POOLERS, "pooler_database", "pooler_user")
        self._only_with(("kubernetes",), "kubernetes_form")
        if self.emit == "odyssey" and self.pooler_auth == "userlist":
            raise WrongUsage(
                "Odyssey would need the passwords in a list", hint="omit --pooler-auth: it asks the server"
            )
        if self.read_verifiers and self.pooler_auth == "auth-query":
            raise WrongUsage("--read-verifiers fills a userlist alone", hint="omit it with --pooler-auth")
        if self.read_verifiers and self.write is None:
            raise WrongUsage("--read-verifiers needs --write", hint="verifiers are secrets: they go to a file")
        parse_version(self.pgbouncer_version)

    def _only_with(self, kinds: tuple[Kind, ...], *names: str) -> None:
        """Refuse options that another format would not heed."""
        usual = dict(zip(self.__struct_fields__, self.__struct_defaults__, strict=True))
        for name in names:
            if self.emit not in kinds and getattr(self, name) != usual[name]:
                option, known = "--" + name.replace("_", "-"), ", ".join(kinds)
                raise WrongUsage(f"{option} goes with --emit {known} alone", hint=f"omit it, or --emit {kinds[0]}")


def deliver(
    kind: Kind,
    sizing: Sizing,
    emission: Emission,
    connection: Connection,
    output: Output,
    behind: Backend | None = None,
) -> None:
    """Write the files that were asked for; `behind` is the backend of a pooler that was asked in the server's place.

    Raises PgconnError (exit 1) when the sizing does not fit.
    """
    if output.json or output.output is not None:
        raise WrongUsage("files have a format of their own", hint="omit --json and -o, or --emit")
    require_fit(sizing)
    pooler = _pooler(kind, emission, connection, behind) if kind in POOLERS else Pooler()
    files = emit(kind, sizing, Options(form=emission.kubernetes_form, pooler=pooler))
    for warning in not_taken(kind, sizing):
        info(warning)
    if emission.write is None:
        sys.stdout.write(joined(files))
        return
    from pgconn.text.files import write_files

    for path in write_files(files, emission.write, force=emission.force):
        info(f"{path} written")


def _pooler(kind: Kind, emission: Emission, connection: Connection, behind: Backend | None) -> Pooler:
    """The pooler to write for, and the server behind it."""
    from pgconn.emit.server import backend_behind, place_of, read_verifiers
    from pgconn.text.scram import new_password

    users, folder, verifiers = tuple(emission.pooler_user or ()), FOLDERS.get(kind, "."), dict[str, str]()
    if emission.read_verifiers:
        info("reading the SCRAM verifiers of roles from pg_authid")
        with connection.enter() as server:
            verifiers, notes = read_verifiers(server, users)
            behind = behind or backend_behind(server)
        for note in notes:
            info(note)
    login = None
    if emission.write is not None:
        folder = str(emission.write.absolute())
        if kind == "odyssey" or emission.pooler_auth == "auth-query":
            password, verifier = new_password()
            login = LoginSecret(password=password, verifier=verifier)
    place, notes = place_of(connection.target(), behind if kind in PLACED else None)
    for note in notes:
        info(note)
    return Pooler(
        version=parse_version(emission.pgbouncer_version),
        databases=tuple(emission.pooler_database or ()),
        users=users,
        authentication=emission.pooler_auth or "userlist",
        verifiers=verifiers,
        login=login,
        folder=folder,
        **place,
    )
