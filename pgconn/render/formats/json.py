"""Any document as JSON: one object, one line, a newline."""

import json

import msgspec

from pgconn.model import Value
from pgconn.render.formats import Screen
from pgconn.text.harmless import harmless_json
from pgconn.text.units import bare


def write(document: Value, screen: Screen) -> str:
    """The document by its contract, in ASCII where the encoding lacks a character; decoding gives every one back."""
    try:
        written = harmless_json(msgspec.json.encode(document, enc_hook=bare).decode()) + "\n"
    except UnicodeEncodeError:  # half a surrogate pair, such as Python makes of an argument that is not UTF-8
        return _in_ascii(document)
    return written if screen.encodes(written) else _in_ascii(document)


def _in_ascii(document: Value) -> str:
    return json.dumps(msgspec.to_builtins(document, enc_hook=bare), separators=(",", ":")) + "\n"
