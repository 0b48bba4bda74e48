"""Random objects of the model, whole or nearly senseless, each of which must survive being written and read."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from modules.configurator.model.formulas import Cell, Match
from modules.configurator.model.masters import Texts
from modules.configurator.model.trees import TRUE, Constant, Expression, Owner, Reference, ReferenceKind, ResultType

IDS = st.from_regex(r"[A-ZÄÖ_][A-Z0-9_]{0,3}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=5) | st.sampled_from(
    [
        "1.10",
        "no",
        "null",
        "true",
        "007",
        "1e5",
        "~",
        "- a",
        "{x}",
        "a: b",
        "2026-01-01",
        "0x1F",
        "1_000",
        "'",
        "=",
        "<<",
    ]
)
SMALL = st.integers(-(10**8), 10**8)
DECIMALS = st.decimals(
    allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9
) | st.one_of(SMALL.map(Decimal), st.sampled_from([Decimal("1.10"), Decimal("1E+3"), Decimal(2**70), Decimal("0.000")]))
OPERANDS = TEXTS | DECIMALS | st.booleans()
REFERENCES = st.builds(Reference, IDS, st.sampled_from(ReferenceKind), st.sampled_from(Owner))
EXPRESSIONS = TEXTS.map(lambda source: Expression(source, Constant(source)))
LOCALES = st.sampled_from(["en", "de", "de-AT", "fr"])


def parse(source: str, gives: ResultType | None) -> Expression:
    """What EXPRESSIONS are made by."""
    return Expression(source, Constant(source))


def always(source: str, gives: ResultType | None) -> Expression:
    return Expression(source, TRUE)


def _cell(match: Match) -> st.SearchStrategy[Cell]:
    least, most = {Match.ANY: (0, 0), Match.BETWEEN: (2, 2), Match.IN: (1, 3), Match.NOT_IN: (1, 3)}.get(match, (1, 1))
    return st.lists(OPERANDS, min_size=least, max_size=most).map(lambda some: Cell(match, tuple(some)))


SPECIAL: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: SMALL,
    bool: st.booleans(),
    Decimal: DECIMALS,
    date: st.dates(),
    Expression: EXPRESSIONS,
    Reference: REFERENCES,
    Cell: st.sampled_from(Match).flatmap(_cell),
    Texts: st.dictionaries(LOCALES, TEXTS, max_size=2).map(lambda texts: tuple(texts.items())),
}


def objects(declared: Any) -> st.SearchStrategy[Any]:
    """Values of any type that the model declares."""
    if declared in SPECIAL:
        return SPECIAL[declared]
    if hasattr(declared, "__supertype__"):
        return objects(declared.__supertype__)
    origin, members = get_origin(declared), get_args(declared)
    if origin in (Union, UnionType):
        return st.one_of(*(st.none() if member is type(None) else objects(member) for member in members))
    if origin is tuple and members[-1] is not ...:
        return st.tuples(*map(objects, members))
    if origin in (tuple, frozenset):
        return st.lists(objects(members[0]), max_size=2).map(origin)
    if origin is not None:
        return st.dictionaries(IDS, objects(members[1]), max_size=2)
    if not is_dataclass(declared):
        return st.sampled_from(declared)
    hints = get_type_hints(declared)
    kind: Any = declared
    return st.builds(kind, **{field.name: objects(hints[field.name]) for field in fields(kind)})
