"""Domains: for each characteristic and quantity the values that rules can tell apart.

A value that no rule distinguishes from its neighbours shares a region with them; the solver decides between regions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from modules.configurator.engine.constants import Constants
from modules.configurator.engine.demands import Constraint
from modules.configurator.engine.estimate import QUANTITY, Reader, fold
from modules.configurator.engine.grid import Grid, Interval
from modules.configurator.engine.possible import NOTHING, Outcome, Span, Words, exactly
from modules.configurator.model.characteristics import Characteristic, DataType, QuantityUse, Value
from modules.configurator.model.contents import Content
from modules.configurator.model.revisions import RevisionCharacteristic


@dataclass(frozen=True, slots=True)
class Unset:
    """Not chosen: a value like any other to the solver."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """An option, with its number where the characteristic is one."""

    option: str
    number: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """A text that rules name, folded; or, with None, any other."""

    text: str | None


Region = Unset | Chosen | Typed | Interval


@dataclass(frozen=True, slots=True)
class Domain:
    """The regions of one key in a fixed order; `Unset` comes last where it is possible."""

    key: str
    regions: tuple[Region, ...]
    places: Mapping[str | None, int]
    """Where an option or a folded text is; None: any other text."""

    @property
    def unset(self) -> int | None:
        """The place of "not chosen"; None where there must be a value."""
        last = len(self.regions) - 1
        return last if last >= 0 and isinstance(self.regions[last], Unset) else None

    @property
    def whole(self) -> int:
        """The set of all places, as bits."""
        return (1 << len(self.regions)) - 1

    def place(self, value: Value) -> int | None:
        """The region that a value lies in; None for a value that this domain has not."""
        if isinstance(value, str):
            return self.places.get(value, self.places.get(fold(value), self.places.get(None)))
        within = (place for place, one in enumerate(self.regions) if isinstance(one, Interval) and one.has(value))
        return next(within, None)

    def outcomes(self) -> list[Outcome]:
        """What the values of each region are to formulas."""
        return [outcome_of(region) for region in self.regions]


def outcome_of(region: Region) -> Outcome:
    """What a region's values are to formulas."""
    match region:
        case Chosen(option, number):
            return exactly(option if number is None else number)
        case Interval(low, high):
            return Span(low, high)
        case Typed(text):
            return Words(frozenset() if text is None else frozenset((text,)), others=text is None)
    return NOTHING


def domains(content: Content, constraints: Iterable[Constraint]) -> dict[str, Domain]:
    """Of every characteristic of a revision, and of every quantity that rules read, by key in the members' order."""
    constants = Constants(Reader(content), constraints)
    found: dict[str, Domain] = {}
    for member in content.members:
        characteristic = content.characteristics[member.characteristic]
        key = characteristic.id
        found[key] = _domain(key, _values(content, member, characteristic, constants), not member.required)
        quantity = key + QUANTITY
        if quantity in constants.read and characteristic.quantity_use is not QuantityUse.NONE:
            always = characteristic.quantity_use is QuantityUse.REQUIRED and member.required
            cuts = constants.cut(quantity, Grid.of(characteristic.quantity_bounds))
            found[quantity] = _domain(quantity, cuts, not always)
    return found


def _domain(key: str, regions: Iterable[Region], optional: bool) -> Domain:
    every = (*regions, Unset()) if optional else tuple(regions)
    places: dict[str | None, int] = {}
    for place, region in enumerate(every):
        if isinstance(region, Chosen):
            places[region.option] = place
        elif isinstance(region, Typed):
            places[region.text] = place
    return Domain(key, every, places)


def _values(
    content: Content, member: RevisionCharacteristic, characteristic: Characteristic, constants: Constants
) -> Sequence[Region]:
    if characteristic.has_options:
        return [Chosen(option.id, option.number) for option in content.options(member)]
    if characteristic.data_type is DataType.TEXT:
        return [*(Typed(text) for text in sorted(constants.texts)), Typed(None)]
    return constants.cut(characteristic.id, Grid.of(characteristic.bounds, member.low, member.high))
