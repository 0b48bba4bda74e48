"""The plainest reading of a content: every combination of values, each rule held against it. Shares nothing with the
engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from typing import Any as Whatever

from modules.configurator.model import rules as r, trees as t
from modules.configurator.model.characteristics import QuantityUse, Value
from modules.configurator.model.contents import Content
from modules.configurator.model.formulas import Cell, CombinationTable, Match
from modules.configurator.model.sessions import Choice

Configuration = Mapping[str, Whatever]
"""By characteristic the option's id, number or text, or None; by `NAME.qty` the quantity, or None."""
MOST = 100_000


@dataclass(frozen=True)
class Brute:
    """All configurations of a content."""

    content: Content

    def every(self) -> list[Configuration]:
        """Those that all rules allow."""
        return [one for one in self.candidates() if self.permits(one)]

    def candidates(self) -> Iterator[Configuration]:
        """Every combination of values, whether or not the rules allow it."""
        axes: dict[str, list[Whatever]] = {}
        for member in self.content.members:
            one = self.content.characteristics[member.characteristic]
            values: list[Whatever] = [option.id for option in self.content.options(member)]
            if not one.has_options:
                values = _numbers(one.bounds)
            axes[one.id] = values if member.required else [*values, None]
            if one.quantity_use is not QuantityUse.NONE:
                axes[f"{one.id}.qty"] = [*_numbers(one.quantity_bounds), None]
        for combination in product(*axes.values()):
            found = dict(zip(axes, combination, strict=True))
            if all(self._fits(name, found) for name in axes if name.endswith(".qty")):
                yield found

    def _fits(self, key: str, found: Configuration) -> bool:
        name = key.removesuffix(".qty")
        if found[name] is None:
            return found[key] is None
        required = self.content.characteristics[name].quantity_use is QuantityUse.REQUIRED
        return not required or found[key] is not None

    def permits(self, found: Configuration, without: str = "") -> bool:
        """Whether all rules (but one, by its id) allow a configuration."""
        for rule in self.content.rules:
            fires = rule.condition is None or self.truth(rule.condition.tree, found)
            if rule.disabled or rule.id == without or fires is not True:
                continue
            if not all(self.meets(action, found) for action in rule.actions):
                return False
        return all(
            found.get(one.package) != one.option
            or (found[one.component] == one.value and one.quantity in (None, found.get(f"{one.component}.qty")))
            for one in self.content.components
            if without != f"package:{one.package}.{one.option}"
        )

    def meets(self, action: r.Action, found: Configuration) -> bool:
        """Whether a configuration does what an action demands."""
        does = _ACTIONS.get(type(action))
        return does is None or does(self, action, found)

    def computes(self, action: r.Compute, found: Configuration) -> bool:
        """Whether a computed value is what the expression gives; without one, anything is."""
        result = self.term(action.expression.tree, found)
        mine = self.term(t.Reference(action.characteristic), found)
        return result is None or mine is None or mine == self._fitted(action.characteristic, result)

    def _fitted(self, name: str, result: Whatever) -> Whatever:
        one = self.content.characteristics[name]
        if isinstance(result, Decimal) and not one.has_options:
            return result.quantize(Decimal(1).scaleb(-one.bounds.scale), ROUND_HALF_UP)
        return result

    def agrees(self, table: CombinationTable, result: str | None, found: Configuration) -> bool:
        row = next(
            (row for row in sorted(table.rows, key=lambda row: row.sequence) if self._row(table, row.cells, found)),
            None,
        )
        told = table.default if row is None else row.result
        if result is not None:
            return told is not None and self.term(t.Reference(result), found) == told
        return told is not False and (row is not None or told is not None)

    def _row(self, table: CombinationTable, cells: tuple[Cell, ...], found: Configuration) -> bool:
        values = [self.term(factor.reference, found) for factor in table.factors]
        return all(_matches(cell, one) is True for cell, one in zip(cells, values, strict=True))

    def truth(self, node: t.Node, found: Configuration) -> bool | None:
        """True, false, or None for unknown."""
        return _TRUTHS[type(node)](self, node, found)

    def between(self, node: t.Between, found: Configuration) -> bool | None:
        """Whether a number is within a range."""
        value, low, high = (self.term(one, found) for one in (node.term, node.low, node.high))
        return None if None in (value, low, high) else low <= value <= high

    def is_among(self, node: t.Membership, found: Configuration) -> bool | None:
        """Whether a term is one of some constants."""
        mine = self.term(node.term, found)
        return None if mine is None else mine in [one.value for one in node.constants]

    def some_row(self, name: str, found: Configuration) -> bool | None:
        """Whether some row of a table matches; unknown where one might."""
        table = self.content.tables[name]
        values = [self.term(factor.reference, found) for factor in table.factors]
        rows = [[_matches(cell, one) for cell, one in zip(row.cells, values, strict=True)] for row in table.rows]
        if any(all(one is True for one in row) for row in rows):
            return True
        return None if any(False not in row for row in rows) else False

    def every_one(self, nodes: tuple[t.Node, ...], found: Configuration) -> bool | None:
        """And."""
        truths = [self.truth(one, found) for one in nodes]
        return False if False in truths else None if None in truths else True

    def some_one(self, nodes: tuple[t.Node, ...], found: Configuration) -> bool | None:
        """Or."""
        return _contrary(self.every_one(tuple(t.Not(one) for one in nodes), found))  # type: ignore[arg-type]

    def term(self, node: t.Node, found: Configuration) -> Whatever:
        """A value, or None for none."""
        match node:
            case t.Constant(value):
                return value
            case t.Reference(name, t.ReferenceKind.QUANTITY):
                return found.get(f"{name}.qty")
            case t.Reference(name, t.ReferenceKind.VALUE):
                option = self.content.characteristics[name].option(found[name] or "")
                return option.number if option and option.number is not None else found[name]
            case t.Reference(name, t.ReferenceKind.FORMULA):
                return self.term(self.content.formulas[name].expression.tree, found)
            case t.Arithmetic(left, sign, right):
                one, other = self.term(left, found), self.term(right, found)
                return None if one is None or other is None else _ARITHMETIC[sign](one, other)
        raise AssertionError(f"the models counted here hold no {type(node).__name__}")


