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
        # pgconn: begin transaction pooling
        "DISABLE_SERVER_SIDE_CURSORS": True,  # they would stay behind
        # pgconn: end transaction pooling
        "OPTIONS": {
            # What pg_stat_activity shows: the service, and its host or pod.
            "application_name": "PGCONN_APPLICATION@" + socket.gethostname(),
            "connect_timeout": 5,  # s for the server to answer
            "pool": {
                "max_size": 1001,  # all that this process may open; default 4
                "min_size": 1,  # one is ready; default 4, never closed
                "timeout": 5,  # 5 s without a free one: an error; default 30
                "max_idle": 300,  # 5 min unused: closed, its slot is free
                "max_lifetime": 1800,  # 30 min old, less some jitter: replaced
            },
        },
    }
}
