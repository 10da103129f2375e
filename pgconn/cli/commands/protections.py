"""`pgconn protections`."""

from typing import Final

from pgconn.cli.options.groups import with_groups
from pgconn.cli.options.output import Output

EXAMPLES: Final = """pgconn protections
pgconn protections --json"""


@with_groups
def protections(output: Output) -> None:
    """Whom the commands that end sessions spare, by what they know them, and the name that lifts it."""
    from pgconn.actions.protections import listed
    from pgconn.cli.output import write

    write(listed(), output)
