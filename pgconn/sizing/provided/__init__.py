"""The providers, one module a family, as data."""

from typing import Final

from pgconn.sizing.provided.aws import AURORA, RDS
from pgconn.sizing.provided.clouds import ALLOYDB, AZURE, CLOUD_SQL, IBM, IONOS
from pgconn.sizing.provided.images import SPILO, TIMESCALEDB_TUNE
from pgconn.sizing.provided.platforms import AIVEN, CRUNCHY, DIGITALOCEAN, HEROKU, NEON, SUPABASE, TIMESCALE
from pgconn.sizing.provided.provider import Provider

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
