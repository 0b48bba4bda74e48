"""What inventory does: answers what can be had, takes in counts, tells followers what changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar

from modules.inventory.engine import intake
from modules.inventory.engine.availability import Question, availability
from modules.inventory.engine.promise import last_cut_off
from modules.inventory.model.holding import NO_RULES, HoldRules, HoldRulesInput
from modules.inventory.model.levels import (
    NOTHING_KNOWN,
    Count,
    Known,
    LevelInput,
    Levels,
    decide,
    none_below,
    one_backorder,
    sees_stock,
)
from modules.inventory.model.sources import ANY, Buffer, BufferInput, Buffers, Setup, Source, SourceInput
from modules.inventory.model.strategies import SourcingRule, SourcingRuleInput, Strategy
from modules.inventory.model.waiting import Reach
from modules.inventory.ports import Articles, Channels
from modules.inventory.store.looking import Look
from modules.inventory.store.stock import InventoryStore
from modules.kernel.errors import Refused
from modules.kernel.latest import Latest
from modules.kernel.moments import to_us
from modules.kernel.names import ChannelId, Sku, SourceId, is_sku
from modules.kernel.outcome import Path, Repeatable, Upserted, in_order, once, refuse_command, sift
from modules.kernel.place import Channel
from modules.kernel.policies import BelowReserved
from modules.kernel.product import Assortment
from modules.kernel.stock import Availability
from modules.kernel.viewer import Permission, Viewer

Given = TypeVar("Given", SourceInput, BufferInput, HoldRulesInput, SourcingRuleInput)
Kept = TypeVar("Kept", Source, Buffer, HoldRules, SourcingRule)

MUTATION: Final = "setStockLevels"


class InventoryService:
    """One per process. Sources and buffers are kept in memory: before `load` there are none."""

    def __init__(
        self,
        store: InventoryStore,
        articles: Articles,
        channels: Channels,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._articles = articles
        self._channels = channels
        self._clock = clock
        self._latest = Latest(store.setup, Setup())

    async def load(self) -> None:
        """Reads sources and buffers anew; own writes do so by themselves."""
        await self._latest.load()

    @property
    def setup(self) -> Setup:
        """All sources, buffers and rules as they are now; another object when they are others."""
        return self._latest.value

    def sources(self, viewer: Viewer) -> Sequence[Source]:
        """All sources by priority, then id; those that do not sell only for viewers who see stock."""
        return [source for source in self.setup.sources.values() if source.sells or sees_stock(viewer)]

    def source(self, id: SourceId) -> Source:
        """The source of an availability; sources are never deleted."""
        return self.setup.sources[id]

    def all_sources(self) -> Mapping[SourceId, Source]:
        """All sources by id."""
        return self.setup.sources

    def selling(self, channel: ChannelId) -> tuple[Source, ...]:
        """Where a channel's goods may come from, in its order; nowhere for a channel that is gone."""
        place = next((place for place in self._channels.channels() if place.id == channel), None)
        return self.setup.selling(place.sources) if place else ()

    def selling_in(self, channel: Channel) -> tuple[Source, ...]:
        """The same of a channel that is at hand."""
        return self.setup.selling(channel.sources)

    def reach(self, channel: ChannelId) -> Reach:
        """The same, and what the channel leaves untouched there."""
        return Reach(tuple(source.id for source in self.selling(channel)), self.buffers(channel))

    def buffers(self, channel: ChannelId) -> Buffers:
        """What a channel leaves untouched, by sku and source."""
        return self.setup.buffers.get(channel, {})

    def strategy(self, channel: ChannelId) -> Strategy:
        """By which goals the channel chooses its sources (4.3)."""
        return self.setup.strategy(channel)

    def hold_rules(self, channel: ChannelId) -> HoldRules:
        """The channel's own, else those of all channels, else none (R-6), within what its market says (R-5)."""
        rules = self.setup.hold_rules
        found = rules.get(channel) or rules.get(ANY) or NO_RULES
        place = next((place for place in self._channels.channels() if place.id == channel), None)
        return found.within(place.market.policies.stock) if place else found

    def refusing(self) -> frozenset[SourceId]:
        """Sources that a channel sells from whose market refuses counts below what is set aside (choice 21)."""
        return frozenset(
            source
            for channel in self._channels.channels()
            if channel.market.policies.stock.below_reserved is BelowReserved.REFUSED
            for source in channel.sources
        )

    async def availability(self, skus: Sequence[Sku], viewer: Viewer, at: datetime | None = None) -> list[Availability]:
        """What the viewer's channel can have, per sku in order; one statement. UNKNOWN for a sku nobody counts.

        `at` is a promise date, which counts what arrives until then, or a moment of the past, for which a level that
        changed since then is not known; it needs TIME_TRAVEL.
        """
        viewer.moved_to(at)
        sources = self.selling_in(viewer.channel)
        answers, _ = await self.answer(skus, viewer, sources, at)
        return answers

    async def answer(
        self,
        skus: Sequence[Sku],
        viewer: Viewer,
        sources: tuple[Source, ...],
        at: datetime | None = None,
        owner: str = "",
        parcels: bool = False,
    ) -> tuple[list[Availability], Known]:
        """What can be had from these sources, per sku in order, and what else is known; one statement.

        What `owner` holds does not count against it (I-3); `parcels`: those of today are counted, too.
        """
        levels, known = await self.look(set(skus), sources, viewer.now, owner, parcels)
        question = Question.of(viewer.channel, sources, viewer.now, at, known)
        return [availability(sku, levels.get(sku, {}), self.setup, question) for sku in skus], known

    async def look(
        self,
        skus: Collection[Sku],
        sources: Sequence[Source],
        now: datetime,
        owner: str = "",
        parcels: bool = False,
    ) -> tuple[Levels, Known]:
        """Levels and what bears on them, without what nobody needs to be asked for; one statement, or none."""
        limited = [source.id for source in sources if source.fresh_seconds is not None]
        since = {
            source.id: to_us(last_cut_off(source, now))
            for source in sources
            if parcels and source.ship_capacity_per_day is not None
        }
        if not sources or not (skus or limited or since):
            return {}, NOTHING_KNOWN
        ids = [source.id for source in sources]
        return await self._store.look(Look(skus, ids, to_us(now), owner, limited, since))

    async def counted(self, skus: Sequence[Sku]) -> list[bool]:
        """Whether a sku has a level anywhere, per sku in order; one statement."""
        found = await self._store.counted({sku for sku in skus if is_sku(sku)})
        return [sku in found for sku in skus]

    async def set_stock_levels(
        self, viewer: Viewer, levels: Sequence[LevelInput], reason: str, idempotency_key: str | None = None
    ) -> Upserted:
        """Writes counts absolutely; what a count leaves out stays as it was. Needs STOCK_WRITE.

        Refused are unknown skus and sources, quantities that are negative or finer than the product's scale, and a
        pair that stands twice. The same key and input answers what it did the first time; other input is refused.
        """
        viewer.require_stores(Permission.STOCK_WRITE, (level.source for level in levels))
        if problem := refuse_command("levels", levels, reason, idempotency_key):
            return Upserted(0, 0, (problem,))
        checked, refused = await self._counts(levels)
        by = viewer.principal.id
        command = Repeatable(by, MUTATION, idempotency_key, (list(levels), reason))

        async def write() -> Upserted:
            before = await change.lock([count for _, count in checked])
            kept = await change.backorders([count for _, count in checked])
            covered, below = none_below(checked, before, self.refusing())
            counts, elsewhere = one_backorder(covered, kept)
            changed = decide(before, counts, await change.now_us())
            await change.heard(counts)
            await change.save(changed, before, by, reason)
            return Upserted(len(changed), len(counts) - len(changed), in_order([*refused, *below, *elsewhere]))

        async with self._store.change_levels() as change:
            return await once(change, command, write)

    async def upsert_sources(self, viewer: Viewer, sources: Sequence[SourceInput], reason: str) -> Upserted:
        """Replaces sources wholly or adds them; they hold in this process at once. Needs STOCK_WRITE."""
        viewer.require(Permission.STOCK_WRITE)
        return await self._set_up(
            viewer, "sources", sources, lambda item, path, setup: intake.source(item, path), reason, ("id",)
        )

    async def set_channel_buffers(self, viewer: Viewer, buffers: Sequence[BufferInput], reason: str) -> Upserted:
        """What channels leave untouched for others; 0 units end a buffer. Needs STOCK_WRITE."""
        viewer.require(Permission.STOCK_WRITE)
        known = {channel.id for channel in self._channels.channels()}

        def read(item: BufferInput, path: Path, setup: Setup) -> Buffer:
            return intake.buffer(item, path, setup.sources, known)

        return await self._set_up(viewer, "buffers", buffers, read, reason, ("channel", "sku", "source"))

    async def set_hold_rules(self, viewer: Viewer, rules: Sequence[HoldRulesInput], reason: str) -> Upserted:
        """How long and how much channels let be set aside, whole; `*` is every channel without its own. Needs
        STOCK_WRITE."""
        viewer.require(Permission.STOCK_WRITE)
        known = {ANY, *(channel.id for channel in self._channels.channels())}

        def read(item: HoldRulesInput, path: Path, setup: Setup) -> HoldRules:
            return intake.hold_rules(item, path, known)

        return await self._set_up(viewer, "rules", rules, read, reason, ("channel",))

    async def set_sourcing_rules(self, viewer: Viewer, rules: Sequence[SourcingRuleInput], reason: str) -> Upserted:
        """By which goals channels choose their sources; `*` is every channel without its own. Needs STOCK_WRITE."""
        viewer.require(Permission.STOCK_WRITE)
        known = {ANY, *(channel.id for channel in self._channels.channels())}

        def read(item: SourcingRuleInput, path: Path, setup: Setup) -> SourcingRule:
            return intake.sourcing_rule(item, path, known)

        return await self._set_up(viewer, "rules", rules, read, reason, ("channel",))

    async def _counts(self, levels: Sequence[LevelInput]) -> tuple[list[tuple[Path, Count]], list[Refused]]:
        assortment = await Assortment.of((level.sku for level in levels), self._articles)

        def check(level: LevelInput, path: Path) -> Count:
            return intake.count(level, path, assortment, self.setup.sources)

        return sift("levels", levels, check, "sku", "source")

    async def _set_up(
        self,
        viewer: Viewer,
        name: str,
        items: Sequence[Given],
        check: Callable[[Given, Path, Setup], Kept],
        reason: str,
        key: tuple[str, ...],
    ) -> Upserted:
        if problem := refuse_command(name, items, reason):
            return Upserted(0, 0, (problem,))
        async with self._store.change_setup() as change:
            before = await change.setup()
            good, refused = sift(name, items, lambda item, path: check(item, path, before), *key)
            changed = [kept for _, kept in good if before.former(kept) != kept]
            await change.save(changed, before, viewer.principal.id, reason)
        if changed:
            await self.load()
        return Upserted(len(changed), len(good) - len(changed), tuple(refused))
