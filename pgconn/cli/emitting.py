"""`--emit` and `--write`: a sizing as files, to stdout as they are or into a file or a folder."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from pgconn.cli.options.connection import Connection
from pgconn.cli.options.output import Output
from pgconn.cli.options.sizing import AnswerOptions, BetweenOptions, DemandOptions, typed
from pgconn.data.provider import provider_named
from pgconn.documents.sizing import Sizing
from pgconn.emit.emitted import Authentication, EmittedFile, Form, Kind, Options, Pooler
from pgconn.errors import PgconnError, WrongUsage
from pgconn.model.value import Value

_FILES: Final = "Files (instead of the page)"
_FITTING: Final = "the same without --emit says what does; often it is --pooler pgbouncer"


class Emission(Value, frozen=True, kw_only=True):
    """Which files to make of the sizing, and where they go; the command asks `wanted` before it shows its page."""

    emit: Annotated[
        Kind | None,
        typer.Option(
            metavar="FORMAT",
            help="conf, alter-system, pgbouncer, parameter-group, kubernetes or compose.",
            rich_help_panel=_FILES,
        ),
    ] = None
    write: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Write to this file or folder, not to stdout.", rich_help_panel=_FILES),
    ] = None
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.", rich_help_panel=_FILES)] = (
        False
    )
    pgbouncer_version: Annotated[
        str, typer.Option(metavar="VERSION", help="PgBouncer to write for.", rich_help_panel=_FILES)
    ] = "1.24"
    pgbouncer_database: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Database to serve; repeatable. Default: all.", rich_help_panel=_FILES),
    ] = None
    pgbouncer_user: Annotated[
        list[str] | None,
        typer.Option(metavar="ROLE", help="Role that comes through it; repeatable.", rich_help_panel=_FILES),
    ] = None
    pgbouncer_auth: Annotated[
        Authentication,
        typer.Option(metavar="WAY", help="userlist or auth-query.", rich_help_panel=_FILES),
    ] = "userlist"
    read_verifiers: Annotated[
        bool,
        typer.Option(
            "--read-verifiers",
            help="As superuser, read the SCRAM verifiers of these roles from pg_authid.",
            rich_help_panel=_FILES,
        ),
    ] = False
    kubernetes_form: Annotated[
        Form, typer.Option(metavar="FORM", help="statefulset or cloudnativepg.", rich_help_panel=_FILES)
    ] = "statefulset"

    def __post_init__(self) -> None:
        """Before anybody is asked anything, say what does not go together."""
        if self.emit is None and (self.write is not None or self.force):
            raise WrongUsage("--write and --force need --emit", hint="say what to write: --emit conf")
        if self.force and self.write is None:
            raise WrongUsage("--force needs --write", hint="say where to write: --write PATH")
        self._only_with("pgbouncer", "pgbouncer_version", "pgbouncer_database", "pgbouncer_user", "pgbouncer_auth")
        self._only_with("pgbouncer", "read_verifiers")
        self._only_with("kubernetes", "kubernetes_form")
        if self.read_verifiers and self.pgbouncer_auth != "userlist":
            raise WrongUsage("--read-verifiers fills a userlist alone", hint="leave it out with --pgbouncer-auth")
        if self.read_verifiers and self.write is None:
            raise WrongUsage("--read-verifiers needs --write", hint="verifiers are secrets: they go to a file")
        parse_version(self.pgbouncer_version)

    def _only_with(self, kind: Kind, *names: str) -> None:
        """Refuse options that another format would not heed."""
        usual = dict(zip(self.__struct_fields__, self.__struct_defaults__, strict=True))
        for name in names:
            if self.emit != kind and getattr(self, name) != usual[name]:
                option = "--" + name.replace("_", "-")
                raise WrongUsage(f"{option} goes with --emit {kind} alone", hint=f"leave it out, or --emit {kind}")

    @property
    def wanted(self) -> bool:
        """Whether files were asked for instead of the page."""
        return self.emit is not None


def one_answer(shown: AnswerOptions, emission: Emission, demand: DemandOptions) -> None:
    """Raises WrongUsage where two answers are asked for at once, of which one would not be given."""
    if shown.raises and (unheeded := typed(demand)):
        raise WrongUsage(
            f"{unheeded[0]} does not go with --from and --to, which count sessions and not who opens them",
            hint=f"leave out {unheeded[0]}, or the two",
        )
    options = (("--from", shown.raises), ("--why", shown.why), ("--explain", shown.explain))
    for option, is_asked in options if emission.wanted else ():
        if is_asked:
            raise WrongUsage(f"--emit does not go with {option}", hint="files have their reasons in them; ask apart")


def with_pooler(between: BetweenOptions, emission: Emission) -> BetweenOptions:
    """What stands between: PgBouncer where its file is asked for, with the databases and roles that are named in it.

    Raises WrongUsage where more are named than were counted, for each of them has pools of its own.
    """
    if emission.emit != "pgbouncer":
        return between
    named = {"databases": emission.pgbouncer_database, "roles": emission.pgbouncer_user}
    counted: dict[str, int] = {}
    for what, names in named.items():
        told, count = getattr(between, what), len(set(names or ()))
        if told is not None and count > told:
            raise WrongUsage(f"--{what} {told}, but {count} are named", hint=f"leave out --{what}: they are counted")
        if told is None and count:
            counted[what] = count
    return msgspec.structs.replace(between, pooler=between.pooler or "pgbouncer", **counted)


def emit(
    sizing: Sizing, emission: Emission, connection: Connection | None = None, output: Output | None = None
) -> None:
    """Write the files that were asked for; raises PgconnError (exit 1) when the sizing does not fit."""
    from pgconn.cli.talk import say
    from pgconn.emit import emit as make
    from pgconn.text.files import write_files

    if emission.emit is None:
        return
    if output is not None and (output.json or output.output is not None):
        raise WrongUsage("files have a format of their own", hint="leave out --json and -o, or --emit")
    if not sizing.fits:
        raise PgconnError("what was asked for does not fit; no file was made", hint=_FITTING)
    files = make(emission.emit, sizing, _options(emission, connection))
    if emission.emit in ("conf", "alter-system"):
        for warning in _not_taken(sizing):
            say(warning)
    if emission.write is None:
        sys.stdout.write(joined(files))
        return
    for path in write_files(files, emission.write, force=emission.force):
        say(f"{path} written")


def _not_taken(sizing: Sizing) -> Iterator[str]:
    """That the service which operates the server lets nobody change its configuration by a file."""
    provider = sizing.inputs.get("provider")
    if provider is None:
        return
    known = provider_named(str(provider.value))
    if known.service is not None:
        way = ": --emit parameter-group is its own way" if known.service.file is not None else ""
        yield f"{known.name} takes neither postgresql.conf nor ALTER SYSTEM{way}"


def joined(files: tuple[EmittedFile, ...]) -> str:
    """The files as they are; several of them below a line that names each."""
    if len(files) == 1:
        return files[0].text
    return "\n".join(f"# ==> {file.name} <==\n{file.text}" for file in files)


def parse_version(text: str) -> tuple[int, int]:
    """The first two numbers of PgBouncer's version; WrongUsage for what is none, or is too old."""
    parts = text.split(".")
    if len(parts) < 2 or not all(part.isascii() and part.isdigit() for part in parts):
        raise WrongUsage(f"{text!r} is no version of PgBouncer", hint="write it as pgbouncer --version does: 1.24")
    version = (int(parts[0]), int(parts[1]))
    if version < (1, 18):
        raise WrongUsage(f"PgBouncer {text} is too old", hint="the files are for 1.18 and later")
    return version


def _options(emission: Emission, connection: Connection | None) -> Options:
    if emission.emit != "pgbouncer":
        return Options(form=emission.kubernetes_form)
    from pgconn.cli import pooling

    pooler = Pooler(
        version=parse_version(emission.pgbouncer_version),
        databases=tuple(emission.pgbouncer_database or ()),
        users=tuple(emission.pgbouncer_user or ()),
        authentication=emission.pgbouncer_auth,
        verifiers=pooling.read_verifiers(emission.pgbouncer_user, connection) if emission.read_verifiers else {},
        login=pooling.new_login() if emission.write is not None and emission.pgbouncer_auth == "auth-query" else None,
        folder=str(emission.write.absolute()) if emission.write is not None else Pooler().folder,
        **pooling.server(connection),
    )
    return Options(pooler=pooler)
