"""The rules: one module each, named like its rule; its docstring is its page, its `judge` a pure function."""

from typing import Final

from pgconn.config.policy import DEFAULT, Policy
from pgconn.observe.observation import Observation
from pgconn.rules import (
    activity_not_shown,
    authenticating,
    dead_clients_kept,
    idle_in_transaction,
    idle_sessions,
    limit_close,
    log_too_silent,
    many_connections,
    reserve_missing,
    reserves_too_large,
    restart_pending,
    sessions_hidden,
    slots_used_up,
    superusers_in_slots,
    unwise_timeouts,
    walsenders_off,
)
from pgconn.rules.engine import Judgement, run

RULES: Final = (
    slots_used_up.judge,
    limit_close.judge,
    idle_in_transaction.judge,
    idle_sessions.judge,
    superusers_in_slots.judge,
    authenticating.judge,
    sessions_hidden.judge,
    reserves_too_large.judge,
    reserve_missing.judge,
    walsenders_off.judge,
    unwise_timeouts.judge,
    dead_clients_kept.judge,
    activity_not_shown.judge,
    log_too_silent.judge,
    many_connections.judge,
    restart_pending.judge,
)
"""Every rule, in the order in which a person wants to read: what holds the slots now, then how the server is set."""


def judge(observation: Observation, policy: Policy = DEFAULT) -> Judgement:
    """What all rules find, the most severe first, and which of them could not judge."""
    return run(RULES, observation, policy)
