"""The lowest price before a reduction: what may be announced (3.3 of the rules; Directive 98/6/EC Art. 6a)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from modules.kernel.moments import at_local, from_us, to_us
from modules.kernel.policies import OutsideWindow, PriorPriceRule, PriorWindow
from modules.pricing.model.points import NO_REDUCTION, Piece, PriorPrice, Verdict


def prior_price(pieces: Sequence[Piece], at_us: int, rule: PriorPriceRule, zone: ZoneInfo) -> PriorPrice:
    """What may be said of the price that holds at the instant.

    `pieces` are the public price as a step function, oldest first and without overlap (step 1). No piece at the
    instant, or one that is not announced: NO_REDUCTION (step 2). A perishable or new article that the rule exempts is
    ANNOUNCEABLE without a prior price (steps 7 and 9), unless it was never sold before. The answer depends on nothing
    behind the instant, and changes by itself at `until_us` only.
    """
    current = bisect_right(pieces, at_us, key=lambda piece: piece.from_us) - 1
    if current < 0 or not _contains(pieces[current], at_us) or not pieces[current].announced:
        return NO_REDUCTION
    first, until = _reduction(pieces, current, at_us, rule, zone)
    start = pieces[first].from_us
    window_from = _window_from(start, rule, zone)
    found = PriorPrice(
        verdict=Verdict.NO_PRIOR_PRICE,
        reduced_from_us=start,
        window_from_us=window_from,
        rule=rule_name(rule),
        until_us=until,
    )
    earlier = pieces[:first]
    if _exempt(pieces[current], earlier, window_from, rule):
        return replace(found, verdict=Verdict.ANNOUNCEABLE, exempt=True)
    low = _lowest(earlier, window_from, rule)
    return _measured(found, *low, pieces[current].micros) if low else found


def allowed(prior_micros: int, micros: int) -> tuple[Verdict, int | None]:
    """The verdict on a price against its prior price, and the largest whole percentage to announce (step 8).

    >>> allowed(10_000_000, 7_990_000)
    (<Verdict.ANNOUNCEABLE: 'ANNOUNCEABLE'>, 20)
    """
    if micros >= prior_micros:
        return Verdict.NOT_A_REDUCTION, None
    return Verdict.ANNOUNCEABLE, (prior_micros - micros) * 100 // prior_micros


def days_from(moment_us: int, days: int, zone: ZoneInfo) -> int:
    """The same wall time so many calendar days later, or earlier: a day with a clock change is one day (G-5)."""
    local = from_us(moment_us).astimezone(zone)
    return to_us(at_local(local.date() + timedelta(days), local.time(), zone))


def rule_name(rule: PriorPriceRule) -> str:
    """The market's choices in a word, as proof keeps them: `30d progressive chain=60d outside=last_price`."""
    words = [
        f"{rule.days}d",
        "" if rule.window is PriorWindow.HALF_OPEN else f"window={rule.window}",
        "progressive" if rule.progressive else "",
        f"chain={rule.chain_max_days}d" if rule.progressive and rule.chain_max_days is not None else "",
        "perishable" if rule.perishable_exempt else "",
        "new_goods" if rule.new_goods_exempt else "",
        "error_void" if rule.error_void else "",
        "" if rule.public_codes else "without_codes",
        f"outside={rule.outside}",
    ]
    return " ".join(filter(None, words))


def successor(predecessor: Sequence[Piece], own: Sequence[Piece]) -> list[Piece]:
    """The history of an article that goes on under another sku: its old sku's up to its own first piece.

    While the new one has none, the old one's history is its own.
    """
    if not own:
        return list(predecessor)
    begin = own[0].from_us
    before = [piece for piece in predecessor if piece.from_us < begin]
    if before and (before[-1].to_us is None or before[-1].to_us > begin):
        before[-1] = replace(before[-1], to_us=begin)
    return [*before, *own]


def _contains(piece: Piece, at_us: int) -> bool:
    return piece.from_us <= at_us and (piece.to_us is None or at_us < piece.to_us)


def _reduction(
    pieces: Sequence[Piece], current: int, at_us: int, rule: PriorPriceRule, zone: ZoneInfo
) -> tuple[int, int | None]:
    """The piece with which the reduction began (step 3), and when the chain that leads there is too old.

    A rise, a break of any length or an unannounced piece begins a new reduction. Steps of equal price are one.
    """
    first, until = _run(pieces, current), None
    while rule.progressive and _continues(pieces, first) and pieces[first - 1].micros > pieces[first].micros:
        earlier = _run(pieces, first - 1)
        if rule.chain_max_days is not None:
            end = days_from(pieces[earlier].from_us, rule.chain_max_days, zone)
            if at_us >= end:
                break
            until = end
        first = earlier
    return first, until


def _run(pieces: Sequence[Piece], index: int) -> int:
    """The first of the pieces of equal price that lead to this one without a break."""
    while _continues(pieces, index) and pieces[index - 1].micros == pieces[index].micros:
        index -= 1
    return index


def _continues(pieces: Sequence[Piece], index: int) -> bool:
    """Whether an announced price was in force right up to this piece."""
    return index > 0 and pieces[index - 1].announced and pieces[index - 1].to_us == pieces[index].from_us


def _window_from(start: int, rule: PriorPriceRule, zone: ZoneInfo) -> int:
    if rule.window is PriorWindow.HOURS:
        return start - timedelta(rule.days) // timedelta(microseconds=1)
    return days_from(start, -rule.days, zone)


def _exempt(current: Piece, earlier: Sequence[Piece], window_from: int, rule: PriorPriceRule) -> bool:
    if current.perishable and rule.perishable_exempt:
        return True
    return rule.new_goods_exempt and bool(earlier) and earlier[0].from_us > window_from


def _lowest(earlier: Sequence[Piece], window_from: int, rule: PriorPriceRule) -> tuple[Piece, bool] | None:
    """The cheapest piece that overlaps the window (step 5), the latest of equals; otherwise the last one before it
    (step 6), with True."""
    counted = [piece for piece in earlier if not (piece.voided and rule.error_void)]
    # A piece that ends exactly at the window's first instant does not overlap it, but stands in a closed window.
    first = window_from if rule.window is PriorWindow.CLOSED else window_from + 1
    inside = [piece for piece in counted if piece.to_us is None or piece.to_us >= first]
    if inside:
        return min(inside, key=lambda piece: (piece.micros, -piece.from_us)), False
    if counted and rule.outside is OutsideWindow.LAST_PRICE:
        return counted[-1], True
    return None


def _measured(found: PriorPrice, low: Piece, outside: bool, micros: int) -> PriorPrice:
    verdict, percent = allowed(low.micros, micros)
    return replace(
        found,
        verdict=verdict,
        micros=low.micros,
        allowed_percent=percent,
        low_from_us=low.from_us,
        low_to_us=low.to_us,
        outside_window=outside,
    )
