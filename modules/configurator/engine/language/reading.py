"""From lark's tree to ours: names are found, types held against one another; every error has its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from lark import Token, Tree

from modules.configurator.engine.language.constants import constant, place, whole
from modules.configurator.engine.language.grammar import FUNCTIONS, OPERATORS, OWNERS
from modules.configurator.engine.language.options import check_options
from modules.configurator.engine.language.scope import Scope, resolve
from modules.configurator.engine.language.syntax import DEEPEST, Branch, too_deep
from modules.configurator.model.characteristics import DataType, QuantityUse
from modules.configurator.model.errors import TypeMismatch, UnknownName
from modules.configurator.model.trees import (
    All,
    Any,
    Arithmetic,
    Between,
    Call,
    Comparison,
    Condition,
    Constant,
    Function,
    If,
    Implies,
    IsSet,
    Matches,
    Membership,
    Negative,
    Node,
    Not,
    Operator,
    Owner,
    Power,
    Reference,
    ReferenceKind,
    ResultType,
    Sign,
    Term,
)

_HIGHEST_POWER: Final = 9
_MOST_DECIMALS: Final = 15
_CALLED: Final = {ResultType.NUMBER: "a number", ResultType.TEXT: "a text", ResultType.BOOL: "a condition"}
_OF_ANY_TYPE: Final = (Operator.EQUAL, Operator.UNEQUAL)
_TYPES: Final = {DataType.NUMBER: ResultType.NUMBER, DataType.TEXT: ResultType.TEXT}


@dataclass(frozen=True, slots=True)
class Read:
    """A node, what it gives, and where it stands."""

    node: Node
    type: ResultType
    line: int
    column: int

    def mismatch(self, message: str) -> TypeMismatch:
        """The error that this does not fit."""
        return TypeMismatch(message, self.line, self.column)

    def condition(self) -> Condition:
        """Raises TypeMismatch where it is none."""
        if self.type is not ResultType.BOOL or not isinstance(self.node, Condition):
            raise self.mismatch(f"This is {_CALLED[self.type]}; a condition is needed here.")
        return self.node

    def number(self) -> Term:
        """Raises TypeMismatch where it is none."""
        if self.type is not ResultType.NUMBER or not isinstance(self.node, Term):
            raise self.mismatch(f"This is {_CALLED[self.type]}; a number is needed here.")
        return self.node

    def term(self, type: ResultType) -> Term:
        """Something to compare with what is of this type. Raises TypeMismatch where it is of another."""
        if self.type is not type:
            raise self.mismatch(f"{_CALLED[type].capitalize()} and {_CALLED[self.type]} do not go together.")
        if not isinstance(self.node, Term):
            raise self.mismatch("Conditions are combined with AND, OR, NOT and IF ... THEN, not compared.")
        return self.node


class Reading:
    """Reads the trees of one scope."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def read(self, branch: Branch, depth: int = 1) -> Read:
        """What a branch means. Raises BadSyntax, UnknownName or TypeMismatch with the place."""
        line, column = place(branch)
        if depth > DEEPEST:
            raise too_deep(line, column)
        if isinstance(branch, Token):
            return Read(*constant(branch), line, column)
        node, type = _READERS[branch.data](self, branch, depth + 1)
        return Read(node, type, line, column)

    def _conditions(self, tree: Tree[Token], depth: int) -> tuple[Condition, ...]:
        return tuple(self.read(one, depth).condition() for one in tree.children)

    def _numbers(self, branches: Sequence[Branch], depth: int) -> tuple[Term, ...]:
        return tuple(self.read(one, depth).number() for one in branches)

    def group(self, tree: Tree[Token], depth: int) -> tuple[Node, ResultType]:
        """What stands in brackets."""
        read = self.read(tree.children[0], depth)
        return read.node, read.type

    def all(self, tree: Tree[Token], depth: int) -> tuple[Node, ResultType]:
        """And."""
        return All(self._conditions(tree, depth)), ResultType.BOOL

    def any(self, tree: Tree[Token], depth: int) -> tuple[Node, ResultType]:
        """Or."""
        return Any(self._conditions(tree, depth)), ResultType.BOOL

    def deny(self, tree: Tree[Token], depth: int) -> tuple[Node, ResultType]:
        """Not."""
        return Not(*self._conditions(tree, depth)), ResultType.BOOL

    def implies(self, tree: Tree[Token], depth: int) -> tuple[Node, ResultType]:
        """If ... then."""
        return Implies(*self._conditions(tree, depth)), ResultType.BOOL

    def choice(self, tree: Tree[Token], depth: int) -> tuple[Node, ResultType]:
        """One of two results."""
        test, then, otherwise = (self.read(one, depth) for one in tree.children)
        if then.type is ResultType.BOOL:
            raise then.mismatch("The two results are numbers or texts; of conditions write IF ... THEN ... .")
        return If(test.condition(), then.term(then.type), otherwise.term(then.type)), then.type

    def compare(self, tree: Tree[Token], depth: int) -> tuple[Node, ResultType]:
        """Two terms of one type; ordered are only numbers."""
        one, sign, other = tree.children
        left, right = self.read(one, depth), self.read(other, depth)
        first, second = left.term(left.type), right.term(left.type)
        operator = Operator(OPERATORS.get(str(sign), str(sign)))
        if left.type is not ResultType.NUMBER and operator not in _OF_ANY_TYPE:
            raise left.mismatch(f"Only numbers are less or greater; compare {_CALLED[left.type]} with = or <>.")
        check_options(self._scope, first, second, right.line, right.column)
        check_options(self._scope, second, first, left.line, left.column)
        return Comparison(first, operator, second), ResultType.BOOL

    def among(self, tree: Tree[Token], depth: int) -> tuple[Node, ResultType]:
        """In."""
        branch, *listed = tree.children
        mine = self.read(branch, depth)
        term, constants = mine.term(mine.type), []
        for one in (self.read(each, depth) for listing in listed for each in _listed(listing)):
            theirs = one.term(mine.type)
            check_options(self._scope, term, theirs, one.line, one.column)
            assert isinstance(theirs, Constant)  # the grammar takes nothing else
            constants.append(theirs)
        return Membership(term, tuple(constants)), ResultType.BOOL

    def between(self, tree: Tree[Token], depth: int) -> tuple[Node, ResultType]:
        """A range."""
        return Between(*self._numbers(tree.children, depth)), ResultType.BOOL

    def is_set(self, tree: Tree[Token], depth: int) -> tuple[Node, ResultType]:
        """Whether there is a value."""
        read = self.read(tree.children[0], depth)
        node = read.node
        if not isinstance(node, Reference) or node.kind not in (ReferenceKind.VALUE, ReferenceKind.QUANTITY):
            raise read.mismatch("Only of a characteristic or its quantity can be asked whether it is set.")
        return IsSet(node), ResultType.BOOL

    def matches(self, tree: Tree[Token], depth: int) -> tuple[Node, ResultType]:
        """Whether a row of a table matches."""
        return Matches(_named(tree, self._scope.tables, "table:")), ResultType.BOOL

    def calculate(self, tree: Tree[Token], depth: int) -> tuple[Node, ResultType]:
        """Arithmetic; of texts there is none."""
        left, sign, right = tree.children
        first, second = self._numbers([left, right], depth)
        return Arithmetic(first, Sign(str(sign)), second), ResultType.NUMBER

    def negative(self, tree: Tree[Token], depth: int) -> tuple[Node, ResultType]:
        """The other sign; a minus right before a number belongs to it."""
        operand = tree.children[1]
        term = self.read(operand, depth).number()
        if isinstance(operand, Token) and isinstance(term, Constant) and isinstance(term.value, Decimal):
            return Constant(-term.value if term.value else term.value), ResultType.NUMBER
        return Negative(term), ResultType.NUMBER

    def power(self, tree: Tree[Token], depth: int) -> tuple[Node, ResultType]:
        """A small whole power."""
        base, exponent = tree.children
        return Power(self.read(base, depth).number(), whole(exponent, _HIGHEST_POWER)), ResultType.NUMBER

    def call(self, tree: Tree[Token], depth: int) -> tuple[Node, ResultType]:
        """A function of numbers."""
        name, listing = tree.children
        function, arguments = FUNCTIONS[resolve(str(name), FUNCTIONS, *place(name))], _listed(listing)
        if function is Function.ROUND:
            return self._round(tree, arguments, depth), ResultType.NUMBER
        if function not in (Function.MIN, Function.MAX) and len(arguments) != 1:
            raise TypeMismatch(f"{function.value} takes one number.", *place(tree))
        return Call(function, self._numbers(arguments, depth)), ResultType.NUMBER

    def _round(self, tree: Tree[Token], arguments: Sequence[Branch], depth: int) -> Call:
        if len(arguments) > 2:
            raise TypeMismatch("round takes a number, and how many decimals it keeps.", *place(tree))
        places = whole(arguments[1], _MOST_DECIMALS) if len(arguments) == 2 else 0
        return Call(Function.ROUND, (self.read(arguments[0], depth).number(), Constant(Decimal(places))))

    def value(self, tree: Tree[Token], depth: int) -> tuple[Node, ResultType]:
        """A characteristic's value, or its quantity."""
        owner, name, quantity = tree.children
        found = self._scope.characteristics[_named(tree, self._scope.characteristics)]
        whose = OWNERS[str(owner).rstrip(".").rstrip().casefold() if owner else "self"]
        if whose is not Owner.SELF and not self._scope.has_above:
            raise UnknownName(f"{whose.value}.{found.id}", *place(owner), [found.id])
        if not quantity:
            return Reference(found.id, owner=whose), _TYPES[found.data_type]
        if found.quantity_use is QuantityUse.NONE:
            raise UnknownName(f"{found.id}.qty", *place(name), [found.id])
        return Reference(found.id, ReferenceKind.QUANTITY, whose), ResultType.NUMBER

    def formula(self, tree: Tree[Token], depth: int) -> tuple[Node, ResultType]:
        """What a formula gives."""
        name = _named(tree, self._scope.formulas, "formula:")
        return Reference(name, ReferenceKind.FORMULA), self._scope.formulas[name]

    def table(self, tree: Tree[Token], depth: int) -> tuple[Node, ResultType]:
        """What a table gives."""
        name = _named(tree, self._scope.tables, "table:")
        return Reference(name, ReferenceKind.TABLE), self._scope.tables[name]


