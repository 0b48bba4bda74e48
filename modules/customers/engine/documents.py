"""Values and rules as JSON documents: how they are handed in and kept. Each names exactly one thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from modules.customers.model import (
    After,
    All,
    AnyOf,
    AtLeast,
    AtMost,
    Before,
    Kind,
    Not,
    OneOf,
    Rule,
    Test,
    Value,
    WithinDays,
)
from modules.kernel.errors import InvalidInput
from modules.kernel.intake import MOMENTS, NAMES, check, one_of, parsed
from modules.kernel.moments import format_moment, from_us, parse_moment, to_us
from modules.kernel.money import format_micros, parse_micros
from modules.kernel.names import is_name, is_text
from modules.kernel.outcome import Path

LONGEST_VALUE: Final = 200
MOST_VALUES: Final = 100
DEEPEST: Final = 8
MOST_DAYS: Final = 36_500


def value(document: object, path: Path) -> Value:
    """The value of `{"text": "gold"}`, `{"number": "12.5"}`, `{"flag": true}` or `{"moment": "..."}`.

    Raises InvalidInput with the path of what is wrong.
    """
    name, held = _only(document, path, tuple(Kind))
    where = (*path, name)
    match Kind(name):
        case Kind.TEXT:
            _need(isinstance(held, str) and is_text(held, LONGEST_VALUE), where, f"1 to {LONGEST_VALUE} characters")
            return Value(Kind.TEXT, held)
        case Kind.NUMBER:
            return Value(Kind.NUMBER, _number(held, where))
        case Kind.FLAG:
            _need(isinstance(held, bool), where, "true or false")
            return Value(Kind.FLAG, held)
        case Kind.MOMENT:
            return Value(Kind.MOMENT, _moment(held, where))


def value_document(given: Value) -> dict[str, Any]:
    """The document that `value` reads."""
    match given.kind:
        case Kind.NUMBER:
            return {"number": format_micros(int(given.held))}
        case Kind.MOMENT:
            return {"moment": format_moment(from_us(int(given.held)))}
        case _:
            return {str(given.kind): given.held}


def rule(document: object, path: Path, depth: int = 1) -> Rule:
    """The rule of a document: `all`, `any`, `not`, or one test of an attribute. Raises InvalidInput with its path."""
    name, held = _only(document, path, (*_TREES, *_TESTS))
    where = (*path, name)
    _need(depth <= DEEPEST, where, f"at most {DEEPEST} levels")
    if name == "not":
        return Not(rule(held, where, depth + 1))
    if name in _TREES:
        _need(isinstance(held, list | tuple) and 1 <= len(held) <= MOST_VALUES, where, f"1 to {MOST_VALUES} rules")
        rules = tuple(rule(one, (*where, index), depth + 1) for index, one in enumerate(held))
        return All(rules) if name == "all" else AnyOf(rules)
    fields, read = _TESTS[name]
    given = _fields(held, where, ("attribute", fields))
    attribute = given["attribute"]
    check(isinstance(attribute, str) and is_name(attribute), attribute, (*where, "attribute"), NAMES)
    return read(attribute, given[fields], (*where, fields))


def rule_document(given: Rule) -> dict[str, Any]:
    """The document that `rule` reads; of one value it says `equals`."""
    match given:
        case All(rules):
            return {"all": [rule_document(one) for one in rules]}
        case AnyOf(rules):
            return {"any": [rule_document(one) for one in rules]}
        case Not(inner):
            return {"not": rule_document(inner)}
        case _:
            return _test_document(given)


def _test_document(given: Test) -> dict[str, Any]:
    argument: dict[str, Any]
    match given:
        case OneOf(_, (only,)):
            name, argument = "equals", {"value": value_document(only)}
        case OneOf(_, values):
            name, argument = "oneOf", {"values": [value_document(one) for one in values]}
        case AtLeast(_, micros) | AtMost(_, micros):
            name = "atLeast" if isinstance(given, AtLeast) else "atMost"
            argument = {"number": format_micros(micros)}
        case Before(_, at_us) | After(_, at_us):
            name = "before" if isinstance(given, Before) else "after"
            argument = {"moment": format_moment(from_us(at_us))}
        case WithinDays(_, days):
            name, argument = "withinDays", {"days": days}
    return {name: {"attribute": given.attribute, **argument}}


def _equals(attribute: str, given: Any, path: Path) -> Rule:
    return OneOf(attribute, (value(given, path),))


def _one_of(attribute: str, given: Any, path: Path) -> Rule:
    _need(isinstance(given, list | tuple) and 1 <= len(given) <= MOST_VALUES, path, f"1 to {MOST_VALUES} values")
    return OneOf(attribute, tuple(value(one, (*path, index)) for index, one in enumerate(given)))


def _within_days(attribute: str, given: Any, path: Path) -> Rule:
    _need(type(given) is int and 1 <= given <= MOST_DAYS, path, f"1 to {MOST_DAYS} days")
    return WithinDays(attribute, given)


_TREES: Final = ("all", "any", "not")
_TESTS: Final[Mapping[str, tuple[str, Callable[[str, Any, Path], Rule]]]] = {
    "equals": ("value", _equals),
    "oneOf": ("values", _one_of),
    "atLeast": ("number", lambda attribute, given, path: AtLeast(attribute, _number(given, path))),
    "atMost": ("number", lambda attribute, given, path: AtMost(attribute, _number(given, path))),
    "before": ("moment", lambda attribute, given, path: Before(attribute, _moment(given, path))),
    "after": ("moment", lambda attribute, given, path: After(attribute, _moment(given, path))),
    "withinDays": ("days", _within_days),
}


def _number(given: Any, path: Path) -> int:
    text = str(given) if isinstance(given, str) or type(given) is int else ""
    return parsed(lambda: parse_micros(text), path, "a decimal number with at most 6 decimals")


def _moment(given: Any, path: Path) -> int:
    return parsed(lambda: to_us(parse_moment(str(given))), path, MOMENTS)


def _only(document: object, path: Path, names: Sequence[str]) -> tuple[str, Any]:
    given = document if isinstance(document, Mapping) else {}
    if len(given) != 1 or next(iter(given)) not in names:
        raise InvalidInput("Exactly one thing is named here.", path, one_of(names))
    ((name, held),) = given.items()
    return str(name), held


def _fields(held: object, path: Path, names: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(held, Mapping) or set(held) != set(names):
        raise InvalidInput("This test is not complete, or says too much.", path, f"exactly {' and '.join(names)}")
    return held


def _need(good: bool, path: Path, allowed: str) -> None:
    if not good:
        raise InvalidInput("This is not allowed here.", path, allowed)
