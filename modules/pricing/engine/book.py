"""The book of promotions: compiled once, and indexed so that a cart looks only at those that may concern it.

What can never hold in a place is left out of that place's index. The others stand under one thing that must be there
for them to matter: goods in the cart, a membership; only those for everybody and everything stand under nothing. Each
of these lists is sorted by the beginning of the windows, so that what has not begun is not even looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from modules.kernel.names import PromotionId, Sku
from modules.kernel.place import Channel, Store
from modules.kernel.product import Article
from modules.pricing.engine.case import Circumstances, CodeResult
from modules.pricing.engine.conditions.base import PLACES, Anchor, Judgement
from modules.pricing.engine.entries import Entry, entry_of, is_article_promotion, public_entry
from modules.pricing.model.promotions import Promotion, PromotionState, Trigger

ALWAYS: Final[Anchor] = ("", "")
NEAR: Final = 10
"""So many thresholds above a cart's worth are looked at, for hints."""
_BEGINNING: Final = -(1 << 62)


@dataclass(frozen=True, slots=True)
class Needs:
    """What must be loaded before a case can be judged."""

    gifts: frozenset[Sku]
    """Gifts that may be earned: their stock and what they cost otherwise."""
    limited: frozenset[PromotionId]
    """Promotions whose limits count."""


@dataclass(frozen=True, slots=True)
class Posting:
    """Entries in one order: of the beginning of their windows, or of what they ask for."""

    places: tuple[int, ...]
    entries: tuple[Entry, ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, Entry]]) -> Posting:
        """The entries by their numbers."""
        row = sorted(pairs, key=lambda pair: (pair[0], pair[1].rank))
        return cls(tuple(place for place, _ in row), tuple(entry for _, entry in row))

    def begun(self, at_us: int) -> tuple[tuple[Entry, ...], int | None]:
        """Those whose windows have begun, and when the next one begins that takes no code."""
        end = bisect_right(self.places, at_us)
        if end == len(self.places):
            return self.entries, None
        later = zip(self.places[end:], self.entries[end:], strict=True)
        return self.entries[:end], next((place for place, entry in later if not entry.takes_code), None)

    def reached(self, worth: int) -> tuple[Entry, ...]:
        """Those that ask for no more than this, and the nearest that do."""
        return self.entries[: bisect_right(self.places, worth) + NEAR]


