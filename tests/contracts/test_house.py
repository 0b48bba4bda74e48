"""The house's measures: sizes, docstrings, exact numbers, and nothing that belongs to one machine."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 400
LONGEST_FUNCTION = 40
MEDIAN_FUNCTION = 8
MONEY = (
    "modules/kernel/money.py",
    "modules/kernel/quantity.py",
    "modules/kernel/basket.py",
    "modules/pricing",
    "modules/cart",
)
TEXTS = (".py", ".md", ".toml", ".lock", ".json", ".yaml", ".yml", ".graphql", ".csv", ".mako", ".ini", "")
LICENSE = "LICENSE"
FOREIGN = {
    "a package registry": r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|(index|registry)[-_]url *=",
    "a path of one machine": rf"(?<![\w.:])/(?:root|Users|home/[a-z]\w*)/|{re.escape(str(ROOT))}\b",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tracked() -> tuple[Path, ...]:
    """The project's files: what git has, and what it would take."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split("\0")
    return tuple(path for name in names if name and (path := ROOT / name).is_file())


@cache
def sources() -> dict[str, ast.Module]:
    """The program's own files by their name from the root; migrations are generated and not counted."""
    return {
        name: ast.parse(path.read_text(encoding="utf-8"))
        for path in tracked()
        if path.suffix == ".py" and (name := path.relative_to(ROOT).as_posix()).startswith(("gateway/", "modules/"))
        if not re.match(r"modules/\w+/migrations/", name)
    }


def functions() -> Iterator[tuple[str, int]]:
    """Each function of the program with its length in lines."""
    for name, tree in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield f"{name}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_no_file_is_longer_than_400_lines() -> None:
    files = [path for path in tracked() if path.suffix == ".py"]
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines()) for path in files}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    assert {name: length for name, length in functions() if length > LONGEST_FUNCTION} == {}


def test_half_of_all_functions_have_8_lines_or_fewer() -> None:
    assert median(length for _, length in functions()) <= MEDIAN_FUNCTION


def test_every_file_says_what_it_holds() -> None:
    assert [name for name, tree in sources().items() if not ast.get_docstring(tree)] == []


def test_every_public_function_and_class_of_the_rules_states_its_promise() -> None:
    """Kernel, rules, use cases and ports are read by others; stores, tables and graph types explain themselves."""
    read = re.compile(r"modules/(kernel/[a-z]+\.py|[a-z]+/(model|engine|service|ports|events)(\.py|/))")
    silent = [f"{name}:{node.lineno} {node.name}" for name in sources() if read.match(name) for node in _silent(name)]
    assert silent == []


def _silent(name: str) -> Iterator[ast.ClassDef | Function]:
    for node in sources()[name].body:
        if isinstance(node, ast.ClassDef | Function):
            yield from _unsaid(node)
        # A method that a Protocol or a base class promised already may keep silent.
        if isinstance(node, ast.ClassDef) and not node.bases:
            for method in node.body:
                if isinstance(method, Function):
                    yield from _unsaid(method)


def _unsaid(node: ast.ClassDef | Function) -> Iterator[ast.ClassDef | Function]:
    if not node.name.startswith("_") and not ast.get_docstring(node):
        yield node


def test_no_float_comes_near_money_or_quantities() -> None:
    """G-1, G-3: amounts and quantities are whole numbers of minor units or millionths from end to end."""
    floats = [
        f"{name}:{node.lineno}"
        for name, tree in sources().items()
        if name.startswith(MONEY)
        for node in ast.walk(tree)
        if isinstance(node, ast.expr) and _is_float(node)
    ]
    assert floats == []


def _is_float(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Div)
    return isinstance(node, ast.Name) and node.id in ("float", "Float")


@pytest.mark.parametrize("what", FOREIGN)
def test_nothing_names(what: str) -> None:
    pattern = re.compile(FOREIGN[what])
    texts = [path for path in tracked() if path.suffix in TEXTS and path != Path(__file__) and path.name != LICENSE]
    found = {
        path.relative_to(ROOT).as_posix(): match.group()
        for path in texts
        if (match := pattern.search(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert found == {}
