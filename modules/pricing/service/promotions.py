"""Promotions: written in versions, activated when they keep the law, paused, resumed, ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from modules.kernel.basket import Notice
from modules.kernel.errors import BadUserInput, InvalidInput, Refused, Unavailable
from modules.kernel.intake import NAMES, check
from modules.kernel.moments import to_us
from modules.kernel.names import PromotionId, is_name, is_sku
from modules.kernel.outcome import Path, Repeatable, Upserted, in_order, judge, once, refuse_command, sift
from modules.kernel.product import Assortment
from modules.kernel.viewer import Permission, Viewer
from modules.pricing.engine import lifecycle, promotion_intake as intake
from modules.pricing.engine.announcing import objections
from modules.pricing.engine.contradictions import contradictions, ties
from modules.pricing.engine.lifecycle import Step, UnknownPromotion
from modules.pricing.engine.references import Known, named, unknown
from modules.pricing.model.forecasts import DryRun
from modules.pricing.model.promotions import Promotion, PromotionState, Trigger
from modules.pricing.ports import Articles, Channels, Customers
from modules.pricing.service.promotion_books import PromotionBooks
from modules.pricing.service.shipping import ShippingService
from modules.pricing.store.promotions import PromotionStore, PromotionWriting
from modules.pricing.store.writing import Writing

UPSERT: Final = "upsertPromotions"
MOST_OBJECTIONS: Final = 100
"""Forecasts that are named as problems; there are more of the same kind behind them."""
FORECASTS_AT_ONCE: Final = 1_000
_TRIES: Final = 20
"""Each time that one writer is overtaken another one has written."""

Placed = tuple[Path, Promotion]


class History(Protocol):
    """What tells the public prices of promotions, before and after they hold."""

    async def dry_run(self, promotion: Promotion, first: int = 100, after: str | None = None) -> DryRun:
        """What it would do to public prices if it were active, a page at a time."""
        ...

    async def promotions_changed(self, writing: Writing, promotions: Sequence[Promotion]) -> None:
        """In the transaction that writes them, while the book in memory is still the former one: these promotions, in
        the versions before and after, hold no more and from now on."""
        ...


class _Overtaken(Exception):
    """Another writer was faster: what was decided does not hold any more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a command comes to: promotions in their new versions, what they replace as it was seen, and refusals."""

    action: str
    count: int
    seen: Mapping[PromotionId, Promotion]
    written: Sequence[Promotion] = ()
    problems: Sequence[Refused] = field(default_factory=list)

    @property
    def outcome(self) -> Upserted:
        """As the client hears it; an item with several problems counts once."""
        refused = len({problem.path[2] for problem in self.problems})
        return Upserted(len(self.written), self.count - len(self.written) - refused, in_order(self.problems))


class PromotionService:
    """Writes promotions with all that follows from them; reading is `PromotionReader`'s."""

    def __init__(
        self,
        store: PromotionStore,
        books: PromotionBooks,
        articles: Articles,
        channels: Channels,
        history: History,
        shipping: ShippingService,
        customers: Customers | None = None,
    ) -> None:
        self._store = store
        self._books = books
        self._articles = articles
        self._channels = channels
        self._history = history
        self._shipping = shipping
        self._customers = customers

    async def upsert(
        self, viewer: Viewer, documents: Sequence[object], reason: str, idempotency_key: str | None = None
    ) -> Upserted:
        """Writes promotions absolutely: a new one as a draft, another in its next version and in the state it has.
        Needs PROMOTIONS_WRITE.

        A promotion that is written as it is already is left alone. Refused, each by itself: documents that cannot be
        read, names that nothing has, contradictions, and promotions that have ended. An active one whose announcement
        would not be allowed is refused like one that is activated. What was written holds in this process at once. A
        key that came before answers as it did then, or with IdempotencyConflict for other documents.
        """
        viewer.require(Permission.PROMOTIONS_WRITE)
        if problem := refuse_command("promotions", documents, reason, idempotency_key):
            return Upserted(0, 0, (problem,))
        good, refused = sift("promotions", documents, intake.promotion, "id")
        command = Repeatable(viewer.principal.id, UPSERT, idempotency_key, (list(documents), reason))

        async def plan() -> Plan:
            seen = await self._store.promotions([promotion.id for _, promotion in good])
            open_, closed = judge(good, lambda item, path: _edited(item, seen, path))
            written = {item.id: item for item in intake.changed([item for _, item in open_], seen)}
            placed = [(path, written[item.id]) for path, item in open_ if item.id in written]
            passed, problems = await self._passed(placed, to_us(viewer.now))
            return Plan("upsert_promotion", len(documents), seen, passed, [*refused, *closed, *problems])

        return await self._carry_out(command, plan, reason)

    async def step(
        self, viewer: Viewer, step: Step, ids: Sequence[str], reason: str, idempotency_key: str | None = None
    ) -> Upserted:
        """Takes promotions a step on: activates, pauses, resumes or ends them, each in a new version. Needs
        PROMOTIONS_WRITE.

        One that stands there already is left alone; one to which the step is not open is refused with
        PromotionStateConflict, an unknown one with UnknownPromotion. What would become active is looked at again: it
        may name what is gone by now, or announce what the prior price does not allow (L-4).
        """
        viewer.require(Permission.PROMOTIONS_WRITE)
        if problem := refuse_command("ids", ids, reason, idempotency_key):
            return Upserted(0, 0, (problem,))
        good, refused = sift("ids", ids, _Wish.of, "id")
        command = Repeatable(viewer.principal.id, f"{step}Promotions", idempotency_key, (list(ids), reason))

        async def plan() -> Plan:
            seen = await self._store.promotions([wish.id for _, wish in good])
            moved, closed = judge(good, lambda wish, path: _moved(wish.id, step, seen, path))
            changing = [(path, item) for path, item in moved if item.state is not seen[item.id].state]
            # What stops must always be able to stop, whatever it names.
            beginning = [pair for pair in changing if pair[1].state is PromotionState.ACTIVE]
            stopping = [item for _, item in changing if item.state is not PromotionState.ACTIVE]
            passed, problems = await self._passed(beginning, to_us(viewer.now))
            return Plan(f"{step}_promotion", len(ids), seen, [*passed, *stopping], [*refused, *closed, *problems])

        return await self._carry_out(command, plan, reason)

    async def dry_run(
        self, viewer: Viewer, given: str | Mapping[str, object], first: int, after: str | None = None
    ) -> DryRun | None:
        """What a promotion, by its id or as a document, would do to public prices if it were activated (L-4), a page at
        a time; None for an unknown id. Needs PROMOTIONS_READ. Raises BadUserInput for a document that `upsert` would
        refuse, and for a place that no list has."""
        viewer.require_here(Permission.PROMOTIONS_READ)
        if after is not None and not is_sku(after):
            raise BadUserInput("This is no place in the list.", "after", "the endCursor of an earlier page")
        if isinstance(given, str):
            found = await self._store.promotions([PromotionId(given)]) if is_name(given) else {}
            promotion = found.get(PromotionId(given))
        else:
            promotion = await self._drafted(given, to_us(viewer.now))
        if promotion is None:
            return None
        return await self._history.dry_run(replace(promotion, state=PromotionState.ACTIVE), first, after)

    async def _drafted(self, given: Mapping[str, object], now_us: int) -> Promotion:
        path: Path = ("draft",)
        try:
            promotion = intake.promotion(given, path)
            known = await self._known([promotion])
            for problem in unknown(promotion, path, known):
                raise problem
            for problem in contradictions(promotion, path, known, now_us):
                raise problem
        except Refused as problem:
            allowed = problem.allowed if isinstance(problem, InvalidInput) else None
            raise BadUserInput(problem.message, ".".join(problem.path), allowed) from None
        return promotion

    async def notices(self, ids: Sequence[str]) -> list[Notice]:
        """What should be known of these promotions beside others: exclusive ones that may meet (O-8)."""
        written = await self._store.promotions([PromotionId(id) for id in ids if is_name(id)]) if ids else {}
        live = [one for one in written.values() if one.state is not PromotionState.ENDED]
        others = [one for one in await self._books.promotions() if one.state is PromotionState.ACTIVE]
        return ties(live, others)

    async def _carry_out(self, command: Repeatable, plan: Callable[[], Awaitable[Plan]], reason: str) -> Upserted:
        """Decides without a lock, as that may take long, and again when another writer was faster."""
        for _ in range(_TRIES):
            made = await plan()

            async def write(made: Plan = made) -> Upserted:
                await self._write(writing, made, command.principal, reason)
                return made.outcome

            try:
                async with self._store.writing() as writing:
                    done = await once(writing, command, write)
            except _Overtaken:
                continue
            if made.written:
                await self._books.load()
            return done
        raise Unavailable("the promotions, which others are writing,")

    async def _write(self, writing: PromotionWriting, plan: Plan, by: str, reason: str) -> None:
        ids = [promotion.id for promotion in plan.written]
        before = await writing.promotions(ids) if ids else {}
        if before != {id: plan.seen[id] for id in ids if id in plan.seen}:
            raise _Overtaken
        await writing.save(plan.action, plan.written, before, by, reason)
        live = [one for one in [*before.values(), *plan.written] if one.state is PromotionState.ACTIVE]
        if live:
            await self._history.promotions_changed(writing, live)

    async def _passed(self, placed: Sequence[Placed], now_us: int) -> tuple[list[Promotion], list[Refused]]:
        """Those that may be written, and why the others may not."""
        known = await self._known([item for _, item in placed])
        mute = await self._mute([item for _, item in placed])
        problems: dict[PromotionId, list[Refused]] = {}
        for path, item in placed:
            found = list(unknown(item, path, known)) or list(contradictions(item, path, known, now_us))
            if item.id in mute:
                allowed = "AUTOMATIC, or a promotion that has codes"
                found.append(InvalidInput("It needs a code and has none.", (*path, "trigger"), allowed))
            if not found and item.state is PromotionState.ACTIVE:
                found = await self._objections(item, path)
            problems[item.id] = found
        passed = [item for _, item in placed if not problems[item.id]]
        return passed, [problem for found in problems.values() for problem in found]

    async def _mute(self, promotions: Sequence[Promotion]) -> set[PromotionId]:
        """Those that would be active and could not be asked for, as nobody has made a code."""
        active = (one for one in promotions if one.state is PromotionState.ACTIVE)
        asked = [one.id for one in active if one.trigger is Trigger.CODE]
        return set(asked) - await self._store.coded(asked) if asked else set()

    async def _objections(self, promotion: Promotion, path: Path) -> list[Refused]:
        """Why what it announces is not allowed; at most so many."""
        found: list[Refused] = []
        after: str | None = None
        while promotion.announced_percent is not None and len(found) < MOST_OBJECTIONS:
            page = await self._history.dry_run(promotion, FORECASTS_AT_ONCE, after)
            found += objections(promotion, page.forecasts, path)
            if not page.has_next_page:
                break
            after = page.end_cursor
        return found[:MOST_OBJECTIONS]

    async def _known(self, promotions: Sequence[Promotion]) -> Known:
        names = named(promotions)
        channels = self._channels.channels()
        return Known(
            channels,
            {channel.id: self._channels.stores(channel) for channel in channels},
            await Assortment.of(names.get("sku", ()), self._articles),
            await self._articles.categories(names.get("category", ())),
            await self._articles.groups(names.get("group", ())),
            await self._shipping.ids() if "shipping method" in names else frozenset(),
            frozenset(self._customers.segment_ids()) if self._customers else None,
        )


@dataclass(frozen=True, slots=True)
class _Wish:
    """A promotion that is meant by its id."""

    id: PromotionId

    @classmethod
    def of(cls, id: str, path: Path) -> _Wish:
        """Raises InvalidInput for what can be no id."""
        check(is_name(id), id, path, NAMES)
        return cls(PromotionId(id))


def _edited(item: Promotion, seen: Mapping[PromotionId, Promotion], path: Path) -> Promotion:
    if item.id in seen:
        lifecycle.after(seen[item.id], Step.EDIT, path)
    return item


def _moved(id: PromotionId, step: Step, seen: Mapping[PromotionId, Promotion], path: Path) -> Promotion:
    if id not in seen:
        raise UnknownPromotion(id, path)
    held = seen[id]
    return replace(held, state=lifecycle.after(held, step, path), version=held.version + 1)
