"""Families as they are now, kept in this process for as long as nobody writes models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from modules.configurator.model.bundles import Bundle
from modules.configurator.model.changes import fold_id
from modules.configurator.model.prices import PriceEntry
from modules.configurator.model.revisions import Part
from modules.kernel.moments import contains
from modules.kernel.names import PriceListId, Sku


class MasterReader(Protocol):
    """Where masters are kept."""

    async def parts(self, skus: Sequence[Sku]) -> list[Part | None]:
        """Each of these, in order; None for what is not configured."""
        ...

    async def bundles(self, families: Iterable[str]) -> dict[str, Bundle]:
        """Those families that exist, whole, by their folded ids."""
        ...


class RevisionReader(Protocol):
    """What tells whether models were written."""

    async def revision(self) -> int:
        """The same number, the same models."""
        ...


class Books:
    """One small statement to know that nothing has changed; more only for what was not asked for before."""

    def __init__(self, masters: MasterReader, revisions: RevisionReader) -> None:
        self._masters = masters
        self._revisions = revisions
        self._revision = -1
        self._parts: dict[Sku, Part | None] = {}
        self._bundles: dict[str, Bundle] = {}

    async def families(self, parts: Iterable[Sku]) -> dict[Sku, tuple[Part, Bundle]]:
        """Those of these parts that have a family, with it; at most four statements."""
        wanted = list(dict.fromkeys(parts))
        await self._renew()
        await self._learn([part for part in wanted if part not in self._parts])
        known = ((sku, self._parts.get(sku)) for sku in wanted)
        return {
            sku: (part, self._bundles[fold_id(part.family)])
            for sku, part in known
            if part is not None and fold_id(part.family) in self._bundles
        }

    async def _renew(self) -> None:
        revision = await self._revisions.revision()
        if revision != self._revision:
            self._revision = revision
            self._parts, self._bundles = {}, {}

    async def _learn(self, parts: Sequence[Sku]) -> None:
        if not parts:
            return
        found = await self._masters.parts(parts)
        self._parts |= dict(zip(parts, found, strict=True))
        families = {fold_id(part.family) for part in found if part} - set(self._bundles)
        if families:
            self._bundles |= await self._masters.bundles(sorted(families))


def entries_of(
    bundle: Bundle, part: Sku, price_list: PriceListId, currency: str, at_us: int
) -> tuple[list[PriceEntry], int | None]:
    """What a part's or its family's price entries say in a list and currency at a moment, and the next moment at which
    that changes."""
    mine = [
        one
        for one in bundle.prices
        if one.part in (None, part) and (one.price_list, one.currency) == (price_list, currency)
    ]
    bounds = [bound for one in mine for bound in (one.valid_from_us, one.valid_until_us) if bound and bound > at_us]
    holding = [one for one in mine if contains(one.valid_from_us, one.valid_until_us, at_us)]
    return holding, min(bounds, default=None)
