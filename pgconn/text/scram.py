"""A new password and what PostgreSQL keeps of it. Apart from `redaction`, which every run loads: hashes take 5 ms."""

import base64
import hashlib
import hmac
import secrets
from typing import Final

_ROUNDS: Final = 4096  # as PostgreSQL's scram_iterations


def new_password() -> tuple[str, str]:
    """A password that is not shown, and what the server keeps of it."""
    password, salt = secrets.token_urlsafe(24), secrets.token_bytes(16)
    return password, verifier(password, salt)


def verifier(password: str, salt: bytes) -> str:
    """What PostgreSQL keeps of an ASCII password: RFC 5803, SCRAM-SHA-256."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, _ROUNDS)
    stored = hashlib.sha256(_keyed(salted, b"Client Key")).digest()
    parts = (base64.b64encode(part).decode() for part in (salt, stored, _keyed(salted, b"Server Key")))
    return "SCRAM-SHA-256${}:{}${}:{}".format(_ROUNDS, *parts)


def _keyed(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")
