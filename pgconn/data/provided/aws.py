"""Amazon RDS and Aurora."""

from typing import Final

from pgconn.data.provided.provider import GB, Grant, PerRam, Provider

_EACH: Final = 9_531_392
_FORMULA: Final = "LEAST({DBInstanceClassMemory/9531392}, 5000)"
_SIZES: Final = {"medium": 1, "large": 2, "xlarge": 4, **{f"{n}xlarge": 4 * n for n in (2, 4, 8, 12, 16, 24, 32, 48)}}
_BURSTING: Final = {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16, "2xlarge": 32}

_BY_RAM: Final = {
    **{f"db.t*.{size}": Grant(ram=gb * GB) for size, gb in _BURSTING.items()},
    **{f"db.m*.{size}": Grant(ram=cores * 4 * GB) for size, cores in _SIZES.items()},
    **{f"db.r*.{size}": Grant(ram=cores * 8 * GB) for size, cores in _SIZES.items()},
}
_SPELLINGS: Final = {
    r"(?:db\.)?t[34]g?\.(\w+)": r"db.t*.\1",
    r"(?:db\.)?m[4-8]\w*\.(\w+)": r"db.m*.\1",
    r"(?:db\.)?r[5-8]\w*\.(\w+)": r"db.r*.\1",
}


def _published(family: str, *rows: tuple[str, float, int]) -> dict[str, Grant]:
    return {f"db.{family}.{size}": Grant(ram=int(gb * GB), max_connections=most) for size, gb, most in rows}


def _from_there(*sizes: tuple[str, float]) -> tuple[tuple[str, float, int], ...]:
    """Classes that are large enough for the greatest number."""
    return tuple((size, gb, 5000) for size, gb in sizes)


_AURORA: Final = {
    **_published("t3", ("medium", 4, 420), ("large", 8, 844)),
    **_published("t4g", ("medium", 4, 405), ("large", 8, 844)),
    **_published(
        "r4",
        ("large", 15.25, 1600),
        ("xlarge", 30.5, 3200),
        *_from_there(("2xlarge", 61), ("4xlarge", 122), ("8xlarge", 244), ("16xlarge", 488)),
    ),
    **_published(
        "r5",
        ("large", 16, 1600),
        ("xlarge", 32, 3300),
        *_from_there(("2xlarge", 64), ("4xlarge", 128), ("8xlarge", 256)),
        *_from_there(("12xlarge", 384), ("16xlarge", 512), ("24xlarge", 768)),
    ),
    **_published(
        "r6g",
        ("large", 16, 1722),
        ("xlarge", 32, 3479),
        *_from_there(("2xlarge", 64), ("4xlarge", 128), ("8xlarge", 256), ("12xlarge", 384), ("16xlarge", 512)),
    ),
    **_published(
        "x2g",
        ("large", 32, 3479),
        *_from_there(("xlarge", 64), ("2xlarge", 128), ("4xlarge", 256)),
        *_from_there(("8xlarge", 512), ("12xlarge", 768), ("16xlarge", 1024)),
    ),
}
_SERVERLESS: Final = {
    f"serverless-{units}": Grant(ram=units * 2 * GB, max_connections=most)
    for units, most in ((1, 189), (4, 823), (8, 1669), (16, 3360), (32, 5000), (64, 5000), (128, 5000))
}

_PROXY: Final = (
    "RDS Proxy: as many server connections as MaxConnectionsPercent (100) of max_connections; a client waits"
    " ConnectionBorrowTimeout (120 s), and an idle one is cut after IdleClientTimeout (1800 s)"
)
_CEILING: Final = "the number is a ceiling: it leaves no memory for shared_buffers, queries or the system"
_LESS: Final = (
    "DBInstanceClassMemory is what the class has less what the system and RDS take: 3 to 11 % fewer connections than"
    " the RAM of the class gives"
)


def proxy_ceiling(max_connections: int, percent: int = 100) -> int:
    """How many server connections RDS Proxy opens at most."""
    return max_connections * percent // 100


RDS: Final = Provider(
    name="RDS",
    aliases=("Amazon RDS", "AWS RDS", "AWS"),
    grants=_BY_RAM,
    spellings=_SPELLINGS,
    rule=PerRam(each=_EACH, most=5000),
    is_rule_exact=False,
    formula=_FORMULA,
    reserve=5,
    place="parameter group",
    words="in a DB parameter group of your own; then reboot the instance",
    pooler=_PROXY,
    notes=(
        _LESS,
        _CEILING,
        "the default parameter group cannot be changed: make one of your own, attach it, and reboot",
        "3 are kept for superusers and 2 for rds_superuser (rds.rds_superuser_reserved_connections)",
        "ALTER SYSTEM and a superuser are not to be had",
    ),
    source="AWS Prescriptive Guidance, Tuning PostgreSQL parameters: max_connections; RDS User Guide",
)

AURORA: Final = Provider(
    name="Aurora",
    aliases=("Amazon Aurora", "Aurora PostgreSQL"),
    grants=_AURORA | _SERVERLESS | _BY_RAM,
    spellings=_SPELLINGS,
    rule=PerRam(each=_EACH, most=5000),
    is_rule_exact=False,
    formula=f"{_FORMULA}; the published table for the classes in it",
    reserve=5,
    place="parameter group",
    words="in a DB cluster parameter group of your own; then reboot the instances",
    pooler=_PROXY,
    notes=(
        _LESS,
        _CEILING,
        "Serverless v2 reckons from its greatest capacity (ACU), whatever it runs with; another range needs a reboot",
        "with a least capacity of 0 or 0.5 ACU it is 2000 at most",
        "Aurora's own automation needs 3 connections or more beside the reserve",
        "3 are kept for superusers and 2 for rds_superuser (rds.rds_superuser_reserved_connections)",
        "ALTER SYSTEM and a superuser are not to be had",
    ),
    source="Aurora User Guide, Managing Aurora PostgreSQL (table of 2023) and Serverless v2",
)
