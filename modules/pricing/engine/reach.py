"""Reach: what of a condition can be told from place, customer and clock alone, before there is a cart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from modules.kernel.customer import Profile
from modules.kernel.place import Channel, Store
from modules.kernel.product import Article
from modules.pricing.engine.conditions.base import PLACES, Anchor, as_judge
from modules.pricing.engine.conditions.channel import InChannel
from modules.pricing.engine.conditions.customer_group import CustomerGroup
from modules.pricing.engine.conditions.customer_segment import CustomerSegment
from modules.pricing.engine.conditions.hours import InHours
from modules.pricing.engine.conditions.market import InMarket
from modules.pricing.engine.conditions.store import InStore
from modules.pricing.engine.conditions.tree import All, Any, Not
from modules.pricing.engine.schedule import is_open
from modules.pricing.model.promotions import Condition, Filter, Promotion

MEMBERSHIPS: Final = frozenset({"segment", "customerGroup"})
_WHOLE: Final = (InMarket, InChannel, InStore, CustomerSegment, CustomerGroup)
"""Conditions that ask for one of their anchors and nothing else."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something is asked, perhaps when and by whom: what is there, and of which kinds all is known that is."""

    channel: Channel
    anchors: frozenset[Anchor]
    kinds: frozenset[str]
    at_us: int | None = None

    @classmethod
    def of(cls, channel: Channel, store: Store | None = None, at_us: int | None = None) -> Spot:
        """A place of the shop; who buys there is not known."""
        places = [("market", channel.market.id), ("channel", channel.id), *([("store", store.id)] if store else ())]
        return cls(channel, frozenset(places), PLACES, at_us)

    def of_customer(self, customer: Profile | None) -> Spot:
        """The same when it is known who buys; None: a stranger, who belongs to nothing."""
        segments = {("segment", name) for name in customer.segments} if customer else set()
        groups = {("customerGroup", name) for name in customer.groups} if customer else set()
        return Spot(self.channel, self.anchors | segments | groups, self.kinds | MEMBERSHIPS, self.at_us)


def holds(condition: Condition | None, spot: Spot) -> bool | None:
    """Whether the condition is met there whatever the cart; None: that depends on what is not known."""
    match condition:
        case None:
            return True
        case All():
            answers = [holds(part, spot) for part in condition.conditions]
            return False if False in answers else None if None in answers else True
        case Any():
            answers = [holds(part, spot) for part in condition.conditions]
            return True if True in answers else None if None in answers else False
        case Not():
            answer = holds(condition.condition, spot)
            return None if answer is None else not answer
        case _:
            return _alone(condition, spot)


def meets(goods: Filter, article: Article) -> bool:
    """Whether the article is among the goods, as far as it does not depend on its price."""
    return (
        (not goods.skus or article.sku in goods.skus)
        and (not goods.categories or not article.categories.isdisjoint(goods.categories))
        and (not goods.groups or article.group in goods.groups)
        and article.sku not in goods.without_skus
        and article.categories.isdisjoint(goods.without_categories)
    )


def spots(channels: Sequence[Channel], stores: Mapping[str, Sequence[Store]]) -> Iterator[Spot]:
    """All places of the shop: each channel by itself, and each of its stores in it."""
    for channel in channels:
        yield Spot.of(channel)
        yield from (Spot.of(channel, store) for store in stores.get(channel.id, ()))


def is_open_at(promotion: Promotion, spot: Spot) -> bool:
    """Whether its hours contain the spot's moment, which must be known."""
    assert spot.at_us is not None
    return is_open(promotion.schedule, spot.at_us, spot.channel.market.zone)


def _alone(condition: Condition, spot: Spot) -> bool | None:
    if isinstance(condition, InHours):
        return None if spot.at_us is None else is_open(condition.spans, spot.at_us, spot.channel.market.zone)
    required = [anchors for anchors in as_judge(condition).required() if {kind for kind, _ in anchors} <= spot.kinds]
    if any(spot.anchors.isdisjoint(anchors) for anchors in required):
        return False
    return True if isinstance(condition, _WHOLE) and required else None
