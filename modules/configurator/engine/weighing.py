"""What a made configuration weighs: its components' weights times their quantities."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil

from modules.configurator.model.assemblies import Explosion, Node
from modules.configurator.model.errors import OutOfRange
from modules.configurator.model.weights import MOST_GRAMS, Weight
from modules.kernel.names import Sku


def weighed(explosion: Explosion) -> list[Sku]:
    """The parts whose weights count, each once, in the order of the tree: whatever is made of no other parts."""
    return list(dict.fromkeys(node.part for node in _leaves(explosion)))


def weigh(explosion: Explosion, weights: Mapping[Sku, int | None]) -> Weight:
    """What one unit of the order weighs, in whole grams, rounded up once; what the customer gives counts as well.

    `weights` are grams of one unit of each part. Unknown, with the parts to blame, where one of them is not known.
    Raises OutOfRange for what is beyond all measure.
    """
    missing = tuple(part for part in weighed(explosion) if weights.get(part) is None)
    if missing:
        return Weight(None, missing)
    whole = sum((Fraction(node.quantity) * (weights[node.part] or 0) for node in _leaves(explosion)), Fraction())
    grams = ceil(whole / Fraction(explosion.root.quantity))
    if grams > MOST_GRAMS:
        raise OutOfRange(f"{explosion.root.part} would weigh more than can be told.", explosion.root.part)
    return Weight(grams)


def _leaves(explosion: Explosion) -> list[Node]:
    return [node for _, node in explosion.root.walk() if not node.children]
