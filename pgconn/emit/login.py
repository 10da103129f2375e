"""Who may log in through a pooler: a list of SCRAM verifiers, or a function of the server's that tells one."""

from collections.abc import Iterator
from typing import Final

from pgconn.emit.emitted import EmittedFile, LoginSecret, Pooler
from pgconn.emit.ini import user_text
from pgconn.model import Value
from pgconn.text.quoting import comment, sql_identifier, sql_literal


class Lookup(Value, frozen=True, kw_only=True):
    """The role and the function by which a pooler looks up verifiers, and the file with the role's password."""

    product: str
    name: str
    secret: str

    @property
    def role(self) -> str:
        """The role that may call the function."""
        return f"{self.name}_auth"

    @property
    def function(self) -> str:
        """The function, in a schema of its own."""
        return f"{self.name}.verifier_of"

    @property
    def query(self) -> str:
        """What the pooler asks, with the role as its parameter."""
        return f"SELECT name, verifier FROM {self.function}($1)"  # noqa: S608 - names of our own


PGBOUNCER: Final = Lookup(product="PgBouncer", name="pgbouncer", secret="userlist.txt")  # noqa: S106 - a file
AUTH_USER: Final = PGBOUNCER.role
AUTH_QUERY: Final = PGBOUNCER.query

_EMPTY: Final = (
    "A line for each role, its SCRAM verifier as the server keeps it; userlist.sql prints them. Until then no role can "
    "log in."
)
_OPEN: Final = "No verifier of this role is known: userlist.sql prints the line, or give the role a password first."
_FETCH: Final = (
    "As superuser, on the database host or over TLS; the output is a secret:",
    "  umask 077; psql -X -A -t -q -f userlist.sql > userlist.txt",
)
_WITHOUT: Final = "A role without a line has no SCRAM verifier: set password_encryption, and its password once more."
_ROLE: Final = (
    "Once, as superuser. The role may log in and call one function, nothing else.",
    "The server keeps its password as a verifier; the password itself is in {0.secret} alone.",
)
_PASSWORDLESS: Final = "Then, in psql: \\password {0.role} - and put the same password into {0.secret}."
_IN_EACH: Final = (
    "As superuser, in each database that clients ask for; from PgBouncer 1.19 on in that of auth_dbname alone."
)
_FUNCTION: Final = (
    "It runs with its owner's rights: only the role of {0.product} may call it, its search_path is fixed, and it",
    "tells nothing of superusers, of replication, or of roles whose password has expired.",
)


def login_files(pooler: Pooler) -> tuple[EmittedFile, ...]:
    """The list, and the SQL that goes with it."""
    if pooler.authentication == "userlist":
        return (
            EmittedFile.of("userlist.txt", _userlist(pooler), secret=True),
            EmittedFile.of("userlist.sql", _fetching(pooler.users)),
        )
    return (
        EmittedFile.of("userlist.txt", _own_login(pooler), secret=True),
        EmittedFile.of("auth-role.sql", role_sql(PGBOUNCER, pooler.login), secret=True),
        EmittedFile.of("auth-query.sql", function_sql(PGBOUNCER, _IN_EACH)),
    )


def _userlist(pooler: Pooler) -> Iterator[str]:
    yield from comment(_EMPTY, ";")
    for user in dict.fromkeys((*pooler.users, *pooler.verifiers)):
        verifier = pooler.verifiers.get(user)
        if verifier is None:
            yield from comment(f"{user}: {_OPEN}", ";")
        else:
            yield f"{user_text(user)} {user_text(verifier)}"


def _fetching(users: tuple[str, ...]) -> Iterator[str]:
    for line in (*_FETCH, _WITHOUT):
        yield f"-- {line}"
    names = ", ".join(map(sql_literal, users))
    yield "SELECT pg_catalog.concat('\"', pg_catalog.replace(rolname, '\"', '\"\"'), '\" \"', rolpassword, '\"')"
    yield "FROM pg_catalog.pg_authid"
    yield "WHERE rolcanlogin AND NOT rolsuper AND rolpassword LIKE 'SCRAM-SHA-256$%'"
    yield f"  AND rolname IN ({names})" if users else "  -- every role that has one and is no superuser"
    yield "ORDER BY rolname;"


def _own_login(pooler: Pooler) -> Iterator[str]:
    if pooler.login is None:
        yield from comment(f'The password of {AUTH_USER}, see auth-role.sql, as: "{AUTH_USER}" "password"', ";")
    else:
        yield from comment("PgBouncer's own login, made at random for it; no person needs to know it.", ";")
        yield f"{user_text(AUTH_USER)} {user_text(pooler.login.password)}"


def role_sql(lookup: Lookup, login: LoginSecret | None) -> Iterator[str]:
    """The SQL that makes the role; its password is still to be set where no login was made for it."""
    for line in _ROLE:
        yield f"-- {line.format(lookup)}"
    rights = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    password = f" PASSWORD {sql_literal(login.verifier)}" if login is not None else ""
    yield f"CREATE ROLE {sql_identifier(lookup.role)} {rights}{password};"
    if login is None:
        yield from comment(_PASSWORDLESS.format(lookup), "--")


def function_sql(lookup: Lookup, where: str) -> Iterator[str]:
    """The SQL that makes the function; `where` says in which databases it is needed."""
    yield from comment(where, "--")
    for line in _FUNCTION:
        yield f"-- {line.format(lookup)}"
    role, call = sql_identifier(lookup.role), f"{lookup.function}(text)"
    yield from (
        "BEGIN;",
        f"CREATE SCHEMA {lookup.name};",
        f"REVOKE ALL ON SCHEMA {lookup.name} FROM PUBLIC;",
        f"GRANT USAGE ON SCHEMA {lookup.name} TO {role};",
        f"CREATE FUNCTION {lookup.function}(login text, OUT name text, OUT verifier text) RETURNS SETOF record",
        "  LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp",
        "AS $function$",
        "  SELECT r.rolname::pg_catalog.text,",
        "         CASE WHEN r.rolvaliduntil < pg_catalog.now() THEN NULL ELSE r.rolpassword END",
        "  FROM pg_catalog.pg_authid r",
        "  WHERE r.rolname OPERATOR(pg_catalog.=) $1 AND r.rolcanlogin AND NOT r.rolsuper AND NOT r.rolreplication",
        "$function$;",
        f"ALTER FUNCTION {call} OWNER TO CURRENT_USER;",
        f"REVOKE ALL ON FUNCTION {call} FROM PUBLIC;",
        f"GRANT EXECUTE ON FUNCTION {call} TO {role};",
        "COMMIT;",
    )
