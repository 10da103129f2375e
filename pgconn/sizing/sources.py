"""Where the numbers of a sizing come from, as each of them names its source."""

from typing import Final

MEASURED: Final = "measured on PostgreSQL 13 to 18"
DOCUMENTATION: Final = "PostgreSQL's documentation"
CONNECTIONS: Final = f"{DOCUMENTATION}, Connections and Authentication"
CLIENTS: Final = f"{DOCUMENTATION}, Client Connection Defaults"
KERNEL: Final = f"{DOCUMENTATION}, Managing Kernel Resources"
STANDBY: Final = f"{DOCUMENTATION}, Hot Standby"
RESOURCES: Final = f"{DOCUMENTATION}, Resource Consumption"
PGBOUNCER: Final = "PgBouncer's documentation"
GUIDES: Final = "rule of thumb of tuning guides"
JUDGEMENT: Final = "a judgement"
TOPOLOGY: Final = "topology and its surge"
CALCULATION: Final = "the calculation"
SUM: Final = "the sum of the others"
