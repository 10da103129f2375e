"""A document as one table of comma-separated values with a header; numbers raw, ages in seconds, no cell a formula."""

import csv
import io

from pgconn.render.views import Rows
from pgconn.text.harmless import harmless_csv


def write(table: Rows) -> str:
    """The rows as CSV, each as long as the header."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow(map(_written, (*row, *[None] * (len(table.columns) - len(row)))))
    return out.getvalue()


def _written(cell: object) -> object:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return harmless_csv(cell) if isinstance(cell, str) else cell
