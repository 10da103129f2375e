"""The data files: each is read into its type, and what does not fit is refused by the name of its file and key."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec
import pytest

from pgconn.actions.protections import roles_of_tools
from pgconn.data import framework, reading
from pgconn.data.losses import losses
from pgconn.data.pooler_settings import pooler_settings, rds_proxy_notes, rds_proxy_template
from pgconn.data.provider import providers
from pgconn.data.reading import FOLDER
from pgconn.data.settings import known_settings
from pgconn.data.versions import versions
from pgconn.emit.pools import pool
from pgconn.logs.markers import looks
from pgconn.model import Value
from pgconn.refusals.messages import english, translations
from pgconn.refusals.pages import VARIANTS, meaning_of
from pgconn.refusals.situations import poolers
from pgconn.refusals.topics import contents
from pgconn.sizing.number import known_words

pytestmark = pytest.mark.offline

GOOD: Final = 'name = "a"\n'


class Known(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of one name and some numbers."""

    name: str
    numbers: tuple[int, ...] = ()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(reading, "FOLDER", tmp_path)
    return tmp_path


def test_a_file_becomes_a_value(folder: Path) -> None:
    (folder / "a.toml").write_text(GOOD + "numbers = [1, 2]", encoding="utf-8")
    assert reading.toml("a.toml", Known) == Known(name="a", numbers=(1, 2))


def test_a_page_is_its_head_and_its_text(folder: Path) -> None:
    (folder / "a.md").write_text(f"+++\n{GOOD}+++\n\nWords.\n\nMore words.\n", encoding="utf-8")
    assert reading.page("a.md", Known) == (Known(name="a"), "Words.\n\nMore words.")


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ('name = "a"\nnumber = 1', "number"),
        ("numbers = [1]", "name"),
        ('name = "a"\nnumbers = [1, "x"]', r"\$\.numbers\[1\]|\$\.numbers\[\.\.\.\]"),
        ('name = "a', "line 1|Unterminated|newline|document"),
    ],
)
def test_what_does_not_fit_names_the_file_and_the_key(folder: Path, content: str, key: str) -> None:
    (folder / "a.toml").write_text(content, encoding="utf-8")
    (folder / "a.md").write_text(f"+++\n{content}\n+++\n", encoding="utf-8")
    for read in (lambda: reading.toml("a.toml", Known), lambda: reading.page("a.md", Known)):
        with pytest.raises(ValueError, match=rf"a\.(toml|md): .*(?:{key})") as raised:
            read()
        assert isinstance(raised.value.__cause__, msgspec.DecodeError)


@pytest.mark.parametrize("content", ["Words.", "+++\nname = 1\n", "\n+++\n+++\n"])
def test_a_page_without_a_head_is_refused(folder: Path, content: str) -> None:
    (folder / "a.md").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.md: a page begins with"):
        reading.page("a.md", Known)


def asked_for() -> set[str]:
    """The data files that the program reads when everything that it knows is asked for."""
    paths: set[str] = set()
    original = reading.text

    def text(path: str) -> str:
        paths.add(path)
        return original(path)

    reading.text = text
    english()
    translations()
    poolers()
    contents()
    roles_of_tools()
    losses()
    for variant in VARIANTS:
        meaning_of(variant)
    providers()
    known_settings()
    known_words()
    versions()
    looks()
    pooler_settings()
    rds_proxy_notes()
    for form in ("tf", "yaml"):
        rds_proxy_template(form)
    for name in framework.names():
        for pooled in (False, True):
            pool(name, most=8, transaction_pooling=pooled)
    return paths


def is_data(path: Path) -> bool:
    """Whether it is neither a module nor compiled from one; a folder of a framework is no package."""
    module = path.suffix == ".py" and (path.parent / "__init__.py").is_file()
    return path.is_file() and not module and path.suffix != ".pyc"


def test_the_program_reads_every_data_file() -> None:
    """In an interpreter of its own, because what was read once is kept."""
    script = "from tests.data.test_data import asked_for; print(*sorted(asked_for()), sep='\\n')"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True)
    files = {path.relative_to(FOLDER).as_posix() for path in filter(is_data, FOLDER.rglob("*"))}
    assert set(ran.stdout.split()) == files
