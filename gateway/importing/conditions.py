"""Which rows of a file are taken: every condition of `where` must hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.importing.conversions import CONVERSION_KEYS, Conversion, read_conversion
from gateway.importing.errors import BadValue, Spot, WrongMapping
from gateway.importing.tables import Raw, Table
from gateway.importing.values import VALUE_KEYS, Row, Scope, Value, read_value

TESTS = ("equals", "not_equals", "in", "not_in", "present", "above", "below")


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of one value."""

    value: Value
    test: str
    words: tuple[str, ...]
    conversion: Conversion

    def holds(self, row: Row, scope: Scope) -> bool:
        """Whether the row is taken. Raises BadValue when a number is compared and there is none."""
        text = self.value.text(row, scope)
        match self.test:
            case "equals" | "in":
                return text in self.words
            case "not_equals" | "not_in":
                return text not in self.words
            case "present":
                return (text is not None) is (self.words == ("true",))
        return text is not None and self._compares(text)

    def _compares(self, text: str) -> bool:
        number, bound = self.conversion.decimal(text), Decimal(self.words[0])
        return number > bound if self.test == "above" else number < bound

    def columns(self) -> Iterator[str]:
        """Those of its value."""
        yield from self.value.columns


def all_hold(conditions: Sequence[Condition], row: Row, scope: Scope) -> bool:
    """Whether a row passes all of them; BadValue then names `where`."""
    try:
        return all(condition.holds(row, scope) for condition in conditions)
    except BadValue as error:
        raise error.within("where") from None


def read_conditions(table: Table, lookups: Sequence[str], base: Conversion) -> tuple[Condition, ...]:
    """The conditions under `where`; raises WrongMapping for one without exactly one test."""
    return tuple(_condition(one, lookups, base) for one in table.tables("where"))


def _condition(table: Table, lookups: Sequence[str], base: Conversion) -> Condition:
    tests = [test for test in TESTS if test in table]
    if len(tests) != 1:
        raise WrongMapping(table.spot, f"exactly one test of {', '.join(TESTS)} is needed")
    (test,) = tests
    table.only((*VALUE_KEYS, *CONVERSION_KEYS, *TESTS))
    raw: dict[str, Raw] = {key: table.raw(key) for key in table if key in VALUE_KEYS}
    if "lookup" in table and "default" not in table:
        # Whether a look-up knows the key is often the very question, so that not finding it is no fault here.
        raw["optional"] = True
    value = read_value(raw, table.spot, lookups)
    return Condition(value, test, _words(table, test), read_conversion(table, base))


def _words(table: Table, test: str) -> tuple[str, ...]:
    spot: Spot = table.spot.at(test)
    if test == "present":
        return ("true" if table.truth(test, True) else "false",)
    raw = table.raw(test)
    words = table.texts(test) if isinstance(raw, (str, list)) else (str(raw),)
    if test not in ("in", "not_in") and len(words) != 1:
        raise WrongMapping(spot, "one value is expected here")
    if test in ("above", "below"):
        _number(words[0], spot)
    return words


def _number(text: str, spot: Spot) -> None:
    try:
        Conversion().decimal(text)
    except BadValue as error:
        raise WrongMapping(spot, error.reason) from None
