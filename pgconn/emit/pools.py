"""The configuration that holds the pool of an application to a number, made of the files in `data/frameworks`.

Each of these files is valid in its language as it stands, so that an editor or a compiler can check it: it is the
answer for an application named PGCONN_APPLICATION, with 1001 connections, through a pooler. What changes is marked:

- PGCONN_APPLICATION stands within a literal and becomes the name, escaped for a literal of that language; 1001 becomes
  the number. Both are replaced in one pass over the file, so that a name which holds either of them stays as it is.
- The lines between the comments `pgconn: begin transaction pooling` and `pgconn: end transaction pooling` are dropped
  for an application that connects to the server itself.
- Where a file needs more than is to be shown, what is shown stands between `pgconn: begin snippet` and
  `pgconn: end snippet`, with its indentation removed.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from textwrap import dedent
from typing import Final

from pgconn.data import framework as data
from pgconn.documents.pool import Framework, Frameworks, Pool, Snippet
from pgconn.emit.literals import ESCAPES
from pgconn.errors import WrongUsage

UNNAMED: Final = "my-service"
"""What stands for the name of a service that was not given."""

NAME_BYTES: Final = 63
"""What PostgreSQL keeps of an application_name."""

_BETWEEN: Final = r"^ *\S+ pgconn: begin {0}\n(.*?)^ *\S+ pgconn: end {0}\n"
_SNIPPET: Final = re.compile(_BETWEEN.format("snippet"), re.MULTILINE | re.DOTALL)
_POOLING: Final = re.compile(_BETWEEN.format("transaction pooling"), re.MULTILINE | re.DOTALL)
_GAP: Final = re.compile(r"PGCONN_APPLICATION|\b1001\b")

_FORMATS: Final = {
    "conf": "ini",
    "cs": "csharp",
    "exs": "elixir",
    "js": "javascript",
    "mjs": "javascript",
    "py": "python",
    "rb": "ruby",
    "rs": "rust",
    "yml": "yaml",
}
"""What Markdown calls the language of a file, where that is not the ending of its name."""

_POOLED: Final = (
    "Through PgBouncer in transaction mode:",
    "- max counts connections to PgBouncer (max_client_conn); those to the server are its default_pool_size.",
    "- SET stays for the next client of that server connection: use SET LOCAL within a transaction.",
    (
        "- LISTEN, advisory locks of a session, temporary tables and WITH HOLD cursors need a session: give them a "
        "pool of their own that goes directly to the server."
    ),
    "- Startup parameters that PgBouncer does not know are refused: ignore_startup_parameters names those to drop.",
)


def frameworks() -> Frameworks:
    """All that are known."""
    known = data.names()
    return Frameworks(
        frameworks=tuple(_framework(name, aliases, data.specification(name)) for name, aliases in known.items())
    )


def requested(
    name: str | None, most: int | None, app: str | None, *, transaction_pooling: bool, list_all: bool
) -> Pool | Frameworks:
    """One pool, or all that are known; raises WrongUsage for what is missing, and as `pool` does."""
    if list_all and (name or most):
        raise WrongUsage("--list lists them all", hint="leave it out, or the rest")
    if list_all:
        return frameworks()
    if name is None:
        raise WrongUsage("no framework is named", hint="pgconn pool --list shows all")
    if most is None:
        raise WrongUsage(f"how many connections may {name} open?", hint="say it: --max 8")
    return pool(name, most=most, app=UNNAMED if app is None else app, transaction_pooling=transaction_pooling)


def pool(name: str, *, most: int, app: str = UNNAMED, transaction_pooling: bool = False) -> Pool:
    """The configuration of this framework's pool, with at most so many connections, for this service.

    Raises WrongUsage for a framework that is not known, and for a name that no server could show.
    """
    known = data.names()
    found = _find(name, known)
    _check(app)
    specification = data.specification(found)

    def snippet(title: str, file: str) -> Snippet:
        ending = file.rpartition(".")[2]
        language = _FORMATS.get(ending, ending)
        shown = _shown(data.source(found, file), transaction_pooling=transaction_pooling)
        return Snippet(title=title, format=language, text=_filled(shown, language, app, most))

    return Pool(
        framework=_framework(found, known[found], specification),
        max=most,
        application_name=app,
        transaction_pooling=transaction_pooling,
        snippets=tuple(
            snippet(one.title, (transaction_pooling and one.pooler_file) or one.file) for one in specification.snippets
        ),
        give_back=snippet("release it", specification.release),
        traps=specification.traps,
        notes=(*_about(app), *((*_POOLED, f"- {specification.behind_a_pooler}") if transaction_pooling else ())),
    )


def _framework(name: str, aliases: tuple[str, ...], specification: data.Specification) -> Framework:
    return Framework(
        name=name,
        title=specification.title,
        language=specification.language,
        aliases=aliases,
        parameter=specification.parameter,
        default=specification.default,
        peak=specification.peak,
        peak_text=specification.peak_text,
        scope=specification.scope,
        other=specification.other,
    )


def _shown(text: str, *, transaction_pooling: bool) -> str:
    if snippet := _SNIPPET.search(text):
        text = dedent(snippet[1])
    return _POOLING.sub(r"\1" if transaction_pooling else "", text)


def _filled(text: str, language: str, app: str, most: int) -> str:
    return _GAP.sub(lambda gap: str(most) if gap[0] == "1001" else ESCAPES[language](app), text)


def _find(name: str, known: Mapping[str, tuple[str, ...]]) -> str:
    by_name = {_plain(word): one for one, aliases in known.items() for word in (one, *aliases)}
    found = by_name.get(_plain(name))
    if found is None:
        close = get_close_matches(_plain(name), by_name, n=5, cutoff=0.6)
        nearest = list(dict.fromkeys(by_name[word] for word in close))[:3]
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


def _about(app: str) -> tuple[str, ...]:
    notes = []
    if app == UNNAMED:
        notes.append(f"--app NAME puts the name of your service in the place of {UNNAMED}.")
    if len(app.encode()) > NAME_BYTES:
        notes.append(f"PostgreSQL cuts an application_name after {NAME_BYTES} bytes: use a shorter one.")
    if not (app.isascii() and app.isprintable()):
        notes.append("PostgreSQL replaces what is not printable ASCII in an application_name: use a simpler one.")
    return tuple(notes)
