"""What a server keeps of a role's password."""

from pgconn.model.value import Value


class Secret(Value, frozen=True, kw_only=True):
    """The SCRAM verifier of a role: no password, yet who has it can try passwords against it at leisure."""

    name: str
    verifier: str

    def __repr__(self) -> str:
        return f"Secret(name={self.name!r})"
