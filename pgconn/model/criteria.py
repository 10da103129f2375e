"""Which sessions are meant: patterns for what they are, and ages on the server's clock."""

import ipaddress
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from pgconn.errors import PartlyDone, WrongUsage
from pgconn.model import Value
from pgconn.model.session import ABORTED, ACTIVE, DISABLED, IDLE, IDLE_IN_TRANSACTION, LOCAL, STARTING, Session

STATES: Final = (ACTIVE, IDLE, IDLE_IN_TRANSACTION, ABORTED, STARTING, "fastpath function call", DISABLED)
_STATES_HINT: Final = "states: " + ", ".join(STATES)
_STATE_ALIASES: Final = {"aborted": ABORTED, "idle in transaction aborted": ABORTED, "idle in tx": IDLE_IN_TRANSACTION}


class Pattern(Value, frozen=True, kw_only=True):
    """One value of a filter, as typed: exact, `~regex`, and for addresses a CIDR block or `local`."""

    column: str
    text: str
    excludes: bool = False

    def matches(self, session: Session) -> bool:
        """Whether the session's column is what the pattern says."""
        return _matcher(self.column, self.text)(getattr(session, self.column))


class Criteria(Value, frozen=True, kw_only=True):
    """A session is meant when each filtered column matches one of its patterns and no exclusion."""

    patterns: tuple[Pattern, ...] = ()
    older_seconds: float | None = None  # in its state
    active_over_seconds: float | None = None  # in its query
    superusers: bool = False

    def choose(self, sessions: Iterable[Session]) -> tuple[Session, ...]:
        """The sessions that are meant."""
        wanted: dict[str, list[Callable[[str | None], bool]]] = {}
        unwanted: list[tuple[str, Callable[[str | None], bool]]] = []
        for pattern in self.patterns:
            matcher = _matcher(pattern.column, pattern.text)
            if pattern.excludes:
                unwanted.append((pattern.column, matcher))
            else:
                wanted.setdefault(pattern.column, []).append(matcher)
        return tuple(
            session
            for session in sessions
            if all(any(match(getattr(session, column)) for match in any_of) for column, any_of in wanted.items())
            and not any(match(getattr(session, column)) for column, match in unwanted)
            and self._ages(session)
        )

    def unmatched(self, sessions: Iterable[Session]) -> tuple[Pattern, ...]:
        """The patterns that name what no session has; a state that no session is in just now is no mistake."""
        held = tuple(sessions)
        return tuple(
            pattern
            for pattern in self.patterns
            if pattern.column != "state" and not any(pattern.matches(session) for session in held)
        )

    def check(self, sessions: Sequence[Session], kind: type[PartlyDone] = PartlyDone) -> None:
        """Raises an error of this kind for a pattern that matches no session; its hint lists the values there are."""
        for pattern in self.unmatched(sessions):
            values = {str(value) for one in sessions if (value := getattr(one, pattern.column)) is not None}
            shown = ", ".join(repr(value[:60]) for value in sorted(values)[:10])
            more = f" and {len(values) - 10} more" if len(values) > 10 else ""
            raise kind(
                f"no session has {pattern.column} {pattern.text!r}",
                hint=f"there is {shown}{more}" if values else "there is none at all",
            )

    def _ages(self, session: Session) -> bool:
        old = self.older_seconds is None or (session.state_seconds or 0.0) >= self.older_seconds
        busy = self.active_over_seconds is None or (
            session.state == ACTIVE and (session.query_seconds or 0.0) >= self.active_over_seconds
        )
        return old and busy and (bool(session.superuser) or not self.superusers)


def pattern(column: str, text: str, *, excludes: bool = False) -> Pattern:
    """A pattern that makes sense; raises WrongUsage for an unknown state, a bad address or a bad expression."""
    if column == "state" and not text.startswith("~"):
        text = _state(text)
    matches = _matcher(column, text)
    if column == "state" and not any(map(matches, STATES)):
        raise WrongUsage(f"{text!r} is in the name of no state", hint=_STATES_HINT)
    return Pattern(column=column, text=text, excludes=excludes)


def exactly(value: str) -> str:
    """The text of a pattern that matches this value and no other."""
    return f"~^{re.escape(value)}\\Z" if value.startswith("~") else value


def _state(text: str) -> str:
    spoken = re.sub(r"[-_ ]+", " ", text.strip().lower())
    known = {state: state for state in STATES} | _STATE_ALIASES
    if spoken not in known:
        raise WrongUsage(f"{text!r} is not a state of a session", hint=_STATES_HINT)
    return known[spoken]


def _matcher(column: str, text: str) -> Callable[[str | None], bool]:
    if text.startswith("~"):
        expression = _expression(text[1:])
        return lambda value: value is not None and expression.search(value) is not None
    if column == "client_addr" and text != LOCAL:
        return _address_matcher(text)
    return lambda value: value == text


def _expression(text: str) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of constructs that a future Python will read differently
            return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise WrongUsage(
            f"{text!r} is not a regular expression: {error}", hint="a value without ~ is taken as it stands"
        ) from None


def _address_matcher(text: str) -> Callable[[str | None], bool]:
    try:
        block = _unmapped(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        raise WrongUsage(
            f"{text!r} is neither an address nor a block of addresses", hint="write 10.0.3.7, 10.0.0.0/16 or local"
        ) from None
    return lambda value: (address := _address(value)) is not None and address in block


def _unmapped(block: ipaddress.IPv4Network | ipaddress.IPv6Network) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """A block of IPv4 addresses that is written as one of IPv6 (::ffff:10.0.0.0/104), as what it is."""
    mapped = block.network_address.ipv4_mapped if isinstance(block, ipaddress.IPv6Network) else None
    return block if mapped is None or block.prefixlen < 96 else ipaddress.IPv4Network((mapped, block.prefixlen - 96))


def _address(text: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address((text or "").partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
