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
        # s that a thread keeps its connection; default: one a request
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,  # tried in each request
        # pgconn: begin transaction pooling
        "DISABLE_SERVER_SIDE_CURSORS": True,  # they would stay behind
        # pgconn: end transaction pooling
        "OPTIONS": {
            # What pg_stat_activity shows: the service, and its host or pod.
            "application_name": "PGCONN_APPLICATION@" + socket.gethostname(),
            "connect_timeout": 5,  # s for the server to answer
        },
    }
}
