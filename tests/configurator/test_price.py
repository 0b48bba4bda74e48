"""What a configuration costs its buyer, line by line (section 8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from modules.configurator.engine.pricing import PriceQuestion, price
from modules.configurator.model.breakdowns import Override, PriceBreakdown, PriceKind
from modules.configurator.model.characteristics import QuantityUse
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import Incomplete, NoBasePrice, NoMatchingRow, OutOfRange, UnknownCharacteristic
from modules.configurator.model.families import PackageComponent
from modules.configurator.model.prices import PriceEffect, PriceEntry
from modules.configurator.model.rules import Surcharge
from modules.configurator.model.trees import Arithmetic, Reference, ReferenceKind, ResultType, Sign
from modules.kernel.errors import InvalidInput
from modules.kernel.names import Sku
from tests.configurator.builders import (
    a_content,
    a_rule,
    a_table,
    an_expression,
    counted,
    discrete,
    equal,
    number,
    package,
    typed,
    value,
)
from tests.configurator.making import an_entry, resolved

DOOR = a_content(
    discrete("COLOUR", "RED BLUE"),
    typed("WIDTH", 1, 999),
    counted("KEY", "YES NO", QuantityUse.OPTIONAL),
    discrete("NOTE", "A B", informational=True),
    optional="KEY NOTE",
)
RED: dict[str, Any] = {"COLOUR": "RED", "WIDTH": Decimal(90)}


def priced(
    *entries: PriceEntry,
    content: Content = DOOR,
    base: str | None = "199.99",
    currency: str = "EUR",
    overrides: Iterable[Override] = (),
    **values: Any,
) -> PriceBreakdown:
    micros = None if base is None else int(Decimal(base) * 1_000_000)
    question = PriceQuestion(content, resolved(content, **(values or RED)), currency, micros, entries)
    return price(question, overrides)


def amounts(breakdown: PriceBreakdown) -> list[tuple[str, str, int]]:
    return [(one.kind.value, one.characteristic or one.entry, one.minor) for one in breakdown.contributions]


def test_an_option_adds_its_amount_and_its_percentage_of_the_base() -> None:
    found = priced(an_entry("COLOUR", "RED", 10, percent=10), an_entry("COLOUR", "BLUE", 99))
    assert amounts(found) == [("base", "", 19_999), ("option", "COLOUR", 3_000)]
    assert found.minor == 22_999


def test_percentages_are_of_the_base_never_of_the_running_sum() -> None:
    found = priced(an_entry("COLOUR", percent=10), an_entry("WIDTH", percent=10), base="100")
    assert [one.minor for one in found.contributions] == [10_000, 1_000, 1_000]


def test_the_entry_of_the_option_holds_before_that_of_the_characteristic() -> None:
    entries = (an_entry("COLOUR", amount=5), an_entry("COLOUR", "RED", 7))
    assert amounts(priced(*entries))[1] == ("option", "COLOUR", 700)
    assert amounts(priced(*entries, COLOUR="BLUE", WIDTH=Decimal(90)))[1] == ("characteristic", "COLOUR", 500)


def test_entries_of_the_family_hold_where_the_part_has_none_and_the_revisions_before_the_parts() -> None:
    family = an_entry("COLOUR", "RED", 1, part=None, id="family")
    part = an_entry("COLOUR", amount=2, id="part")
    revision = an_entry("COLOUR", amount=3, revision=1, id="revision")
    other = an_entry("COLOUR", amount=4, revision=2, id="other")
    strange = an_entry("COLOUR", amount=5, part=Sku("WINDOW"), id="strange")
    found = [
        priced(*entries).contributions[1].entry
        for entries in ((family, other, strange), (family, part), (family, part, revision, other))
    ]
    assert found == ["family", "part", "revision"]


def test_what_has_no_entry_and_what_is_informational_adds_nothing() -> None:
    assert amounts(priced(an_entry("NOTE", "A", 50), NOTE="A", **RED)) == [("base", "", 19_999)]


def test_without_a_base_price_there_is_none() -> None:
    with pytest.raises(NoBasePrice):
        priced(base=None)


def test_a_formula_is_added_to_the_amount_or_replaces_it() -> None:
    metres = an_expression(Arithmetic(value("WIDTH"), Sign.TIMES, number("0.111")))
    added = an_entry("WIDTH", amount=1, expression=metres)
    assert priced(added).contributions[1].minor == 1_099
    assert priced(replace(added, effect=PriceEffect.REPLACE)).contributions[1].minor == 999


def test_a_table_gives_a_price_and_what_has_none_is_told_with_the_chain() -> None:
    table = a_table("PAINT", "COLOUR", [("RED",)], [Decimal("12.345")])
    content = replace(DOOR, tables={"PAINT": table})
    looked_up = an_entry("COLOUR", expression=an_expression(Reference("PAINT", ReferenceKind.TABLE)))
    assert priced(looked_up, content=content).contributions[1].minor == 1_235
    with pytest.raises(NoMatchingRow) as refusal:
        priced(looked_up, content=content, COLOUR="BLUE", WIDTH=Decimal(1))
    assert refusal.value.chain == ("price COLOUR-any", "table:PAINT")
    with pytest.raises(Incomplete):
        priced(
            an_entry(
                "COLOUR",
                expression=an_expression(
                    value(
                        "KEY",
                    )
                ),
            )
        )


def test_a_price_per_quantity_counts_as_often_as_the_value_is_there() -> None:
    key = an_entry("KEY", "YES", "3.333", per_quantity=True)
    assert priced(key, KEY=("YES", 3), **RED).contributions[1].minor == 1_000
    assert priced(replace(key, per_quantity=False), KEY=("YES", 3), **RED).contributions[1].minor == 333
    assert priced(key, KEY="YES", **RED).contributions[1].minor == 333


def test_only_the_package_is_priced_and_its_components_are_included() -> None:
    content = a_content(
        package("SPORT", "PLUS"),
        discrete("SEATS", "LEATHER CLOTH"),
        discrete("COLOUR", "RED BLUE"),
        components=[PackageComponent(package="SPORT", option="PLUS", component="SEATS", value="LEATHER")],
        optional="SPORT SEATS",
    )
    entries = (an_entry("SPORT", "PLUS", 100), an_entry("SEATS", "LEATHER", 80), an_entry("COLOUR", "RED", 9))
    found = priced(*entries, content=content, SPORT="PLUS", COLOUR="RED")
    assert amounts(found)[1:] == [("option", "SPORT", 10_000), ("included", "SEATS", 0), ("option", "COLOUR", 900)]
    assert found.contributions[2].package == "SPORT"
    alone = priced(*entries, content=content, SEATS="LEATHER", COLOUR="RED")
    assert amounts(alone)[1:] == [("option", "SEATS", 8_000), ("option", "COLOUR", 900)]


def test_surcharge_rules_follow_in_their_sequence_when_they_hold() -> None:
    rules = [
        a_rule("LATE", Surcharge(percent_micros=50_000), sequence=2),
        a_rule("RED", Surcharge(amount_micros=1_005_000), when=equal("COLOUR", "RED"), sequence=1),
        a_rule("BLUE", Surcharge(amount_micros=1_000_000), when=equal("COLOUR", "BLUE"), sequence=0),
        a_rule("OFF", Surcharge(amount_micros=1_000_000), sequence=0, disabled=True),
        a_rule("WIDE", Surcharge(expression=an_expression(value("WIDTH"))), sequence=3),
    ]
    content = a_content(discrete("COLOUR", "RED BLUE"), typed("WIDTH", 1, 999), rules=rules)
    found = priced(an_entry("COLOUR", amount=50), content=content, base="100")
    assert amounts(found)[2:] == [("surcharge", "RED", 101), ("surcharge", "LATE", 500), ("surcharge", "WIDE", 9_000)]


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [("EUR", "0.005", 1), ("EUR", "-0.005", -1), ("JPY", "0.5", 1), ("KWD", "0.0005", 1), ("EUR", "0.0049", 0)],
)
def test_each_contribution_is_rounded_half_up_to_the_minor_unit(currency: str, amount: str, minor: int) -> None:
    assert priced(an_entry("COLOUR", amount=amount), currency=currency, base="100").contributions[1].minor == minor


def test_an_override_is_held_to_what_the_entry_allows_and_remembers_what_it_was() -> None:
    entry = an_entry("COLOUR", amount="9.99", may_be_overridden=True, max_reduction_micros=250_000)
    found = priced(entry, overrides=[Override("COLOUR", 750)])
    assert (found.contributions[1].minor, found.contributions[1].before, found.minor) == (750, 999, 20_749)
    with pytest.raises(InvalidInput) as refusal:
        priced(entry, overrides=[Override("COLOUR", 749)])
    assert (refusal.value.allowed, refusal.value.path) == ("from 7.50", ("overrides", "0", "amount"))
    with pytest.raises(InvalidInput):
        priced(replace(entry, may_be_overridden=False), overrides=[Override("COLOUR", 999)])
    with pytest.raises(UnknownCharacteristic):
        priced(entry, overrides=[Override("WIDTH", 999)])


def test_a_price_beyond_all_measure_is_refused() -> None:
    for amount in ("1000000001", "-1000000001"):
        with pytest.raises(OutOfRange):
            priced(an_entry("COLOUR", amount=amount))
    with pytest.raises(OutOfRange):
        priced(an_entry("COLOUR", amount="999999999"), base="200")


MICROS = st.integers(-50_000_000, 50_000_000)


@given(
    st.integers(0, 10**9),
    MICROS,
    st.integers(-2_000_000, 2_000_000),
    MICROS,
    st.integers(1, 5),
    st.permutations(list(range(4))),
)
def test_the_lines_add_up_to_the_price_in_any_order_of_entries(
    base: int, amount: int, percent: int, charge: int, count: int, order: list[int]
) -> None:
    rules = [a_rule("ALWAYS", Surcharge(amount_micros=charge, percent_micros=percent))]
    content = replace(DOOR, rules=tuple(rules))
    entries = [
        replace(an_entry("COLOUR", "RED"), amount_micros=amount, percent_micros=percent),
        replace(an_entry("COLOUR"), amount_micros=charge),
        replace(an_entry("KEY"), amount_micros=amount, percent_micros=-percent, per_quantity=True),
        replace(an_entry("WIDTH"), expression=an_expression(Arithmetic(value("WIDTH"), Sign.OVER, number(7)))),
    ]
    values = resolved(content, KEY=("YES", count), **RED)
    told = [
        price(PriceQuestion(content, values, "EUR", base, those)) for those in (entries, [entries[i] for i in order])
    ]
    assert told[0] == told[1]
    assert told[0].minor == sum(one.minor for one in told[0].contributions)
    assert [one.kind for one in told[0].contributions] == [
        PriceKind.BASE, PriceKind.OPTION, PriceKind.CHARACTERISTIC, PriceKind.CHARACTERISTIC, PriceKind.SURCHARGE
    ]  # fmt: skip
    exact = Decimal(amount) + Decimal(base) * percent / 1_000_000
    assert abs(told[0].contributions[1].minor * 10_000 - exact) <= 5_000


def test_a_text_is_no_price() -> None:
    words = a_table("PAINT", "COLOUR", [("RED",)], ["much"], result_type=ResultType.TEXT)
    content = replace(DOOR, tables={"PAINT": words})
    with pytest.raises(Exception, match="is a number"):
        priced(an_entry("COLOUR", expression=an_expression(Reference("PAINT", ReferenceKind.TABLE))), content=content)
