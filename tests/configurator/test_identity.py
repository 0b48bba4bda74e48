"""Equal values are one configuration, however they were typed and in whatever order."""

from __future__ import annotations

from decimal import Decimal

import pytest

from modules.configurator.engine.entering import enter, require_quantity
from modules.configurator.engine.identity import canonical_text, hash_of
from modules.configurator.model.characteristics import Bounds, Characteristic, DataType, QuantityUse, ValueType
from modules.configurator.model.errors import BadChoice, UnknownCharacteristic, UnknownOption
from modules.configurator.model.sessions import Assignment, Choice, Provenance
from tests.configurator.builders import a_content, counted, discrete, text, typed

WIDTH = Characteristic(
    id="WIDTH",
    data_type=DataType.NUMBER,
    value_type=ValueType.VARIABLE,
    bounds=Bounds(scale=2, low=Decimal("0.5"), high=Decimal(10), step=Decimal("0.25")),
)
CONTENT = a_content(
    discrete("COLOUR", "RED GRÜN"),
    typed("LENGTH", 0, 99, scale=2),
    WIDTH,
    text("NAME", max_length=5),
    counted("KEY", "YES NO", QuantityUse.OPTIONAL),
    counted("LOCK", "YES NO", QuantityUse.REQUIRED),
    discrete("NOTE", identity=False),
)


def text_of(*choices: Choice) -> str:
    entered = [found for choice in choices if (found := enter(CONTENT, choice))]
    assignments = {one.characteristic: Assignment(one.value, one.quantity, Provenance.USER) for one in entered}
    return canonical_text(CONTENT, assignments)


def test_the_text_names_part_values_types_and_quantities_by_id() -> None:
    choices = [Choice("LENGTH", "7"), Choice("COLOUR", "RED"), Choice("KEY", "YES", Decimal(2)), Choice("NAME", "Ann")]
    assert text_of(*choices) == (
        '["DOOR",[["COLOUR","option","RED",null],["KEY","option","YES","2"],'
        '["LENGTH","number","7",null],["NAME","text","Ann",null]]]'
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Choice("LENGTH", "1"), Choice("LENGTH", Decimal("1.00"))),
        (Choice("LENGTH", "1.0"), Choice("LENGTH", "+1")),
        (Choice("LENGTH", "0"), Choice("LENGTH", "-0")),
        (Choice("LENGTH", "10"), Choice("LENGTH", "1e1")),
        (Choice("COLOUR", "GR\u00dcN"), Choice("COLOUR", "GRU\u0308N")),
        (Choice("NAME", " a\r\nb "), Choice("NAME", "a\nb")),
    ],
)
def test_different_ways_to_write_a_value_are_one_configuration(one: Choice, other: Choice) -> None:
    assert hash_of(text_of(one)) == hash_of(text_of(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Choice("NAME", "a"), Choice("NAME", "A")),
        (Choice("KEY", "YES"), Choice("KEY", "YES", Decimal(1))),
    ],
)
def test_case_and_a_quantity_of_one_make_a_difference(one: Choice, other: Choice) -> None:
    assert text_of(one) != text_of(other)


def test_an_empty_text_is_no_value_and_notes_do_not_count() -> None:
    assert text_of(Choice("NAME", "  "), Choice("NOTE", "YES")) == '["DOOR",[]]'


@pytest.mark.parametrize(
    ("choice", "code"),
    [
        (Choice("COLOR", "RED"), "E_UNKNOWN_CHARACTERISTIC"),
        (Choice("COLOUR", "red"), "E_UNKNOWN_OPTION"),
        (Choice("COLOUR", Decimal(1)), "E_TYPE"),
        (Choice("LENGTH", "much"), "E_TYPE"),
        (Choice("LENGTH", "NaN"), "E_TYPE"),
        (Choice("LENGTH", "1e999999"), "E_TYPE"),
        (Choice("NAME", Decimal(1)), "E_TYPE"),
        (Choice("LENGTH", "100"), "E_RANGE"),
        (Choice("LENGTH", "-1"), "E_RANGE"),
        (Choice("WIDTH", "0.6"), "E_STEP"),
        (Choice("LENGTH", "1.234"), "E_SCALE"),
        (Choice("NAME", "Mathilde"), "E_LENGTH"),
        (Choice("NAME", "a\x00"), "E_LENGTH"),
        (Choice("COLOUR", "RED", Decimal(2)), "E_QTY_FORBIDDEN"),
        (Choice("KEY", "YES", Decimal(6)), "E_RANGE"),
    ],
)
def test_what_cannot_be_a_value_is_refused_with_its_code(choice: Choice, code: str) -> None:
    with pytest.raises(BadChoice) as refusal:
        enter(CONTENT, choice, ("input", "choices", 0))
    assert refusal.value.code == code
    assert refusal.value.path[:3] == ("input", "choices", "0")


def test_a_value_that_needs_a_quantity_says_so() -> None:
    with pytest.raises(BadChoice) as refusal:
        require_quantity(CONTENT, Choice("LOCK", "YES"))
    assert refusal.value.code == "E_QTY_REQUIRED"
    require_quantity(CONTENT, Choice("LOCK", "YES", Decimal(1)))


def test_misspelt_names_come_with_what_was_meant() -> None:
    with pytest.raises(UnknownCharacteristic) as characteristic:
        enter(CONTENT, Choice("colr", "RED"))
    assert characteristic.value.nearest == ("COLOUR",)
    with pytest.raises(UnknownOption) as option:
        enter(CONTENT, Choice("COLOUR", "GRUN"))
    assert option.value.nearest == ("GRÜN",)