def _listed(branch: Branch) -> list[Branch]:
    return list(branch.children) if isinstance(branch, Tree) else []


def _named(tree: Tree[Token], names: Sequence[str] | Mapping[str, object], prefix: str = "") -> str:
    """The id that the name below the tree stands for."""
    name = next(tree.find_data("name"))
    return resolve(str(name.children[0]).strip("`"), names, *place(name), prefix)


_Reader = Callable[[Reading, Tree[Token], int], tuple[Node, ResultType]]


def _denied(read: _Reader) -> _Reader:
    """The same with NOT before it."""

    def deny(reading: Reading, tree: Tree[Token], depth: int) -> tuple[Node, ResultType]:
        node, type = read(reading, tree, depth + 1)
        assert isinstance(node, Condition)  # only relations are denied so
        return Not(node), type

    return deny


_READERS: Final[dict[str, _Reader]] = {
    "group": Reading.group,
    "all": Reading.all,
    "any": Reading.any,
    "deny": Reading.deny,
    "implies": Reading.implies,
    "choice": Reading.choice,
    "compare": Reading.compare,
    "among": Reading.among,
    "not_among": _denied(Reading.among),
    "between": Reading.between,
    "not_between": _denied(Reading.between),
    "is_set": Reading.is_set,
    "is_not_set": _denied(Reading.is_set),
    "matches": Reading.matches,
    "calculate": Reading.calculate,
    "below_zero": Reading.negative,
    "negative": Reading.negative,
    "power": Reading.power,
    "call": Reading.call,
    "value": Reading.value,
    "formula": Reading.formula,
    "table": Reading.table,
}
