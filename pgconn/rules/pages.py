"""The page of a rule: what it means, when it speaks, what it needs and on which thresholds it rests."""

import re

from pgconn.config.numbers import numbers_of
from pgconn.config.policy import Policy
from pgconn.documents.explanation import Topic
from pgconn.rules import RULES
from pgconn.rules.engine import NEEDS, Rule


def page(name: str) -> Topic | None:
    """The page of the rule of that name; None where there is no such rule."""
    found = next((rule for rule in RULES if rule.name == name.strip().lower()), None)
    return None if found is None else _topic(found)


def conditions(rule: Rule) -> tuple[str, ...]:
    """When it speaks, what it needs and its thresholds, a sentence each."""
    thresholds = {number.name: number for number in numbers_of(Policy)}
    lines = [f"Speaks: {rule.speaks[0].lower()}{rule.speaks[1:]}"]
    if rule.needs:
        lines.append(f"Needs {', and '.join(NEEDS[need] for need in rule.needs)}.")
    lines += [f"Threshold: {thresholds[name].sentence}." for name in rule.thresholds]
    return tuple(lines)


def _topic(rule: Rule) -> Topic:
    title, *paragraphs = (" ".join(paragraph.split()) for paragraph in re.split(r"\n\n", rule.page))
    return Topic(name=rule.name, question=title, answer=(*paragraphs, *conditions(rule)))
