"""The providers, one module a family, as data."""

from typing import Final

from pgconn.data.provided.aws import AURORA, RDS
from pgconn.data.provided.clouds import ALLOYDB, AZURE, CLOUD_SQL, IBM, IONOS
from pgconn.data.provided.images import SPILO, TIMESCALEDB_TUNE
from pgconn.data.provided.platforms import AIVEN, CRUNCHY, DIGITALOCEAN, HEROKU, NEON, SUPABASE, TIMESCALE
from pgconn.data.provided.provider import Provider

PROVIDERS: Final[tuple[Provider, ...]] = (
    RDS,
    AURORA,
    CLOUD_SQL,
    ALLOYDB,
    AZURE,
    NEON,
    SUPABASE,
    HEROKU,
    DIGITALOCEAN,
    AIVEN,
    CRUNCHY,
    TIMESCALE,
    IBM,
    IONOS,
    SPILO,
    TIMESCALEDB_TUNE,
)
