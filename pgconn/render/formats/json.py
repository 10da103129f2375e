"""Any document as JSON: one object, one line, a newline."""

import json

import msgspec

from pgconn.model.value import Value
from pgconn.text.harmless import harmless_json


def write_json(document: Value, *, ascii_only: bool = False) -> str:
    """The document by its contract; decoding it gives every character back."""
    try:
        encoded = msgspec.json.encode(document).decode()
    except UnicodeEncodeError:  # half a surrogate pair, such as Python makes of an argument that is not UTF-8
        ascii_only = True
    if ascii_only:
        return json.dumps(msgspec.to_builtins(document), separators=(",", ":")) + "\n"
    return harmless_json(encoded) + "\n"
