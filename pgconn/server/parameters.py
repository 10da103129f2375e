"""Where to connect: libpq's parameters for what was asked, checked in words of our own."""

import os
from typing import Any, Final

import psycopg
from psycopg import conninfo

from pgconn.errors import WrongUsage
from pgconn.model.instance import Target
from pgconn.server import timeouts
from pgconn.server.refused import ProbeAddress


def connection_parameters(target: Target) -> dict[str, Any]:
    """Libpq's parameters for a target; as in psql, what a connection string says overrides the options."""
    asked = {"host": target.host, "port": target.port, "user": target.user, "service": target.service}
    given: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    text = target.dbname
    _encodable("connection string", text or "")
    if text is not None and ("=" in text or text.startswith(("postgres://", "postgresql://"))):
        try:
            described = conninfo.conninfo_to_dict(text)
        except psycopg.ProgrammingError as error:
            raise malformed(str(error)) from None
        if (
            "://" in text
            and "@" in text.partition("?")[0]
            and ("user" not in described or "@" in str(described.get("host")))
        ):
            raise malformed("a character of the user or the password has to be escaped")
        given |= described
    elif text is not None:
        given["dbname"] = text
    if target.password is not None:
        given["password"] = target.password
    _plausible(given, target)
    _answering(given)
    if "connect_timeout" not in given and not os.environ.get("PGCONNECT_TIMEOUT"):
        given["connect_timeout"] = timeouts.CONNECT_TIMEOUT
    return {"fallback_application_name": "pgconn"} | given | {"client_encoding": "SQL_ASCII"}


def _plausible(given: dict[str, Any], target: Target) -> None:
    """Raises WrongUsage for what libpq and the resolver would complain about in words of their own."""
    for name, value in given.items():
        _encodable(name, str(value))
    ports = [port.strip() for port in str(given.get("port", "")).split(",")]
    for port in ports:
        if port and not (port.isdecimal() and port.isascii() and 0 < int(port) < 65536):
            raise malformed(f'invalid port "{port}"', target.port)
    hosts = str(given.get("hostaddr") or given.get("host") or "").split(",")
    if len(ports) not in (1, len(hosts)):
        raise WrongUsage(f"{len(ports)} ports do not go with {len(hosts)} hosts", hint="give one port, or one a host")


def _answering(given: dict[str, Any]) -> None:
    """Drop a `replication` that says no; raises WrongUsage for a physical one, which answers no question."""
    asked = str(given.pop("replication", "")).strip().lower()
    if asked == "database":
        given["replication"] = asked
    elif asked not in ("", "0", "f", "false", "n", "no", "off"):
        raise WrongUsage(
            f"replication={asked} is a connection that answers no question",
            hint="omit it, or write replication=database for a walsender's slot",
        )


def _encodable(name: str, text: str) -> None:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise WrongUsage(f"the {name} of the connection holds bytes that are no text in UTF-8")


def malformed(text: str, *spoken: str | None) -> WrongUsage:
    """A complaint of libpq without what it quotes, which may be part of a password, unless an option named it."""
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()} | {*spoken}
    parts = text.strip().partition("\n")[0].removeprefix("connection is bad: ").split('"')
    quoted = ['"' + part + '"' if part in known else "…" for part in parts[1::2]]
    shown = "".join(plain + quote for plain, quote in zip(parts[::2], [*quoted, ""], strict=False))
    service = shown.startswith("definition of service")
    return WrongUsage(f"the connection is not described well: {shown}", hint=_SERVICES if service else _DESCRIBED)


_DESCRIBED: Final = "write -d 'host=db1 dbname=app' or -d postgresql://user@host:5432/app, with %40 for @ in a password"
_SERVICES: Final = "services are sections of ~/.pg_service.conf, or of the file that PGSERVICEFILE names: [app]"


def without_secrets(text: str, parameters: dict[str, Any]) -> str:
    """A text of libpq's without the password that was given."""
    password = parameters.get("password")
    return text.replace(str(password), "…") if password else text


def _resolved(parameters: dict[str, Any]) -> dict[str, str]:
    """The parameters with what libpq takes from its environment and its own defaults."""
    options = psycopg.pq.Conninfo.get_defaults()
    known = {option.keyword.decode(): option.val.decode() for option in options if option.val is not None}
    return known | {name: str(value) for name, value in parameters.items()}


def where(parameters: dict[str, Any]) -> str:
    """The place that was asked for, in a few words."""
    known = _resolved(parameters)
    host = known.get("host") or known.get("hostaddr") or "the local socket"
    port = known.get("port") or "5432"
    return host if "," in host + port else f"{host}:{port}"


def asks_for_walsender(target: Target) -> bool:
    """Whether the connection as described is a walsender's."""
    return "replication" in connection_parameters(target)


def probe_addresses(target: Target) -> tuple[ProbeAddress, ...]:
    """Where a probe goes for each host that is tried in turn; none for a socket that libpq alone knows."""
    parameters = connection_parameters(target)
    known = _resolved(parameters)
    names, ports = known.get("host", "").split(","), (known.get("port") or "5432").split(",")
    addresses = known["hostaddr"].split(",") if known.get("hostaddr") else names
    names = names if len(names) == len(addresses) else [""] * len(addresses)
    ports = ports if len(ports) == len(addresses) else [ports[0]] * len(addresses)
    one_by_one = (
        probe_address(parameters | {"host": name, "hostaddr": address if address != name else "", "port": port})
        for name, address, port in zip(names, addresses, ports, strict=True)
    )
    return tuple(address for address in one_by_one if address is not None)


def probe_address(parameters: dict[str, Any], host: str = "", port: str = "") -> ProbeAddress | None:
    """Where a probe goes: the host and port that libpq tried last, where it tells; None where it is not known."""
    known = _resolved(parameters)
    address, name = known.get("hostaddr") or "", known.get("host") or ""
    host = (address if "," not in address else "") or host or name
    port = port or known.get("port") or "5432"
    user = known.get("user") or ""
    if not host or not user or "," in host + port or not port.isdecimal():
        return None
    database = known.get("dbname") or user
    return ProbeAddress(
        host=host,
        name=name if name and "," not in name else None,
        port=int(port),
        user=user,
        database=database,
        sslmode=known.get("sslmode") or "prefer",
    )
