"""`pgconn protections`."""

from typing import Final

from pgconn.actions.protections import listed
from pgconn.cli.options import with_groups
from pgconn.cli.output import Output, write

EXAMPLES: Final = """pgconn protections
pgconn protections --json"""


@with_groups
def protections(output: Output) -> None:
    """List the sessions that are never ended unless you allow it by name, and how each is recognised."""
    write(listed(), output)
