"""Contradictions: promotions that could never apply, or not as their author means, are refused when they are written.

Refused, each with its place and what is allowed there: a window that is over; hours that never come within the window;
markets, channels, stores and hours that exclude one another; conditions that ask for something and for its opposite; a
promotion for certain places in whose currencies it states no amount; a filter that nothing meets (all its products left
out, none of them in its categories or groups, a price band upside down); nothing taken off; a bundle of one unit; an
accessory that is the main article itself; steps that do not rise or are of different measures; an exclusive promotion
in an exclusion group (it admits no other anyway); a percentage announced that it does not give; a gift of half a piece;
a code that is not in its compared form. Values out of their bounds, such as a percentage above 100 or a quantity that
no cart can hold, are refused by `documents` already, and names that nothing has by `references`.

What depends on the cart is not judged: a threshold that nobody reaches is no contradiction. Nor is what others do: two
exclusive promotions that meet are told as a notice (`ties`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

from modules.kernel.basket import Notice
from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.intake import refusal
from modules.kernel.moments import from_us
from modules.kernel.outcome import Path
from modules.kernel.quantity import format_quantity
from modules.pricing.engine.actions.accessory import Accessory
from modules.pricing.engine.actions.bundle import Bundle
from modules.pricing.engine.actions.gift import GiftOf
from modules.pricing.engine.actions.items import ItemPercentOff
from modules.pricing.engine.actions.tiered import Tiered, TierStep
from modules.pricing.engine.codes import normalise
from modules.pricing.engine.conditions.code import WithCode
from modules.pricing.engine.conditions.hours import InHours
from modules.pricing.engine.documents import walk
from modules.pricing.engine.opposites import opposed
from modules.pricing.engine.promotion_intake import FORM, Form
from modules.pricing.engine.reach import Spot, holds, is_open_at, meets, spots
from modules.pricing.engine.references import Known
from modules.pricing.engine.schedule import edges_between
from modules.pricing.engine.shapes import PER_CENT, Record, Stated, Variant, format_percent
from modules.pricing.model.prices import Span
from modules.pricing.model.promotions import ALL_GOODS, Condition, Filter, Promotion, Stack

LOOKED_AHEAD_US: Final = timedelta(days=15) // timedelta(microseconds=1)
"""Hours come back every week, save one that a change of clocks swallows."""
_TAKEN_OFF: Final = ("amount", "eachAmount")


def contradictions(promotion: Promotion, path: Path, known: Known, now_us: int) -> Iterator[Refused]:
    """A refusal for each contradiction; of those about place and time the first. What it names must exist."""
    yield from _never(promotion, path, known, now_us)
    if promotion.condition and opposed(promotion.condition):
        allowed = "conditions that one cart can meet"
        yield InvalidInput("This asks for something and for its opposite.", (*path, "condition"), allowed)
    yield from _terms(promotion, path)
    for place, shape, value in walk(FORM, Form.of(promotion), path):
        if isinstance(shape, Record):
            yield from _part(value, place, known)
        elif isinstance(shape, Stated) and place[len(path)] == "actions" and place[-1] in _TAKEN_OFF:
            yield from (refusal(0, place, "more than 0") for _, minor in value.by_currency if not minor)


def ties(written: Iterable[Promotion], others: Iterable[Promotion]) -> list[Notice]:
    """A notice for each two exclusive promotions of the same priority that may meet in a phase: their ids alone decide
    between them where amounts do not (O-8). `others` may hold the written ones too."""
    mine = {promotion.id: promotion for promotion in written if promotion.stack is Stack.EXCLUSIVE}
    rivals = {**{promotion.id: promotion for promotion in others if promotion.stack is Stack.EXCLUSIVE}, **mine}
    pairs = {tuple(sorted((one, other))) for one in mine for other in rivals if one != other}
    return [_tie(*pair) for pair in sorted(pairs) if _meet(rivals[pair[0]], rivals[pair[1]])]


def _tie(one: str, other: str) -> Notice:
    message = f"{one!r} and {other!r} are exclusive and have the same priority: where they meet, their ids may decide."
    return Notice("EXCLUSIVE_TIE", message, data={"promotions": [one, other]})


def _meet(one: Promotion, other: Promotion) -> bool:
    phases = {action.PHASE for action in one.actions} & {action.PHASE for action in other.actions}
    return bool(phases) and one.priority == other.priority and _before(one, other) and _before(other, one)


def _before(one: Promotion, other: Promotion) -> bool:
    """Whether one begins before the other ends."""
    since_us, until_us = one.valid_from_us, other.valid_until_us
    return since_us is None or until_us is None or since_us < until_us


def _never(promotion: Promotion, path: Path, known: Known, now_us: int) -> Iterator[Refused]:
    since_us, until_us = promotion.valid_from_us, promotion.valid_until_us
    if until_us is not None and until_us <= now_us:
        yield InvalidInput("The window is over already.", (*path, "validUntil"), "a moment that is to come")
        return
    everywhere = list(spots(known.channels, known.stores))
    reachable = [spot for spot in everywhere if holds(promotion.condition, spot) is not False]
    if everywhere and not reachable:
        yield InvalidInput(
            "No place meets this.", (*path, "condition"), "markets, channels and stores that go together"
        )
    begin = now_us if since_us is None else max(since_us, now_us)
    end = begin + LOOKED_AHEAD_US if until_us is None else min(until_us, begin + LOOKED_AHEAD_US)
    if reachable:
        yield from _never_open(promotion, path, reachable, begin, end)
    if len(reachable) < len(everywhere):
        yield from _unpriced(promotion, path, reachable)


def _never_open(promotion: Promotion, path: Path, reachable: Sequence[Spot], begin: int, end: int) -> Iterator[Refused]:
    # Only when hours begin or end may an answer change, so no other moment needs looking at.
    spans = [*promotion.schedule, *_hours(promotion.condition)]
    moments = (
        replace(spot, at_us=at_us)
        for spot in reachable
        for at_us in {begin, *edges_between(spans, begin, end, spot.channel.market.zone)}
    )
    during = [spot for spot in moments if is_open_at(promotion, spot)]
    period = f"hours between {from_us(begin):%Y-%m-%d %H:%M} and {from_us(end):%Y-%m-%d %H:%M} UTC"
    if not during:
        yield InvalidInput("These hours never come within the window.", (*path, "schedule"), period)
    elif not any(holds(promotion.condition, spot) is not False for spot in during):
        yield InvalidInput("Its hours never come.", (*path, "condition"), f"{period}, within the schedule")


def _hours(condition: Condition | None) -> Iterator[Span]:
    if condition is not None:
        for _, _, part in walk(Variant(Condition), condition, ()):
            if isinstance(part, InHours):
                yield from part.spans


def _unpriced(promotion: Promotion, path: Path, reachable: Sequence[Spot]) -> Iterator[Refused]:
    """A promotion for certain markets that says nothing in the currencies of one of them."""
    markets = {spot.channel.market.id: spot.channel.market for spot in reachable}
    for place, shape, value in walk(FORM, Form.of(promotion), path):
        # What stands below `any` or `not` need not be met.
        if isinstance(shape, Stated) and not {"any", "not"} & set(place[len(path) :]):
            for market in markets.values():
                if all(value.of(currency) is None for currency in market.currencies):
                    allowed = f"an amount in {' or '.join(market.currencies)} as well"
                    yield InvalidInput(f"The market {market.id!r} has none of these currencies.", place, allowed)


def _terms(promotion: Promotion, path: Path) -> Iterator[Refused]:
    if promotion.stack is Stack.EXCLUSIVE and promotion.exclusion_group:
        allowed = "none: an exclusive promotion admits no other anyway"
        yield refusal(promotion.exclusion_group, (*path, "exclusionGroup"), allowed)
    announced = promotion.announced_percent
    (first, *more) = promotion.actions
    if (
        announced is not None
        and not more
        and isinstance(first, ItemPercentOff)
        and first.percent < announced * PER_CENT
    ):
        allowed = f"at most the {format_percent(first.percent)} percent that it gives"
        yield refusal(announced, (*path, "announcedPercent"), allowed)


def _part(value: Any, place: Path, known: Known) -> Iterator[Refused]:
    match value:
        case Filter():
            yield from _filter(value, place, known)
        case Bundle() if sum(part.units for part in value.components) < 2:
            yield InvalidInput("This is a bundle of one unit.", (*place, "components"), "two units at least")
        case Accessory():
            yield from _accessory(value, place, known)
        case Tiered():
            yield from _steps(value.steps, (*place, "steps"))
        case GiftOf():
            yield from _gift(value, place, known)
        case WithCode():
            yield from _codes(value.codes, (*place, "codes"))


def _codes(codes: Sequence[str], place: Path) -> Iterator[Refused]:
    for index, code in enumerate(codes):
        if normalise(code) != code:
            yield refusal(code, (*place, index), f"the compared form: {normalise(code)!r}")


def _accessory(accessory: Accessory, place: Path, known: Known) -> Iterator[Refused]:
    """Units that are the main article are no accessories."""
    main, others = accessory.with_goods, accessory.then
    articles = [known.assortment.articles[sku] for sku in others.skus]
    is_banded = main.price_from is not None or main.price_until is not None
    is_all_main = bool(articles) and not is_banded and all(meets(main, article) for article in articles)
    if is_all_main or replace(main, label="") in (ALL_GOODS, replace(others, label="")):
        allowed = "goods that `withGoods` does not mean"
        yield InvalidInput("All of these are main articles.", (*place, "then"), allowed)


def _gift(gift: GiftOf, place: Path, known: Known) -> Iterator[Refused]:
    scales = [known.assortment.articles[sku].quantity_scale for sku in gift.offered()]
    if any(gift.quantity % 10 ** (6 - scale) for scale in scales):
        allowed = f"at most {min(scales)} decimals, as its products are sold"
        yield refusal(format_quantity(gift.quantity), (*place, "quantity"), allowed)


def _filter(goods: Filter, place: Path, known: Known) -> Iterator[Refused]:
    if goods.skus and not any(meets(goods, known.assortment.articles[sku]) for sku in goods.skus):
        allowed = "a product that stands in the categories and groups and is not left out"
        yield InvalidInput("None of these products is meant.", (*place, "skus"), allowed)
    if goods.categories and set(goods.categories) <= set(goods.without_categories):
        yield InvalidInput("All its categories are left out.", (*place, "withoutCategories"), "not all of `categories`")
    low, high = goods.price_from, goods.price_until
    if low and high and all(_above(minor, high.of(currency)) for currency, minor in low.by_currency):
        yield InvalidInput("No price lies between these.", (*place, "priceUntil"), "not below `priceFrom`")


def _above(minor: int, bound: int | None) -> bool:
    return bound is None or minor > bound


def _steps(steps: Sequence[TierStep], place: Path) -> Iterator[Refused]:
    whole = True
    for index, step in enumerate(steps):
        for names in (("at_least", "quantity"), ("percent", "amount")):
            if sum(getattr(step, name) is not None for name in names) != 1:
                whole = False
                allowed = (
                    "exactly one of: atLeast, quantity" if "quantity" in names else "exactly one of: percent, amount"
                )
                yield InvalidInput("This step is not clear.", (*place, index), allowed)
    if whole:
        for index, (one, other) in enumerate(pairwise(steps), 1):
            if not _rises(one, other):
                allowed = "more than the step before it, by the same measure and in the same currencies"
                yield InvalidInput("This step does not rise.", (*place, index), allowed)


def _rises(one: TierStep, other: TierStep) -> bool:
    if one.quantity is not None and other.quantity is not None:
        return one.quantity < other.quantity
    if one.at_least is None or other.at_least is None:
        return False
    low, high = dict(one.at_least.by_currency), dict(other.at_least.by_currency)
    return low.keys() == high.keys() and all(low[currency] < high[currency] for currency in low)
