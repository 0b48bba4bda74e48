"""Tax: which rate holds, and how much it is, to the cent (T-1 to T-8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from modules.kernel.errors import Refused
from modules.kernel.money import MICROS, Rounding, allocate, divide, exponent
from modules.kernel.names import TaxClass
from modules.kernel.outcome import Path
from modules.kernel.place import Market, TaxRounding
from modules.kernel.policies import TaxMode
from modules.kernel.viewer import Viewer
from modules.pricing.model.taxes import TaxRule


class TaxRuleAmbiguous(Refused):
    """Two rules would hold at the same time for a country and tax class (T-1); `rule` is the other one's id."""

    code: ClassVar[str] = "TAX_RULE_AMBIGUOUS"

    def __init__(self, mine: TaxRule, other: TaxRule, path: Sequence[str | int] = ()) -> None:
        place = f"{mine.country} and tax class {mine.tax_class!r}"
        super().__init__(f"For {place} this rule and {other.id!r} hold at the same time.", path)
        self.rule = other.id


class TaxBook:
    """All tax rules, looked up by country and tax class. Immutable."""

    def __init__(self, rules: Iterable[TaxRule] = ()) -> None:
        self._rules: dict[tuple[str, TaxClass], list[TaxRule]] = defaultdict(list)
        for rule in rules:
            self._rules[rule.country, rule.tax_class].append(rule)

    def rule(self, country: str, tax_class: TaxClass, at_us: int) -> TaxRule | None:
        """The one rule that holds; None is TAX_RATE_NOT_FOUND, never "untaxed" (T-1)."""
        for rule in self._rules.get((country, tax_class), ()):
            if rule.holds(at_us):
                return rule
        return None

    def edges(self, country: str, tax_class: TaxClass) -> list[int]:
        """All moments at which a rate begins or ends."""
        rules = self._rules.get((country, tax_class), ())
        return [edge for rule in rules for edge in (rule.valid_from_us, rule.valid_until_us) if edge is not None]

    def next_change(self, country: str, tax_class: TaxClass, at_us: int) -> int | None:
        """The first beginning or end of a rate after the instant."""
        return min((edge for edge in self.edges(country, tax_class) if edge > at_us), default=None)


def country_of(viewer: Viewer) -> str:
    """Whose tax it is: the store's country, otherwise the market's (T-2)."""
    return viewer.store.country if viewer.store else viewer.channel.market.country


def without_clashes(
    held: Mapping[str, TaxRule], given: Sequence[tuple[Path, TaxRule]]
) -> tuple[list[TaxRule], list[Refused]]:
    """The given rules that can stand beside the held ones and one another, and a refusal of each that cannot (T-1).

    What is judged is how all rules would stand afterwards, so that one may end and another begin in the same call. Of
    two given rules that clash the later is refused; then all are judged again, as it may have made room for others.
    """
    kept, refused = list(given), []
    while clash := _clash(held, kept):
        index, other = clash
        path, rule = kept.pop(index)
        refused.append(TaxRuleAmbiguous(rule, other, path))
    return [rule for _, rule in kept], sorted(refused, key=lambda problem: int(problem.path[2]))


def _clash(held: Mapping[str, TaxRule], given: Sequence[tuple[Path, TaxRule]]) -> tuple[int, TaxRule] | None:
    """The last given rule that clashes with another, and that one."""
    after = {**held, **{rule.id: rule for _, rule in given}}
    for index in reversed(range(len(given))):
        rule = given[index][1]
        other = next((other for other in after.values() if other.id != rule.id and _overlap(rule, other)), None)
        if other:
            return index, other
    return None


def _overlap(a: TaxRule, b: TaxRule) -> bool:
    if (a.country, a.tax_class) != (b.country, b.tax_class):
        return False
    return _begins_before_end(a, b) and _begins_before_end(b, a)


def _begins_before_end(a: TaxRule, b: TaxRule) -> bool:
    return a.valid_from_us is None or b.valid_until_us is None or a.valid_from_us < b.valid_until_us


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
    def of(cls, market: Market, currency: str) -> Terms:
        """The market's choices for this currency."""
        unit = MICROS // 10 ** exponent(currency)
        step = market.step(currency)
        return cls(currency, market.rounding, market.tax_rounding, step, unit, MICROS * unit * step)

    def amount(self, micros: int, quantity: int) -> int:
        """The line amount in minor units, as `UnitPrice.times` gives it (G-3); a cart asks for it many times."""
        return divide(micros * quantity, self.line_divisor, self.rounding) * self.step


@dataclass(frozen=True, slots=True)
class Taxable:
    """A line's amount before tax is known: net or gross as `mode` says."""

    minor: int
    micros: int
    """Its unit price."""
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
    unit = divide(line.micros * share, whole * terms.minor_micros, terms.rounding)
    return divide(unit * line.quantity, MICROS * terms.step, terms.rounding) * terms.step


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


def other_mode(micros: int, mode: TaxMode, rate_micros: int, terms: Terms) -> int:
    """A net price as gross, or a gross one as net, in millionths and not rounded for display."""
    share, whole = (MICROS + rate_micros, MICROS) if mode is TaxMode.NET else (MICROS, MICROS + rate_micros)
    return divide(micros * share, whole, terms.rounding)
