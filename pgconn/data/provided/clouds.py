"""Azure, Google, IBM and IONOS."""

from typing import Final

from pgconn.data.provided.provider import ANY, GB, Bands, Grant, PerRam, Provider


def _azure(*rows: tuple[str, int, int]) -> dict[str, Grant]:
    return {name: Grant(ram=gb * GB, max_connections=most) for name, gb, most in rows}


AZURE: Final = Provider(
    name="Azure",
    aliases=("Azure Flexible Server", "Azure Database for PostgreSQL"),
    grants=_azure(
        ("B1ms", 2, 50),
        ("B2s", 4, 429),
        ("B2ms", 8, 859),
        ("B4ms", 16, 1718),
        ("B8ms", 32, 3437),
        ("B12ms", 48, 5000),
        ("B16ms", 64, 5000),
        ("B20ms", 80, 5000),
        ("D2", 8, 859),
        ("D4", 16, 1718),
        ("D8", 32, 3437),
        ("D16", 64, 5000),
        ("D32", 128, 5000),
        ("D48", 192, 5000),
        ("D64", 256, 5000),
        ("D96", 384, 5000),
        ("E2", 16, 1718),
        ("E4", 32, 3437),
        ("E8", 64, 5000),
        ("E16", 128, 5000),
        ("E20", 160, 5000),
        ("E32", 256, 5000),
        ("E48", 384, 5000),
        ("E64", 432, 5000),
        ("E96", 672, 5000),
    ),
    spellings={
        r"(?:b_)?(?:standard_)?(b\d+m?s)(?:_v\d)?": r"\1",
        r"(?:gp_|mo_)?(?:standard_)?([de]\d+)(?:[a-z]*)(?:_v\d)?": r"\1",
    },
    rule=PerRam(each=2**20 / 0.1049165, most=5000, least=25),
    is_rule_exact=False,
    formula="about RAM / 10,000,000 bytes, 5000 at most; B1ms has 50",
    reserve=15,
    place="server parameter",
    words="among the server parameters; then restart the server",
    least=25,
    most=5000,
    pooler="PgBouncer built in, on port 6432: transaction mode, default_pool_size 50; not on Burstable classes",
    notes=(
        "the default is set when the server is made, and stays when it is resized",
        "15 are kept for Azure, in superuser_reserved_connections and reserved_connections together",
        "Azure advises 2 to 5 server connections a vCore for a pooler to begin with",
    ),
    source="Azure documentation, Limits in Flexible Server (2025-11)",
)

CLOUD_SQL: Final = Provider(
    name="Cloud SQL",
    aliases=("Google Cloud SQL", "GCP"),
    grants={
        "db-f1-micro": Grant(ram=int(0.6 * GB), max_connections=25),
        "db-g1-small": Grant(ram=int(1.7 * GB)),
    },
    ram_in_name=(r"db-custom-\d+-([1-9]\d*)", GB // 1024),
    rule=Bands(
        bands=(
            (0, 25),
            (int(1.7 * GB), 50),
            (3.75 * GB, 100),
            (6 * GB, 200),
            (7.5 * GB, 400),
            (15 * GB, 500),
            (30 * GB, 600),
            (60 * GB, 800),
            (120 * GB, 1000),
        )
    ),
    is_rule_exact=False,
    formula="a table by RAM; only the 25 of db-f1-micro is certain, and sources disagree on the others",
    place="database flag",
    words="as a database flag of the instance, which then restarts",
    pooler="the Auth Proxy and the connectors do not pool",
    notes=(
        "--database-flags replaces all flags of the instance: name every flag that is to stay",
        "changing the flag restarts the instance, and its replicas",
        "the reserve is not published; 6 of 25 were seen kept on db-f1-micro",
    ),
    source="Cloud SQL documentation, FAQ and flags",
)

ALLOYDB: Final = Provider(
    name="AlloyDB",
    formula="not published for its sizes",
    place="database flag",
    words="as a database flag of the instance, which then restarts",
    notes=("--database-flags replaces all flags of the instance: name every flag that is to stay",),
    source="AlloyDB documentation, database flags",
)

IBM: Final = Provider(
    name="IBM Cloud",
    aliases=("IBM", "IBM Cloud Databases"),
    grants={ANY: Grant(max_connections=115)},
    formula="115, whatever the size",
    reserve=15,
    place="configuration",
    words="in the configuration of the deployment, which then restarts",
    notes=("15 are kept for IBM",),
    source="IBM Cloud documentation, Databases for PostgreSQL",
)

IONOS: Final = Provider(
    name="IONOS",
    grants={
        f"{gb}GB": Grant(ram=gb * GB, max_connections=most)
        for gb, most in ((4, 384), (5, 512), (6, 640), (7, 768), (8, 896))
    },
    rule=PerRam(each=GB / 128, most=1000, kept=GB),
    is_rule_exact=False,
    formula="128 x (GB - 1), 1000 at most, as its table has it",
    reserve=11,
    place="plan",
    words="choose more RAM for the cluster",
    notes=("11 are kept for IONOS",),
    source="IONOS documentation, PostgreSQL limitations",
)
