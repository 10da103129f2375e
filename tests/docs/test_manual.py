"""The man page says what `--help` says, and roff prints it without a warning."""

import re
import shutil
import subprocess

import pytest

from tests.docs.generate import DOCS
from tests.docs.manual import escaped, manual

pytestmark = pytest.mark.offline

HELP = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")


def rendered(page: str) -> str:
    """A page as roff prints it, in one line."""
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("there is no groff here")
    ran = subprocess.run(
        [groff, "-man", "-ww", "-Tutf8", "-K", "utf-8", "-P-c", "-rHY=0"],
        input=page,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert ran.stderr == ""
    return " ".join(re.sub(r".\x08", "", ran.stdout).split())


@pytest.mark.parametrize(
    "text",
    [".TH at the beginning", "'br at the beginning", r"C:\new \fBfile", "--not-app NAME", "'~^SELECT `x`'", 'a "b" c'],
)
def test_what_roff_would_read_as_its_own_is_printed(text: str) -> None:
    assert text in rendered(f'.TH X 1 "" "" ""\n.SH NAME\n{escaped(text)}\n')


def test_roff_prints_the_page_without_a_warning() -> None:
    page = rendered(manual())
    for option in set(re.findall(r"^ +(--[\w-]+)", HELP, re.MULTILINE)):
        assert option in page


def test_every_example_of_the_help_is_in_the_page() -> None:
    page = manual().splitlines()
    examples = [line for part in HELP.split("\nExamples:\n")[1:] for line in part.partition("```")[0].splitlines()]
    assert len(examples) > 40
    assert [line for line in examples if escaped(line.strip()) not in page] == []
