"""What pricing contributes to Product, asked for together."""

from __future__ import annotations

from collections.abc import Sequence

from modules.kernel.graph import GraphContext, Product, Wanted, gather
from modules.pricing.graph import prices, teasers

FIELDS = {**prices.FIELDS, **teasers.FIELDS}


async def prefetch(products: Sequence[Product], selection: Sequence[Wanted], context: GraphContext) -> None:
    """Lets each noun fill its own slots, side by side."""
    shares = ((noun.prefetch, [want for want in selection if want.field in noun.FIELDS]) for noun in (prices, teasers))
    await gather(*(fill(products, share, context) for fill, share in shares if share))
