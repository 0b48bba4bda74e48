"""Families as they are now, kept in this process for as long as nobody writes models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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


@dataclass(slots=True)
class _Held:
    """What was read since the models were written for the last time."""

    revision: int
    parts: dict[Sku, Part | None] = field(default_factory=dict)
    bundles: dict[str, Bundle] = field(default_factory=dict)


class Books:
    """One small statement to know that nothing has changed; more only for what was not asked for before."""

    def __init__(self, masters: MasterReader, revisions: RevisionReader) -> None:
        self._masters = masters
        self._revisions = revisions
        self._held = _Held(-1)

    async def families(self, parts: Iterable[Sku]) -> dict[Sku, tuple[Part, Bundle]]:
        """Those of these parts that have a family, with it; at most four statements."""
        wanted = list(dict.fromkeys(parts))
        held = await self._current()
        await self._learn(held, [part for part in wanted if part not in held.parts])
        known = ((sku, held.parts.get(sku)) for sku in wanted)
        return {
            sku: (part, held.bundles[fold_id(part.family)])
            for sku, part in known
            if part is not None and fold_id(part.family) in held.bundles
        }

    async def _current(self) -> _Held:
        revision = await self._revisions.revision()
        if revision != self._held.revision:
            self._held = _Held(revision)
        return self._held

    async def _learn(self, held: _Held, parts: Sequence[Sku]) -> None:
        """Parts are known together with their families: whoever asks beside must not find one without the other (see
        the test of those who ask at once)."""
        if not parts:
            return
        found = await self._masters.parts(parts)
        families = {fold_id(part.family) for part in found if part} - set(held.bundles)
        bundles = await self._masters.bundles(sorted(families)) if families else {}
        held.bundles |= bundles
        held.parts |= dict(zip(parts, found, strict=True))


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
