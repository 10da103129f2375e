"""A session holds a transaction open and does nothing.

An application that began a transaction and then went away to think, to call another service, or to die keeps its
slot, its locks and the row versions that vacuum may not remove. A session that waits for one of its locks keeps a slot
too, which is how one forgotten transaction fills a server. "idle in transaction (aborted)" is its twin after an error:
it can only roll back, and it has given its locks on rows back, but not its slot.
"""

from collections.abc import Iterator, Sequence

from pgconn.config.policy import Policy
from pgconn.model.finding import Finding, Remedy
from pgconn.model.session import ABORTED, IDLE_IN_TRANSACTION, Session
from pgconn.observe import Observation
from pgconn.rules.engine import rule
from pgconn.text.quantities import show_count, show_duration
from pgconn.text.quoting import shell_command


@rule(needs=("sessions", "states", "blockers"), thresholds=("transaction_seconds",))
def judge(observation: Observation, policy: Policy) -> Iterator[Finding]:
    """One finding for each of the two states, when a session has been in it for long or blocks others."""
    snapshot = observation.now
    waited_for = {pid for session in snapshot.sessions for pid in session.blocked_by or ()}
    for state in (IDLE_IN_TRANSACTION, ABORTED):
        found = [session for session in snapshot.holders if session.state == state]
        blocking = sum(1 for session in found if session.pid in waited_for)
        oldest = max((session.state_seconds or 0.0 for session in found), default=0.0)
        if blocking or (found and oldest >= policy.transaction_seconds):
            yield _finding(state, found, oldest, blocking, policy)


def _finding(state: str, found: Sequence[Session], oldest: float, blocking: int, policy: Policy) -> Finding:
    many = len(found) > 1
    age = f"{'the longest ' if many else ''}for {show_duration(oldest)}"
    blocks = f"{blocking} of them {'block' if blocking > 1 else 'blocks'} others" if many else "it blocks others"
    return Finding(
        rule="idle_in_transaction",
        severity="warning",
        subject=state,
        message=f"{show_count(len(found), 'session')} {'are' if many else 'is'} {state}, {age}"
        + (f"; {blocks}" if blocking else ""),
        evidence={"sessions": len(found), "oldest_seconds": round(oldest, 1), "blocking": blocking},
        remedies=_remedies(state, policy.transaction_seconds, old=oldest >= policy.transaction_seconds),
    )


def _remedies(state: str, seconds: float, *, old: bool) -> tuple[Remedy, ...]:
    """To look at them; and to end them, once they are old enough to be forgotten."""
    look = Remedy(
        action=f"see the sessions that are {state}",
        command=shell_command("pgconn", "sessions", "--state", state, "--sort", "transaction"),
        effect="shows what each did last and which sessions it blocks",
    )
    older = show_duration(seconds).replace(" ", "")
    end = Remedy(
        action=f"end those that are {state}: the command shows them, and asks",
        command=shell_command("pgconn", "kill-idle-tx", "--older", older, "--state", state),
        safety="unsafe",
        effect="what they wrote is rolled back; sessions that wait for them go on",
    )
    return (look, end) if old else (look,)
