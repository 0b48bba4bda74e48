"""Telling the history of some skus in an open transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from modules.kernel.names import ChannelId, Sku
from modules.kernel.product import Article
from modules.pricing.engine import history
from modules.pricing.engine.history import Held, Stretch
from modules.pricing.engine.lowest import rule_name
from modules.pricing.engine.public import Place, Rules, Shop, Subject
from modules.pricing.model.points import Cause, Due, PricePoint
from modules.pricing.model.prices import PriceRow
from modules.pricing.store.history import HistoryWriting


@dataclass(frozen=True, slots=True)
class Chapter:
    """One sku whose history is told: its article, all its rows, since when, and when it was due as far as is known."""

    article: Article
    rows: Sequence[PriceRow]
    since_us: int
    due: Due


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells the history by rules as they stand, in a few statements however many skus there are."""

    writing: HistoryWriting
    shop: Shop
    rules: Rules
    now_us: int

    async def tell(self, chapters: Sequence[Chapter], cause: Cause) -> set[Sku]:
        """Writes what the points do not say yet, with what may be said of each price, and when each sku is due next.

        The skus must be locked. Answers those with other points than before.
        """
        held = await self._held(chapters, cause)
        written: dict[Sku, list[PricePoint]] = {}
        for chapter in chapters:
            stretch = Stretch(chapter.since_us, self.now_us, cause)
            there = held.get(chapter.article.sku, {})
            subject = Subject.of(chapter.article, chapter.rows)
            written[chapter.article.sku] = history.tell_everywhere(subject, self.shop, self.rules, there, stretch)
        judged = await self._judge(written, held)
        found = [point for points in judged.values() for point in points]
        await self.writing.save_points(found, [proof for point in found for proof in history.publications(point)])
        await self.writing.set_due(self._next(chapter, held, judged) for chapter in chapters)
        return {sku for sku, points in judged.items() if points}

    async def judge_open(self, skus: Sequence[Sku]) -> bool:
        """Finds anew what may be said of open prices; whether anything else than before may."""
        latest = await self.writing.latest(skus, self.now_us)
        opened = {sku: [point for point in points if point.to_us is None] for sku, points in latest.items()}
        held = {sku: history.by_place(points) for sku, points in opened.items()}
        judged = await self._judge(opened, held)
        before = {(point.place, point.sku): point for points in opened.values() for point in points}
        judged_now = (point for points in judged.values() for point in points)
        changed = [point for point in judged_now if point != before[point.place, point.sku]]
        await self.writing.save_points(changed)
        return bool(changed)

    async def _held(self, chapters: Sequence[Chapter], cause: Cause) -> dict[Sku, Held]:
        skus = [chapter.article.sku for chapter in chapters]
        if cause is Cause.IMPORT:
            whole = await self.writing.whole(skus)
            return {sku: history.by_place(found.get(0, ())) for sku, found in whole.items()}
        since = min((chapter.since_us for chapter in chapters), default=self.now_us)
        return {sku: history.by_place(found) for sku, found in (await self.writing.latest(skus, since)).items()}

    async def _judge(
        self, written: Mapping[Sku, Sequence[PricePoint]], held: Mapping[Sku, Held]
    ) -> dict[Sku, list[PricePoint]]:
        """The points with what may be said of them; reads the whole history only of skus with announced prices."""
        rules = {group[0].channel.id: group[0].channel.market.policies.prior_price for group in self.shop.channels}
        names = {channel: rule_name(rule) for channel, rule in rules.items()}
        lapsed = {sku: self._lapsed(there, names) for sku, there in held.items()}
        found = {
            sku: history.latest([*lapsed[sku], *points]) if lapsed.get(sku) else list(points)
            for sku, points in written.items()
        }
        announced = [sku for sku, points in found.items() if any(point.announced for point in points)]
        if announced:
            whole = await self.writing.whole(announced)
            places = {place.key: place for group in self.shop.channels for place in group}
            places.update((place.key, place) for group in self.shop.stores.values() for place in group)
            for sku in announced:
                found[sku] = _judged(found[sku], whole.get(sku, {}), held.get(sku, {}), places, self.now_us)
        return found

    def _lapsed(self, held: Held, names: Mapping[ChannelId, str]) -> list[PricePoint]:
        """Open points whose chain of steps has grown too old (3.3, step 3), or whose market has another rule by now."""
        return [
            point
            for points in held.values()
            for point in points
            if point.to_us is None and (_is_over(point, self.now_us) or _is_by_another(point, names))
        ]

    def _next(self, chapter: Chapter, held: Mapping[Sku, Held], judged: Mapping[Sku, Sequence[PricePoint]]) -> Due:
        sku = chapter.article.sku
        points = judged[sku]
        if there := held.get(sku):
            points = history.latest([*(point for points in there.values() for point in points), *points])
        after = history.by_place(points)
        # Personal prices are no public ones, but whoever watches them must hear of theirs too.
        everything = Subject(chapter.article, chapter.rows)
        due_us = history.next_due(everything, self.shop, self.rules, after, self.now_us)
        return Due(sku, due_us, chapter.due.asked)


def _is_over(point: PricePoint, now_us: int) -> bool:
    return point.prior.until_us is not None and point.prior.until_us <= now_us


def _is_by_another(point: PricePoint, names: Mapping[ChannelId, str]) -> bool:
    return point.announced and point.prior.rule != names.get(point.channel, point.prior.rule)


def _judged(
    found: Sequence[PricePoint],
    whole: Mapping[int, Collection[PricePoint]],
    held: Held,
    places: Mapping[tuple[str, str, str, str], Place],
    now_us: int,
) -> list[PricePoint]:
    """Points that are new, or open, are judged by the history with them in it."""
    known = {(point.place, point.from_us) for points in held.values() for point in points}
    told = {**whole, 0: history.latest([*whole.get(0, ()), *found])}
    lineages = {key: history.lineage(told, key) for key in {point.place for point in found} & places.keys()}
    judged = []
    for point in found:
        place = places.get(point.place)
        if place is not None and (point.to_us is None or (point.place, point.from_us) not in known):
            rule = place.channel.market.policies.prior_price
            point = history.judged(point, lineages[point.place], rule, place, now_us)
        judged.append(point)
    return judged
