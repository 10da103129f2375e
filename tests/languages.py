"""Servers that speak other languages than English, where their programs have translations."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg
import pytest

from pgconn.demo import workdir
from pgconn.demo.clients import Connection, close, session
from pgconn.demo.cluster import Cluster
from pgconn.errors import Unavailable
from tests.conftest import MakeCluster
from tests.servers import PASSWORD, Server

LOCALES: Final = {"de": "de_DE.utf8", "ru": "ru_RU.utf8", "ja": "ja_JP.utf8", "zh_CN": "zh_CN.utf8"}
"""What lc_messages is called for each language."""

ROLE: Final = "replicator"
"""A role that needs a password and may come in as a walsender."""


@contextlib.contextmanager
def speaking(
    cluster: Cluster, make_cluster: MakeCluster, monkeypatch: pytest.MonkeyPatch, language: str, ctype: str = "C.UTF-8"
) -> Iterator[Server]:
    """A server of this language with the programs of another, whose own environment has this LC_CTYPE.

    With LC_CTYPE=C, as containers have it, all that is no ASCII is transliterated or becomes a question mark.
    """
    usual = workdir._environment() | _locales(cluster.bindir) | {"LC_CTYPE": ctype}
    usual.pop("LC_ALL", None)
    settings = {"lc_messages": LOCALES[language], "max_connections": "12", "superuser_reserved_connections": "2"}
    with monkeypatch.context() as patched:
        patched.setattr(workdir, "_environment", lambda: usual)
        try:
            server = make_cluster(settings, hba=(f"host all {ROLE} all scram-sha-256",))
        except Unavailable:
            pytest.skip(f"this machine has no locale {LOCALES[language]}")
    with session(server) as owner:
        with pytest.raises(psycopg.errors.DivisionByZero) as raised:
            owner.execute("select 1/0")
        if "division by zero" in str(raised.value):
            pytest.skip("this server has no translations")
        owner.execute(f"create role {ROLE} login replication password '{PASSWORD}' in role pg_monitor".encode())
    yield server


def _locales(bindir: Path) -> dict[str, str]:
    """Where the C library finds the locales, if they came with the programs."""
    found = os.environ.get("LOCPATH") or next(
        (str(place) for folder in bindir.parents if (place := folder / "usr/lib/locale").is_dir()), None
    )
    return {"LOCPATH": found} if found else {}


@contextlib.contextmanager
def full(server: Server, user: str = "app") -> Iterator[list[Connection]]:
    """All slots taken that this role can have, whatever the words in which the next one is refused."""
    opened: list[Connection] = []
    try:
        with contextlib.suppress(psycopg.OperationalError):
            while True:
                opened.append(server.connect(user=user))
        yield opened
    finally:
        close(*opened)