class Index:
    """The entries that can hold in one place."""

    judged: dict[PromotionId, Judgement]
    """What conditions come to that ask for nothing but the place; as far as somebody has asked."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.judged = {}
        rows: dict[Anchor, list[tuple[int, Entry]]] = defaultdict(list)
        bars: dict[str, list[tuple[int, Entry]]] = defaultdict(list)
        for entry in entries:
            anchors = _anchors(entry)
            if entry.bar and anchors == (ALWAYS,):
                for currency, minor in entry.bar.by_currency:
                    bars[currency].append((minor, entry))
                continue
            for anchor in anchors:
                rows[anchor].append((_start(entry), entry))
        self._rows = {anchor: Posting.of(found) for anchor, found in rows.items()}
        self._bars = {currency: Posting.of(found) for currency, found in bars.items()}

    @property
    def is_empty(self) -> bool:
        """Whether nothing can hold there."""
        return not self._rows and not self._bars

    def everything(self, there: Iterable[Anchor]) -> Iterator[Entry]:
        """All that may concern a case, whenever they begin and end; for articles, each once."""
        found = {
            entry.id: entry
            for anchor in (ALWAYS, *there)
            if anchor in self._rows
            for entry in self._rows[anchor].entries
        }
        yield from found.values()

    def candidates(
        self, there: Iterable[Anchor], circumstances: Circumstances, worth: int | None = None
    ) -> tuple[list[Entry], int | None]:
        """The running ones that may concern a case, each once, and when the next one begins or ends that takes no code.
        Without `worth`, what the goods cost, all thresholds are looked at."""
        at_us, rows = circumstances.at_us, self._rows
        found: dict[PromotionId, Entry] = {}
        until: list[int] = []
        for anchor in (ALWAYS, *there):
            if anchor in rows:
                entries, begins = rows[anchor].begun(at_us)
                found.update([(entry.id, entry) for entry in entries])
                until += [] if begins is None else [begins]
        if bars := self._bars.get(circumstances.currency):
            found.update([(entry.id, entry) for entry in (bars.entries if worth is None else bars.reached(worth))])
        running = []
        for entry in found.values():
            begins, ends = entry.promotion.valid_from_us, entry.promotion.valid_until_us
            if begins is not None and begins > at_us:
                until += [] if entry.takes_code else [begins]
            elif ends is None or ends > at_us:
                running.append(entry)
                until += [] if ends is None or entry.takes_code else [ends]
        return running, min(until, default=None)


class PromotionBook:
    """All promotions of the shop, ready to be judged. Immutable; what it finds out for a place it keeps."""

    def __init__(self, entries: Iterable[Entry] = (), left: Iterable[PromotionId] = ()) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self._left = frozenset(left)
        self._kept: dict[tuple[str, str, str, bool], Index] = {}

    @classmethod
    def of(cls, promotions: Iterable[Promotion] = ()) -> PromotionBook:
        """The active ones among these; of ended and paused ones it knows that they were there.

        Raises TypeError for a condition or action that nobody registered.
        """
        everything = list(promotions)
        active = (entry_of(one) for one in everything if one.state is PromotionState.ACTIVE and one.actions)
        left = (PromotionState.ENDED, PromotionState.PAUSED)
        return cls(active, (one.id for one in everything if one.state in left))

    def with_promotions(self, promotions: Iterable[Promotion]) -> PromotionBook:
        """The same with these, each instead of its other version; one that is not active leaves the book."""
        given = list(promotions)
        names, mine = {one.id for one in given}, PromotionBook.of(given)
        others = (entry for entry in self._entries.values() if entry.id not in names)
        return PromotionBook([*others, *mine._entries.values()], (self._left - names) | mine._left)

    def entry(self, promotion: PromotionId) -> Entry | None:
        """An active promotion."""
        return self._entries.get(promotion)

    def has_left(self, promotion: PromotionId) -> bool:
        """Whether it was there once and has ended or is paused."""
        return promotion in self._left

    def index(self, circumstances: Circumstances) -> Index:
        """All that can hold where this is asked."""
        return self._at(circumstances.channel, circumstances.store, False, lambda: self._entries.values())

    def articles(self, channel: Channel, store: Store | None = None) -> Index:
        """Those that reduce articles for everybody there: at once, or with a code that is no secret (L-2)."""
        return self._at(channel, store, True, self._public)

    def needs(self, articles: Iterable[Article], circumstances: Circumstances) -> Needs:
        """What to load before these goods are judged; decided without amounts, so it may be more than is used."""
        there = {anchor for article in articles for anchor in of_article(article)} | of_customer(circumstances)
        found, _ = self.index(circumstances).candidates(there, circumstances)
        claimed = [self._entries[id] for id in claimed_of(circumstances) if id in self._entries]
        unasked = (entry for entry in found if entry.asks and entry.promotion.trigger is Trigger.AUTOMATIC)
        able = [*(entry for entry in unasked if is_open_to(entry, there)), *claimed]
        gifts = frozenset(sku for entry in able for sku in entry.gifts())
        return Needs(gifts, frozenset(entry.id for entry in able if entry.promotion.limits.any))

    def stores(self) -> frozenset[str]:
        """Stores that article promotions name: their public price is their own (L-2)."""
        named = (anchor for entry in self._public() for one in entry.strict for anchor in one)
        return frozenset(name for kind, name in named if kind == "store")

    def _public(self) -> Iterator[Entry]:
        for entry in self._entries.values():
            if is_article_promotion(entry.promotion):
                yield public_entry(entry)

    def _at(self, channel: Channel, store: Store | None, public: bool, entries: Callable[[], Iterable[Entry]]) -> Index:
        key = channel.market.id, channel.id, store.id if store else "", public
        if key not in self._kept:
            there = of_place(channel, store)
            self._kept[key] = Index(entry for entry in entries() if _can_hold_in(entry, there))
        return self._kept[key]


def of_article(article: Article) -> Iterator[Anchor]:
    """What an article is found by."""
    yield "sku", article.sku
    for category in article.categories:
        yield "category", category
    if article.group:
        yield "group", article.group


def of_place(channel: Channel, store: Store | None) -> frozenset[Anchor]:
    """Where it is asked."""
    stores = [("store", str(store.id))] if store else []
    return frozenset([("market", channel.market.id), ("channel", channel.id), *stores])


def of_customer(circumstances: Circumstances) -> set[Anchor]:
    """Where and by whom it is asked, and with which codes."""
    there: set[Anchor] = set(of_place(circumstances.channel, circumstances.store))
    there.update(("code", claim.code) for claim in circumstances.claims if claim.result is CodeResult.ACCEPTED)
    if customer := circumstances.customer:
        there.update(("segment", name) for name in customer.segments)
        there.update(("customerGroup", name) for name in customer.groups)
    return there


def claimed_of(circumstances: Circumstances) -> frozenset[PromotionId]:
    """The promotions of codes that hold so far."""
    good = (claim for claim in circumstances.claims if claim.result is CodeResult.ACCEPTED)
    return frozenset(claim.promotion for claim in good if claim.promotion is not None)


def is_open_to(entry: Entry, there: set[Anchor]) -> bool:
    """Whether memberships and codes let an entry of the place's index be considered at all; nothing else is asked."""
    return not entry.personal or all(not one.isdisjoint(there) for one in entry.personal)


def _can_hold_in(entry: Entry, place: frozenset[Anchor]) -> bool:
    asked = (one for one in entry.strict if all(kind in PLACES for kind, _ in one))
    return all(not one.isdisjoint(place) for one in asked)


def _anchors(entry: Entry) -> Iterable[Anchor]:
    """Under what it stands: goods first, as carts hold few of all goods, then memberships and codes."""
    if entry.goods:
        return entry.goods
    others = [one for one in entry.strict if not any(kind in PLACES for kind, _ in one)]
    return min(others, key=len, default=(ALWAYS,))


def _start(entry: Entry) -> int:
    start = entry.promotion.valid_from_us
    return _BEGINNING if start is None else start
