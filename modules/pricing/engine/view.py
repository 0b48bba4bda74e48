"""What one promotion sees of a case: its goods as they stand now, and the circumstances."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from modules.kernel.customer import Profile
from modules.kernel.money import MICROS, Rounding, allocate, divide, exponent
from modules.kernel.names import PromotionId, Sku
from modules.kernel.place import Market
from modules.kernel.policies import PercentRounding, Policies, ThresholdBasis
from modules.pricing.engine.case import Circumstances, CodeResult, Ware
from modules.pricing.engine.ledger import Ledger, Pick
from modules.pricing.model.promotions import Amounts, Filter, Promotion


@dataclass(slots=True)
class Case:
    """The goods in the order of rule O-5a with all that does not change while promotions apply."""

    wares: Sequence[Ware]
    origin: Sequence[int]
    """Where each of them stood before it was sorted."""
    circumstances: Circumstances
    policies: Policies
    step: int
    rounding: Rounding
    minor_micros: int
    codes: frozenset[str]
    places: dict[tuple[str, str], list[int]]
    """Which lines hold a sku, a category, a product group: keys are anchors."""
    has_floors: bool
    """Whether any line must cost something at least."""
    until_us: list[int] = field(default_factory=list)
    """Moments at which hours change the answer."""
    _found: dict[int, tuple[Filter, tuple[int, ...]]] = field(default_factory=dict)

    @classmethod
    def of(cls, wares: Iterable[Ware], circumstances: Circumstances) -> Case:
        """A case of these goods."""
        given = list(wares)
        origin = sorted(range(len(given)), key=lambda index: given[index].order)
        goods = [given[index] for index in origin]
        market, currency = circumstances.channel.market, circumstances.currency
        places: dict[tuple[str, str], list[int]] = defaultdict(list)
        for line, ware in enumerate(goods):
            article = ware.article
            places["sku", article.sku].append(line)
            for category in article.categories:
                places["category", category].append(line)
            if article.group:
                places["group", article.group].append(line)
        codes = frozenset(claim.code for claim in circumstances.claims if claim.result is CodeResult.ACCEPTED)
        unit = MICROS // 10 ** exponent(currency)
        step = market.step(currency)
        floors = any(ware.floor_minor for ware in goods)
        return cls(goods, origin, circumstances, market.policies, step, market.rounding, unit, codes, places, floors)

    @property
    def rounds(self) -> PercentRounding:
        """What a percentage rounds here."""
        return self.policies.percent_rounding

    @property
    def worth(self) -> int:
        """The most that the goods can count for in a threshold."""
        wares = self.wares
        return max(sum([ware.minor for ware in wares]), sum([ware.list_minor for ware in wares]))

    def lines(self, goods: Filter) -> tuple[int, ...]:
        """The lines that meet a filter, in order. Asked for again and again, found once."""
        known = self._found.get(id(goods))
        if known is None:
            # The filter is kept with the answer, so that its identity stays its own.
            known = self._found[id(goods)] = goods, tuple(self._matching(goods))
        return known[1]

    def _matching(self, goods: Filter) -> Sequence[int]:
        found: Sequence[int] = range(len(self.wares))
        kinds = (("sku", goods.skus), ("category", goods.categories), ("group", goods.groups))
        for kind, names in kinds:
            if names:
                there = {line for name in names for line in self.places.get((kind, name), ())}
                found = [line for line in found if line in there]
        for kind, names in (("sku", goods.without_skus), ("category", goods.without_categories)):
            if names:
                away = {line for name in names for line in self.places.get((kind, name), ())}
                found = [line for line in found if line not in away]
        if goods.price_from is None and goods.price_until is None:
            return found
        return [line for line in found if self._in_band(goods, self.wares[line])]

    def _in_band(self, goods: Filter, ware: Ware) -> bool:
        return in_band(goods, ware.unit_list_micros, self.circumstances.currency, self.minor_micros)


def percent_of(amount: int, percent: int, step: int, rounding: Rounding, rounds: PercentRounding) -> int:
    """What a percentage takes off an amount, not below 0: the discount is a multiple of the step, or the price that it
    leaves (O-3)."""
    if rounds is PercentRounding.PRICE:
        return max(amount - divide(amount * (MICROS - percent), MICROS * step, rounding) * step, 0)
    return divide(amount * percent, MICROS * step, rounding) * step


def in_band(goods: Filter, unit_micros: int, currency: str, minor_micros: int) -> bool:
    """Whether a unit's list price lies in the filter's price band; a band without this currency holds nothing."""
    for bound, sign in ((goods.price_from, 1), (goods.price_until, -1)):
        if bound is not None:
            minor = bound.of(currency)
            if minor is None or sign * unit_micros < sign * minor * minor_micros:
                return False
    return True


@dataclass(slots=True)
class View:
    """A case as one promotion sees it: without reduced lines if it does not apply to them (O-9)."""

    case: Case
    ledger: Ledger
    promotion: Promotion

    @property
    def circumstances(self) -> Circumstances:
        """All that decides besides the goods."""
        return self.case.circumstances

    @property
    def customer(self) -> Profile | None:
        """For whom it is, when that is known."""
        return self.case.circumstances.customer

    @property
    def market(self) -> Market:
        """Where it is asked."""
        return self.case.circumstances.channel.market

    @property
    def currency(self) -> str:
        """The cart's."""
        return self.case.circumstances.currency

    @property
    def codes(self) -> frozenset[str]:
        """Compared forms of the codes that were entered and hold."""
        return self.case.codes

    @property
    def stock(self) -> Mapping[Sku, int]:
        """What is left of gifts after those given already; a sku that is missing here can be had without bound."""
        return self.ledger.stock

    def hold_until(self, moment_us: int | None) -> None:
        """Notes when what was just judged may change."""
        if moment_us is not None:
            self.case.until_us.append(moment_us)

    def least(self, amounts: Amounts, more_than: bool) -> int | None:
        """The smallest amount that reaches the bound, in this currency; None where none was stated."""
        minor = amounts.of(self.currency)
        return minor if minor is None else minor + self.case.step * more_than

    def lines(self, goods: Filter) -> Sequence[int]:
        """The lines that are meant, in order."""
        found = self.case.lines(goods)
        if self.promotion.applies_to_reduced:
            return found
        return [line for line in found if not self.ledger.is_reduced[line]]

    def subtotal(self, goods: Filter, basis: ThresholdBasis | None = None) -> int:
        """What the goods cost together, as they stand now or at list prices (O-7)."""
        lines = self.lines(goods)
        if (basis or self.case.policies.threshold_basis) is ThresholdBasis.ORIGINAL:
            return sum([self.case.wares[line].list_minor for line in lines])
        minor = self.ledger.minor
        return sum([minor[line] for line in lines])

    def quantity(self, goods: Filter) -> int:
        """How much of them there is, in millionths."""
        return sum([self.case.wares[line].quantity for line in self.lines(goods)])

    def round(self, numerator: int, denominator: int) -> int:
        """A discount rounded to what the market's line amounts are multiples of (O-3, G-2, G-4)."""
        step = self.case.step
        return divide(numerator, denominator * step, self.case.rounding) * step

    def percent(self, amounts: Sequence[int], percent: int) -> list[int]:
        """The percentage of each amount, rounded as the market does (O-3)."""
        case = self.case
        if case.step == 1 and case.rounding is Rounding.HALF_UP and case.rounds is PercentRounding.DISCOUNT:
            half = MICROS // 2
            return [(amount * percent + half) // MICROS for amount in amounts]
        return [percent_of(amount, percent, case.step, case.rounding, case.rounds) for amount in amounts]

    def percent_of(self, amount: int, percent: int) -> int:
        """The percentage of one amount."""
        (discount,) = self.percent((amount,), percent)
        return discount

    def within(self, lines: Sequence[int], wishes: Sequence[int]) -> Sequence[int]:
        """Of each wish, which is not more than its line costs, what a floor leaves (O-10)."""
        if not self.case.has_floors:
            return wishes
        return [min(self._room(line), wish) for line, wish in zip(lines, wishes, strict=True)]

    def split(self, total: int, lines: Sequence[int], amounts: Sequence[int]) -> list[int]:
        """A discount over lines by these amounts of theirs (G-7), none of them by more than that (O-4); what a floor
        refuses goes to the others (O-10)."""
        step = self.case.step
        if step == 1 and not self.case.has_floors:
            # No share of at most the whole is more than its weight, so that no cap is needed.
            return allocate(min(total, sum(amounts)), amounts)
        caps = [min(amount // step, self._room(line) // step) for line, amount in zip(lines, amounts, strict=True)]
        return [part * step for part in allocate(total // step, amounts, caps)]

    def _room(self, line: int) -> int:
        """What may still be taken off the line."""
        step = self.case.step
        return max(self.ledger.minor[line] - self.case.wares[line].floor_minor, 0) // step * step

    def units(self, goods: Filter, is_consuming: bool) -> list[Pick]:
        """The units that this promotion may use, by line: not those of its exclusion group that another promotion
        had, and for one that consumes them not those that are consumed (O-5)."""
        return [
            Pick(line, index, run.number, run.unit)
            for line in self.lines(goods)
            for index, run in enumerate(self.ledger.of(line))
            if not (is_consuming and run.user) and self._rival(run.groups) is None
        ]

    def users(self, goods: Filter) -> tuple[PromotionId, ...]:
        """Who consumed units of these goods, in order of the lines, each once."""
        found = (run.user for line in self.lines(goods) for run in self.ledger.of(line) if run.user)
        return tuple(dict.fromkeys(found))

    def rivals(self, goods: Filter) -> tuple[PromotionId, ...]:
        """Other promotions of its exclusion group that had units of these goods, each once."""
        if not self.promotion.exclusion_group:
            return ()
        found = (self._rival(run.groups) for line in self.lines(goods) for run in self.ledger.of(line))
        return tuple(dict.fromkeys(one for one in found if one is not None))

    def _rival(self, groups: Sequence[tuple[str, PromotionId]]) -> PromotionId | None:
        mine = self.promotion.exclusion_group
        if not mine or not groups:
            return None
        return next((owner for group, owner in groups if group == mine and owner != self.promotion.id), None)

    def freight_rival(self) -> PromotionId | None:
        """The other promotion of its exclusion group that reduced the freight, if there is one."""
        return self._rival(self.ledger.freight_groups)
