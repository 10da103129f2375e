"""The exact screens of a fixed server, to be read in golden/.

After a change that is meant, python -m tests.render.test_golden writes them anew.
"""

from pathlib import Path
from typing import Final

import pytest

from tests.model.making import shop, snapshot
from tests.render.made import documents as documents_made
from tests.render.pages import FORMATS, Document, sessions_of, status_of, table, written

pytestmark = pytest.mark.offline

GOLDEN: Final = Path(__file__).parent / "golden"


def transcripts() -> dict[str, str]:
    """Every transcript by the name of its file."""
    documents: dict[str, Document] = {
        "status": status_of(shop()),
        "by": status_of(shop(), ("application_name", "user", "client_addr")),
        "sessions": sessions_of(shop()),
    }
    found = {
        f"{kind}-{width}x{height}.txt": table(document, width, height)
        for kind, document in documents.items()
        for width, height in ((80, 24), (160, 50))
    }
    found |= {
        f"{kind}-{name}.txt": FORMATS[name](document)
        for kind, document in documents.items()
        for name in ("plain", "csv", "markdown", "json")
    }
    for kind, (made, options) in documents_made().items():
        found[f"{kind}-made.txt"] = "\n".join(
            f"{name}\n\n{written(made, name, options, height=None if options.rows else 24)}"
            for name in ("table", "plain", "markdown", "csv")
        )
    return found | {"nobody-80x24.txt": table(status_of(snapshot()), 80, 24) + table(sessions_of(snapshot()), 80, 24)}


@pytest.mark.parametrize("name", sorted(transcripts()))
def test_the_screen_is_the_one_in_the_transcript(name: str) -> None:
    assert transcripts()[name] == (GOLDEN / name).read_text(encoding="utf-8")


def test_there_is_no_transcript_of_nothing() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(transcripts())


if __name__ == "__main__":
    for name, text in transcripts().items():
        (GOLDEN / name).write_text(text, encoding="utf-8")
