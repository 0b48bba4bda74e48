"""Contents with sensible defaults; keywords override."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from modules.configurator.engine.language import written
from modules.configurator.model.characteristics import (
    Bounds,
    Characteristic,
    DataType,
    Option,
    QuantityUse,
    ValueType,
)
from modules.configurator.model.contents import Content
from modules.configurator.model.families import PackageComponent
from modules.configurator.model.formulas import Cell, CombinationTable, Factor, Formula, Match, Result, Row
from modules.configurator.model.revisions import RevisionCharacteristic
from modules.configurator.model.rules import Action, Exclude, FrontRule, Require
from modules.configurator.model.trees import (
    Comparison,
    Constant,
    Expression,
    Node,
    Operator,
    Reference,
    ReferenceKind,
    ResultType,
    Term,
)
from modules.kernel.names import Sku

DOOR = Sku("DOOR")


def an_expression(tree: Node) -> Expression:
    return Expression(written(tree), tree)


def options(ids: str) -> tuple[Option, ...]:
    """Of ids with blanks between them."""
    return tuple(Option(id=id, sequence=place) for place, id in enumerate(ids.split()))


def discrete(id: str, ids: str = "YES NO", **more: Any) -> Characteristic:
    return Characteristic(id=id, options=options(ids), **more)


def package(id: str, ids: str, **more: Any) -> Characteristic:
    return Characteristic(id=id, options=options(ids), value_type=ValueType.PACKAGE, **more)


def numbered(id: str, *numbers: int, **more: Any) -> Characteristic:
    """Options N1, N2, ... with these numbers."""
    every = tuple(
        Option(id=f"N{number}", sequence=place, number=Decimal(number)) for place, number in enumerate(numbers)
    )
    return Characteristic(id=id, data_type=DataType.NUMBER, options=every, **more)


def typed(id: str, low: int | None = 0, high: int | None = 9, scale: int = 0, **more: Any) -> Characteristic:
    bounds = Bounds(
        scale=scale, low=None if low is None else Decimal(low), high=None if high is None else Decimal(high)
    )
    return Characteristic(id=id, data_type=DataType.NUMBER, value_type=ValueType.VARIABLE, bounds=bounds, **more)


def text(id: str, **more: Any) -> Characteristic:
    return Characteristic(id=id, data_type=DataType.TEXT, value_type=ValueType.VARIABLE, **more)


def counted(id: str, ids: str = "YES NO", use: QuantityUse = QuantityUse.REQUIRED, most: int = 5) -> Characteristic:
    """With a quantity of 1 to `most`."""
    bounds = Bounds(low=Decimal(1), high=Decimal(most))
    return discrete(id, ids, quantity_use=use, quantity_bounds=bounds)


def a_content(
    *characteristics: Characteristic,
    rules: Iterable[FrontRule] = (),
    optional: str = "",
    tables: Iterable[CombinationTable] = (),
    formulas: Iterable[Formula] = (),
    components: Iterable[PackageComponent] = (),
    members: Iterable[RevisionCharacteristic] = (),
) -> Content:
    """All characteristics in this order, required unless named in `optional`; `members` replace theirs."""
    special = {member.characteristic: member for member in members}
    every = [
        special.get(
            one.id,
            RevisionCharacteristic(characteristic=one.id, sequence=place, required=one.id not in optional.split()),
        )
        for place, one in enumerate(characteristics)
    ]
    return Content(
        part=DOOR,
        revision=1,
        characteristics={one.id: one for one in characteristics},
        members=tuple(every),
        rules=tuple(rules),
        tables={table.id: table for table in tables},
        formulas={formula.id: formula for formula in formulas},
        components=tuple(components),
    )


def a_rule(id: str, *actions: Action, when: Node | None = None, **more: Any) -> FrontRule:
    return FrontRule(id=id, actions=actions, condition=None if when is None else an_expression(when), **more)


def requires(id: str, when: Node, then: Node) -> FrontRule:
    return a_rule(id, Require(an_expression(then)), when=when)


def excludes(id: str, when: Node, what: Node) -> FrontRule:
    return a_rule(id, Exclude(an_expression(what)), when=when)


def number(value: int | str) -> Constant:
    return Constant(Decimal(value))


def value(name: str) -> Reference:
    return Reference(name)


def quantity(name: str) -> Reference:
    return Reference(name, ReferenceKind.QUANTITY)


def compare(left: str | Term, operator: str, right: str | int | Term) -> Comparison:
    """`left` as a name, `right` as a constant, unless they are terms."""
    one = value(left) if isinstance(left, str) else left
    other = Constant(right) if isinstance(right, str) else number(right) if isinstance(right, int) else right
    return Comparison(one, Operator(operator), other)


def equal(name: str, constant: str | int) -> Comparison:
    return compare(name, "=", constant)


def a_cell(content: str | int | Cell | None) -> Cell:
    """None: anything."""
    if content is None or isinstance(content, Cell):
        return content or Cell()
    return Cell(Match.EQUAL, (content if isinstance(content, str) else Decimal(content),))


def a_table(
    id: str,
    factors: str | Iterable[Reference],
    rows: Iterable[tuple[Any, ...]],
    results: Iterable[Result | None] | None = None,
    **more: Any,
) -> CombinationTable:
    """Rows of cells as `a_cell` takes them; `factors` as names with blanks between them."""
    references = [value(name) for name in factors.split()] if isinstance(factors, str) else list(factors)
    lines = [tuple(map(a_cell, row)) for row in rows]
    told = list(results) if results is not None else [None] * len(lines)
    more.setdefault("result_type", ResultType.NUMBER)
    every = (Row(place, cells, result) for place, (cells, result) in enumerate(zip(lines, told, strict=True), 1))
    return CombinationTable(id=id, factors=tuple(map(Factor, references)), rows=tuple(every), **more)


def a_formula(id: str, tree: Node, scale: int = 0, **more: Any) -> Formula:
    return Formula(id=id, expression=an_expression(tree), scale=scale, **more)
