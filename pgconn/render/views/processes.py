"""What the processes of a server tell, as a page."""

from typing import Final

from pgconn.config.policy import Policy
from pgconn.documents.processes import Processes, ProcessRow, ProcessServer, ProcessSlots
from pgconn.model.breakdown import Group
from pgconn.render.formats.cells import TITLES
from pgconn.render.page import Bar, Cell, Column, Fact, Page, Placeholder, Section, Step, Table

_DIMENSIONS: Final = ("state", "user", "client_addr", "database")
_UNTOLD: Final = {"state": "(not told)", "user": "(unclear)", "client_addr": "(unknown)", "database": "(unclear)"}
_COUNTS: Final = (
    Column(title="sessions", kind="count"),
    Column(title="active", kind="count"),
    Column(title="idle", kind="count"),
    Column(title="in tx", kind="count"),
    Column(title="aborted", kind="count"),
)
_COLUMNS: Final = (
    Column(title="pid", kind="count"),
    Column(title="user"),
    Column(title="database"),
    Column(title="client"),
    Column(title="type"),
    Column(title="state"),
    Column(title="connected", kind="age"),
    Column(title="CPU", kind="age"),
)


def processes_page(document: Processes, policy: Policy) -> Page:
    """Who holds the slots, counted as in the status, with what a title does not tell left open."""
    sections = tuple(
        Section(title=TITLES[column], rows=tuple(_counted(column, group) for group in getattr(document.by, column)))
        for column in _DIMENSIONS
    )
    return Page(
        headline=_headline(document.server),
        facts=tuple(_facts(document, policy)),
        table=Table(columns=(Column(title=""), *_COUNTS), sections=sections),
        notes=tuple(_notes(document)),
        steps=(Step(command="pgconn rescue", why="end the fewest idle backends that let one connection in"),),
    )


def process_table(rows: tuple[ProcessRow, ...]) -> Table:
    """The processes one by one."""
    return Table(columns=_COLUMNS, sections=(Section(title=None, rows=tuple(map(_row, rows))),))


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
    notes = ["a title tells no application_name, and not how long a session has been in its state"]
    if not document.titles_tell_states:
        notes.append("update_process_title is off: titles tell no states")
    if document.slots.max_connections is None:
        notes.append("the server's configuration cannot be read: its owner or root can, or name its --pgdata")
    elif not document.slots.settled:
        notes.append("a configuration file changed after the server started: what is free is not known")
    return notes


def _counted(column: str, group: Group) -> tuple[Cell, ...]:
    value = Placeholder(text=_UNTOLD[column]) if group.value is None else group.value
    if group.value == "local" and column == "client_addr":
        value = Placeholder(text="(local socket)")
    return value, group.sessions, group.active, group.idle, group.idle_in_transaction, group.aborted


def _row(row: ProcessRow) -> tuple[Cell, ...]:
    return (
        row.pid,
        row.user,
        row.database,
        row.client_addr,
        row.backend_type,
        row.state,
        row.lived_seconds,
        row.cpu_seconds,
    )
