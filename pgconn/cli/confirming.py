"""The question before sessions end: the plan on the screen, and a yes."""

import sys
from typing import Final

from pgconn.cli.asking import confirm
from pgconn.model.termination import Plan
from pgconn.text.quantities import show_count

_NAMED: Final = 50  # rows of each table; whoever ends more than that by hand reads the costs, or --dry-run --json


def confirm_plan(plan: Plan, *, yes: bool) -> None:
    """Show whom the plan names and ask; raises NotConfirmed without a yes, and where there is no terminal to ask on."""
    many = show_count(len(plan.victims), "session")
    what = "Cancel the statement of" if plan.action == "cancel" else "End"
    if sys.stdin.isatty() and not yes:
        _show(plan)
    confirm(f"{what} {many}?", yes=yes, otherwise=f"nobody was ended; {many} would be")


def _show(plan: Plan) -> None:
    from pgconn.render.formats.text import screen, write_text
    from pgconn.render.views.termination import plan_page

    width, _ = screen()
    print(write_text(plan_page(plan).cut(_NAMED), width=width, height=None, color=False), file=sys.stderr, flush=True)
