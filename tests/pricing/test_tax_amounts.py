"""How much tax is: conversions, discounts, delivery, gifts, cash; net + tax = gross at every level (T-4 to T-11)."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

import pytest
from hypothesis import given, settings, strategies as st

from modules.kernel.money import MICROS, Rounding, divide, exponent
from modules.kernel.names import TaxClass
from modules.kernel.policies import Policies, ShippingTax, TaxMode, TaxRounding
from modules.pricing.engine.tax import (
    Levy,
    Taxable,
    Terms,
    delivery_lines,
    gift_spread,
    line_amount,
    round_cash,
    taxes,
    unit_in,
)
from tests.builders import a_market
from tests.pricing.builders import a_tax_rule

NET, GROSS = TaxMode.NET, TaxMode.GROSS
# 0, 2, 3 and 4 decimals.
CURRENCIES = st.sampled_from(["JPY", "EUR", "KWD", "CLF"])
RATES = st.sampled_from(["0", "0.021", "0.07", "0.081", "0.19", "0.255", "0.27"])


def terms(currency: str = "EUR", tax_rounding: TaxRounding = TaxRounding.LINE, **market: object) -> Terms:
    return Terms.of(a_market(tax_rounding=tax_rounding, **market), currency)  # type: ignore[arg-type]


def a_levy(rate: str = "0.19", home: str = "0.19", *, net_stays: bool = False, code: str = "") -> Levy:
    return Levy(a_tax_rule(rate), a_tax_rule(home), net_stays, code)


def micros(text: str) -> int:
    return int(Fraction(text) * MICROS)


@pytest.mark.parametrize(
    ("mode", "cart", "levy", "amount"),
    [
        # In the cart's own mode at home nothing is converted.
        (GROSS, GROSS, a_levy(), 11_900),
        (NET, NET, a_levy(), 11_900),
        # Abroad the gross price stays and the net one follows from the rate there.
        (GROSS, GROSS, a_levy("0.25"), 11_900),
        # Or the net one stays: 100.00 net, 125.00 gross.
        (GROSS, GROSS, a_levy("0.25", net_stays=True), 12_500),
        (NET, NET, a_levy("0.25", net_stays=True), 11_900),
        # The other mode, at the home rate.
        (GROSS, NET, a_levy(), 10_000),
        (GROSS, NET, a_levy("0.25"), 10_000),
        (NET, GROSS, a_levy(), 14_161),
        (NET, GROSS, a_levy("0.25"), 14_161),
        (NET, GROSS, a_levy("0.25", net_stays=True), 14_875),
        # A business that owes the tax itself pays gross / (1 + home rate), whatever the cart's mode.
        (GROSS, GROSS, a_levy("0", net_stays=True, code="AE"), 10_000),
        (GROSS, NET, a_levy("0", net_stays=True, code="AE"), 10_000),
        (NET, GROSS, a_levy("0", net_stays=True, code="AE"), 11_900),
        # A consumer who takes goods out of the EU pays the gross price.
        (GROSS, GROSS, a_levy("0", code="G"), 11_900),
    ],
)
def test_a_row_s_amount_in_the_cart_s_mode(mode: TaxMode, cart: TaxMode, levy: Levy, amount: int) -> None:  # T-4
    assert line_amount(micros("119.00"), mode, MICROS, cart, levy, terms()) == amount
    assert unit_in(micros("119.00"), mode, cart, levy, terms()) == amount * 10_000


def test_a_converted_line_is_rounded_once() -> None:  # G-3: 1.00 gross is 0.840336... net; a thousand are 840.34
    assert line_amount(micros("1.00"), GROSS, 1_000 * MICROS, NET, a_levy(), terms()) == 84_034
    assert unit_in(micros("1.00"), GROSS, NET, a_levy(), terms()) == 840_336


def test_converted_amounts_are_multiples_of_the_step() -> None:  # G-2
    forint = terms("HUF", currencies=("HUF",), line_steps=[("HUF", 100)])
    assert line_amount(micros("1490"), GROSS, 3 * MICROS, NET, a_levy("0.27", "0.27"), forint) == 352_000


@pytest.mark.parametrize(("business", "level"), [(False, TaxRounding.LINE), (True, TaxRounding.TOTAL)])
def test_net_carts_of_businesses_round_per_rate_unless_the_market_says_otherwise(
    business: bool, level: TaxRounding
) -> None:  # T-6, row 3 of section 7
    assert Terms.of(a_market(), "EUR", business).tax_rounding is level
    other = a_market(policies=Policies(business_tax_rounding=TaxRounding.UNIT))
    assert Terms.of(other, "EUR", business).tax_rounding is (TaxRounding.UNIT if business else TaxRounding.LINE)


@pytest.mark.parametrize(
    ("tax_rounding", "unit", "quantity", "paid", "mode", "tax"),
    [
        # T-5: 10.00 less 2.00 is taxed as 8.00.
        (TaxRounding.LINE, "10.00", "1", 800, NET, 152),
        (TaxRounding.TOTAL, "10.00", "1", 800, NET, 152),
        (TaxRounding.UNIT, "10.00", "1", 800, NET, 152),
        # T-6, unit: 2.61 less 0.10 is 0.84 + 0.84 + 0.83, each with 0.16 tax; by line 0.4769.
        (TaxRounding.UNIT, "0.87", "3", 251, NET, 48),
        (TaxRounding.LINE, "0.87", "3", 251, NET, 48),
        # 0.02 for three units: 0.01 + 0.01 + 0.00, each without tax.
        (TaxRounding.UNIT, "1.00", "3", 2, NET, 0),
        # 4 x 0.95 gross of 4 x 0.99: 0.1517 -> 0.15 each; by line 0.6067.
        (TaxRounding.UNIT, "0.99", "4", 380, GROSS, 60),
        (TaxRounding.LINE, "0.99", "4", 380, GROSS, 61),
        # 1.5 m have no units: taxed as one.
        (TaxRounding.UNIT, "10.00", "1.5", 1_333, NET, 253),
        (TaxRounding.UNIT, "10.00", "3", 0, NET, 0),
    ],
)
def test_discounts_reduce_the_taxable_amount(
    tax_rounding: TaxRounding, unit: str, quantity: str, paid: int, mode: TaxMode, tax: int
) -> None:  # T-5, T-6
    line = Taxable(paid, micros(unit), micros(quantity), mode, a_tax_rule())
    assert taxes([line], terms(tax_rounding=tax_rounding)) == [tax]


def goods(*lines: tuple[int, str, str]) -> list[Taxable]:
    """Lines of (gross minor units, rate, tax class)."""
    return [
        Taxable(minor, minor * 10_000, MICROS, GROSS, a_tax_rule(rate, tax_class=name)) for minor, rate, name in lines
    ]


MIXED = [(7_500, "0.19", "standard"), (1_500, "0.07", "reduced"), (1_000, "0.07", "reduced")]
OWN = a_tax_rule("0.19", id="own", tax_class="delivery")


@pytest.mark.parametrize(
    ("policy", "lines", "expected"),
    [
        (ShippingTax.OWN_CLASS, MIXED, [(490, "delivery")]),
        (ShippingTax.HIGHEST, MIXED, [(490, "standard")]),
        (ShippingTax.HIGHEST, MIXED[1:], [(490, "reduced")]),
        # 3 : 1, and the odd cent goes by the largest remainder: 367.5 and 122.5, the first of a tie.
        (ShippingTax.PROPORTIONAL, MIXED, [(368, "standard"), (122, "reduced")]),
        (ShippingTax.PROPORTIONAL, MIXED[1:], [(490, "reduced")]),
        # Nothing is paid for the goods.
        (ShippingTax.PROPORTIONAL, [], [(490, "delivery")]),
        (ShippingTax.PROPORTIONAL, [(0, "0.19", "standard")], [(490, "delivery")]),
        (ShippingTax.HIGHEST, [(0, "0.19", "standard"), (100, "0.07", "reduced")], [(490, "reduced")]),
        # Two classes of one rate stay apart, as in the summary.
        (ShippingTax.PROPORTIONAL, [(100, "0.07", "b"), (100, "0.07", "a")], [(245, "a"), (245, "b")]),
    ],
)
def test_delivery_is_taxed_as_the_market_says(
    policy: ShippingTax, lines: list[tuple[int, str, str]], expected: list[tuple[int, str]]
) -> None:  # T-9
    found = delivery_lines(490, GROSS, OWN, goods(*lines), policy, terms())
    assert [(line.minor, line.rule.tax_class) for line in found] == expected


@given(
    st.integers(0, 10**7),
    st.lists(st.tuples(st.integers(0, 10**7), RATES, st.sampled_from(["a", "b"])), max_size=5),
    st.sampled_from(ShippingTax),
    st.sampled_from([1, 5, 100]),
)
def test_delivery_loses_nothing_however_it_is_split(
    minor: int, lines: list[tuple[int, str, str]], policy: ShippingTax, step: int
) -> None:  # T-9, G-7
    found = delivery_lines(minor, GROSS, OWN, goods(*lines), policy, terms(line_steps=[("EUR", step)]))
    assert sum(line.minor for line in found) == minor
    assert all(line.minor >= 0 for line in found)


@pytest.mark.parametrize(
    ("amounts", "list_amounts", "classes", "expected"),
    [
        # A coffee machine for 90.00 with coffee worth 10.00 for nothing: 81.00 and 9.00.
        ([9_000, 0], [9_000, 1_000], "standard reduced", [8_100, 900]),
        ([9_000, 0], [9_000, 1_000], "standard standard", [9_000, 0]),
        ([100, 0, 0], [100, 100, 100], "standard reduced reduced", [34, 33, 33]),
        ([500, 0], [0, 0], "standard reduced", [500, 0]),
        ([], [], "", []),
    ],
)
def test_what_is_paid_is_spread_over_gift_and_goods_of_other_tax_classes(
    amounts: list[int], list_amounts: list[int], classes: str, expected: list[int]
) -> None:  # T-10
    found = gift_spread(amounts, list_amounts, [TaxClass(name) for name in classes.split()])
    assert found == expected


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from("ab")), max_size=6),
    st.sampled_from([1, 5, 100]),
)
def test_a_spread_keeps_the_sum(lines: list[tuple[int, int, str]], step: int) -> None:  # T-10
    amounts, list_amounts = [line[0] for line in lines], [line[1] for line in lines]
    found = gift_spread(amounts, list_amounts, [TaxClass(line[2]) for line in lines], step)
    assert sum(found) == sum(amounts)
    assert all(amount >= 0 for amount in found)


@pytest.mark.parametrize(
    ("minor", "step", "difference"),
    [
        (1_002, 5, -2),
        (1_003, 5, 2),
        (1_005, 5, 0),
        (5, 10, 5),  # half steps go up in size
        (-5, 10, -5),
        (-1_002, 5, 2),
        (149_200, 500, -200),
        (149_250, 500, 250),
        (1_234, 1, 0),
        (0, 5, 0),
    ],
)
def test_cash_pays_multiples_of_a_step(minor: int, step: int, difference: int) -> None:  # T-11
    assert round_cash(minor, step) == difference


@given(st.integers(-(10**9), 10**9), st.sampled_from([1, 2, 5, 10, 500]))
def test_cash_rounding_is_at_most_half_a_step(minor: int, step: int) -> None:  # T-11
    difference = round_cash(minor, step)
    assert (minor + difference) % step == 0
    assert 2 * abs(difference) <= step


ROWS = st.lists(
    st.tuples(
        st.integers(0, 10**9),
        st.one_of(st.integers(1, 50).map(lambda count: count * MICROS), st.integers(1, 10**8)),
        st.sampled_from(TaxMode),
        RATES,
        st.integers(0, 100),
    ),
    min_size=1,
    max_size=6,
)


@given(
    ROWS,
    CURRENCIES,
    st.sampled_from(TaxRounding),
    st.sampled_from(Rounding),
    st.sampled_from([1, 5]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=300)
def test_net_plus_tax_is_gross_for_each_line_each_rate_and_the_cart_in_any_order(
    rows: list[tuple[int, int, TaxMode, str, int]],
    currency: str,
    level: TaxRounding,
    rounding: Rounding,
    step: int,
    random: object,
) -> None:
    """T-6, T-7, T-8, with net and gross rows, discounts, and every exponent, level and rounding mode."""
    rules = terms(currency, level, rounding=rounding, line_steps=[(currency, step)])
    lines = [_discounted(row, rules) for row in rows]
    found = taxes(lines, rules)
    shuffled = list(range(len(lines)))
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again = taxes([lines[index] for index in shuffled], rules)
    assert _sums(lines, found) == _sums([lines[index] for index in shuffled], again)
    for line, tax in zip(lines, found, strict=True):
        assert 0 <= tax
        assert tax % step == 0
        assert line.mode is NET or tax <= line.minor  # so that the net amount is not negative
    if level is TaxRounding.TOTAL:
        for rate, (_, tax, _) in _sums(lines, found).items():
            exact = sum(line.minor * Fraction(*line.fraction) for line in lines if line.rule.rate_micros == rate)
            assert tax == divide(exact.numerator, exact.denominator * step, rounding) * step


def _discounted(row: tuple[int, int, TaxMode, str, int], rules: Terms) -> Taxable:
    price, quantity, mode, rate, percent = row
    full = rules.amount(price, quantity)
    off = full * percent // 100 // rules.step * rules.step
    return Taxable(full - off, price, quantity, mode, a_tax_rule(rate))


def _sums(lines: list[Taxable], found: list[int]) -> dict[int, tuple[int, int, int]]:
    """Net, tax and gross by rate, in which net + tax = gross."""
    sums: dict[int, tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
    for line, tax in zip(lines, found, strict=True):
        net = line.minor if line.mode is NET else line.minor - tax
        gross = line.minor + tax if line.mode is NET else line.minor
        before = sums[line.rule.rate_micros]
        sums[line.rule.rate_micros] = (before[0] + net, before[1] + tax, before[2] + gross)
    assert all(net + tax == gross for net, tax, gross in sums.values())
    return dict(sums)


@given(st.integers(0, 10**12), st.integers(1, 10**9), CURRENCIES, RATES, RATES)
def test_conversion_at_the_home_rate_is_near_the_exact_amount(
    price: int, quantity: int, currency: str, rate: str, home: str
) -> None:  # T-4
    rules, levy = terms(currency), a_levy(rate, home)
    exact = Fraction(price * quantity, MICROS * (MICROS // 10 ** exponent(currency)))
    whole = 1 + Fraction(home)
    assert abs(line_amount(price, GROSS, quantity, NET, levy, rules) - exact / whole) <= Fraction(1, 2)
    assert abs(line_amount(price, NET, quantity, GROSS, levy, rules) - exact * whole) <= Fraction(1, 2)
    assert line_amount(price, GROSS, quantity, GROSS, levy, rules) == rules.amount(price, quantity)
