"""Promotions as they are told: to everybody what is public, to their authors all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from modules.kernel.errors import BadUserInput
from modules.kernel.moments import to_us
from modules.kernel.names import PromotionId, Sku, is_name, is_text
from modules.kernel.viewer import Permission, Viewer
from modules.pricing.engine.lifecycle import is_told
from modules.pricing.engine.teasers import Showcase, Teaser
from modules.pricing.model.promotion_lists import KeptVersion, Listing
from modules.pricing.model.promotions import Promotion, PromotionState
from modules.pricing.ports import Articles
from modules.pricing.service.buyers import Buyers
from modules.pricing.service.promotion_books import PromotionBooks
from modules.pricing.store.promotions import PromotionStore

LONGEST_SEARCH: Final = 200
NEWEST: Final = 2**62
"""Above every version."""


@dataclass(frozen=True, slots=True)
class Page:
    """Promotions by id."""

    promotions: Sequence[Promotion]
    has_next: bool


class PromotionReader:
    """Answers; writes nothing. Without PROMOTIONS_READ only what is public and active now is told of."""

    def __init__(self, store: PromotionStore, books: PromotionBooks, articles: Articles, buyers: Buyers) -> None:
        self._store = store
        self._books = books
        self._articles = articles
        self._buyers = buyers
        self._showcase: tuple[tuple[Promotion, ...], Showcase] = ((), Showcase(()))

    async def promotions(self, viewer: Viewer, ids: Sequence[str]) -> list[Promotion | None]:
        """One for each id, in order; None for one that does not exist or that the viewer may not know. One
        statement."""
        # What can be no id must not reach the database: it may hold what no text of it can.
        found = await self._store.promotions([PromotionId(id) for id in ids if is_name(id)])
        all_ = viewer.may(Permission.PROMOTIONS_READ)
        told = {id: one for id, one in found.items() if all_ or is_told(one, to_us(viewer.now))}
        return [told.get(PromotionId(id)) for id in ids]

    async def page(
        self, viewer: Viewer, first: int, after: str = "", state: PromotionState | None = None, text: str = ""
    ) -> Page:
        """`first` promotions behind an id whose id or names hold the text, in the state as it reads now. One statement.

        Raises Unauthenticated or Forbidden for another state than ACTIVE without PROMOTIONS_READ, and BadUserInput for
        a text that nobody can search for or a place that no list has.
        """
        told_only = not viewer.may(Permission.PROMOTIONS_READ)
        if told_only and state not in (None, PromotionState.ACTIVE):
            viewer.require_here(Permission.PROMOTIONS_READ)
        wish = text.strip()
        if wish and not is_text(wish, LONGEST_SEARCH):
            raise BadUserInput("This cannot be searched for.", "text", f"a text of 1 to {LONGEST_SEARCH} characters")
        if after and not is_name(after):
            raise BadUserInput("This is no place in the list.", "after", "the endCursor of an earlier page")
        listing = Listing(to_us(viewer.now), state, wish, after, told_only)
        found = await self._store.page(listing, first + 1)
        return Page(found[:first], len(found) > first)

    async def versions(self, viewer: Viewer, id: str, first: int, before: int = NEWEST) -> list[KeptVersion]:
        """What it was, the newest first: at most `first` versions below one; none of an unknown promotion. Needs
        PROMOTIONS_READ. Raises BadUserInput for a place that no list has."""
        viewer.require_here(Permission.PROMOTIONS_READ)
        if not 0 <= before <= NEWEST:
            raise BadUserInput("This is no place in the list.", "after", "the endCursor of an earlier page")
        return await self._store.versions(PromotionId(id), before, first) if is_name(id) else []

    async def teasers(self, skus: Sequence[Sku], viewer: Viewer) -> list[tuple[Teaser, ...]]:
        """The public promotions that name each sku at the viewer's moment, in order; none for an unknown one. No
        statement of its own."""
        held = await self._books.promotions()
        if self._showcase[0] is not held:
            self._showcase = held, Showcase(held)
        asking = await self._buyers.buying(viewer)
        return self._showcase[1].of(await self._articles.articles(skus), asking, to_us(asking.now))
