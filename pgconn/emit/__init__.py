"""Files, not only advice: what a sizing asks for, in the form in which it is put in force."""

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Final

import msgspec

from pgconn.documents.sizing import Sizing
from pgconn.emit.emitted import EmittedFile, Kind, Options
from pgconn.errors import PgconnError, WrongUsage
from pgconn.sizing.request import Request

FORMATS: Final[dict[Kind, str]] = {
    "conf": "conf",
    "alter-system": "alter_system",
    "pgbouncer": "pgbouncer",
    "pgpool": "pgpool",
    "odyssey": "odyssey",
    "pgagroal": "pgagroal",
    "rds-proxy": "rds_proxy",
    "parameter-group": "parameter_group",
    "kubernetes": "kubernetes",
    "compose": "compose",
}
"""The module and the function of each format; a run imports the one that it needs."""


def emit(kind: Kind, sizing: Sizing, options: Options) -> tuple[EmittedFile, ...]:
    """The files of one format."""
    name = FORMATS[kind]
    write: Callable[[Sizing, Options], tuple[EmittedFile, ...]]
    write = getattr(import_module(f"pgconn.emit.{name}"), name)
    return write(sizing, options)


def require_fit(sizing: Sizing) -> None:
    """Raises PgconnError (exit 1) when the sizing does not fit, of which no file is made."""
    if not sizing.fits:
        hint = "the same without --emit says what does; often it is --pooler pgbouncer"
        raise PgconnError("what was asked for does not fit; no file was made", hint=hint)


def for_pooler(request: Request, databases: Sequence[str], users: Sequence[str]) -> Request:
    """The request with a pooler between, and the databases and roles that its files name.

    Raises WrongUsage where more are named than were counted, for each of them has pools of its own.
    """
    counts = {"databases": (request.databases, len(set(databases))), "roles": (request.roles, len(set(users)))}
    for what, (given, named) in counts.items():
        if given is not None and named > given:
            raise WrongUsage(f"--{what} {given}, but {named} are named", hint=f"leave out --{what}: they are counted")
    counted = {what: named for what, (given, named) in counts.items() if given is None and named}
    return msgspec.structs.replace(request, pooler=request.pooler or "pgbouncer", **counted)


def joined(files: tuple[EmittedFile, ...]) -> str:
    """The files as they are; several of them below a line that names each."""
    if len(files) == 1:
        return files[0].text
    return "\n".join(f"# ==> {file.name} <==\n{file.text}" for file in files)


def format_for(provider: str | None) -> Kind | None:
    """The format in which such a server takes its settings, as far as there is one."""
    if provider is None:
        return "conf"
    from pgconn.data.provider import provider_named  # which a server of one's own has none of

    service = provider_named(provider).service
    return "parameter-group" if service is not None and service.file is not None else None


def not_taken(kind: Kind, sizing: Sizing) -> Iterator[str]:
    """That the service which operates the server does not let its configuration be changed by such a file."""
    provider = sizing.inputs.get("provider")
    if provider is None or kind not in ("conf", "alter-system"):
        return
    from pgconn.data.provider import provider_named  # as above

    known = provider_named(str(provider.value))
    if known.service is not None:
        way = ": --emit parameter-group is its own way" if format_for(known.name) else ""
        yield f"{known.name} takes neither postgresql.conf nor ALTER SYSTEM{way}"
