"""Where the user wants to go, in libpq's words."""

from pgconn.model.value import Value


class Target(Value, frozen=True, kw_only=True):
    """The connection as asked for; what is None is left to libpq's environment and files."""

    host: str | None = None
    port: str | None = None
    user: str | None = None
    dbname: str | None = None  # a name, a conninfo string or a URI
    service: str | None = None
    password: str | None = None  # typed at a prompt, never an argument

    def __repr__(self) -> str:
        return f"Target(host={self.host!r}, port={self.port!r}, user={self.user!r})"
