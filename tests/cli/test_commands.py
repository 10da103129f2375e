"""A command is one page: what it parses, one call of the library, the answer."""

import ast
from pathlib import Path

import pytest

from pgconn.cli import commands
from pgconn.cli.app import COMMANDS

pytestmark = pytest.mark.offline

FOLDER = Path(commands.__file__).parent
NAMES = [name for named in COMMANDS.values() for name in named]
LONGEST = 40
"""Lines of what a command does: its options and its help are data."""


def tree_of(name: str) -> ast.Module:
    return ast.parse((FOLDER / f"{name.replace('-', '_')}.py").read_text(encoding="utf-8"))


def functions_of(name: str) -> list[ast.FunctionDef]:
    return [node for node in tree_of(name).body if isinstance(node, ast.FunctionDef)]


def lines_of(function: ast.FunctionDef) -> int:
    """The lines of its body without the docstring."""
    first, *rest = function.body
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    body = rest if is_docstring else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_there_is_one_module_for_each_command_and_no_other() -> None:
    modules = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert modules == {name.replace("-", "_") for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_command_is_one_page_with_one_public_function_and_examples(name: str) -> None:
    functions, tree = functions_of(name), tree_of(name)
    assert [one.name for one in functions if not one.name.startswith("_")] == [name.replace("-", "_")]
    assert sum(map(lines_of, functions)) <= LONGEST
    constants = [
        node.target.id for node in tree.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]
    assert "EXAMPLES" in constants


@pytest.mark.parametrize("name", NAMES)
def test_no_command_imports_from_another(name: str) -> None:
    imported = [node.module or "" for node in ast.walk(tree_of(name)) if isinstance(node, ast.ImportFrom)]
    assert not [module for module in imported if module.startswith("pgconn.cli.commands")]
