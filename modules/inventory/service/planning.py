"""Forecasts, safety stock and proposals."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from modules.inventory.engine.intake import check_source
from modules.inventory.engine.planning import (
    Task,
    merged,
    needs_cold_start,
    peers_of,
    plan_all,
    start_cold,
    together,
)
from modules.inventory.engine.replenishing import dry_days, propose, stock_of
from modules.inventory.model.demand import (
    TOTAL,
    Demand,
    Planned,
    Proposal,
    Proposals,
    Sight,
    StockPlan,
    policy_of,
)
from modules.inventory.model.levels import Levels
from modules.inventory.ports import Articles
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.demand import DemandStore
from modules.kernel.errors import BadUserInput, InvalidInput, Refused, UnknownSku
from modules.kernel.intake import one_of
from modules.kernel.moments import from_us
from modules.kernel.names import Sku, SourceId, is_sku
from modules.kernel.outcome import MOST_ITEMS, Path, Upserted, in_order, refuse_command, sift
from modules.kernel.product import Article, check_known
from modules.kernel.quantity import Quantity
from modules.kernel.viewer import Permission, Viewer

PAST: Final = timedelta(days=730)
"""How far back demand is looked at."""
BATCH: Final = 200
"""Articles planned in one go: one thread, one transaction."""
SCANNED: Final = 20
"""Batches of a thousand that one question for proposals looks through."""
MOST_PEERS: Final = 5_000
MOST_PAGE: Final = 100

Days = dict[tuple[Sku, str], list[Demand]]


class PlanningService:
    """Plans of a source, or of all sources together (`*`). Writing needs STOCK_WRITE, reading STOCK_READ."""

    def __init__(self, store: DemandStore, stock: InventoryService, articles: Articles) -> None:
        self._store = store
        self._stock = stock
        self._articles = articles

    async def plan_stock(
        self, viewer: Viewer, source: str | None, skus: Sequence[str] | None, reason: str, after: str | None = None
    ) -> Planned:
        """Forecasts and safety stock of these skus, or of the next 1,000 of the source behind `after`, whose last one
        is `next` unless there are no more. Needs STOCK_WRITE.

        Whoever cannot be planned is unchanged: too little is known of its demand, and its least stock is set by hand
        (S-6). Batch by batch: what ends it leaves whole batches.
        """
        viewer.require(Permission.STOCK_WRITE)
        if problem := self._refused(skus or (), reason, source):
            return Planned(0, 0, (problem,))
        place = source or TOTAL
        if skus is None:
            named = await self._store.plannable(place, after or "", MOST_ITEMS)
            further = named[-1] if len(named) == MOST_ITEMS else None
        else:
            named, further = list(dict.fromkeys(map(Sku, skus))), None
        articles = await self._known(named)
        missing = [sku for sku in named if sku not in articles] if skus is not None else []
        wanted = [sku for sku in named if sku in articles]
        done = 0
        for begin in range(0, len(wanted), BATCH):
            batch = [articles[sku] for sku in wanted[begin : begin + BATCH]]
            done += await self._plan(batch, place, viewer.principal.id, reason)
        problems = tuple(UnknownSku(sku[:100], ("input", "skus", named.index(sku))) for sku in missing)
        return Planned(done, len(wanted) - done, problems, further)

    async def plans(self, viewer: Viewer, skus: Sequence[str], source: str | None) -> list[StockPlan | None]:
        """The newest plan of each sku, in order; None for one that has never been planned there. Needs STOCK_READ."""
        viewer.require_here(Permission.STOCK_READ)
        self._check_place(source)
        found = await self._store.plans(list(dict.fromkeys(skus)), source or TOTAL)
        return [found.get(Sku(sku)) for sku in skus]

    async def sight(self, viewer: Viewer, sku: Sku, source: str | None) -> Sight:
        """What is known of a sku now, and the plan that would be made of it; nothing is written. Needs STOCK_READ.

        Raises BadUserInput for a sku or source that does not exist.
        """
        viewer.require_here(Permission.STOCK_READ)
        self._check_place(source)
        known = await self._known([sku])
        check_known([sku], [known.get(sku)])
        place, now = source or TOTAL, await self._store.now_us()
        days, until, _ = await self._days([sku], place, now)
        demands = sorted(days.get((sku, place), ()), key=lambda each: each.day)
        policy = policy_of(sku, place, await self._store.policies([sku]))
        task = Task(sku, place, demands, until, policy, known[sku].quantity_scale)
        (plan,) = await self._started(await asyncio.to_thread(plan_all, [task], now), place, known)
        levels = await self._store.levels([sku], self._sources(place), now)
        return Sight(tuple(demands), stock_of(levels.get(sku, {})), plan)

    async def activate(self, viewer: Viewer, source: str, skus: Sequence[str], reason: str) -> Upserted:
        """Planned safety stock becomes that of the levels, and is withheld from sale from then on. Needs STOCK_WRITE.

        Refused is a sku without a planned safety stock there, and one that nobody counts there.
        """
        viewer.require(Permission.STOCK_WRITE)
        if problem := self._refused(skus, reason, source, "activate"):
            return Upserted(0, 0, (problem,))
        plans = await self._store.plans(skus, source)

        def check(sku: str, path: Path) -> tuple[Sku, Quantity]:
            found = plans.get(Sku(sku))
            if found is None or found.safety_stock is None:
                raise InvalidInput(
                    f"No safety stock is planned for {sku[:100]!r}.", path, "a sku planned at this source"
                )
            return found.sku, found.safety_stock

        good, refused = sift("skus", skus, check)
        wished = {sku: safety for _, (sku, safety) in good}
        changed, counted = (
            await self._store.activate(wished, source, viewer.principal.id, reason) if wished else (0, set())
        )
        missing = [
            InvalidInput(f"Nobody counts {sku!r} there.", path, "a sku with a level at this source")
            for path, (sku, _) in good
            if sku not in counted
        ]
        return Upserted(changed, len(good) - len(missing) - changed, in_order([*refused, *missing]))

    async def proposals(
        self, viewer: Viewer, source: str | None, first: int = MOST_PAGE, after: str | None = None
    ) -> Proposals:
        """What to order at a source, or for all together, by sku. Needs STOCK_READ.

        `next` may stand behind a page that is not full: then twenty thousand articles were looked through.
        """
        viewer.require_here(Permission.STOCK_READ)
        self._check_place(source)
        if not 1 <= first <= MOST_PAGE:
            raise BadUserInput(f"{first} is no page size.", "first", f"1 to {MOST_PAGE}")
        found: list[Proposal] = []
        for _ in range(SCANNED):
            skus = await self._store.ordered(source or TOTAL, after or "", MOST_ITEMS)
            found += await self._proposals(skus, source or TOTAL)
            if len(found) > first or (len(found) == first and len(skus) == MOST_ITEMS):
                return Proposals(tuple(found[:first]), found[first - 1].sku)
            if len(skus) < MOST_ITEMS:
                return Proposals(tuple(found), None)
            after = skus[-1]
        return Proposals(tuple(found), after)

    async def _proposals(self, skus: Sequence[Sku], source: str) -> list[Proposal]:
        levels = await self._store.levels(skus, self._sources(source), await self._store.now_us())
        policies, plans = await self._store.policies(skus), await self._store.plans(skus, source)
        articles = await self._known(skus)
        found = (
            propose(
                sku,
                source,
                stock_of(levels.get(sku, {})),
                policy_of(sku, source, policies),
                plans.get(sku),
                articles[sku].quantity_scale,
            )
            for sku in skus
            if sku in articles
        )
        return [each for each in found if each]

    async def _plan(self, articles: Sequence[Article], source: str, by: str, reason: str) -> int:
        skus = [article.sku for article in articles]
        now = await self._store.now_us()
        days, until, dry = await self._days(skus, source, now)
        policies = await self._store.policies(skus)
        tasks = [
            Task(
                article.sku,
                source,
                days.get((article.sku, source), ()),
                until,
                policy_of(article.sku, source, policies),
                article.quantity_scale,
            )
            for article in articles
        ]
        plans = await asyncio.to_thread(plan_all, tasks, now)
        plans = await self._started(plans, source, {article.sku: article for article in articles})
        await self._store.save_plans(plans, dry, by, reason)
        return sum(plan.safety_stock is not None for plan in plans)

    async def _started(
        self, plans: Sequence[StockPlan], source: str, articles: Mapping[Sku, Article]
    ) -> list[StockPlan]:
        """New articles are expected to sell like others of their category (S-6)."""
        if not any(map(needs_cold_start, plans)):
            return list(plans)
        demands = await self._store.peers(source, MOST_PEERS)
        demands.update({plan.sku: plan.demand for plan in plans if plan.safety_stock is not None})
        known = await self._known(list(demands))
        peers = peers_of(demands, {sku: article.categories for sku, article in known.items()})
        return [
            start_cold(plan, articles[plan.sku].categories, peers) if needs_cold_start(plan) else plan for plan in plans
        ]

    async def _days(self, skus: Sequence[Sku], source: str, now_us: int) -> tuple[Days, date, list[Demand]]:
        """Each day of demand once, the first day that is not known, and days without stock that nobody told."""
        places = self._sources(source)
        since = from_us(now_us) - PAST
        recorded = await self._store.recorded(skus, places, since.date())
        shipped = [
            Demand(Sku(sku), place, self._day(place, at), Quantity(quantity))
            for sku, place, at, quantity in await self._store.shipped(skus, places, int(since.timestamp()) * 1_000_000)
        ]
        dry = self._dry(await self._store.levels(skus, places, now_us), now_us, since.date())
        known = merged([*dry, *recorded], _summed(shipped))
        by_place: Days = {}
        for each in known:
            by_place.setdefault((each.sku, source), []).append(each)
        if source == TOTAL:
            by_place = {key: together(found, TOTAL) for key, found in by_place.items()}
        return by_place, await self._until(places, now_us), dry

    async def _until(self, places: Sequence[SourceId], now_us: int) -> date:
        """Behind the last day of which anything is told, and not behind yesterday: a day of which nothing has been
        told yet is not one on which nothing was sold."""
        days, moments = await self._store.told_last(places)
        told = [*days.values(), *(self._day(place, at) for place, at in moments.items())]
        today = max(self._day(place, now_us) for place in places) if places else from_us(now_us).date()
        return min(max(told, default=today) + timedelta(days=1), today)

    def _dry(self, levels: Levels, now_us: int, since: date) -> list[Demand]:
        found = (
            dry_days(level, self._day(level.source, level.as_of_us), self._day(level.source, now_us))
            for at in levels.values()
            for level in at.values()
        )
        return [day for days in found for day in days if day.day >= since]

    def _day(self, source: str, at_us: int) -> date:
        return from_us(at_us).astimezone(ZoneInfo(self._stock.all_sources()[SourceId(source)].zone)).date()

    def _sources(self, source: str) -> list[SourceId]:
        return list(self._stock.all_sources()) if source == TOTAL else [SourceId(source)]

    def _check_place(self, source: str | None) -> None:
        sources = self._stock.all_sources()
        if source is not None and source not in sources:
            raise BadUserInput(f"There is no source {source[:100]!r}.", "source", one_of(sources))

    def _refused(self, skus: Sequence[str], reason: str, source: str | None, what: str = "plan") -> Refused | None:
        if problem := refuse_command("skus", skus, reason):
            return problem
        try:
            if source is not None or what == "activate":
                check_source(source or "", self._stock.all_sources(), ("input", "source"))
        except Refused as refusal:
            return refusal
        return None

    async def _known(self, skus: Sequence[Sku]) -> dict[Sku, Article]:
        named = [sku for sku in skus if is_sku(sku)]
        return {article.sku: article for article in await self._articles.articles(named) if article}


def _summed(shipped: Sequence[Demand]) -> list[Demand]:
    """Shipments of a day as one."""
    days: dict[tuple[Sku, str, date], Demand] = {}
    for each in shipped:
        key = each.sku, each.source, each.day
        held = days.get(key)
        days[key] = each._replace(units=Quantity(each.units + (held.units if held else 0)))
    return list(days.values())
