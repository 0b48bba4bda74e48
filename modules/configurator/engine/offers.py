"""From sets of literals to what a characteristic may be, as people read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from modules.configurator.engine.domains import Chosen, Domain, Typed
from modules.configurator.engine.estimate import QUANTITY
from modules.configurator.engine.grid import Interval
from modules.configurator.engine.machine import Answer, Machine
from modules.configurator.model.characteristics import Value
from modules.configurator.model.steps import Offer, Range


def places(machine: Machine, values: int) -> dict[str, list[int]]:
    """By key the places of a set of literals, ascending."""
    found: dict[str, list[int]] = {key: [] for key in machine.compiled.domains}
    for literal in machine.literals(values & machine.every):
        key, place = machine.compiled.values[literal]
        found[key].append(place)
    return {key: sorted(those) for key, those in found.items()}


def offers(machine: Machine, answer: Answer, valid: Mapping[str, list[int]]) -> dict[str, Offer]:
    """What each characteristic may be, in the members' order."""
    unknown = places(machine, answer.unknown) if answer.unknown else {}
    domains = machine.compiled.domains
    return {
        key: _offer(domain, valid[key], unknown.get(key, ()), machine.compiled.unsure.get(key, 0))
        for key, domain in domains.items()
        if not key.endswith(QUANTITY)
    }


def _offer(domain: Domain, valid: Iterable[int], unknown: Iterable[int], unsure: int) -> Offer:
    regions = [domain.regions[place] for place in valid]
    ranges = [
        Range(region.low, region.high, bool(unsure >> place & 1))
        for place in valid
        if isinstance(region := domain.regions[place], Interval)
    ]
    undecided = [domain.regions[place] for place in unknown]
    return Offer(
        options=tuple(region.option for region in regions if isinstance(region, Chosen)),
        ranges=tuple(_joined(domain, ranges)),
        any_text=any(isinstance(region, Typed) for region in regions),
        may_be_unset=domain.unset is not None and domain.unset in valid,
        unknown=tuple(region.option for region in undecided if isinstance(region, Chosen)),
        approximate=any(unsure >> place & 1 for place in valid),
    )


def _joined(domain: Domain, ranges: Iterable[Range]) -> list[Range]:
    """Neighbours of one kind as one range."""
    follows = {
        one.high: other.low
        for one, other in zip(domain.regions, domain.regions[1:], strict=False)
        if isinstance(one, Interval) and isinstance(other, Interval)
    }
    found: list[Range] = []
    for one in ranges:
        last = found[-1] if found else None
        if last and last.approximate == one.approximate and follows.get(last.high) == one.low:
            found[-1] = Range(last.low, one.high, one.approximate)
        else:
            found.append(one)
    return found


def only_value(domain: Domain, valid: list[int]) -> Value | None:
    """The one value that is left, where there is one."""
    if len(valid) != 1:
        return None
    region = domain.regions[valid[0]]
    if isinstance(region, Chosen):
        return region.option
    return region.low if isinstance(region, Interval) and region.is_point else None
