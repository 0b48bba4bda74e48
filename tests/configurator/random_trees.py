"""Random well-typed trees over one small scope, for properties."""

from __future__ import annotations

from decimal import Decimal
from unicodedata import is_normalized

from hypothesis import strategies as st

from modules.configurator.engine.language import Scope
from modules.configurator.model import trees as t
from tests.configurator.builders import counted, discrete, numbered, text, typed

_EVERY = (
    discrete("COLOUR", "RED GRÜN"),
    discrete("IN", "YES NO"),
    numbered("HEIGHT", 10, 20),
    typed("WIDTH", 0, 99, 2),
    text("Türtext"),
    counted("KEY"),
    discrete("wenn"),
)
SCOPE = Scope(
    {one.id: one for one in _EVERY},
    {"AREA": t.ResultType.NUMBER, "LABEL": t.ResultType.TEXT, "or": t.ResultType.BOOL},
    {"T": t.ResultType.NUMBER, "IS": t.ResultType.TEXT},
)
_OWNERS = st.sampled_from(t.Owner)
_TEXT = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=5).filter(
    lambda text: is_normalized("NFC", text)
)


def _numbers() -> st.SearchStrategy[Decimal]:
    whole = st.integers(-(10**27), 10**27).map(Decimal)
    return st.one_of(st.integers(-3, 3).map(Decimal), whole, st.decimals(-999, 999, places=3)).map(_plain)


def _plain(number: Decimal) -> Decimal:
    return abs(number) if not number else number


def _value(*names: str) -> st.SearchStrategy[t.Term]:
    return st.builds(t.Reference, st.sampled_from(names), st.just(t.ReferenceKind.VALUE), _OWNERS)


def _result(kind: t.ReferenceKind, name: str) -> st.SearchStrategy[t.Term]:
    return st.just(t.Reference(name, kind))


def number_terms(conditions: st.SearchStrategy[t.Condition]) -> st.SearchStrategy[t.Term]:
    """Terms that are numbers."""
    leaf: st.SearchStrategy[t.Term] = st.one_of(
        _numbers().map(t.Constant),
        _value("HEIGHT", "WIDTH"),
        st.builds(t.Reference, st.just("KEY"), st.just(t.ReferenceKind.QUANTITY), _OWNERS),
        _result(t.ReferenceKind.FORMULA, "AREA"),
        _result(t.ReferenceKind.TABLE, "T"),
    )
    return st.recursive(leaf, lambda inner: _calculated(inner, conditions), max_leaves=6)


def _calculated(
    inner: st.SearchStrategy[t.Term], conditions: st.SearchStrategy[t.Condition]
) -> st.SearchStrategy[t.Term]:
    one = st.sampled_from([t.Function.ABS, t.Function.CEIL, t.Function.FLOOR])
    places = st.integers(0, 15).map(lambda places: t.Constant(Decimal(places)))
    return st.one_of(
        st.builds(t.Negative, inner),
        st.builds(t.Arithmetic, inner, st.sampled_from(t.Sign), inner),
        st.builds(t.Power, inner, st.integers(0, 9)),
        st.builds(t.Call, one, st.tuples(inner)),
        st.builds(t.Call, st.just(t.Function.ROUND), st.tuples(inner, places)),
        st.builds(
            t.Call,
            st.sampled_from([t.Function.MIN, t.Function.MAX]),
            st.lists(inner, min_size=1, max_size=3).map(tuple),
        ),
        st.builds(t.If, conditions, inner, inner),
    )


_TEXTS: st.SearchStrategy[t.Term] = st.one_of(
    _TEXT.map(t.Constant),
    _value("Türtext"),
    _result(t.ReferenceKind.FORMULA, "LABEL"),
    _result(t.ReferenceKind.TABLE, "IS"),
)
_EQUAL = st.sampled_from([t.Operator.EQUAL, t.Operator.UNEQUAL])


def _relations(conditions: st.SearchStrategy[t.Condition]) -> st.SearchStrategy[t.Condition]:
    numbers = number_terms(conditions)
    some = st.lists(_numbers().map(t.Constant), min_size=1, max_size=3).map(tuple)
    options = st.lists(st.sampled_from(["RED", "GRÜN"]).map(t.Constant), min_size=1, max_size=2).map(tuple)
    asked = st.one_of(
        st.builds(t.Reference, st.sampled_from(["COLOUR", "IN", "wenn", "WIDTH"]), owner=_OWNERS),
        st.builds(t.Reference, st.just("KEY"), st.just(t.ReferenceKind.QUANTITY)),
    )
    return st.one_of(
        st.builds(t.Comparison, numbers, st.sampled_from(t.Operator), numbers),
        st.builds(t.Comparison, _TEXTS, _EQUAL, st.one_of(_TEXTS, st.builds(t.If, conditions, _TEXTS, _TEXTS))),
        st.builds(t.Comparison, _value("COLOUR"), _EQUAL, st.sampled_from(["RED", "GRÜN"]).map(t.Constant)),
        st.builds(t.Comparison, _result(t.ReferenceKind.FORMULA, "or"), _EQUAL, st.booleans().map(t.Constant)),
        st.builds(t.Membership, numbers, some),
        st.builds(t.Membership, _value("COLOUR"), options),
        st.builds(t.Between, numbers, numbers, numbers),
        st.builds(t.IsSet, asked),
        st.sampled_from(["T", "IS"]).map(t.Matches),
        st.booleans().map(t.Constant),
        st.just(t.Reference("or", t.ReferenceKind.FORMULA)),
    )


def _combined(inner: st.SearchStrategy[t.Condition]) -> st.SearchStrategy[t.Condition]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(t.Not, inner),
        st.builds(t.All, several),
        st.builds(t.Any, several),
        st.builds(t.Implies, inner, inner),
        _relations(inner),
    )


CONDITIONS: st.SearchStrategy[t.Condition] = st.recursive(
    _relations(st.booleans().map(t.Constant)), _combined, max_leaves=5
)
NUMBERS = number_terms(CONDITIONS)
