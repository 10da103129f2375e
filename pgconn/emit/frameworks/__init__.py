"""The pools that applications use, each with the configuration that holds it to a number."""

import re
from difflib import get_close_matches
from typing import Final

from pgconn.documents.pool import Frameworks, Pool
from pgconn.emit.frameworks.django import DJANGO
from pgconn.emit.frameworks.dotnet import DOTNET
from pgconn.emit.frameworks.elixir import ELIXIR
from pgconn.emit.frameworks.go import GO
from pgconn.emit.frameworks.jvm import JVM
from pgconn.emit.frameworks.known import Asked, Known
from pgconn.emit.frameworks.node import NODE
from pgconn.emit.frameworks.node_orm import NODE_ORM
from pgconn.emit.frameworks.php import PHP
from pgconn.emit.frameworks.python import PYTHON
from pgconn.emit.frameworks.ruby import RUBY
from pgconn.emit.frameworks.rust import RUST
from pgconn.errors import WrongUsage

KNOWN: Final[tuple[Known, ...]] = (*NODE, *NODE_ORM, *PYTHON, *DJANGO, *JVM, *GO, *RUBY, *PHP, *DOTNET, *RUST, *ELIXIR)

UNNAMED: Final = "my-service"
"""What stands for the name of a service that was not told."""

NAME_BYTES: Final = 63
"""What PostgreSQL keeps of an application_name."""

_POOLED: Final = (
    "Through PgBouncer in transaction mode:",
    "- max counts connections to PgBouncer (max_client_conn); those to the server are its default_pool_size.",
    "- SET holds for whoever comes next on that server connection: use SET LOCAL within a transaction.",
    (
        "- LISTEN, advisory locks of a session, temporary tables and WITH HOLD cursors need a session: give them a "
        "pool of their own that goes directly to the server."
    ),
    "- Startup parameters that PgBouncer does not know are refused: ignore_startup_parameters names those to drop.",
)


def frameworks() -> Frameworks:
    """All that are known."""
    return Frameworks(frameworks=tuple(known.framework for known in KNOWN))


def pool(name: str, asked: Asked) -> Pool:
    """The configuration of this framework's pool.

    Raises WrongUsage for a framework that is not known, and for a name that no server could show.
    """
    known = _find(name)
    _check(asked.app)
    return Pool(
        framework=known.framework,
        max=asked.max,
        application_name=asked.app,
        transaction_pooling=asked.transaction_pooling,
        snippets=known.snippets(asked),
        give_back=known.give_back,
        traps=known.traps,
        notes=(*_about(asked), *((*_POOLED, f"- {known.behind_a_pooler}") if asked.transaction_pooling else ())),
    )


def _find(name: str) -> Known:
    by_name = {_plain(word): known for known in KNOWN for word in (known.framework.name, *known.framework.aliases)}
    found = by_name.get(_plain(name))
    if found is None:
        close = get_close_matches(_plain(name), by_name, n=5, cutoff=0.6)
        nearest = list(dict.fromkeys(by_name[word].framework.name for word in close))[:3]
        meant = f"did you mean {' or '.join(nearest)}? " if nearest else ""
        raise WrongUsage(f"there is no framework {name!r}", hint=f"{meant}pgconn pool --list shows all")
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9#]", "", name.casefold())


def _check(app: str) -> None:
    if not app.strip():
        raise WrongUsage("the name of the application is empty", hint="give the name of the service: --app web")
    if "\0" in app or any("\ud800" <= character <= "\udfff" for character in app):
        raise WrongUsage("the name of the application is not text", hint="give it in UTF-8: --app web")


def _about(asked: Asked) -> tuple[str, ...]:
    notes = []
    if asked.app == UNNAMED:
        notes.append(f"--app NAME puts the name of your service in the place of {UNNAMED}.")
    if len(asked.app.encode()) > NAME_BYTES:
        notes.append(f"PostgreSQL cuts an application_name after {NAME_BYTES} bytes: use a shorter one.")
    if not (asked.app.isascii() and asked.app.isprintable()):
        notes.append("PostgreSQL replaces what is not printable ASCII in an application_name: use a simpler one.")
    return tuple(notes)


__all__ = ["KNOWN", "NAME_BYTES", "UNNAMED", "Asked", "frameworks", "pool"]
