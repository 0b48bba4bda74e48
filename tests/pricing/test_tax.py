"""Tax: which rate, and how much (T-1 to T-8)."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given, settings, strategies as st

from modules.kernel.moments import to_us
from modules.kernel.money import MICROS, Rounding, UnitPrice, divide, exponent
from modules.kernel.names import TaxClass
from modules.kernel.outcome import Path
from modules.kernel.policies import TaxMode, TaxRounding
from modules.pricing.engine.tax import (
    Taxable,
    TaxBook,
    TaxPlace,
    TaxRuleAmbiguous,
    Terms,
    taxes,
    unit_prices,
    without_clashes,
)
from modules.pricing.model.taxes import TaxRule
from tests.builders import a_market
from tests.pricing.builders import a_tax_rule

STANDARD = TaxClass("standard")
NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
RATES = st.sampled_from(["0", "0.025", "0.055", "0.07", "0.081", "0.19", "0.2", "0.255", "0.27"])


def terms(currency: str = "EUR", tax_rounding: TaxRounding = TaxRounding.LINE, **market: object) -> Terms:
    return Terms.of(a_market(tax_rounding=tax_rounding, **market), currency)  # type: ignore[arg-type]


def a_line(unit: str, count: int, mode: TaxMode = TaxMode.NET, rate: str = "0.19", currency: str = "EUR") -> Taxable:
    rule, quantity = a_tax_rule(rate), count * MICROS
    micros = int(Fraction(unit) * MICROS)
    return Taxable(terms(currency).amount(micros, quantity), micros, quantity, mode, rule)


def test_the_rate_follows_country_class_and_date_of_supply() -> None:  # T-1
    book = TaxBook(
        [
            a_tax_rule("0.19", id="old", valid_until=NEW_YEAR),
            a_tax_rule("0.20", id="new", valid_from=NEW_YEAR),
            a_tax_rule("0.07", id="reduced", tax_class="reduced"),
            a_tax_rule("0.20", id="at", country="AT"),
        ]
    )
    eve = to_us(NEW_YEAR) - 1

    def rule(country: str, tax_class: str, at_us: int) -> str | None:
        found = book.rule(country, TaxClass(tax_class), at_us)
        return found.id if found else None

    assert rule("DE", "standard", eve) == "old"
    assert rule("DE", "standard", eve + 1) == "new"
    assert rule("DE", "reduced", eve) == "reduced"
    assert rule("AT", "standard", eve) == "at"
    assert rule("AT", "reduced", eve) is None
    here = TaxPlace(country="DE", region="", home="DE")
    assert book.next_change(here, STANDARD, eve) == eve + 1
    assert book.next_change(here, STANDARD, eve + 1) is None


def given_rules(*rules: TaxRule) -> list[tuple[Path, TaxRule]]:
    return [(("input", "taxRules", index), rule) for index, rule in enumerate(rules)]


def test_two_rules_at_the_same_time_are_ambiguous() -> None:  # T-1
    first, second = a_tax_rule("0.19", id="a"), a_tax_rule("0.20", id="b", valid_from=NEW_YEAR)
    kept, refused = without_clashes({}, given_rules(first, second))
    assert kept == [first]
    (problem,) = refused
    assert isinstance(problem, TaxRuleAmbiguous)
    assert (problem.code, problem.rule, problem.path) == ("TAX_RULE_AMBIGUOUS", "a", ("input", "taxRules", "1"))


@pytest.mark.parametrize(
    "other",
    [
        a_tax_rule("0.20", id="b", country="AT"),
        a_tax_rule("0.20", id="b", tax_class="reduced"),
    ],
)
def test_rules_of_other_countries_and_classes_do_not_clash(other: TaxRule) -> None:
    assert without_clashes({}, given_rules(a_tax_rule(id="a"), other))[1] == []


def test_a_rate_ends_and_another_begins_in_one_call_in_any_order() -> None:
    held = {"a": a_tax_rule("0.19", id="a")}
    wish = (a_tax_rule("0.19", id="a", valid_until=NEW_YEAR), a_tax_rule("0.20", id="b", valid_from=NEW_YEAR))
    for order in permutations(wish):
        kept, refused = without_clashes(held, given_rules(*order))
        assert (kept, refused) == (list(order), [])


def test_a_clash_with_a_held_rule_refuses_only_the_one_that_clashes() -> None:
    held = {"a": a_tax_rule("0.19", id="a")}
    clash, fine = a_tax_rule("0.20", id="b"), a_tax_rule("0.07", id="c", tax_class="reduced")
    kept, refused = without_clashes(held, given_rules(clash, fine))
    assert kept == [fine]
    assert [problem.path[2] for problem in refused] == ["0"]


def test_a_held_rule_that_is_not_replaced_after_all_stands_in_the_way_of_the_others() -> None:  # T-1
    held = {"a": a_tax_rule(id="a"), "x": a_tax_rule(id="x", country="AT")}
    moved = a_tax_rule(id="a", country="AT")  # clashes with x, so that Germany's rule stays
    kept, refused = without_clashes(held, given_rules(a_tax_rule("0.20", id="b"), moved))
    assert kept == []
    assert [(problem.path[2], vars(problem)["rule"]) for problem in refused] == [("0", "a"), ("1", "x")]


@pytest.mark.parametrize(
    ("tax_rounding", "lines", "expected"),
    [
        # T-6: 3 x 0.87 net at 19 %: line 0.50, unit 3 x 0.17.
        (TaxRounding.LINE, [a_line("0.87", 3)], [50]),
        (TaxRounding.UNIT, [a_line("0.87", 3)], [51]),
        (TaxRounding.TOTAL, [a_line("0.87", 3)], [50]),
        # Three lines of 0.87: each 0.1653 -> 0.17 by line; 0.4959 -> 0.50 in total, split without losing a cent.
        (TaxRounding.LINE, [a_line("0.87", 1)] * 3, [17, 17, 17]),
        (TaxRounding.TOTAL, [a_line("0.87", 1)] * 3, [17, 17, 16]),
        (TaxRounding.LINE, [a_line("11.90", 1, TaxMode.GROSS)], [190]),
        (TaxRounding.UNIT, [a_line("1.00", 3, TaxMode.GROSS)], [48]),
        (TaxRounding.LINE, [a_line("1.00", 3, TaxMode.GROSS)], [48]),
        (TaxRounding.LINE, [a_line("0.99", 7, TaxMode.GROSS)], [111]),
        (TaxRounding.UNIT, [a_line("0.99", 7, TaxMode.GROSS)], [112]),
        # Each rate is rounded for itself.
        (TaxRounding.TOTAL, [a_line("0.87", 1), a_line("0.87", 1, rate="0.07")], [17, 6]),
        # A net and a gross line of one rate: 0.19 + 0.19.
        (TaxRounding.TOTAL, [a_line("1.00", 1), a_line("1.19", 1, TaxMode.GROSS)], [19, 19]),
        (TaxRounding.LINE, [a_line("0", 1)], [0]),
        (TaxRounding.LINE, [a_line("5", 1, rate="0")], [0]),
        (TaxRounding.TOTAL, [a_line("5", 1, rate="0")], [0]),
    ],
)
def test_tax_is_rounded_where_the_market_says(
    tax_rounding: TaxRounding, lines: list[Taxable], expected: list[int]
) -> None:
    assert taxes(lines, terms(tax_rounding=tax_rounding)) == expected


@pytest.mark.parametrize(
    ("currency", "unit", "expected"), [("JPY", "1085", 206), ("EUR", "10.85", 206), ("KWD", "10.855", 2062)]
)
def test_tax_has_the_decimals_of_the_currency(currency: str, unit: str, expected: int) -> None:
    assert taxes([a_line(unit, 1, currency=currency)], terms(currency)) == [expected]


def test_tax_is_a_multiple_of_the_step_of_the_market() -> None:  # G-2
    forint = terms("HUF", currencies=("HUF",), line_steps=[("HUF", 100)])
    line = Taxable(forint.amount(1_490 * MICROS, MICROS), 1_490 * MICROS, MICROS, TaxMode.GROSS, a_tax_rule("0.27"))
    assert taxes([line], forint) == [31_700]


LINES = st.lists(
    st.builds(
        lambda micros, count, mode, rate: (micros, count, mode, rate),
        st.integers(0, 10**9),
        st.integers(1, 10**8),
        st.sampled_from(TaxMode),
        RATES,
    ),
    max_size=6,
)


@given(LINES, st.sampled_from(["JPY", "EUR", "KWD"]), st.sampled_from(TaxRounding), st.sampled_from(Rounding))
@settings(max_examples=200)
def test_tax_is_near_the_exact_amount_and_never_more_than_a_gross_line(
    raw: list[tuple[int, int, TaxMode, str]], currency: str, tax_rounding: TaxRounding, rounding: Rounding
) -> None:
    rules = terms(currency, tax_rounding, rounding=rounding)
    lines = [
        Taxable(rules.amount(micros, quantity), micros, quantity, mode, a_tax_rule(rate))
        for micros, quantity, mode, rate in raw
    ]
    found = taxes(lines, rules)
    for line, tax in zip(lines, found, strict=True):
        assert 0 <= tax
        assert line.mode is TaxMode.NET or tax <= line.minor
        if tax_rounding is not TaxRounding.UNIT:
            assert abs(tax - line.minor * Fraction(*line.fraction)) < 1
    if tax_rounding is TaxRounding.TOTAL:
        for rate in {line.rule.rate_micros for line in lines}:
            members = [index for index, line in enumerate(lines) if line.rule.rate_micros == rate]
            exact = sum(lines[index].minor * Fraction(*lines[index].fraction) for index in members)
            rounded = divide(exact.numerator, exact.denominator, rounding) if members else 0
            assert sum(found[index] for index in members) == rounded


@pytest.mark.parametrize(
    ("unit", "mode", "currency", "net", "gross"),
    [
        ("10.00", TaxMode.NET, "EUR", "10.00", "11.90"),
        ("0.87", TaxMode.NET, "EUR", "0.87", "1.04"),
        ("9.99", TaxMode.GROSS, "EUR", "8.39", "9.99"),
        ("0.0899", TaxMode.NET, "EUR", "0.0899", "0.106981"),
        ("0.0899", TaxMode.GROSS, "EUR", "0.075546", "0.0899"),
        ("1085", TaxMode.NET, "JPY", "1085", "1291"),
        ("1.005", TaxMode.NET, "KWD", "1.005", "1.196"),
        ("1.005", TaxMode.NET, "EUR", "1.005", "1.19595"),
    ],
)
def test_shown_unit_prices_have_as_many_decimals_as_the_row_needs(
    unit: str, mode: TaxMode, currency: str, net: str, gross: str
) -> None:
    shown = unit_prices(int(Fraction(unit) * MICROS), mode, 190_000, terms(currency))
    assert shown == (int(Fraction(net) * MICROS), int(Fraction(gross) * MICROS))


@given(st.integers(0, 10**12), RATES, st.sampled_from(["JPY", "EUR", "KWD"]))
def test_a_price_with_the_decimals_of_the_currency_stays_so_in_both_modes(minor: int, rate: str, currency: str) -> None:
    unit = MICROS // 10 ** exponent(currency)
    for mode in TaxMode:
        net, gross = unit_prices(minor * unit, mode, a_tax_rule(rate).rate_micros, terms(currency))
        assert net % unit == gross % unit == 0
        assert net <= gross


@given(st.integers(0, 10**12), st.integers(1, 10**9), st.sampled_from(["JPY", "EUR", "KWD"]), st.sampled_from([1, 5]))
def test_line_amounts_are_those_of_the_unit_price(micros: int, quantity: int, currency: str, step: int) -> None:  # G-3
    rules = terms(currency, line_steps=[(currency, step)])
    assert rules.amount(micros, quantity) == UnitPrice(micros, currency).times(quantity, rules.rounding, step).minor
