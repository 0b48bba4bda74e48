"""Teasers: which public promotions name a product, told from memory before there is a cart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from modules.kernel.names import Locale, PromotionId
from modules.kernel.product import Article
from modules.kernel.viewer import Viewer
from modules.pricing.engine.actions.base import as_act
from modules.pricing.engine.book import of_article
from modules.pricing.engine.conditions.base import Anchor, anchors_of
from modules.pricing.engine.documents import walk
from modules.pricing.engine.lifecycle import is_told
from modules.pricing.engine.reach import Spot, holds, is_open_at, meets
from modules.pricing.engine.shapes import Variant
from modules.pricing.model.promotions import Condition, Filter, Phase, Promotion

EVERYTHING: Anchor = ("", "")


@dataclass(frozen=True, slots=True)
class Teaser:
    """What a product's page may say of a promotion."""

    promotion: PromotionId
    label: str
    kind: str
    """That of its first action, such as `buyGet`."""
    until_us: int | None


class Showcase:
    """Public promotions, indexed by what they name; made once of what is in memory.

    A promotion names a product that meets a filter of its actions or, unless below a `not`, of its condition. One whose
    filters leave goods open names all products if it reduces items, and none otherwise: free delivery belongs to the
    cart, not to every product. A filter with a price band names nothing, as no price is known here.
    """

    def __init__(self, promotions: Iterable[Promotion]) -> None:
        self._named: dict[Anchor, list[tuple[int, Filter]]] = defaultdict(list)
        self._promotions = [one for one in promotions if one.public]
        for place, promotion in enumerate(self._promotions):
            for goods in filters(promotion):
                for anchor in anchors_of(goods) or (EVERYTHING,):
                    self._named[anchor].append((place, goods))

    def of(self, articles: Sequence[Article | None], viewer: Viewer, at_us: int) -> list[tuple[Teaser, ...]]:
        """The teasers of each article, in order, the higher priority first; none for None.

        Of those that are active at the moment, at this place and in these hours; one for members is told to members.
        """
        spot = Spot.of(viewer.channel, viewer.store, at_us).of_customer(viewer.customer)
        shown = dict(self._shown(spot, viewer.locale, at_us))
        return [self._teasers(article, shown) if article else () for article in articles]

    def _shown(self, spot: Spot, locale: Locale, at_us: int) -> Iterator[tuple[int, Teaser]]:
        for place, one in enumerate(self._promotions):
            if is_told(one, at_us) and is_open_at(one, spot) and holds(one.condition, spot) is not False:
                yield place, Teaser(one.id, one.label(locale), one.actions[0].KIND, one.valid_until_us)

    def _teasers(self, article: Article, shown: dict[int, Teaser]) -> tuple[Teaser, ...]:
        anchors = (EVERYTHING, *of_article(article))
        found = {
            place
            for anchor in anchors
            for place, goods in self._named.get(anchor, ())
            if place in shown and meets(goods, article)
        }
        ordered = sorted(found, key=lambda place: (-self._promotions[place].priority, self._promotions[place].id))
        return tuple(shown[place] for place in ordered)


def filters(promotion: Promotion) -> Iterator[Filter]:
    """The filters by which a promotion names products."""
    for action in map(as_act, promotion.actions):
        reduces = action.PHASE in (Phase.ARTICLE, Phase.ITEMS)
        yield from (goods for goods in action.filters() if _is_named(goods, open_too=reduces))
    if promotion.condition is not None:
        for place, _, value in walk(Variant(Condition), promotion.condition, ()):
            # What stands below `not` must be away.
            if isinstance(value, Filter) and "not" not in place and _is_named(value, open_too=False):
                yield value


def _is_named(goods: Filter, open_too: bool) -> bool:
    return not (goods.price_from or goods.price_until) and (open_too or bool(anchors_of(goods)))
