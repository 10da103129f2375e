"""The questions: one file each, named after the value that it fills, in the oldest form that is true.

`session.sql` asks for `model.Session`; `session.18.sql`, where there is one, is asked from major 18 on.
"""

import os
from functools import cache
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent

SESSION_DEFAULTS: Final = "SessionDefaults"

Parameter = bool | int | list[int] | list[str | None]
"""What a question may be asked with."""


@cache
def question(name: str, major: int) -> bytes:
    """The text that asks for the value called `name`, for a server of this major version."""
    return (_FOLDER / _file(name, major)).read_bytes().strip().rstrip(b";")


def _file(name: str, major: int) -> str:
    """The file with the greatest version that the server has reached, or the one without."""
    stem = name[0].lower() + "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name[1:])
    versions = [int(version) for found, version in _versions() if found == stem and int(version) <= major]
    return f"{stem}.{max(versions)}.sql" if versions else f"{stem}.sql"


@cache
def _versions() -> list[tuple[str, str]]:
    """The questions that are asked in another way from some version on."""
    parts = (name.split(".") for name in os.listdir(_FOLDER))  # noqa: PTH208 - half the time of iterdir()
    return [(part[0], part[1]) for part in parts if len(part) == 3]
