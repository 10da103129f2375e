"""What the pools inside applications say when they have no connection to lend.

Each pattern is only as long as it must be, for what the server said may stand on the same line.
"""

from typing import Final

from pgconn.refusals.texts import Text

APPLICATION_POOLS: Final = Text(
    "not_a_limit",
    "application_pool",
    (
        r"Connection is not available, request timed out after \d+ ?ms",
        r"Pool empty\. Unable to fetch a connection in \d+ seconds",
        r"Cannot get a connection, pool (?:error|exhausted)(?:[:,]? Timeout waiting for idle object)?",
        r"An attempt by a client to checkout a Connection has timed out",
        r"Acquisition timeout while waiting for new connection",
        r"Connection acquisition timed out after \w+",
        r"QueuePool limit of (?:size )?\d+ overflow \d+ reached(?:, connection timed out, timeout [\d.]+)?",
        r"couldn't get a connection after [\d.]+ sec",
        r"the pool '[^'\n]{0,99}' has already \d+ requests waiting",
        r"connection pool exhausted",
        r"Max connections exceeded, timed out attempting to connect",
        r"timeout exceeded when trying to connect",
        r"Timeout acquiring a connection\. The pool is probably full",
        r"(?:Sequelize)?ConnectionAcquireTimeoutError",
        r"Timed out fetching a new connection from the connection pool",
        r"\bP2024\b",
        r"[Cc]ould not obtain a (?:database )?connection (?:from the pool )?within [\d.]+ seconds",
        r"Sequel::PoolTimeout",
        r"connection not available and request was dropped from queue after \w+",
        r"The connection pool has been exhausted",
        r"pool timed out while waiting for an open connection",
        r"Timeout occurred while waiting for a slot to become available",
        r"timed out waiting for connection",
        r"Timed out in bb8",
        r"ResourceRequest timed out",
    ),
)
