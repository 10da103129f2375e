"""Amazon RDS Proxy before RDS or Aurora: the same as Terraform and as a template of CloudFormation."""

from collections.abc import Iterator
from string import Template
from typing import Final

from pgconn.data.pooler_settings import rds_proxy_notes, rds_proxy_template
from pgconn.data.provider import provider_named
from pgconn.documents.sizing import Sizing
from pgconn.emit.emitted import EmittedFile, Options
from pgconn.emit.settings import input_of, text_input
from pgconn.emit.share import chosen, explained, notes_on_slots, require_pooler, share_of, usable
from pgconn.errors import WrongUsage
from pgconn.sizing.products import RdsProxy
from pgconn.text.quoting import comment, hcl_string, require_utf8, yaml_string

_TARGETS: Final = {
    "RDS": {"kind": "instance", "identifiers": "DBInstanceIdentifiers"},
    "Aurora": {"kind": "cluster", "identifiers": "DBClusterIdentifiers"},
}
_BY_DEFAULT: Final = (
    "{} is the max_connections that {} gives this instance by itself, by its formula from about the RAM of its class: "
    "ask the server, SHOW max_connections, or run this with --live."
)
_OTHER: Final = (
    "The percentages are of the max_connections that the server has, and follow it without being asked: with the {} "
    "that were planned, max_connections_percent is {}, and max_idle_connections_percent {}. Change both with it."
)

_BESIDE: Final = "What connects past the proxy is not counted in it, nor is a second proxy for the same server."


class _Gaps(Template):
    """Gaps that neither language takes for its own."""

    delimiter = "@@"


def rds_proxy(sizing: Sizing, options: Options) -> tuple[EmittedFile, ...]:
    """Both files; raises WrongUsage for a server that is not on RDS or Aurora, and as `share_of` does."""
    require_pooler(sizing)
    service = provider_named(text_input(sizing, "provider") or "RDS")
    if service.name not in _TARGETS:
        raise WrongUsage(f"RDS Proxy does not stand before {service.name}", hint="--provider rds or aurora")
    now = _has(sizing, service.name)
    room = usable(sizing) if service.reserve is None else min(usable(sizing), max(0, now - service.reserve))
    busy = max(1, min(int(sizing.pgbouncer["default_pool_size"]) * _pools(sizing), room))
    share = share_of(RdsProxy, sizing, options.pooler, max_connections=now, busy=busy, room=room)
    head = [*_head(sizing, service.name, share)]
    values = {name: value for name, (value, _) in _settings(share).items()} | _TARGETS[service.name]
    user = require_utf8("the role", options.pooler.users[0]) if options.pooler.users else "app"
    return (
        _file("rds-proxy.tf", head, _Gaps(rds_proxy_template("tf")), values | {"user": hcl_string(user)}),
        _file("rds-proxy.yaml", head, _Gaps(rds_proxy_template("yaml")), values | {"user": yaml_string(user)}),
    )


def _file(name: str, head: list[str], gaps: Template, values: dict[str, str]) -> EmittedFile:
    return EmittedFile(name=name, text="\n".join([*head, gaps.substitute(values)]))


def _pools(sizing: Sizing) -> int:
    """The pools that PgBouncer would share the connections worth having among; the proxy has one for all."""
    counts = (input_of(sizing, "databases"), input_of(sizing, "roles"), input_of(sizing, "processes"))
    product = 1
    for count in counts:
        product *= int(count or 1)
    return product


def _has(sizing: Sizing, service: str) -> int:
    """The max_connections that the server has: the one that was seen, or what the service gives its class."""
    if "max_connections" in sizing.current:
        return int(sizing.current["max_connections"])
    ram = input_of(sizing, "ram")
    instance = text_input(sizing, "instance_class")
    limits = provider_named(service).limits(instance, int(ram) if ram is not None and instance is None else None)
    if limits.max_connections is None:
        hint = "run this with --live, or name the class: --instance-class db.r6g.large"
        raise WrongUsage("the max_connections of the server is not known", hint=hint)
    return limits.max_connections


def _settings(share: RdsProxy) -> dict[str, tuple[str, str]]:
    return explained(share.numbers()) | chosen("rds-proxy")


def _head(sizing: Sizing, service: str, share: RdsProxy) -> Iterator[str]:
    """What both files say first: the numbers, what a function needs, and what pins."""
    yield from comment(f"Amazon RDS Proxy before {service} for PostgreSQL, by pgconn size")
    for note in notes_on_slots(sizing):
        yield from comment(note)
    if "max_connections" not in sizing.current:
        yield from comment(_BY_DEFAULT.format(share.max_connections, service))
    planned = int(sizing.settings["max_connections"])
    if planned != share.max_connections:
        other = RdsProxy(usable=sizing.slots.get("for_pools", share.usable), max_connections=planned, busy=share.busy)
        yield from comment(_OTHER.format(planned, other.max_percent, other.idle_percent))
    yield from comment(_BESIDE)
    yield "#"
    notes = rds_proxy_notes()
    for title, entries in (
        ("What a Lambda function needs to come in through it:", notes.needs),
        ("What pins a client to one connection until it disconnects, so that nothing is shared:", notes.pins),
    ):
        yield from comment(title)
        for entry in entries:
            yield from comment(f"- {entry}")
    yield "#"
    for name, (value, why) in _settings(share).items():
        yield from comment(f"{name} = {value}: {why}")
    yield ""
