"""Corrections of the history: points that were mistakes, skus that go on with another's history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modules.kernel.errors import InvalidInput
from modules.kernel.moments import to_us
from modules.kernel.names import Sku, is_sku
from modules.kernel.outcome import Path
from modules.kernel.place import Channel
from modules.pricing.engine.public import PlaceKey
from modules.pricing.model.points import LinkInput, VoidInput

LONGEST_CHAIN = 10
"""So many skus one after the other may be one article's."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A point by its sku, place and beginning."""

    sku: Sku
    place: PlaceKey
    from_us: int


@dataclass(frozen=True, slots=True)
class Link:
    """A sku and the one whose history it goes on with."""

    sku: Sku
    history_of: Sku


def spot(given: VoidInput, path: Path, channels: Sequence[Channel]) -> Spot:
    """The point that is meant; raises InvalidInput for what cannot be one."""
    if not is_sku(given.sku):
        raise InvalidInput(f"{given.sku[:100]!r} is no sku.", (*path, "sku"), "a sku")
    channel = next((channel for channel in channels if channel.id == given.channel), None)
    if channel is None:
        allowed = ", ".join(channel.id for channel in channels)
        raise InvalidInput(f"There is no channel {given.channel[:100]!r}.", (*path, "channel"), allowed)
    key = channel.market.id, channel.id, given.store, given.currency
    return Spot(Sku(given.sku), key, to_us(given.from_))


def link(given: LinkInput, path: Path) -> Link:
    """The link that is meant; raises InvalidInput for what cannot be one."""
    for name, sku in (("sku", given.sku), ("historyOf", given.history_of)):
        if not is_sku(sku):
            raise InvalidInput(f"{sku[:100]!r} is no sku.", (*path, name), "a sku")
    return Link(Sku(given.sku), Sku(given.history_of))


def check_chain(wish: Link, held: Mapping[Sku, Sku], path: Path) -> None:
    """Raises InvalidInput for a history that would lead back to itself, or through too many skus."""
    seen, sku = [wish.sku], wish.history_of
    while sku in held and sku not in seen and len(seen) < LONGEST_CHAIN:
        seen.append(sku)
        sku = held[sku]
    if sku in seen or len(seen) >= LONGEST_CHAIN:
        allowed = f"a sku whose own history comes from elsewhere, through fewer than {LONGEST_CHAIN} skus"
        raise InvalidInput(f"{wish.history_of!r} goes on with {wish.sku!r}.", (*path, "historyOf"), allowed)


def heirs(skus: Sequence[Sku], links: Mapping[Sku, Sku]) -> list[Sku]:
    """These skus and all that go on with their history."""
    found = set(skus)
    while more := {sku for sku, of in links.items() if of in found and sku not in found}:
        found |= more
    return sorted(found)
