"""Which characters a reader sees."""

import re
from typing import Final

# Letters, marks and symbols that Unicode calls printable and that no screen shows.
_BLANK: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def is_visible(text: str) -> bool:
    """Whether each character is the space or one that shows and does nothing else."""
    return text.isprintable() and (text.isascii() or _BLANK.search(text) is None)
