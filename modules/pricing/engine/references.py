"""References: what promotions name must exist, in a shop that has these places and currencies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from modules.kernel.errors import InvalidInput, Refused, UnknownSku
from modules.kernel.intake import one_of, refusal
from modules.kernel.outcome import Path
from modules.kernel.place import Channel, Store
from modules.kernel.product import Assortment
from modules.pricing.engine.documents import walk
from modules.pricing.engine.promotion_intake import FORM, Form
from modules.pricing.engine.shapes import Leaf, Stated
from modules.pricing.model.promotions import Promotion

_KINDS: Final = ("category", "group", "market", "channel", "store", "segment", "shipping method")


@dataclass(frozen=True, slots=True)
class Known:
    """What of all that promotions name exists."""

    channels: Sequence[Channel]
    stores: Mapping[str, Sequence[Store]]
    assortment: Assortment
    categories: frozenset[str]
    groups: frozenset[str]
    methods: frozenset[str]
    """Shipping methods, of all markets."""
    segments: frozenset[str] | None = None
    """None: nobody here knows, so any may be named."""

    @property
    def currencies(self) -> frozenset[str]:
        """All that anything is sold in."""
        return frozenset(currency for channel in self.channels for currency in channel.market.currencies)

    def names(self, kind: str) -> Iterable[str]:
        """The names of this kind that exist, as far as they were asked for."""
        match kind:
            case "sku":
                return self.assortment.articles
            case "category":
                return self.categories
            case "group":
                return self.groups
            case "market":
                return {channel.market.id for channel in self.channels}
            case "channel":
                return {channel.id for channel in self.channels}
            case "segment":
                return self.segments or ()
            case "shipping method":
                return self.methods
            case _:
                return {store.id for stores in self.stores.values() for store in stores}


def named(promotions: Iterable[Promotion]) -> dict[str, list[str]]:
    """What they name, each once and in order, by kind as `Known.names` takes it."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for promotion in promotions:
        for _, shape, value in walk(FORM, Form.of(promotion), ()):
            if isinstance(shape, Leaf) and shape.names:
                found[shape.names][value] = None
    return {kind: list(names) for kind, names in found.items()}


def unknown(promotion: Promotion, path: Path, known: Known) -> Iterator[Refused]:
    """A refusal for each name that nothing has, and for each amount in a currency that the shop does not sell in."""
    names = {kind: frozenset(known.names(kind)) for kind in _KINDS if kind != "segment" or known.segments is not None}
    for place, shape, value in walk(FORM, Form.of(promotion), path):
        if isinstance(shape, Stated):
            yield from _foreign(value.by_currency, place, known.currencies)
        elif isinstance(shape, Leaf) and shape.names == "sku":
            if value not in known.assortment.articles:
                yield UnknownSku(value, place, known.assortment.nearest.get(value, ()))
        elif isinstance(shape, Leaf) and shape.names in names and value not in names[shape.names]:
            yield _missing(shape.names, value, place, names[shape.names])


def _missing(kind: str, value: str, place: Path, names: frozenset[str]) -> InvalidInput:
    if kind in ("category", "group"):
        # Only those asked for are known here, so the others cannot be listed.
        return InvalidInput(f"There is no {kind} {value!r}.", place, f"the id of a {kind} that exists")
    return refusal(value, place, one_of(names))


def _foreign(amounts: Sequence[tuple[str, int]], place: Path, currencies: frozenset[str]) -> Iterator[InvalidInput]:
    return (refusal(currency, place, one_of(currencies)) for currency, _ in amounts if currency not in currencies)
