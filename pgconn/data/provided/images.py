"""What sets max_connections by itself where you run the server: container images and their tools."""

from typing import Final

from pgconn.data.provided.provider import GB, Bands, PerRam, Provider

SPILO: Final = Provider(
    name="Spilo",
    aliases=("Zalando",),
    rule=PerRam(each=30 * 2**20, least=100, most=1000),
    formula="RAM / 30 MB, 100 at least and 1000 at most; the RAM is the container's",
    reserve=3,
    place="manifest",
    words='put {name}: "{value}" below spec.postgresql.parameters in the manifest of the cluster',
    pooler="PgBouncer by the operator's enableConnectionPooler: 60 server connections for all its instances",
    notes=(
        "at 512MB it still gives 100",
        "the operator restarts the members in the right order when the number is changed",
        "another memory limit gives another number at the next start",
    ),
    source="Spilo, configure_spilo.py",
)

TIMESCALEDB_TUNE: Final = Provider(
    name="timescaledb-tune",
    aliases=("TimescaleDB image",),
    rule=Bands(bands=((0, 25), (2 * GB + 1, 50), (4 * GB + 1, 75), (6 * GB + 1, 100))),
    formula="25 up to 2GB of RAM, 50 up to 4GB, 75 up to 6GB, else 100",
    reserve=3,
    place="configuration",
    words="set {name} = {value} in postgresql.conf, or give the tool --max-conns {value}; then restart",
    notes=("it sets 100 whatever the RAM above 6GB",),
    source="timescaledb-tune, default connections",
)
