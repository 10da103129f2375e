"""How the pool of an application is configured: the frameworks that are known, and one of them with its snippets."""

from typing import Literal

from pgconn.model import Value


class Framework(Value, frozen=True, kw_only=True):
    """A pool that applications use: the parameter of its size, and what a process opens at most by default.

    `peak` is None where that is no number; `peak_text` says it in words. `scope` is whose connections the parameter
    bounds, and `other` the framework for other versions.
    """

    name: str
    title: str
    language: str
    aliases: tuple[str, ...]
    parameter: str
    default: str
    peak: int | None
    peak_text: str
    scope: str = "each process"
    other: str | None


class Snippet(Value, frozen=True, kw_only=True):
    """A piece of configuration or code, to be pasted as it stands; `format` is what a fence in Markdown calls it."""

    title: str
    format: str
    text: str


class Pool(Value, frozen=True, kw_only=True, tag_field="kind", tag="pool"):
    """The pool of one framework with at most `max` connections.

    `snippets` are the configuration, one for each way to write it; `give_back` is how a connection is released.
    """

    version: Literal[1] = 1
    framework: Framework
    max: int
    application_name: str
    transaction_pooling: bool
    snippets: tuple[Snippet, ...]
    give_back: Snippet
    traps: tuple[str, ...]
    notes: tuple[str, ...]


class Frameworks(Value, frozen=True, kw_only=True, tag_field="kind", tag="frameworks"):
    """All frameworks that are known."""

    version: Literal[1] = 1
    frameworks: tuple[Framework, ...]
