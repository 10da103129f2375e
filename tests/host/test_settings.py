"""The settings are those that a server would read from the same files."""

import os
from pathlib import Path

import pytest

from pgconn.host.settings import Settings, options, read_settings

pytestmark = pytest.mark.offline


def settings(directory: Path, *, command: tuple[str, ...] = ("postgres",), **files: str) -> Settings:
    (directory / "postgresql.auto.conf").touch()
    for name, text in files.items():
        (directory / f"{name}.conf").write_text(text)
    (directory / "postmaster.opts").touch()
    found = read_settings(directory, command)
    assert found is not None
    return found


def test_each_way_to_write_a_setting_is_read(tmp_path: Path) -> None:
    text = "max_connections = 50 # so many\n# port = 1\nPort 5433\n  cluster_name='it''s \\'x\\''\nbroken\nwork_mem=4MB"
    assert settings(tmp_path, postgresql=text).values == {
        "max_connections": "50",
        "port": "5433",
        "cluster_name": "it's 'x'",
        "work_mem": "4MB",
    }


def test_the_last_word_counts_and_the_command_line_has_it(tmp_path: Path) -> None:
    (tmp_path / "postgresql.auto.conf").write_text("port = 3\nmax_connections = 3\nreserved_connections = 3")
    found = settings(
        tmp_path,
        command=("postgres", "-p", "4", "--max-connections=4"),
        postgresql="port = 1\nport = 2\nsuperuser_reserved_connections = 2",
    )
    capacity = found.capacity(16)
    assert capacity is not None
    assert found.values["port"] == "4"
    assert (capacity.max_connections, capacity.superuser_reserved, capacity.reserved) == (4, 2, 3)


def test_included_files_are_read_in_their_places(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "b.conf").write_text("port = 7")
    (tmp_path / "conf.d" / "a.conf").write_text("port = 6\nmax_connections = 6")
    main = "include 'more.conf'\ninclude_if_exists = 'none.conf'\ninclude_dir 'conf.d'\nmax_connections = 8"
    found = settings(tmp_path, postgresql=main, more="cluster_name = more")
    assert found.values == {"cluster_name": "more", "port": "7", "max_connections": "8"}


def test_a_configuration_elsewhere_is_found_by_the_command_line(tmp_path: Path) -> None:
    other = tmp_path / "etc.conf"
    other.write_text("max_connections = 9")
    command = ("postgres", "-D", str(tmp_path), "-c", f"config_file={other}")
    assert settings(tmp_path, command=command).values["max_connections"] == "9"


def test_what_cannot_be_read_is_not_guessed(tmp_path: Path) -> None:
    assert read_settings(tmp_path, ("postgres",)) is None
    (tmp_path / "postgresql.conf").write_text("include 'postgresql.conf'")
    assert read_settings(tmp_path, ("postgres",)) is None
    assert settings(tmp_path, postgresql="max_connections = many").capacity(18) is None


def test_a_file_that_changed_after_the_start_is_not_settled(tmp_path: Path) -> None:
    assert settings(tmp_path, postgresql="port = 1").settled
    later = (tmp_path / "postmaster.opts").stat().st_mtime + 5
    os.utime(tmp_path / "postgresql.auto.conf", (later, later))
    found = read_settings(tmp_path, ("postgres",))
    assert found is not None
    assert not found.settled


@pytest.mark.parametrize("word", ["off", "OFF", "false", "no", "0", "f"])
def test_titles_that_are_turned_off_are_known_to_be(word: str) -> None:
    assert not Settings(values={"update_process_title": word}, settled=True).updates_titles
    assert Settings(values={"update_process_title": "on"}, settled=True).updates_titles
    assert Settings(values={}, settled=True).updates_titles


def test_a_command_line_that_is_no_servers_has_no_settings() -> None:
    assert options(("postgres", "-x", "--", "-p")) == {}
    assert options(("postgres", "-D/data", "-N20", "-i")) == {"data_directory": "/data", "max_connections": "20"}
