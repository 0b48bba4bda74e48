"""Corrections and proof of the price history: nothing is ever deleted by hand (L-3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.names import ChannelId, PromotionId, Sku
from modules.kernel.outcome import Path, Repeatable, Upserted, in_order, once, refuse_command, sift
from modules.kernel.viewer import Permission, Viewer
from modules.pricing.engine import corrections
from modules.pricing.engine.corrections import Link, Spot
from modules.pricing.engine.forecast import over_channels
from modules.pricing.model.points import LinkInput, PricePoint, PriorPrice, Publication, VoidInput
from modules.pricing.ports import Channels
from modules.pricing.service.history import HistoryService
from modules.pricing.store.history import HistoryStore

VOID: Final = "voidPricePoints"
LINK: Final = "linkPriceHistory"


class CorrectionService:
    """Declares points mistakes, links skus of one article, and shows what was told."""

    def __init__(self, store: HistoryStore, channels: Channels, history: HistoryService) -> None:
        self._store = store
        self._channels = channels
        self._history = history

    async def void_points(
        self, viewer: Viewer, points: Sequence[VoidInput], reason: str, idempotency_key: str | None = None
    ) -> Upserted:
        """Declares price points mistakes, with reason, user and time; they stay. Needs PRICES_WRITE.

        They stay out of the minimum where the market allows it (`error_void`), and what may be said of open prices is
        found anew. A point that was voided before is unchanged; one that is not there is refused.
        """
        viewer.require(Permission.PRICES_WRITE)
        if problem := refuse_command("points", points, reason, idempotency_key):
            return Upserted(0, 0, (problem,))
        channels = self._channels.channels()
        read, refused = sift(
            "points", points, lambda item, path: corrections.spot(item, path, channels), "sku", "place", "from_us"
        )
        by = viewer.principal.id

        async def write() -> Upserted:
            skus = sorted({spot.sku for _, spot in read})
            links = await writing.links()
            await writing.lock("sku", corrections.heirs(skus, links))
            meant, missing = _found(read, await writing.whole(skus))
            new = [point for point in meant if not point.voided]
            if new:
                await writing.void(new, by, reason, await writing.now_us())
                await self._history.judge_again(writing, corrections.heirs(skus, links))
            return Upserted(len(new), len(meant) - len(new), in_order([*refused, *missing]))

        async with self._store.writing() as writing:
            return await once(writing, Repeatable(by, VOID, idempotency_key, (list(points), reason)), write)

    async def link_history(
        self, viewer: Viewer, links: Sequence[LinkInput], reason: str, idempotency_key: str | None = None
    ) -> Upserted:
        """Lets skus go on with the price history of others: renamed articles, new skus of the same one. Needs
        PRICES_WRITE. A history that would lead back to itself is refused."""
        viewer.require(Permission.PRICES_WRITE)
        if problem := refuse_command("links", links, reason, idempotency_key):
            return Upserted(0, 0, (problem,))
        read, refused = sift("links", links, corrections.link, "sku")
        by = viewer.principal.id

        async def write() -> Upserted:
            await writing.lock("links", ["links"])
            held = await writing.links()
            wished, circular = _uncircled(read, held)
            new = {wish.sku: wish.history_of for wish in wished if held.get(wish.sku) != wish.history_of}
            if new:
                await writing.save_links(new, held, by, reason)
                skus = corrections.heirs(sorted(new), {**held, **new})
                await writing.lock("sku", skus)
                await self._history.judge_again(writing, skus)
            return Upserted(len(new), len(wished) - len(new), in_order([*refused, *circular]))

        async with self._store.writing() as writing:
            return await once(writing, Repeatable(by, LINK, idempotency_key, (list(links), reason)), write)

    async def points(self, viewer: Viewer, sku: Sku, first: int, after: Sequence[str | int] | None) -> list[PricePoint]:
        """The history of a sku by place and time, so many behind a position. Needs PRICES_WRITE."""
        viewer.require(Permission.PRICES_WRITE)
        found = (await self._store.whole([sku])).get(sku, {}).get(0, ())
        ordered = sorted(found, key=position)
        return [point for point in ordered if after is None or position(point) > tuple(after)][:first]

    async def evidence(
        self, viewer: Viewer, promotion: PromotionId, first: int, after: Sequence[str | int] | None
    ) -> list[Publication]:
        """What each version of a promotion made of prices, and what was said of them, by place and time, so many behind
        a position. Needs PROMOTIONS_READ."""
        viewer.require_here(Permission.PROMOTIONS_READ)
        return await self._store.proofs(promotion, after, first)

    async def announcements(
        self, viewer: Viewer, skus: Sequence[Sku], channels: Sequence[ChannelId]
    ) -> list[PriorPrice | None]:
        """What may be announced over these channels at once, in the viewer's currency, per sku in order, as the history
        tells it (L-5); None where there is no reduction. Needs PROMOTIONS_READ."""
        viewer.require_here(Permission.PROMOTIONS_READ)
        standings = await self._store.standing(list(skus), viewer.currency)
        answers = []
        for sku in skus:
            standing = standings.get(sku)
            points = standing.points if standing else ()
            there = [point for point in points if point.channel in channels and not point.store]
            answers.append(over_channels([(point.micros, point.prior) for point in there]))
        return answers


def position(point: PricePoint) -> tuple[str | int, ...]:
    """A point's place in its sku's history."""
    return *point.place, point.from_us


def _found(
    read: Sequence[tuple[Path, Spot]], whole: Mapping[Sku, Mapping[int, Sequence[PricePoint]]]
) -> tuple[list[PricePoint], list[Refused]]:
    known = {Spot(sku, point.place, point.from_us): point for sku, found in whole.items() for point in found.get(0, ())}
    missing: list[Refused] = [
        InvalidInput(f"No public price of {spot.sku!r} begins there.", (*path, "from"), "the beginning of a point")
        for path, spot in read
        if spot not in known
    ]
    return [known[spot] for _, spot in read if spot in known], missing


def _uncircled(read: Sequence[tuple[Path, Link]], held: Mapping[Sku, Sku]) -> tuple[list[Link], list[Refused]]:
    links, kept, refused = dict(held), [], list[Refused]()
    for path, wish in read:
        try:
            corrections.check_chain(wish, links, path)
        except InvalidInput as problem:
            refused.append(problem)
        else:
            links[wish.sku] = wish.history_of
            kept.append(wish)
    return kept, refused
