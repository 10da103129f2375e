"""Which clients hold the slots, as far as the titles of the server's processes show."""

from collections.abc import Iterator
from typing import Final

from pgconn.config.policy import Policy
from pgconn.documents.processes import Processes, ProcessRow, ProcessServer, ProcessSlots
from pgconn.model.breakdown import Group
from pgconn.render.blocks import (
    Bar,
    Block,
    Column,
    Fact,
    Facts,
    Heading,
    Notes,
    Placeholder,
    Row,
    Section,
    Step,
    Steps,
    Table,
)
from pgconn.render.views import TITLES, VIEWS, View, ViewOptions, rows_from

_DIMENSIONS: Final = ("state", "user", "client_addr", "database")
_UNKNOWN: Final = {"state": "(not shown)", "user": "(unclear)", "client_addr": "(unknown)", "database": "(unclear)"}
_COUNTS: Final = Column.counts("sessions", "active", "idle", "in tx", "aborted")


def processes_blocks(document: Processes, options: ViewOptions) -> Iterator[Block]:
    """The slots first, then who holds them, counted as in the status; what a title does not say is left open."""
    sections = tuple(
        Section(title=TITLES[column], rows=tuple(_counted(column, group) for group in getattr(document.by, column)))
        for column in _DIMENSIONS
    )
    rescue = Step(command="pgconn rescue", why="end idle backends until one connection is accepted")
    yield Heading(text=_headline(document.server))
    yield Facts(facts=tuple(_facts(document, options.policy)))
    yield Table(columns=(Column(title=""), *_COUNTS), sections=sections)
    yield Notes.of(_notes(document))
    yield Steps(steps=(rescue,))


def _headline(server: ProcessServer) -> str:
    version = f" {server.major}" if server.major else ""
    port = f" on port {server.port}" if server.port else ""
    cluster = f", cluster {server.cluster_name}" if server.cluster_name else ""
    where = f" in {server.data_directory}" if server.data_directory else ""
    return f"PostgreSQL{version}{port}{where}{cluster}, seen from its processes (postmaster {server.pid})"


def _facts(document: Processes, policy: Policy) -> list[Fact]:
    slots = document.slots
    facts = [_used(slots, policy)]
    if slots.free is not None:
        can_open = f"an ordinary role {slots.free.ordinary} more, a superuser {slots.free.superuser}"
        facts.append(Fact(label="can open", text=can_open, mood="" if slots.free.ordinary else "critical"))
    if slots.authenticating:
        facts.append(Fact(label="logging in", text=f"{slots.authenticating} hold a slot and are still authenticating"))
    if document.silent:
        facts.append(Fact(label="silent", text=f"{document.silent} connections have sent nothing and hold no slot"))
    if document.walsenders_used:
        facts.append(Fact(label="walsenders", text=f"{document.walsenders_used}, in places of their own"))
    if document.server.status not in (None, "ready"):
        facts.append(Fact(label="note", text=f"the server says that it is {document.server.status}", mood="warning"))
    return facts


def _used(slots: ProcessSlots, policy: Policy) -> Fact:
    if slots.usable is not None and slots.used_ratio is not None:
        bar = Bar(used=slots.used, whole=slots.usable, warning=policy.slots_warning, critical=policy.slots_critical)
        return Fact(label="slots", text=f"{slots.used} of {slots.usable} used ({slots.used_ratio:.0%})", bar=bar)
    if slots.max_connections is not None:
        text = f"{slots.used} used; the files now say max_connections {slots.max_connections}"
        return Fact(label="slots", text=text)
    return Fact(label="slots", text=f"{slots.used} used, of how many is not known here")


def _notes(document: Processes) -> list[str]:
    notes = ["a title shows neither the application_name nor how long a session has been in its state"]
    if not document.titles_tell_states:
        notes.append("update_process_title is off: titles show no states")
    if document.slots.max_connections is None:
        notes.append("the server's configuration cannot be read: its owner or root can, or name its --pgdata")
    elif not document.slots.settled:
        notes.append("a configuration file changed after the server started: what is free is not known")
    return notes


def _counted(column: str, group: Group) -> Row:
    value = Placeholder(text=_UNKNOWN[column]) if group.value is None else group.value
    if group.value == "local" and column == "client_addr":
        value = Placeholder(text="(local socket)")
    return value, group.sessions, group.active, group.idle, group.idle_in_transaction, group.aborted


VIEWS[Processes] = View(blocks=processes_blocks, rows=lambda one: rows_from(ProcessRow, one.processes))
