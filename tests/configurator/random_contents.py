"""Random contents for properties: small enough that every configuration can be counted."""

from __future__ import annotations

from decimal import Decimal
from math import prod

from hypothesis import strategies as st

from modules.configurator.model import rules as r, trees as t
from modules.configurator.model.characteristics import Characteristic, QuantityUse, ValueType
from modules.configurator.model.contents import Content
from modules.configurator.model.families import PackageComponent
from modules.configurator.model.formulas import Cell, CombinationTable, Match, Result
from tests.configurator.builders import (
    a_content,
    a_rule,
    a_table,
    an_expression,
    compare,
    counted,
    discrete,
    number,
    numbered,
    package,
    quantity,
    typed,
    value,
)

LETTERS = "ABCDEF"


@st.composite
def characteristics(draw: st.DrawFn, most: int) -> list[Characteristic]:
    """Two or more, whose combinations are at most so many."""
    found: list[Characteristic] = []
    for place in range(draw(st.integers(2, 6))):
        one = draw(_characteristic(f"C{place}"))
        if prod(map(_size, [*found, one])) <= most:
            found.append(one)
    return found


def _characteristic(id: str) -> st.SearchStrategy[Characteristic]:
    few = st.integers(2, 4)
    return st.one_of(
        few.map(lambda count: discrete(id, " ".join(LETTERS[:count]))),
        few.map(lambda count: package(id, " ".join(LETTERS[:count]))),
        few.map(lambda count: numbered(id, *range(1, 1 + count))),
        st.integers(3, 12).map(lambda high: typed(id, 0, high)),
        st.sampled_from([QuantityUse.REQUIRED, QuantityUse.OPTIONAL]).map(lambda use: counted(id, "A B", use, 3)),
    )


def _size(one: Characteristic) -> int:
    values = len(one.options) if one.has_options else int(one.bounds.high or 0) + 1
    return (values + 1) * (4 if one.quantity_use is not QuantityUse.NONE else 1)


def _is_number(one: Characteristic) -> bool:
    return one.data_type.value == "number"


def atoms(every: list[Characteristic]) -> st.SearchStrategy[t.Condition]:
    """Conditions over one characteristic or its quantity."""
    return st.sampled_from(every).flatmap(_atom)


def _atom(one: Characteristic) -> st.SearchStrategy[t.Condition]:
    orders, small = st.sampled_from("< <= > >= = <>".split()), st.integers(-1, 13)
    kinds: list[st.SearchStrategy[t.Condition]] = [st.just(t.IsSet(value(one.id)))]
    if _is_number(one):
        kinds.append(st.builds(compare, st.just(one.id), orders, small))
        kinds.append(st.builds(lambda a, b: t.Between(value(one.id), number(a), number(b)), small, small))
        twice = t.Arithmetic(value(one.id), t.Sign.TIMES, number(2))
        kinds.append(st.builds(compare, st.just(twice), orders, small))
    else:
        ids = [option.id for option in one.options]
        kinds.append(st.builds(compare, st.just(one.id), st.sampled_from(["=", "<>"]), st.sampled_from(ids)))
        some = st.lists(st.sampled_from(ids), min_size=1, max_size=2)
        kinds.append(some.map(lambda those: t.Membership(value(one.id), tuple(map(t.Constant, those)))))
    if one.quantity_use is not QuantityUse.NONE:
        kinds.append(st.builds(compare, st.just(quantity(one.id)), orders, st.integers(0, 4)))
    return st.one_of(kinds)


def conditions(every: list[Characteristic]) -> st.SearchStrategy[t.Condition]:
    """Trees of atoms, some of which hold two characteristics against each other."""
    numbers = [one for one in every if _is_number(one)]
    leaves = atoms(every)
    if len(numbers) > 1:
        names = st.permutations([one.id for one in numbers])
        sums = st.builds(
            _pair, names, st.sampled_from(list(t.Sign)[:3]), st.sampled_from(["<=", "=", ">"]), st.integers(0, 20)
        )
        leaves = leaves | sums
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(t.All),
            st.tuples(inner, inner).map(t.Any),
            inner.map(t.Not),
            st.builds(t.Implies, inner, inner),
        ),
        max_leaves=3,
    )


