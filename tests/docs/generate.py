"""Write what the documents owe to the code: `python -m tests.docs.generate`."""

import inspect
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import msgspec

from pgconn.actions import pooled, termination
from pgconn.cli.app import COMMANDS
from pgconn.config.policy import Policy, numbers_of
from pgconn.data import framework as data
from pgconn.data.provider import NUMBER, Provider, providers
from pgconn.documents.contract import DOCUMENTS
from pgconn.emit.pools import pool
from pgconn.rules import RULES, conditions
from pgconn.server import timeouts
from pgconn.sizing.assumptions import Assumptions
from pgconn.text.quantities import show_size
from tests.docs import knowledge, poolers
from tests.docs.manual import manual

DOCS: Final = Path(__file__).parents[2] / "docs"
HOW: Final = "Generated from the code by `python -m tests.docs.generate`; a test compares.\n"


def documents() -> dict[str, str]:
    """Every generated file by its path below docs/."""
    schemas = {f"schemas/{kind}.json": schema for kind, schema in _schemas()}
    return schemas | {
        "reference/commands.md": _commands(),
        "reference/rules.md": _rules(),
        "reference/policy.md": _policy(),
        "reference/providers.md": _providers(),
        "reference/pools.md": _pools(),
        "pgconn.1": manual(),
        "reference/limits.md": knowledge.limits(),
        "reference/questions.md": knowledge.questions(),
        "reference/sqlstates.md": knowledge.states(),
        "reference/poolers.md": poolers.answers(),
    }


def kind_of(document: Any) -> str:
    """The value of `kind` in a document."""
    return str(document.__struct_config__.tag)


def _schemas() -> Iterator[tuple[str, str]]:
    for document in DOCUMENTS:
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(document)}
        _mend(schema)
        yield kind_of(document), json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _mend(schema: Any) -> None:
    """Say that every key is there, for pgconn omits none, and strip docstrings as Python does from 3.13 on."""
    if isinstance(schema, dict):
        if isinstance(text := schema.get("description"), str):
            schema["description"] = inspect.cleandoc(text)
        if "properties" in schema:
            schema["required"] = list(schema["properties"])
        for part in schema.values():
            _mend(part)
    elif isinstance(schema, list):
        for part in schema:
            _mend(part)


def _commands() -> str:
    names = [name for commands in COMMANDS.values() for name in commands]
    parts = ["# The commands\n", HOW, _help(), *(f"## {name}\n\n{_help(name)}" for name in names)]
    return "\n".join(parts)


def _help(*command: str) -> str:
    """The page that `--help` prints, 80 columns wide."""
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    shown = subprocess.run(
        [sys.executable, "-m", "pgconn", *command, "--help"],
        env=kept | {"COLUMNS": "80", "NO_COLOR": "1", "PYTHONUTF8": "1"},
        capture_output=True,
        check=True,
        encoding="utf-8",
    ).stdout
    return "```text\n" + "".join(line.rstrip() + "\n" for line in shown.splitlines()) + "```\n"


def _rules() -> str:
    intro = "All thresholds are in [policy.md](policy.md); `pgconn explain RULE` shows one of these pages.\n"
    parts = ["# The rules\n", HOW, intro]
    for rule in RULES:
        parts += [f"## {rule.name}\n", f"{rule.page}\n", *(f"- {line}" for line in conditions(rule)), ""]
    return "\n".join(parts)


def _policy() -> str:
    parts = [
        "# The numbers\n",
        HOW,
        "## Thresholds of the rules\n",
        _table(("threshold", "default"), Policy),
        "## How pgconn asks\n",
        _table(("number", "value"), timeouts, termination, pooled),
        "## Judgements of `pgconn size`\n",
        "What was measured is in [the model](../why/sizing-model.md).\n",
        _table(("number", "default"), Assumptions),
    ]
    return "\n".join(parts)


def _table(header: tuple[str, ...], *holders: type[msgspec.Struct] | ModuleType) -> str:
    lines = [" | ".join((*header, "unit", "why")), " | ".join(["---"] * 4)]
    for number in chain.from_iterable(map(numbers_of, holders)):
        why = number.reason.replace("|", "&#124;")
        lines.append(f"`{number.name}` | {number.value} | {number.unit} | {why}")
    return "".join(f"| {line} |\n" for line in lines)


def _providers() -> str:
    about = (
        "What a server has by default for `max_connections`, how many of it applications do not get, and how it is"
        " changed there. Where a number is reckoned and not published, it says `about`. A server knows its own numbers"
        " better than any table: `SHOW max_connections`.\n"
    )
    return "\n".join(["# The providers\n", HOW, about, *map(_provider, providers())])


def _provider(provider: Provider) -> str:
    limits = provider.limits()
    facts = [
        ("default", provider.formula),
        ("kept from applications", "not published" if provider.reserve is None else str(provider.reserve)),
        ("changed", f"{provider.place}: {limits.words_for(NUMBER)}"),
        *(("", f"`{command}`") for command in limits.commands(NUMBER)),
        ("pooler", provider.pooler),
        *(("note", note) for note in provider.notes),
        ("source", provider.source),
    ]
    lines = [f"| {name} | {text.replace('|', '&#124;')} |\n" for name, text in facts]
    parts = [f"## {provider.name}\n", "| | |\n| --- | --- |\n" + "".join(lines)]
    if provider.grants:
        parts.append("| class or plan | RAM | max_connections |\n| --- | --- | --- |\n" + "".join(_grants(provider)))
    return "\n".join(parts)


def _grants(provider: Provider) -> Iterator[str]:
    for name in provider.grants:
        limits = provider.limits(name)
        ram = "" if limits.ram is None else show_size(limits.ram)
        number = "" if limits.max_connections is None else str(limits.max_connections)
        yield f"| {name.replace('*', '&#42;')} | {ram} | {number if limits.is_exact else f'about {number}'} |\n"


def _pools() -> str:
    parts = [
        "# The pools\n",
        HOW,
        (
            "`pgconn pool sqlalchemy --max 5 --app crm` prints one of these with your numbers; "
            "[configure a pool](../how-to/configure-a-pool.md) has the reasons.\n"
        ),
    ]
    for name in data.names():
        document = pool(name, most=8, app="web")
        framework = document.framework
        behind_a_pooler = data.specification(name).behind_a_pooler
        others = (other for other in framework.aliases if other != name)
        rows = [
            ("names", ", ".join(f"`{word}`" for word in (name, *others))),
            ("size", f"`{framework.parameter}`, of {framework.scope}"),
            ("default", framework.default),
            ("a process opens by default", framework.peak_text),
        ]
        parts += [
            f"## {framework.title}\n",
            "| | |\n|---|---|\n" + "".join(f"| {word} | {text} |\n" for word, text in rows),
            *(f"- {trap}" for trap in (*document.traps, f"Behind PgBouncer in transaction mode: {behind_a_pooler}")),
            "",
            *(
                f"{one.title}:\n\n```{one.format}\n{one.text.strip()}\n```\n"
                for one in (*document.snippets, document.give_back)
            ),
        ]
    return "\n".join(parts)


def main() -> None:
    """Write them all."""
    for name, text in documents().items():
        path = DOCS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
