"""A recording is readable whatever ends it, and shows the server exactly as it was."""

import gzip
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from pgconn.errors import PartlyDone, WrongUsage
from pgconn.model.snapshot import Snapshot
from pgconn.observe.recording import Recorder, last, read
from tests.model.making import SESSIONS, shop, snapshot
from tests.render.pages import FORMATS, status_of

pytestmark = pytest.mark.offline

NAMES = ("seen.jsonl", "seen.jsonl.gz")


def record(path: Path, *seen: Snapshot) -> bytes:
    with Recorder(path) as recorder:
        for one in seen:
            recorder.write(one)
    return path.read_bytes()


@pytest.fixture(params=NAMES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


def test_what_was_recorded_is_read_back_to_the_last_digit_in_the_same_order(path: Path) -> None:
    record(path, shop(), snapshot(), shop())
    assert list(read(path)) == [shop(), snapshot(), shop()]
    assert last(path) == shop()


@given(found=st.lists(SESSIONS, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_session_is_read_back_as_it_was(found: list[object], tmp_path: Path) -> None:
    seen = msgspec.structs.replace(shop(), sessions=tuple(found))
    file = tmp_path / "any.jsonl"
    file.unlink(missing_ok=True)
    record(file, seen)
    assert last(file) == seen


def test_a_recording_grows_and_keeps_what_it_had(path: Path) -> None:
    before = record(path, shop())
    after = record(path, snapshot())
    assert after.startswith(before)
    assert list(read(path)) == [shop(), snapshot()]


def test_a_name_that_ends_in_gz_is_compressed_and_the_usual_tools_read_it(tmp_path: Path) -> None:
    plain = record(tmp_path / "a.jsonl", shop(), snapshot())
    packed = record(tmp_path / "a.jsonl.gz", shop(), snapshot())
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain)
    assert all(json.loads(line)["kind"] == "snapshot" for line in plain.splitlines())


@pytest.mark.parametrize("name", FORMATS)
def test_a_recorded_status_is_the_live_one_in_every_format_but_for_who_entered(name: str, path: Path) -> None:
    record(path, shop())
    live, recorded = status_of(shop()), status_of(last(path))
    assert FORMATS[name](recorded) == FORMATS[name](live)


@pytest.mark.parametrize(
    "content", [b"hello\n", b"{}\n", b"[]\n", b'{"kind":"status","version":1}\n', b"\x1f\x8b\x00", b"\xff\n", b"\n"]
)
def test_a_file_that_is_no_recording_is_refused_and_left_as_it_is(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    with pytest.raises(WrongUsage, match="line 1"):
        record(path, shop())
    assert path.read_bytes() == content


def test_a_recording_with_a_damaged_line_is_not_written_to_either(path: Path) -> None:
    record(path, shop(), shop())
    damaged = path.read_bytes()[:-20]
    path.write_bytes(damaged)
    with pytest.raises(WrongUsage, match="line 2"):
        record(path, shop())
    assert path.read_bytes() == damaged


@pytest.mark.parametrize("kind", ["folder", "device", "pipe"])
def test_what_is_not_a_file_is_refused(kind: str, tmp_path: Path) -> None:
    path = {"folder": tmp_path, "device": Path("/dev/null"), "pipe": tmp_path / "pipe"}[kind]
    if kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(WrongUsage, match="is not a file"):
        Recorder(path)


def test_a_file_in_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="No such file"):
        Recorder(tmp_path / "none" / "x.jsonl")


def test_an_empty_or_an_absent_file_is_no_recording_to_read(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    with pytest.raises(WrongUsage, match="is empty"):
        last(empty)
    with pytest.raises(WrongUsage, match=r"cannot read .*No such file"):
        last(tmp_path / "absent.jsonl")
    with pytest.raises(WrongUsage, match=r"cannot read .*Is a directory"):
        last(tmp_path)


def test_a_newer_recording_says_that_it_is_newer_and_on_which_line(path: Path) -> None:
    newer = msgspec.json.encode({"kind": "snapshot", "version": 2, "shape": "unknown"}) + b"\n"
    old = record(path, shop())
    path.write_bytes(old + (gzip.compress(newer) if path.suffix == ".gz" else newer))
    with pytest.raises(WrongUsage, match=r"line 2: written by a newer pgconn, as version 2 \(known here: 1\)"):
        last(path)


def whole(path: Path) -> Iterator[int]:
    """The number of whole snapshots in a recording that ends anywhere."""
    try:
        for _ in read(path):
            yield 1
    except WrongUsage:
        return


def test_a_recording_that_is_cut_anywhere_is_read_up_to_the_last_whole_snapshot_and_names_the_line_of_the_cut(
    path: Path,
) -> None:
    ends = [0, *(len(record(path, snapshot())) for _ in range(2))]
    content = path.read_bytes()
    nearly = 10 if path.suffix == ".gz" else 0  # a checksum and the last bits follow a snapshot that is whole
    for size in range(1, len(content)):
        path.write_bytes(content[:size])
        complete = sum(whole(path))
        assert sum(end <= size for end in ends) - 1 <= complete <= sum(end <= size + nearly for end in ends) - 1
        if size not in ends:
            with pytest.raises(WrongUsage, match=f"line {complete + 1}: "):
                last(path)


def test_the_hint_at_a_cut_shows_how_to_see_the_good_lines(path: Path) -> None:
    record(path, shop(), shop())
    path.write_bytes(path.read_bytes()[:-15])
    with pytest.raises(WrongUsage) as cut:
        last(path)
    tool = "zcat" if path.suffix == ".gz" else "cat"
    assert f"{tool} {path} | head -n 1 shows them" in (cut.value.hint or "")


@pytest.mark.parametrize("flip", range(0, 400, 7))
def test_a_recording_with_a_flipped_bit_is_an_error_with_its_line_or_still_a_recording(flip: int, path: Path) -> None:
    content = bytearray(record(path, snapshot(), snapshot()))
    content[flip % len(content)] ^= 1 << flip % 8
    path.write_bytes(bytes(content))
    try:
        list(read(path))
    except WrongUsage as damaged:
        assert str(path) in damaged.message


FULL = """
import resource, sys
from pathlib import Path
from pgconn.errors import PartlyDone
from pgconn.observe.recording import Recorder
from tests.model.making import shop
with Recorder(Path(sys.argv[1])) as recorder:
    recorder.write(shop())
    recorder.write(shop())
    size = Path(sys.argv[1]).stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + size // 4, -1))
    try:
        recorder.write(shop())
    except PartlyDone as error:
        print(error.message)
"""


def test_a_snapshot_that_does_not_fit_is_taken_back_and_the_recording_stays_readable(path: Path) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    ran = subprocess.run([sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, check=True)
    assert "File too large; 2 snapshots of this run kept" in ran.stdout
    assert list(read(path)) == [shop(), shop()]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a small disk")
def test_a_full_disk_keeps_a_readable_recording(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a disk cannot be mounted here")
    try:
        with Recorder(disk / "x.jsonl") as recorder:
            with pytest.raises(PartlyDone, match="No space left"):
                for _ in range(1000):
                    recorder.write(shop())
            assert len(list(read(disk / "x.jsonl"))) == recorder.written > 1
    finally:
        subprocess.run(["umount", str(disk)], check=True)


INTERRUPTED = """
import sys
from pathlib import Path
from pgconn.observe.recording import Recorder
from tests.model.making import sessions, snapshot
seen = snapshot(*sessions(3000))
with Recorder(Path(sys.argv[1])) as recorder:
    recorder.write(seen)
    print("one", flush=True)
    while True:
        recorder.write(seen)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_was_recorded_before_a_signal_is_readable_and_after_an_interrupt_all_of_it(
    number: signal.Signals, path: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"one\n"
        running.send_signal(number)
        running.wait()
    assert sum(whole(path)) >= 1
    if number == signal.SIGINT:
        assert len(list(read(path))) >= 1
