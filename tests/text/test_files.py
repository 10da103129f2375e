"""Files are written all or none, complete, and never over others unasked."""

import os
from pathlib import Path

import pytest

from pgconn.emit.emitted import EmittedFile
from pgconn.errors import WrongUsage
from pgconn.text import files as writing
from pgconn.text.files import write_files

pytestmark = pytest.mark.offline

ONE = (EmittedFile(name="one", text="new é\n"),)
TWO = (*ONE, EmittedFile(name="two", text="secret\n", secret=True))


def there(folder: Path) -> dict[str, str]:
    """All that is in a folder."""
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_one_file_goes_where_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "named"
    assert write_files(ONE, path, force=False) == [path]
    assert there(tmp_path) == {"named": "new é\n"}


def test_one_file_goes_into_a_folder_under_its_own_name(tmp_path: Path) -> None:
    assert write_files(ONE, tmp_path, force=False) == [tmp_path / "one"]
    assert there(tmp_path) == {"one": "new é\n"}


def test_several_go_into_a_folder_that_is_made_for_them(tmp_path: Path) -> None:
    write_files(TWO, tmp_path / "etc", force=False)
    assert there(tmp_path / "etc") == {"one": "new é\n", "two": "secret\n"}


def test_a_secret_is_for_its_owner_alone_and_the_others_are_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_files(TWO, tmp_path, force=False)
    finally:
        os.umask(before)
    assert (mode(tmp_path / "one"), mode(tmp_path / "two")) == (0o644, 0o600)


@pytest.mark.parametrize("name", ["one", "two"])
def test_no_file_is_replaced_and_none_written_when_one_is_there(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(WrongUsage, match="is there already") as refused:
        write_files(TWO, tmp_path, force=False)
    assert "--force" in str(refused.value.hint)
    assert there(tmp_path) == {name: "mine"}


def test_a_link_that_leads_nowhere_is_there_as_well(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("nowhere")
    with pytest.raises(WrongUsage, match="is there already"):
        write_files(ONE, tmp_path / "one", force=False)
    assert not (tmp_path / "nowhere").exists()


def test_force_replaces_and_keeps_the_mode_but_for_secrets(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text("mine")
        (tmp_path / name).chmod(0o664)
    write_files(TWO, tmp_path, force=True)
    assert there(tmp_path) == {"one": "new é\n", "two": "secret\n"}
    assert (mode(tmp_path / "one"), mode(tmp_path / "two")) == (0o664, 0o600)


def test_force_writes_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("mine")
    (tmp_path / "link").symlink_to("real")
    write_files(ONE, tmp_path / "link", force=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text(encoding="utf-8") == "new é\n"


@pytest.mark.parametrize("force", [False, True])
def test_a_failure_half_way_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, force: bool) -> None:
    """The disk is full when the second file comes."""
    if force:
        for name in ("one", "two"):
            (tmp_path / name).write_text("mine")
    before = there(tmp_path)
    real = writing._filled

    def full(file: EmittedFile, place: Path) -> Path:
        if file.name == "two":
            raise OSError(28, "No space left on device", str(place))
        return real(file, place)

    monkeypatch.setattr(writing, "_filled", full)
    with pytest.raises(WrongUsage, match="No space left on device; nothing was written"):
        write_files(TWO, tmp_path, force=force)
    assert there(tmp_path) == before
    with pytest.raises(WrongUsage):
        write_files(TWO, tmp_path / "etc", force=False)
    assert there(tmp_path) == before


def test_an_interrupt_half_way_removes_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(source: Path, place: Path) -> None:
        if place.name == "two":
            raise KeyboardInterrupt
        os.link(source, place)

    monkeypatch.setattr(writing, "_link", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_files(TWO, tmp_path, force=False)
    assert there(tmp_path) == {}


@pytest.mark.parametrize("force", [False, True])
def test_a_disk_without_links_takes_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, force: bool) -> None:
    def unknown(place: Path, source: Path) -> None:
        raise OSError(1, "Operation not permitted", str(source), None, str(place))

    monkeypatch.setattr(Path, "hardlink_to", unknown)
    if force:
        (tmp_path / "two").write_text("mine")
    write_files(TWO, tmp_path, force=force)
    assert there(tmp_path) == {"one": "new é\n", "two": "secret\n"}
    assert mode(tmp_path / "two") == 0o600
    with pytest.raises(WrongUsage, match="is there already"):
        write_files(TWO, tmp_path, force=False)


def test_who_is_faster_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program makes the file after we looked."""
    real = writing._filled

    def slow(file: EmittedFile, place: Path) -> Path:
        place.write_text("theirs")
        return real(file, place)

    monkeypatch.setattr(writing, "_filled", slow)
    with pytest.raises(WrongUsage, match="exists; nothing was written"):
        write_files(ONE, tmp_path / "one", force=False)
    assert there(tmp_path) == {"one": "theirs"}


def test_several_files_do_not_go_into_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(WrongUsage, match="is a file"):
        write_files(TWO, tmp_path / "file", force=True)


def test_a_device_or_a_folder_is_not_replaced(tmp_path: Path) -> None:
    for place in (Path(os.devnull), tmp_path / "fifo"):
        if not place.exists():
            os.mkfifo(place)
        with pytest.raises(WrongUsage, match="is not a file"):
            write_files(ONE, place, force=True)
    (tmp_path / "etc" / "one").mkdir(parents=True)
    with pytest.raises(WrongUsage, match="is not a file"):
        write_files(ONE, tmp_path / "etc", force=True)


def test_a_folder_that_is_missing_is_not_made_with_its_parents(tmp_path: Path) -> None:
    for files in (ONE, TWO):
        with pytest.raises(WrongUsage, match="No such file or directory; nothing was written"):
            write_files(files, tmp_path / "no" / "such", force=False)
    assert there(tmp_path) == {}