def _pair(names: list[str], sign: t.Sign, operator: str, limit: int) -> t.Condition:
    return compare(t.Arithmetic(value(names[0]), sign, value(names[1])), operator, limit)


def actions(every: list[Characteristic], tables: list[CombinationTable]) -> st.SearchStrategy[r.Action]:
    """Of all kinds that the solver holds."""
    any_condition = conditions(every).map(an_expression)
    kinds: list[st.SearchStrategy[r.Action]] = [any_condition.map(r.Require), any_condition.map(r.Exclude)]
    kinds.append(st.sampled_from(every).map(lambda one: r.Detach(one.id)))
    for one in every:
        if one.has_options:
            ids = [option.id for option in one.options]
            some = st.frozensets(st.sampled_from(ids), min_size=1, max_size=2)
            kinds.append(st.builds(r.MakeUnavailable, st.just(one.id), some))
            kinds.append(st.builds(r.Allow, st.just(one.id), some))
            kinds.append(st.builds(r.AttachRequired, st.just(one.id), st.sampled_from(ids)))
    if tables:
        kinds.append(st.sampled_from(tables).map(lambda table: r.HoldTo(table.id)))
        texts = [one.id for one in every if not _is_number(one)]
        if texts:
            kinds.append(st.builds(r.HoldTo, st.sampled_from(tables).map(lambda one: one.id), st.sampled_from(texts)))
    return st.one_of(kinds)


@st.composite
def a_random_table(draw: st.DrawFn, every: list[Characteristic], id: str) -> CombinationTable:
    """One to three factors, perhaps one twice; results are options or truths."""
    columns = draw(st.lists(st.sampled_from(every), min_size=1, max_size=3))
    rows = draw(st.lists(st.tuples(*map(_cells, columns)), min_size=1, max_size=6))
    kinds: list[Result] = ["A", "B"] if draw(st.booleans()) else [True, True, False]
    results = st.sampled_from(kinds)
    told = draw(st.lists(results, min_size=len(rows), max_size=len(rows)))
    default = draw(st.none() | results)
    return a_table(id, [value(one.id) for one in columns], rows, told, default=default)


def _cells(one: Characteristic) -> st.SearchStrategy[Cell]:
    if _is_number(one):
        small = st.integers(0, 9).map(Decimal)
        orders = st.sampled_from([Match.LESS, Match.GREATER_OR_EQUAL, Match.EQUAL, Match.UNEQUAL])
        between = st.tuples(small, small).map(lambda two: Cell(Match.BETWEEN, two))
        return st.just(Cell()) | st.builds(Cell, orders, st.tuples(small)) | between
    ids = st.sampled_from([option.id for option in one.options])
    some = st.lists(ids, min_size=1, max_size=2).map(tuple)
    equal = ids.map(lambda id: Cell(Match.EQUAL, (id,)))
    return st.just(Cell()) | equal | st.builds(Cell, st.sampled_from([Match.IN, Match.NOT_IN]), some)


@st.composite
def contents(draw: st.DrawFn, most: int = 1_500) -> Content:
    """A few characteristics, tables, rules, and a package where one of them is one."""
    every = draw(characteristics(most))
    tables = [draw(a_random_table(every, f"T{place}")) for place in range(draw(st.integers(0, 2)))]
    rules = [
        a_rule(f"r{place}", draw(actions(every, tables)), when=draw(st.none() | conditions(every)))
        for place in range(draw(st.integers(0, 5)))
    ]
    optional = " ".join(one.id for one in every if draw(st.booleans()))
    return a_content(*every, rules=rules, tables=tables, optional=optional, components=draw(components(every)))


@st.composite
def components(draw: st.DrawFn, every: list[Characteristic]) -> list[PackageComponent]:
    """What some of the packages set."""
    found = []
    parts = [one for one in every if one.value_type is ValueType.DISCRETE and one.options]
    for one in every:
        if one.value_type is ValueType.PACKAGE and parts and draw(st.booleans()):
            part = draw(st.sampled_from(parts))
            option = draw(st.sampled_from(part.options)).id
            found.append(PackageComponent(package=one.id, option="A", component=part.id, value=option))
    return found
