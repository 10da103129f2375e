"""Who may log in through PgBouncer: a list of SCRAM verifiers, or a function of the server's that tells one."""

from collections.abc import Iterator
from typing import Final

from pgconn.emit.emitted import EmittedFile, Pooler
from pgconn.emit.ini import user_text
from pgconn.text.quoting import comment, sql_identifier, sql_literal

AUTH_USER: Final = "pgbouncer_auth"
_SCHEMA: Final = "pgbouncer"
LOOKUP: Final = f"{_SCHEMA}.verifier_of"
AUTH_QUERY: Final = f"SELECT name, verifier FROM {LOOKUP}($1)"  # noqa: S608 - names of our own

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
    "The server keeps its password as a verifier; the password itself is in userlist.txt alone.",
)
_PASSWORDLESS: Final = f"Then, in psql: \\password {AUTH_USER} - and put the same password into userlist.txt."
_FUNCTION: Final = (
    "As superuser, in each database that clients ask for; from PgBouncer 1.19 on in that of auth_dbname alone.",
    "It runs with its owner's rights: only the role of PgBouncer may call it, its search_path is fixed, and it",
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
        EmittedFile.of("auth-role.sql", _role(pooler), secret=True),
        EmittedFile.of("auth-query.sql", _function()),
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


def _role(pooler: Pooler) -> Iterator[str]:
    for line in _ROLE:
        yield f"-- {line}"
    rights = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    password = f" PASSWORD {sql_literal(pooler.login.verifier)}" if pooler.login is not None else ""
    yield f"CREATE ROLE {sql_identifier(AUTH_USER)} {rights}{password};"
    if pooler.login is None:
        yield from comment(_PASSWORDLESS, "--")


def _function() -> Iterator[str]:
    for line in _FUNCTION:
        yield f"-- {line}"
    role, call = sql_identifier(AUTH_USER), f"{LOOKUP}(text)"
    yield from (
        "BEGIN;",
        f"CREATE SCHEMA {_SCHEMA};",
        f"REVOKE ALL ON SCHEMA {_SCHEMA} FROM PUBLIC;",
        f"GRANT USAGE ON SCHEMA {_SCHEMA} TO {role};",
        f"CREATE FUNCTION {LOOKUP}(login text, OUT name text, OUT verifier text) RETURNS SETOF record",
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