_Held = Callable[[Brute, Whatever, Configuration], bool]
_ACTIONS: Mapping[type, _Held] = {
    r.Require: lambda brute, one, found: brute.truth(one.condition.tree, found) is True,
    r.Exclude: lambda brute, one, found: brute.truth(one.condition.tree, found) is not True,
    r.MakeUnavailable: lambda brute, one, found: found[one.characteristic] not in one.options,
    r.Allow: lambda brute, one, found: found[one.characteristic] in (None, *one.options),
    r.AttachRequired: lambda brute, one, found: agrees(found, [Choice(one.characteristic, one.value, one.quantity)]),
    r.Detach: lambda brute, one, found: found[one.characteristic] is None,
    r.HoldTo: lambda brute, one, found: brute.agrees(brute.content.tables[one.table], one.result, found),
    r.Compute: lambda brute, one, found: brute.computes(one, found),
}
_Truth = Callable[[Brute, Whatever, Configuration], bool | None]
_TRUTHS: Mapping[type, _Truth] = {
    t.Constant: lambda brute, node, found: node.value is True,
    t.Not: lambda brute, node, found: _contrary(brute.truth(node.condition, found)),
    t.All: lambda brute, node, found: brute.every_one(node.conditions, found),
    t.Any: lambda brute, node, found: brute.some_one(node.conditions, found),
    t.Implies: lambda brute, node, found: brute.some_one((t.Not(node.condition), node.consequence), found),
    t.IsSet: lambda brute, node, found: brute.term(node.reference, found) is not None,
    t.Membership: lambda brute, node, found: brute.is_among(node, found),
    t.Matches: lambda brute, node, found: brute.some_row(node.table, found),
    t.Between: lambda brute, node, found: brute.between(node, found),
    t.Comparison: lambda brute, node, found: _compare(
        brute.term(node.left, found), node.operator.value, brute.term(node.right, found)
    ),
}
_ARITHMETIC = {
    t.Sign.PLUS: lambda one, other: one + other,
    t.Sign.MINUS: lambda one, other: one - other,
    t.Sign.TIMES: lambda one, other: one * other,
}


def _contrary(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def _numbers(bounds: Whatever) -> list[Decimal]:
    assert bounds.low is not None
    assert bounds.high is not None
    step = bounds.step or Decimal(1).scaleb(-bounds.scale)
    return [bounds.low + place * step for place in range(int((bounds.high - bounds.low) / step) + 1)]


def _compare(left: Whatever, operator: str, right: Whatever) -> bool | None:
    if left is None or right is None:
        return None
    if operator in ("=", "<>"):
        return bool((left == right) is (operator == "="))
    return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator])


def _matches(cell: Cell, value: Whatever) -> bool | None:
    if cell.match is Match.ANY:
        return True
    if value is None:
        return None
    if cell.match in (Match.IN, Match.NOT_IN):
        return (value in cell.operands) is (cell.match is Match.IN)
    if cell.match is Match.BETWEEN:
        return bool(cell.operands[0] <= value <= cell.operands[1])
    return _compare(value, cell.match.value, cell.operands[0])


def agrees(found: Configuration, choices: list[Choice]) -> bool:
    """Whether a configuration has all these values."""
    return all(
        found[one.characteristic] == one.value
        and (one.quantity is None or found.get(f"{one.characteristic}.qty") == one.quantity)
        for one in choices
    )


def possible(every: list[Configuration], choices: list[Choice]) -> dict[str, set[Value | None]]:
    """By key the values that some configuration with these choices has."""
    matching = [one for one in every if agrees(one, choices)]
    keys = every[0] if every else {}
    return {key: {one[key] for one in matching} for key in keys}
