"""Neon, Supabase, Heroku, DigitalOcean, Aiven, Crunchy Bridge and Timescale."""

from typing import Final

from pgconn.data.provided.provider import GB, Bands, Grant, PerRam, Provider

NEON: Final = Provider(
    name="Neon",
    grants={
        **{f"{units}CU": Grant(ram=int(4 * float(units) * GB)) for units in ("0.25", "0.5", *"12345678")},
        "9CU": Grant(ram=36 * GB, max_connections=4000),
    },
    spellings={
        r"(\d(?:\.\d+)?) ?(?:cu)?": r"\1CU",
    },
    ram_in_name=(r"(9|[1-4]\d|5[0-6]) ?(?:cu)?", 4 * GB),
    rule=PerRam(each=9_531_392 * GB / 10**9, most=4000, most_from=36 * GB),
    formula="RAM / 9531392 with GB of 10^9 bytes, 4000 at most; 1 CU has 4 GB; the same from 9 CU to 56",
    reserve=7,
    place="plan",
    words="choose a larger compute size, or a larger greatest size where it scales by itself",
    pooler="PgBouncer in transaction mode, up to 10000 clients: the host name with -pooler",
    notes=(
        "7 are kept for Neon",
        "with autoscaling, pages disagree whether the least or the greatest size counts: read SHOW max_connections",
    ),
    source="Neon documentation, Connection pooling (2026-01)",
)

SUPABASE: Final = Provider(
    name="Supabase",
    grants={
        name: Grant(ram=int(gb * GB), max_connections=most)
        for name, gb, most in (
            ("Nano", 0.5, 60),
            ("Micro", 1, 60),
            ("Small", 2, 90),
            ("Medium", 4, 120),
            ("Large", 8, 160),
            ("XL", 16, 240),
            ("2XL", 32, 380),
            ("4XL", 64, 480),
            ("8XL", 128, 490),
            ("12XL", 192, 500),
            ("16XL", 256, 500),
        )
    },
    rule=Bands(
        bands=(
            (0.5 * GB, 60),
            (2 * GB, 90),
            (4 * GB, 120),
            (8 * GB, 160),
            (16 * GB, 240),
            (32 * GB, 380),
            (64 * GB, 480),
            (128 * GB, 490),
            (192 * GB, 500),
        )
    ),
    formula="a table by compute size",
    place="configuration",
    words="in the configuration of the project, by its command line; the database restarts",
    pooler="Supavisor: 200 clients on Nano and Micro, 400, 600, 800, 1000 (XL), 1500, 3000, 6000, 9000, 12000 (16XL);"
    " 15 server connections a pool by default",
    notes=(
        "a number of your own stays when the compute size is changed",
        "its pool: 40 % of max_connections at most where the Data API is used much, else 80 %",
        "the reserve is not published",
    ),
    source="Supabase documentation, Compute and disk",
)

HEROKU: Final = Provider(
    name="Heroku",
    aliases=("Heroku Postgres",),
    grants={
        "essential-0": Grant(max_connections=20),
        "essential-1": Grant(max_connections=20),
        "essential-2": Grant(max_connections=40),
        "standard-0": Grant(max_connections=120),
        "premium-0": Grant(max_connections=120),
        "standard-2": Grant(max_connections=400),
        "premium-2": Grant(max_connections=400),
        "standard-3": Grant(max_connections=500),
        "premium-3": Grant(max_connections=500),
        "advanced-4G": Grant(ram=4 * GB, max_connections=380),
        "advanced-8G": Grant(ram=8 * GB, max_connections=800),
        "advanced-16G": Grant(ram=16 * GB, max_connections=1600),
        "advanced-32G": Grant(ram=32 * GB, max_connections=3200),
        "advanced-64G": Grant(ram=64 * GB, max_connections=5000),
    },
    spellings={r"(?:heroku-postgresql:)?(standard|premium)-(?:[4-9]|1\d)": r"\1-3", r"heroku-postgresql:(.+)": r"\1"},
    formula="a table by plan; standard-3 and premium-3 and all above them have the same",
    place="plan",
    words="move to a larger plan: Essential ones by addons:upgrade, the others by a follower or by pg:copy",
    pooler="PgBouncer, on Standard plans and above: heroku pg:connection-pooling:attach DATABASE --app APP",
    notes=(
        "Essential plans limit the role, and refuse with 'too many connections for role'",
        "the 500 of the largest plans follow the pattern; some of them were seen in a table",
    ),
    source="tables of Heroku Postgres plans in books and articles; Heroku's own for Advanced (2026-05)",
)

DIGITALOCEAN: Final = Provider(
    name="DigitalOcean",
    grants={f"{gb}GB": Grant(ram=gb * GB) for gb in (1, 2, 4, 8, 16, 32)},
    ram_in_name=(r"(?:(?:db|gd|so|m)[\w.-]*-)?([1-9]\d{0,2})gb", GB),
    rule=PerRam(each=GB / 25, most=100_000),
    formula="25 for each GB of RAM",
    reserve=3,
    place="plan",
    words="choose a larger plan",
    upgrade="doctl databases resize DATABASE_ID --size SIZE --num-nodes NODES",
    pooler="PgBouncer, on port 25061; pools share the connections of the plan",
    notes=("3 are kept for DigitalOcean's maintenance",),
    source="DigitalOcean documentation, Manage connection pools",
)

AIVEN: Final = Provider(
    name="Aiven",
    grants={
        "free": Grant(ram=GB, max_connections=20),
        "hobbyist": Grant(ram=2 * GB, max_connections=25),
        "startup-4": Grant(ram=4 * GB, max_connections=100),
        "startup-8": Grant(ram=8 * GB, max_connections=200),
        "startup-16": Grant(ram=16 * GB, max_connections=400),
        "startup-32": Grant(ram=32 * GB, max_connections=800),
        "startup-64": Grant(ram=64 * GB, max_connections=1000),
    },
    spellings={r"[a-z-]+-(4|8|16|32|64)": r"startup-\1", r"[a-z-]+-\d{3}": "startup-64"},
    rule=Bands(bands=((0, 25), (4 * GB, 100), (8 * GB, 200), (16 * GB, 400), (32 * GB, 800), (64 * GB, 1000))),
    formula="a table by plan: the number in its name is the RAM in GB",
    place="plan",
    words="choose a larger plan",
    upgrade="avn service update SERVICE --plan PLAN",
    pooler="PgBouncer, from startup plans on: 500 clients for each GB of RAM, 5000 at least and 50000 at most",
    notes=(
        "Aiven can set another number on request; then the replica is raised first, and it is never lowered again",
        "the reserve is not published, and Aiven's own tools use connections of the number",
    ),
    source="Aiven documentation, PostgreSQL connection limits",
)

CRUNCHY: Final = Provider(
    name="Crunchy Bridge",
    aliases=("Crunchy",),
    formula="not published for its plans",
    place="configuration",
    words="set {name} to {value} among the configuration parameters of the cluster, and restart it",
    pooler="PgBouncer built in, on port 5431",
    source="Crunchy Bridge documentation",
)

TIMESCALE: Final = Provider(
    name="Timescale",
    aliases=("Tiger Cloud",),
    formula="not published for its sizes",
    place="configuration",
    words="set {name} to {value} among the database parameters of the service, which then restarts",
    source="Timescale documentation",
)
