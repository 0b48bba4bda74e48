"""The language of conditions and formulas (section 13): German and English words, one tree, one stored form.

parse          grammar, syntax     source -> lark's tree, or E_SYNTAX
read           reading, options    names found, types held together, or E_UNKNOWN_NAME, E_TYPE_MISMATCH
write          printing            tree -> the stored, English form, which is read as the same tree
"""

from __future__ import annotations

from collections.abc import Iterable

from lark import Token, Tree

from modules.configurator.engine.language.printing import constant_written, written
from modules.configurator.engine.language.reading import Read, Reading
from modules.configurator.engine.language.scope import Scope
from modules.configurator.engine.language.syntax import LONGEST, parse, too_long
from modules.configurator.model.errors import TypeMismatch
from modules.configurator.model.trees import Expression, Node, ResultType

__all__ = ["Scope", "condition", "constant_written", "expression", "joined", "term", "written"]


def condition(source: str, scope: Scope) -> Expression:
    """What a source asks. Its `source` is the stored form.

    Raises BadSyntax, UnknownName or TypeMismatch with line and column in the source, both from 1.
    """
    return expression(_read(source, scope).condition())


def term(source: str, scope: Scope, expected: ResultType | None = None) -> Expression:
    """What a source calculates, of the type `expected` or of any. Its `source` is the stored form.

    Raises BadSyntax, UnknownName or TypeMismatch with line and column in the source, both from 1.
    """
    read = _read(source, scope)
    if expected is not None and read.type is not expected:
        raise TypeMismatch(f"The result is a {read.type.value}; expected is a {expected.value}.", 1, 1)
    return expression(read.node)


def _read(source: str, scope: Scope) -> Read:
    tree: Tree[Token] = parse(source)
    branch = tree.children[0]
    return Reading(scope).read(branch)


def expression(tree: Node) -> Expression:
    """A tree with its stored form; raises BadSyntax where that is longer than may be stored."""
    source = written(tree)
    if len(source) > LONGEST:
        raise too_long()
    return Expression(source, tree)


def joined(elements: Iterable[str]) -> str:
    """The source of a condition that is kept as a list of elements: names, operators, constants, words, brackets."""
    return " ".join(element.strip() for element in elements)
