"""Which server on this machine is meant, found by its data directory, its port or its socket directory."""

import contextlib
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import psutil

from pgconn.config.services import service_entry
from pgconn.errors import PrivilegeMissing, Unavailable, WrongUsage
from pgconn.host.postmasters import directory_of, is_foreign, postmasters, same_directory
from pgconn.model.process import Postmaster, ServerLocation

DEFAULT_PORT: Final = 5432
_ELSEWHERE: Final = "this machine's processes are looked at; go to the database host, or name its --pgdata"
_CONTAINED: Final = "it runs in another pid namespace: run pgconn in its container, where its processes are its own"


def locate(parameters: Mapping[str, object], pgdata: Path | str | None = None) -> ServerLocation:
    """The location that libpq's parameters lead to; raises WrongUsage where they lead to another machine."""
    if pgdata is not None:
        return ServerLocation(pgdata=os.fspath(pgdata))
    given = service_entry(str(parameters.get("service") or os.environ.get("PGSERVICE", ""))) | dict(parameters)
    address = given.get("hostaddr") or os.environ.get("PGHOSTADDR")
    host = str(address or given.get("host") or os.environ.get("PGHOST", "")) or None
    port = str(given.get("port") or os.environ.get("PGPORT", "")) or None
    if "," in f"{host}{port}":
        raise WrongUsage("several hosts are given, and only one can be this machine", hint="give one with -h and -p")
    if host is not None and not _is_here(host):
        raise WrongUsage(f"{host} is not this machine", hint=_ELSEWHERE)
    if port is not None and not (port.isdecimal() and 0 < int(port) < 65536):
        raise WrongUsage(f"{port!r} is not a port", hint="a port is a number from 1 to 65535")
    return ServerLocation(host=host, port=int(port) if port else None)


def find(location: ServerLocation) -> Postmaster:
    """The server that is meant; Unavailable when it is not here, PrivilegeMissing when we may not know."""
    running = list(postmasters())
    if location.pgdata is not None:
        return _by_directory(running, Path(location.pgdata))
    return _by_port(running, location)


def _by_directory(running: list[Postmaster], directory: Path) -> Postmaster:
    for server in running:
        if same_directory(server.pid, directory):
            return _not_contained(server)
    for server in running:  # of other users, who let us see no more than the command line
        if directory_of(server.pid) is None and server.data_directory == str(directory.absolute()):
            return _not_contained(server)
    try:
        pid = (directory / "postmaster.pid").read_text().partition("\n")[0]
    except PermissionError:
        raise PrivilegeMissing(f"may not read {directory}", hint=_run_as(_owner(directory))) from None
    except OSError:
        if not directory.is_dir():
            raise WrongUsage(f"{directory} is not a directory", hint="--pgdata is the data directory") from None
        raise Unavailable(f"no server runs in {directory}: it has no postmaster.pid") from None
    raise Unavailable(
        f"{directory}/postmaster.pid names process {pid}, which is no server here",
        hint="the server crashed and left the file, or runs in a container: then run pgconn in there",
    )


def _by_port(running: list[Postmaster], location: ServerLocation) -> Postmaster:
    port = location.port or DEFAULT_PORT
    fitting = [server for server in running if server.port == port and _listens_in(server, location)]
    if len(fitting) > 1:
        names = ", ".join(server.name for server in fitting)
        raise WrongUsage(f"several servers have port {port}: {names}", hint="--pgdata DIR says which one")
    if fitting:
        return _not_contained(fitting[0])
    unknown = [server for server in running if server.port is None]
    if len(running) == 1 and unknown:
        return _not_contained(unknown[0])
    if unknown and _may_listen(location, port):
        owners = ", ".join(sorted({server.owner for server in unknown}))
        raise PrivilegeMissing(
            f"servers of {owners} run here, and which of them has port {port} is for them alone to know",
            hint=_run_as(unknown[0].owner),
        )
    there = ", ".join(server.name for server in running)
    raise Unavailable(
        f"no PostgreSQL server with port {port} runs on this machine",
        hint=f"there is {there}" if there else "it may run on another machine, or in a container",
    )


def _not_contained(server: Postmaster) -> Postmaster:
    if is_foreign(server.pid):
        raise Unavailable(f"{server.name} is out of reach", hint=_CONTAINED)
    return server


def _listens_in(server: Postmaster, location: ServerLocation) -> bool:
    """Whether the server has the socket that is asked for; it may have several, and says only the first itself."""
    if location.host is None or not location.host.startswith("/"):
        return True
    with contextlib.suppress(OSError):
        lock = Path(location.host, f".s.PGSQL.{server.port}.lock")
        return lock.read_text().partition("\n")[0].strip() == str(server.pid)
    with contextlib.suppress(OSError):
        return server.socket_directory is not None and Path(location.host).samefile(server.socket_directory)
    return False


def _may_listen(location: ServerLocation, port: int) -> bool:
    """Whether something listens there, or we cannot know: a server of which we may not read which port it has."""
    name = f".s.PGSQL.{port}"
    with contextlib.suppress(psutil.Error, OSError):  # macOS shows connections to root alone
        if location.host is not None and location.host.startswith("/"):
            return Path(location.host, name) in Path(location.host).iterdir()
        opened = psutil.net_connections("all")
        ports = {end.laddr.port for end in opened if end.status == psutil.CONN_LISTEN and end.laddr}
        return port in ports or any(str(end.laddr).endswith(name) for end in opened)
    return True


def _is_here(host: str) -> bool:
    """Whether a host is this machine: a socket directory, or a name of one of our addresses."""
    if host.startswith(("/", "@")):
        return True
    try:
        named = {str(info[4][0]).partition("%")[0] for info in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    ours = {address.address.partition("%")[0] for several in psutil.net_if_addrs().values() for address in several}
    return any(address in ours or address.startswith("127.") or address == "::1" for address in named)


def _owner(path: Path) -> str | None:
    with contextlib.suppress(OSError, KeyError):
        return path.owner()
    return None


def _run_as(owner: str | None) -> str:
    if not owner:
        return "run it as the server's user or as root"
    user = f"'#{owner}'" if owner.isdecimal() else owner  # an id that has no name here
    return f"run it as that user: sudo -u {user} pgconn …"
