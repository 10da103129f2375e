"""The pool of Django, and Django without one."""

from typing import Final

from pgconn.documents.pool import Framework, Snippet
from pgconn.emit.frameworks.known import Asked, Known, fill, when
from pgconn.emit.frameworks.quoting import python

_DJANGO: Final = """
import os
import socket

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("PGDATABASE", ""),
        "USER": os.environ.get("PGUSER", ""),
        "PASSWORD": os.environ.get("PGPASSWORD", ""),
        "HOST": os.environ.get("PGHOST", ""),
        "PORT": os.environ.get("PGPORT", ""),
        "CONN_MAX_AGE": 0,  # with a pool it must be 0
        "CONN_HEALTH_CHECKS": True,  # tried before it is handed out
        «pooled»
        "OPTIONS": {
            # What pg_stat_activity shows: the service, and its host or pod.
            "application_name": «app» + socket.gethostname(),
            "connect_timeout": 5,  # s for the server to answer
            "pool": {
                "max_size": «max»,  # all that this process may open; untouched: 4
                "min_size": 1,  # one is ready; untouched: 4, never closed
                "timeout": 5,  # 5 s without a free one: an error; untouched: 30
                "max_idle": 300,  # 5 min unused: closed, its slot is free
                "max_lifetime": 1800,  # 30 min old, less some jitter: replaced
            },
        },
    }
}
"""

_DJANGO_BACK: Final = """
# A request gives its connection back by itself when it ends; a thread of yours:
from django.db import connection


def work():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()  # to the pool
"""

_DJANGO_ALONE: Final = """
import os
import socket

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("PGDATABASE", ""),
        "USER": os.environ.get("PGUSER", ""),
        "PASSWORD": os.environ.get("PGPASSWORD", ""),
        "HOST": os.environ.get("PGHOST", ""),
        "PORT": os.environ.get("PGPORT", ""),
        # s that a thread keeps its connection; untouched: one each request
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,  # tried in each request
        «pooled»
        "OPTIONS": {
            # What pg_stat_activity shows: the service, and its host or pod.
            "application_name": «app» + socket.gethostname(),
            "connect_timeout": 5,  # s for the server to answer
        },
    }
}
"""

_GUNICORN: Final = """
# There is no pool: each thread has its own connection; these bound them.
workers = 1  # processes; the connections are workers x threads x databases
threads = «max»  # of each worker
max_requests = 1000  # then a worker is replaced, and with it its connections
max_requests_jitter = 100  # not all at once
"""

_NO_CURSORS: Final = '"DISABLE_SERVER_SIDE_CURSORS": True,  # they would stay behind'


def _django(asked: Asked) -> tuple[Snippet, ...]:
    pooled = when(asked.transaction_pooling, _NO_CURSORS)
    text = fill(_DJANGO, app=python(asked.service), max=asked.max, pooled=pooled)
    return (_snippet("settings.py, for Django 5.1 and later with psycopg[pool]", text),)


def _django_alone(asked: Asked) -> tuple[Snippet, ...]:
    pooled = when(asked.transaction_pooling, _NO_CURSORS)
    text = fill(_DJANGO_ALONE, app=python(asked.service), pooled=pooled)
    return (_snippet("settings.py", text), _snippet("gunicorn.conf.py", fill(_GUNICORN, max=asked.max)))


def _snippet(title: str, text: str) -> Snippet:
    return Snippet(title=title, format="python", text=text)


DJANGO: Final = (
    Known(
        framework=Framework(
            name="django",
            title="Django 5.1 and later, with its pool",
            language="Python",
            aliases=("django-5.1", "django>=5.1", "django-5.2", "django-6", "django-pool"),
            parameter="OPTIONS.pool.max_size",
            default="4 (min_size)",
            peak=4,
            peak_text="4",
            other="django-no-pool",
        ),
        snippets=_django,
        give_back=_snippet("give it back", fill(_DJANGO_BACK)),
        traps=(
            "It needs psycopg 3 with psycopg[pool]; with CONN_MAX_AGE other than 0 it raises ImproperlyConfigured.",
            "There is a pool in each process for each database alias: gunicorn's workers multiply it.",
        ),
        behind_a_pooler="DISABLE_SERVER_SIDE_CURSORS, as above. Django prepares nothing unless it is told to.",
    ),
    Known(
        framework=Framework(
            name="django-no-pool",
            title="Django without a pool",
            language="Python",
            aliases=("django-5.0", "django<=5.0", "django-4"),
            parameter="threads x workers",
            default="CONN_MAX_AGE 0",
            peak=1,
            peak_text="1 a thread",
            scope="each worker",
            other="django",
        ),
        snippets=_django_alone,
        give_back=_snippet("give it back", fill(_DJANGO_BACK)),
        traps=(
            (
                "There is no pool: the connections are workers x threads x databases, and nothing bounds them but "
                "those. Here --max is the number of threads of each worker."
            ),
            (
                "Under ASGI each request may run in another thread: CONN_MAX_AGE other than 0 then leaves connections "
                "behind until every slot is taken."
            ),
        ),
        behind_a_pooler="DISABLE_SERVER_SIDE_CURSORS, as above. Django prepares nothing unless it is told to.",
    ),
)
