"""The rules: one module each, named like its rule; its docstring is its page, its `judge` a pure function."""

import re
from typing import Final

from msgspec.structs import replace

from pgconn.config.policy import DEFAULT, Policy, numbers_of
from pgconn.documents.explanation import Topic
from pgconn.observe import Observation
from pgconn.rules import (
    activity_not_shown,
    authenticating,
    dead_clients_kept,
    end_of_life,
    fewer_locks,
    idle_in_transaction,
    idle_sessions,
    limit_close,
    log_too_silent,
    many_connections,
    replay_awaited,
    reserve_missing,
    reserves_too_large,
    restart_pending,
    sessions_hidden,
    slots_used_up,
    superusers_in_slots,
    unwise_timeouts,
    walsenders_off,
)
from pgconn.rules.engine import NEEDS, Judgement, Rule, run

RULES: Final = (
    slots_used_up.judge,
    limit_close.judge,
    idle_in_transaction.judge,
    idle_sessions.judge,
    superusers_in_slots.judge,
    authenticating.judge,
    replay_awaited.judge,
    sessions_hidden.judge,
    reserves_too_large.judge,
    reserve_missing.judge,
    walsenders_off.judge,
    unwise_timeouts.judge,
    dead_clients_kept.judge,
    activity_not_shown.judge,
    log_too_silent.judge,
    many_connections.judge,
    fewer_locks.judge,
    restart_pending.judge,
    end_of_life.judge,
)
"""Every rule, in the order in which a person wants to read: what holds the slots now, then how the server is set."""


def judge(observation: Observation, policy: Policy = DEFAULT) -> Judgement:
    """What all rules find, the most severe first, and which of them could not judge."""
    return run(RULES, observation, policy)


def page(name: str) -> Topic | None:
    """The page of the rule of that name, with the steps of the topic beside it; None where there is no such rule."""
    rule = next((rule for rule in RULES if rule.name == name.strip().lower()), None)
    if rule is None:
        return None
    from pgconn.refusals.topics import topic, topic_for  # which judging needs for nothing

    title, *paragraphs = (" ".join(paragraph.split()) for paragraph in re.split(r"\n\n", rule.page))
    shown = Topic(name=rule.name, question=title, answer=(*paragraphs, *conditions(rule)))
    beside = topic(rule.name) or topic_for(rule.name.replace("_", " "))
    return shown if beside is None else replace(shown, steps=beside.steps, topics=(beside.name, *beside.topics))


def conditions(rule: Rule) -> tuple[str, ...]:
    """When it speaks, what it needs and its thresholds, a sentence each."""
    thresholds = {number.name: number for number in numbers_of(Policy)}
    lines = [f"Speaks: {rule.speaks[0].lower()}{rule.speaks[1:]}"]
    if rule.needs:
        lines.append(f"Needs {', and '.join(NEEDS[need] for need in rule.needs)}.")
    lines += [f"Threshold: {thresholds[name].sentence}." for name in rule.thresholds]
    return tuple(lines)
