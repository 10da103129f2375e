"""The pages on limits, questions and SQLSTATEs, from the files that `pgconn explain` reads."""

from collections.abc import Iterable, Iterator
from typing import Final, get_args

from pgconn.model.finding import Remedy
from pgconn.model.refusal import Limit
from pgconn.refusals.pages import VARIANTS, Advice, Meaning, meaning_of, question, question_names, sqlstates
from pgconn.refusals.situations import product_name

_HOW: Final = "Generated from the data files by `python -m tests.docs.generate`; a test compares.\n"


def limits() -> str:
    """Every limit and every other reason why a connection is refused."""
    about = "What `pgconn explain` answers to a message, by the limit that it names, the most likely cause first.\n"
    return "\n".join(("# The limits\n", _HOW, about, *(_limit(name) for name in (*get_args(Limit), *VARIANTS))))


def questions() -> str:
    """Every question with its answer."""
    about = "What `pgconn explain` answers to a question, in any words; the name of each works too.\n"
    return "\n".join(("# The questions\n", _HOW, about, *map(_question, question_names())))


def states() -> str:
    """Every SQLSTATE of which something is known."""
    known = sqlstates()
    about = "What `pgconn explain` answers to an SQLSTATE. 53300 is [a limit](limits.md), and so is what names one.\n"
    rows = [f"| `{state}` | {one.name} | {one.meaning} | {one.cure} |\n" for state, one in known.states.items()]
    classes = [f"| `{name}` | {meaning} |\n" for name, meaning in known.classes.items()]
    return "\n".join(
        (
            "# The SQLSTATEs\n",
            _HOW,
            about,
            f"| code | name | meaning | what to do |\n| --- | --- | --- | --- |\n{''.join(rows)}",
            "## By their first two characters\n",
            f"| class | meaning |\n| --- | --- |\n{''.join(classes)}",
        )
    )


def _limit(name: str) -> str:
    page = meaning_of(name)
    lists = (
        ("Causes", page.causes),
        ("Now", [_remedy(one) for one in page.now]),
        ("Later", [_remedy(one) for one in page.later]),
        ("See also", _topics(page.topics)),
    )
    parts = (f"## {name}\n", f"{page.title[0].upper()}{page.title[1:]}.\n", *_facts(page), f"{page.meaning}\n")
    of_products = (_of_product(name, product, page) for product in page.products)
    return "\n".join((*parts, *(f"{title}:\n\n{_list(lines)}" for title, lines in lists if lines), *of_products))


def _facts(page: Meaning) -> Iterator[str]:
    facts = [("Whose", page.whose), ("Who can enter", page.who_can_enter), ("First", page.advice)]
    yield "".join(f"- {name}: {fact}\n" for name, fact in facts if fact)


def _of_product(name: str, product: str, page: Meaning) -> str:
    """What is different when that product has spoken."""
    own = meaning_of(name, product)
    told = [
        *((word, value) for word, value, other in _told(own, page) if value and value != other),
        *(("Where the message has these words", f"`{one.words}`: {one.advice}") for one in _own_words(own, page)),
    ]
    lists = (
        ("Causes", own.causes, page.causes),
        ("Now", own.now, page.now),
        ("Later", own.later, page.later),
    )
    parts = [f"### {name} of {product_name(product)}\n", "".join(f"- {word}: {value}\n" for word, value in told)]
    for title, lines, other in lists:
        if lines != other:
            shown = [line if isinstance(line, str) else _remedy(line) for line in lines]
            parts.append(f"{title}:\n\n{_list(shown)}")
    return "\n".join(parts)


def _told(own: Meaning, page: Meaning) -> Iterator[tuple[str, str, str]]:
    yield "Title", own.title, page.title
    yield "Whose", own.whose, page.whose
    yield "First", own.advice, page.advice
    yield "What it means", own.meaning, page.meaning


def _own_words(own: Meaning, page: Meaning) -> Iterable[Advice]:
    return own.advice_by_words[: len(own.advice_by_words) - len(page.advice_by_words)]


def _question(name: str) -> str:
    page = question(name)
    steps = [f"Steps:\n\n{_list(map(_remedy, page.steps))}"] if page.steps else []
    also = [f"See also: {', '.join(_topics(page.topics))}.\n"] if page.topics else []
    return "\n".join((f"## {name}\n", f"**{page.question}**\n", *(f"{text}\n" for text in page.answer), *steps, *also))


def _remedy(remedy: Remedy) -> str:
    """What to do, and the command or the SQL that does it."""
    typed = "".join(f": `{text}`" for text in (remedy.command, remedy.sql) if text)
    return f"{remedy.action}{typed}{f' ({remedy.effect})' if remedy.effect else ''}"


def _topics(names: Iterable[str]) -> list[str]:
    return [f"[{question(name).question}](questions.md#{name})" for name in names]


def _list(lines: Iterable[str]) -> str:
    return "".join(f"- {line}\n" for line in lines)
