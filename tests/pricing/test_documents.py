"""Conditions and actions as documents, both ways."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import Any, ClassVar

import pytest
from hypothesis import given, strategies as st

from modules.kernel.errors import InvalidInput
from modules.kernel.names import Sku
from modules.kernel.quantity import ONE, Quantity
from modules.pricing.engine.documents import DEEPEST, MOST_ENTRIES, MOST_PARTS, Codec, walk, write
from modules.pricing.engine.shapes import Leaf, Record, Stated, Variant, shape_of, slots
from modules.pricing.model.prices import Span
from modules.pricing.model.promotions import Action, Amounts, Condition, Filter, Percent, Phase
from tests.pricing.kinds import values

PATH = ("input", "promotions", 0, "condition")
AT = ("input", "promotions", "0", "condition")


ALL = Filter()


class Pick(StrEnum):
    CHEAPEST = "cheapest"
    DEAREST_FIRST = "dearest_first"


@dataclass(frozen=True, slots=True)
class Step:
    threshold: Amounts
    percent: Percent


@dataclass(frozen=True, slots=True)
class All(Condition):
    KIND: ClassVar[str] = "all"
    SUMMARY: ClassVar[str] = "Every one."
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not(Condition):
    KIND: ClassVar[str] = "not"
    SUMMARY: ClassVar[str] = "The contrary."
    condition: Condition


@dataclass(frozen=True, slots=True)
class Everything(Condition):
    """One field of each shape."""

    KIND: ClassVar[str] = "everything"
    SUMMARY: ClassVar[str] = "For this test."
    sku: Sku
    least: Amounts
    rate: Percent
    often: int = 1
    strict: bool = True
    note: str = ""
    quantity: Quantity = ONE
    pick: Pick = Pick.CHEAPEST
    most_units: int | None = None
    goods: Filter = ALL
    hours: tuple[Span, ...] = ()
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Less(Action):
    KIND: ClassVar[str] = "less"
    SUMMARY: ClassVar[str] = "Less by a percentage or an amount."
    PHASE: ClassVar[Phase] = Phase.ITEMS
    ONE_OF: ClassVar[tuple[str, ...]] = ("percent", "amount_off")
    LEAST: ClassVar[Mapping[str, int]] = {"max_units": 2, "of": ONE, "goods": 1}
    percent: Percent | None = None
    amount_off: Amounts | None = None
    max_units: int = 2
    of: Quantity | None = None
    goods: tuple[Sku, ...] = (Sku("A-1"),)


TOYS = Codec({Condition: {kind.KIND: kind for kind in (All, Not, Everything)}, Action: {"less": Less}})

FULL: dict[str, Any] = {
    "everything": {
        "sku": "A-1",
        "least": [{"currency": "EUR", "amount": "100.00"}, {"currency": "JPY", "amount": "12000"}],
        "rate": "12.5",
        "often": 3,
        "strict": False,
        "note": "for friends",
        "quantity": "2.5",
        "pick": "DEAREST_FIRST",
        "mostUnits": 4,
        "goods": {"categories": ["garden"], "priceFrom": [{"currency": "EUR", "amount": "1.00"}], "label": "garden"},
        "hours": [{"weekdays": ["MONDAY", "SUNDAY"], "since": "22:00", "until": "06:30:15"}],
        "steps": [{"threshold": [{"currency": "EUR", "amount": "50.00"}], "percent": "10"}],
    }
}
VALUE = Everything(
    sku=Sku("A-1"),
    least=Amounts((("EUR", 10_000), ("JPY", 12_000))),
    rate=Percent(125_000),
    often=3,
    strict=False,
    note="for friends",
    quantity=Quantity(2_500_000),
    pick=Pick.DEAREST_FIRST,
    most_units=4,
    goods=Filter(categories=("garden",), price_from=Amounts((("EUR", 100),)), label="garden"),
    hours=(Span((1, 7), time(22), time(6, 30, 15)),),
    steps=(Step(Amounts((("EUR", 5_000),)), Percent(100_000)),),
)
LEAST: dict[str, Any] = {"sku": "A-1", "least": [{"currency": "EUR", "amount": "1.00"}], "rate": "1"}


def test_a_document_says_all_that_a_condition_holds() -> None:
    assert TOYS.condition(FULL, PATH) == VALUE
    assert write(Variant(Condition), VALUE) == FULL


def test_what_is_left_out_has_its_default_and_nothing_is_not_written() -> None:
    value = TOYS.condition({"everything": LEAST}, PATH)
    assert isinstance(value, Everything)
    assert (value.often, value.strict, value.pick, value.goods) == (1, True, Pick.CHEAPEST, Filter())
    written = write(Variant(Condition), value)["everything"]
    assert {"note", "mostUnits", "hours", "steps"}.isdisjoint(written)
    assert (written["often"], written["strict"], written["goods"]) == (1, True, {})


@given(value=st.deferred(lambda: values(Variant(Condition), TOYS.kinds, 4)))
def test_a_condition_survives_json(value: Condition) -> None:
    assert TOYS.condition(json.loads(json.dumps(write(Variant(Condition), value))), PATH) == value


@pytest.mark.parametrize(
    ("document", "place", "allowed"),
    [
        ({"everything": {}}, ("everything", "sku"), "1 to 64 printable"),
        ({"everything": {**LEAST, "sku": " "}}, ("everything", "sku"), "1 to 64 printable"),
        ({"everything": {**LEAST, "rate": "0"}}, ("everything", "rate"), "more than 0, at most 100"),
        ({"everything": {**LEAST, "rate": "-5"}}, ("everything", "rate"), "more than 0"),
        ({"everything": {**LEAST, "rate": "100.0001"}}, ("everything", "rate"), "at most 100"),
        ({"everything": {**LEAST, "rate": "1.00001"}}, ("everything", "rate"), "4 decimals"),
        ({"everything": {**LEAST, "rate": 10}}, ("everything", "rate"), "more than 0"),
        ({"everything": {**LEAST, "rate": "1e999999"}}, ("everything", "rate"), "more than 0"),
        ({"everything": {**LEAST, "often": True}}, ("everything", "often"), "whole number"),
        ({"everything": {**LEAST, "often": 2**31}}, ("everything", "often"), "32 bits"),
        ({"everything": {**LEAST, "strict": 1}}, ("everything", "strict"), "true or false"),
        ({"everything": {**LEAST, "note": "x" * 201}}, ("everything", "note"), "200 characters"),
        ({"everything": {**LEAST, "quantity": "-1"}}, ("everything", "quantity"), "0 to 1000000"),
        ({"everything": {**LEAST, "quantity": "1000000.1"}}, ("everything", "quantity"), "0 to 1000000"),
        ({"everything": {**LEAST, "pick": "cheapest"}}, ("everything", "pick"), "one of: CHEAPEST, DEAREST_FIRST"),
        ({"everything": {**LEAST, "pick": ["CHEAPEST"]}}, ("everything", "pick"), "one of: CHEAPEST"),
        ({"everything": {**LEAST, "least": []}}, ("everything", "least"), "one amount at least"),
        ({"everything": {**LEAST, "least": "1"}}, ("everything", "least"), "a list"),
        (
            {"everything": {**LEAST, "least": [{"currency": "JPY", "amount": "1.5"}]}},
            ("everything", "least", "0", "amount"),
            "no more decimals than the currency has",
        ),
        (
            {"everything": {**LEAST, "least": [{"currency": "EUR", "amount": "-1"}]}},
            ("everything", "least", "0", "amount"),
            "not below 0",
        ),
        (
            {"everything": {**LEAST, "least": [{"currency": "EUR", "amount": "1"}] * 2}},
            ("everything", "least", "1", "currency"),
            "each once",
        ),
        ({"everything": {**LEAST, "least": [{"currency": "EUR"}]}}, ("everything", "least", "0", "amount"), None),
        (
            {"everything": {**LEAST, "goods": {"skus": ["A-1", ""]}}},
            ("everything", "goods", "skus", "1"),
            "1 to 64 printable",
        ),
        ({"everything": {**LEAST, "goods": {"colour": "red"}}}, ("everything", "goods"), "one of: categories"),
        (
            {"everything": {**LEAST, "goods": {"skus": ["A"] * (MOST_ENTRIES + 1)}}},
            ("everything", "goods", "skus"),
            f"at most {MOST_ENTRIES}",
        ),
        (
            {"everything": {**LEAST, "hours": [{"weekdays": ["FUNDAY"], "since": "0:00", "until": "1:00"}]}},
            ("everything", "hours", "0", "weekdays", "0"),
            "FRIDAY",
        ),
        (
            {"everything": {**LEAST, "hours": [{"weekdays": ["FRIDAY"], "since": "09:00", "until": "24:00"}]}},
            ("everything", "hours", "0", "until"),
            "HH:MM",
        ),
        (
            {"everything": {**LEAST, "hours": [{"weekdays": [], "since": "09:00", "until": "10:00"}]}},
            ("everything", "hours", "0", "weekdays"),
            "one at least",
        ),
        (
            {"all": {"conditions": [{"not": {"condition": {"some": {}}}}]}},
            ("all", "conditions", "0", "not", "condition"),
            "one of: all, everything, not",
        ),
        ({"all": {"conditions": []}, "not": {}}, (), "exactly one"),
        ({}, (), "exactly one"),
        ("all", (), "an object"),
        (["all"], (), "an object"),
        ({"all": {"conditions": {}}}, ("all", "conditions"), "a list"),
        ({"not": {"condition": None}}, ("not", "condition"), "an object"),
    ],
)
def test_a_refusal_names_the_exact_place_and_what_is_allowed(
    document: object, place: tuple[str, ...], allowed: str | None
) -> None:
    with pytest.raises(InvalidInput) as refused:
        TOYS.condition(document, PATH)
    assert refused.value.path == (*AT, *place)
    assert allowed is None or allowed in (refused.value.allowed or "")


@pytest.mark.parametrize(
    ("fields", "place", "allowed"),
    [
        ({}, (), "exactly one of: percent, amountOff"),
        (
            {"percent": "1", "amountOff": [{"currency": "EUR", "amount": "1"}]},
            (),
            "exactly one of: percent, amountOff",
        ),
        ({"percent": "1", "maxUnits": 1}, ("maxUnits",), "2 at least"),
        ({"percent": "1", "of": "0.5"}, ("of",), "1 at least"),
        ({"percent": "1", "goods": []}, ("goods",), "1 entries at least"),
    ],
)
def test_a_kind_says_what_its_fields_hold_at_least_and_which_exclude_one_another(
    fields: dict[str, Any], place: tuple[str, ...], allowed: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        TOYS.action({"less": fields}, PATH)
    assert refused.value.path == (*AT, "less", *place)
    assert refused.value.allowed == allowed
    assert isinstance(TOYS.action({"less": {"percent": "1", "of": "1"}}, PATH), Less)


def nested(depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {"everything": LEAST}
    for _ in range(depth - 1):
        found = {"not": {"condition": found}}
    return found


def test_conditions_stand_inside_conditions_up_to_a_depth() -> None:
    TOYS.condition(nested(DEEPEST), PATH)
    with pytest.raises(InvalidInput, match="too deeply"):
        TOYS.condition(nested(DEEPEST + 1), PATH)


def test_there_are_only_so_many_parts() -> None:
    few: dict[str, Any] = {"all": {"conditions": [{"everything": LEAST}] * (MOST_PARTS - 1)}}
    TOYS.condition(few, PATH)
    with pytest.raises(InvalidInput, match="too many parts"):
        TOYS.condition({"all": {"conditions": [few]}}, PATH)


def test_whatever_a_condition_consists_of_is_found_with_its_place() -> None:
    found = {(path, type(shape)): value for path, shape, value in walk(Variant(Condition), All((Not(VALUE),)), PATH)}
    first = (*PATH, "all", "conditions", 0)
    assert found[first, Variant] == Not(VALUE)
    inside = (*first, "not", "condition", "everything")
    assert found[inside, Record] == VALUE
    assert found[(*inside, "sku"), Leaf] == "A-1"
    assert found[(*inside, "goods", "categories", 0), Leaf] == "garden"
    assert found[(*inside, "steps", 0, "threshold"), Stated] == Amounts((("EUR", 5_000),))


def test_an_annotation_without_a_shape_is_a_fault_of_the_program() -> None:
    with pytest.raises(TypeError, match="no shape"):
        shape_of(dict[str, int])


def test_a_field_that_may_be_nothing_is_nothing_by_default() -> None:
    """Left out and null are the same in the graph, so another default could never be taken back."""

    @dataclass(frozen=True)
    class Wrong:
        often: int | None = 1

    with pytest.raises(TypeError, match="cannot be told to be nothing"):
        slots(Wrong)
