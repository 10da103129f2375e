"""Files written all or none: each is complete under its name or not there, and none replaces another unasked."""

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from pgconn.errors import WrongUsage

_SECRET: Final = 0o600
_BESIDE: Final = ".pgconn-"
_NO_LINKS: Final = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


class NewFile(Protocol):
    """A file ready to be written; a secret one is for its owner's eyes alone."""

    @property
    def name(self) -> str:
        """Its name in a folder."""

    @property
    def text(self) -> str:
        """All that it holds."""

    @property
    def secret(self) -> bool:
        """Whether its owner alone may read it."""


def write_files(files: Sequence[NewFile], path: Path, *, force: bool) -> list[Path]:
    """Write one file to `path`, or into the folder `path`; several always into a folder, which is made if need be.

    Raises WrongUsage, with nothing changed, when a file is there already or cannot be written.
    """
    try:
        with contextlib.ExitStack() as undo:
            places = _places(files, path, undo)
            for place in places:
                _refuse(place, force=force)
            kept = [_put(file, place, undo, force=force) for file, place in zip(files, places, strict=True)]
            undo.pop_all()
    except OSError as error:
        where = Path(error.filename2 or error.filename or path)
        where = where.parent if where.name.startswith(_BESIDE) else where
        raise WrongUsage(
            f"cannot write {where}: {error.strerror}; nothing was written", hint="name a place that you may write to"
        ) from None
    for old in kept:
        if old is not None:
            old.unlink(missing_ok=True)
    return places


def _places(files: Sequence[NewFile], path: Path, undo: contextlib.ExitStack) -> list[Path]:
    """The path of each file; the folder is made when it is missing."""
    if len(files) == 1 and not path.is_dir():
        return [path]
    if path.exists() and not path.is_dir():
        raise WrongUsage(f"{path} is a file", hint=f"{len(files)} files belong together: name a folder")
    if not path.exists():
        path.mkdir()
        undo.callback(path.rmdir)
    return [path / file.name for file in files]


def _refuse(place: Path, *, force: bool) -> None:
    if place.exists() and not place.is_file():
        raise WrongUsage(f"{place} is not a file", hint="name another one")
    if os.path.lexists(place) and not force:
        raise WrongUsage(f"{place} is there already", hint="name another place, or replace it with --force")


def _put(file: NewFile, place: Path, undo: contextlib.ExitStack, *, force: bool) -> Path | None:
    """Put the file in its place at once and promise how to take it back; what was there before is kept beside it."""
    if not (force and place.exists()):
        fresh = _filled(file, place)
        try:
            _link(fresh, place)
        finally:
            fresh.unlink()
        undo.callback(place.unlink)
        return None
    place = place.resolve()
    fresh = _filled(file, place)
    try:
        _inherit(place, fresh, secret=file.secret)
        kept = Path(f"{fresh}.old")
        _link(place, kept)
        undo.callback(kept.replace, place)
        fresh.replace(place)
    finally:
        fresh.unlink(missing_ok=True)
    return kept


def _filled(file: NewFile, place: Path) -> Path:
    """A file beside the place that holds the text, on the disk."""
    handle, name = tempfile.mkstemp(prefix=_BESIDE, dir=place.parent)
    fresh = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as output:
            output.write(file.text)
            output.flush()
            os.fsync(output.fileno())
        fresh.chmod(_SECRET if file.secret else 0o666 & ~_umask())
    except BaseException:
        fresh.unlink()
        raise
    return fresh


def _link(source: Path, place: Path) -> None:
    """A second name of the source; FileExistsError when the place is taken. Some file systems know copies only."""
    try:
        place.hardlink_to(source)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        with place.open("xb") as output:
            output.write(source.read_bytes())
        shutil.copymode(source, place)


def _inherit(old: Path, fresh: Path, *, secret: bool) -> None:
    """Owner and mode as before, so that all who read the file still can."""
    before = old.stat()
    if not secret:
        fresh.chmod(before.st_mode & 0o777)
    with contextlib.suppress(PermissionError):
        os.chown(fresh, before.st_uid, before.st_gid)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
