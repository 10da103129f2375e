"""Which sessions are ended only when they are named on purpose."""

from pgconn.model.value import Value


class Protection(Value, frozen=True, kw_only=True):
    """A kind of session that is spared: known by what the server says of it, or by the names that its tools use.

    An application_name is meant when it begins with one of `applications` as a whole word, in any case; a role when
    it is one of `roles`; a last query when one of its statements begins like one of `queries`.
    """

    name: str
    spares: str
    why: str
    applications: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
