"""How much tax is: rounded where the market says, with net + tax = gross at every level (T-4 to T-8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from modules.kernel.money import MICROS, Rounding, allocate, divide, exponent
from modules.kernel.names import TaxClass
from modules.kernel.place import Market
from modules.kernel.policies import TaxMode, TaxRounding
from modules.pricing.engine.tax.levy import Levy
from modules.pricing.model.taxes import TaxRule


@dataclass(frozen=True, slots=True)
class Terms:
    """How a market rounds a currency: amounts and tax of a line are multiples of `step` minor units (G-2)."""

    currency: str
    rounding: Rounding
    tax_rounding: TaxRounding
    step: int
    minor_micros: int
    """Millionths in one minor unit."""
    line_divisor: int
    """What price times quantity, both in millionths, is divided by to give steps."""

    @classmethod
    def of(cls, market: Market, currency: str, business: bool = False) -> Terms:
        """The market's choices for this currency; `business` is for the net cart of a business (T-6)."""
        unit = MICROS // 10 ** exponent(currency)
        step = market.step(currency)
        level = market.policies.business_tax_rounding if business else market.tax_rounding
        return cls(currency, market.rounding, level, step, unit, MICROS * unit * step)

    def amount(self, micros: int, quantity: int) -> int:
        """The line amount in minor units, as `UnitPrice.times` gives it (G-3); a cart asks for it many times."""
        return divide(micros * quantity, self.line_divisor, self.rounding) * self.step


@dataclass(slots=True)
class Taxable:
    """A line's amount before tax is known: net or gross as `mode` says. Not frozen: each line makes one."""

    minor: int
    """What is to be paid for it: discounts are off already, as they reduce the taxable amount (T-5)."""
    micros: int
    """Its unit price before discounts."""
    quantity: int
    mode: TaxMode
    rule: TaxRule

    @property
    def fraction(self) -> tuple[int, int]:
        """The tax on 1, as numerator and denominator: rate / 1, or rate / (1 + rate) of a gross amount."""
        rate = self.rule.rate_micros
        return rate, MICROS if self.mode is TaxMode.NET else MICROS + rate


def taxes(lines: Sequence[Taxable], terms: Terms) -> list[int]:
    """The tax of each line in minor units, in order, rounded where the market says (T-6).

    With `total` the tax is summed unrounded per rate and tax class, rounded once, and the result is split over the
    lines by their unrounded tax (G-7), so that net + tax = gross holds for each line as well (T-8). Lines that tie
    for a cent get it in the order given.

    With `unit` the tax of one unit's price is rounded, then multiplied. The amount of a discounted line is spread over
    its units first (G-7, O-11), so that each has a price in minor units; a measured quantity, which has no units, is
    then taxed as one.
    """
    if terms.tax_rounding is TaxRounding.TOTAL:
        return _per_total(lines, terms)
    one = _per_unit if terms.tax_rounding is TaxRounding.UNIT else _per_line
    return [one(line, terms) for line in lines]


def _per_line(line: Taxable, terms: Terms) -> int:
    share, whole = line.fraction
    return divide(line.minor * share, whole * terms.step, terms.rounding) * terms.step


def _per_unit(line: Taxable, terms: Terms) -> int:
    share, whole = line.fraction
    if line.minor != terms.amount(line.micros, line.quantity):
        return _per_discounted_unit(line, terms)
    unit = divide(line.micros * share, whole * terms.minor_micros, terms.rounding)
    return divide(unit * line.quantity, MICROS * terms.step, terms.rounding) * terms.step


def _per_discounted_unit(line: Taxable, terms: Terms) -> int:
    units, part = divmod(line.quantity, MICROS)
    if part or not units:
        return _per_line(line, terms)
    share, whole = line.fraction
    low, dearer = divmod(line.minor, units)
    cheap, dear = (divide(minor * share, whole, terms.rounding) for minor in (low, low + 1))
    return divide((units - dearer) * cheap + dearer * dear, terms.step, terms.rounding) * terms.step


def _per_total(lines: Sequence[Taxable], terms: Terms) -> list[int]:
    groups: dict[tuple[int, TaxClass], list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        groups[line.rule.rate_micros, line.rule.tax_class].append(index)
    parts = [0] * len(lines)
    for (rate, _), members in groups.items():
        # Over the common denominator both net and gross lines are whole numbers.
        common = MICROS * (MICROS + rate)
        weights = [_share_of(lines[index], common) for index in members]
        total = divide(sum(weights), common * terms.step, terms.rounding)
        for index, part in zip(members, allocate(total, weights), strict=True):
            parts[index] = part * terms.step
    return parts


def _share_of(line: Taxable, common: int) -> int:
    share, whole = line.fraction
    return line.minor * share * (common // whole)


def unit_prices(micros: int, mode: TaxMode, rate_micros: int, terms: Terms) -> tuple[int, int]:
    """Net and gross price of one unit for display, in millionths.

    The one that the row does not state is computed from it. Where the row's own amount has no more decimals than the
    currency (and is a multiple of the market's step), so has the computed one; otherwise it has up to 6 decimals.
    For display only: line amounts come from the row's own amount (G-3) and their tax from the line (T-6).
    """
    grain = terms.step * terms.minor_micros
    if micros % grain:
        grain = 1
    if mode is TaxMode.NET:
        tax = divide(micros * rate_micros, MICROS * grain, terms.rounding) * grain
        return micros, micros + tax
    tax = divide(micros * rate_micros, (MICROS + rate_micros) * grain, terms.rounding) * grain
    return micros - tax, micros


def unit_in(micros: int, mode: TaxMode, cart: TaxMode, levy: Levy, terms: Terms) -> int:
    """A row's unit price in the cart's tax mode, in millionths (T-4)."""
    if mode is cart and not levy.net_stays:
        return micros
    share, whole = _factor(mode, cart, levy)
    return micros if share == whole else divide(micros * share, whole, terms.rounding)


def line_amount(micros: int, mode: TaxMode, quantity: int, cart: TaxMode, levy: Levy, terms: Terms) -> int:
    """What so much costs at a row's unit price, in minor units of the cart's tax mode, rounded once (G-3, T-4).

    A row in the cart's mode keeps its amount. In a net cart a gross row's net is gross / (1 + home rate); in a gross
    cart a net row's gross is net * (1 + home rate). Abroad that gross stays and the net follows from the rate there,
    unless net prices stay: then gross is net * (1 + rate there), for gross rows too.
    """
    if mode is cart and not levy.net_stays:
        return terms.amount(micros, quantity)
    share, whole = _factor(mode, cart, levy)
    return divide(micros * quantity * share, terms.line_divisor * whole, terms.rounding) * terms.step


def _factor(mode: TaxMode, cart: TaxMode, levy: Levy) -> tuple[int, int]:
    """What a row's amount is multiplied and divided by."""
    share = whole = MICROS
    if mode is TaxMode.GROSS and (cart is TaxMode.NET or levy.net_stays):
        whole += levy.home.rate_micros
    if cart is TaxMode.GROSS and (mode is TaxMode.NET or levy.net_stays):
        share += (levy.rule if levy.net_stays else levy.home).rate_micros
    return share, whole
