"""The shop floor's masters and costs: handed in, in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from modules.configurator.model.works import (
    Costs,
    FloorMaster,
    Overhead,
    StoredCost,
    Supply,
    WorkCentre,
    place_of,
)
from modules.configurator.store.making import MakingStore
from modules.kernel.errors import InvalidInput
from modules.kernel.intake import check_text
from modules.kernel.names import is_sku
from modules.kernel.outcome import Path, Upserted, refuse_command, sift
from modules.kernel.viewer import Permission, Viewer

MOST_DAYS: Final = 3_660
_MOST_MICROS: Final = 10**15
_DAY: Final = Decimal(24)


class FloorService:
    """One per process."""

    def __init__(self, store: MakingStore, cost_currency: str = "EUR") -> None:
        self._store = store
        self._currency = cost_currency

    async def upsert(self, viewer: Viewer, masters: Sequence[FloorMaster], reason: str) -> Upserted:
        """Replaces work centres, supplies and overheads wholly, or adds them. Needs MODELS_WRITE.

        Refused by itself is one that cannot be so, and one that stands in the list already.
        """
        viewer.require(Permission.MODELS_WRITE)
        if problem := refuse_command("masters", masters, reason):
            return Upserted(0, 0, (problem,))
        good, refused = sift("masters", masters, _checked, "name")
        saved = [one.master for _, one in good]
        async with self._store.change() as change:
            versions = await change.masters([place_of(one)[1] for one in saved])
            await change.save(saved, versions)
            change.audit_floor(viewer.principal.id, saved, reason)
        return Upserted(len(saved), 0, tuple(refused))

    async def set_costs(self, viewer: Viewer, costs: Sequence[StoredCost], reason: str) -> Upserted:
        """Writes standard costs in millionths of the cost currency's unit, of parts ("*") or of configurations.
        Whatever was rolled up from them is stale until it is rolled up again. Needs MODELS_WRITE.

        Refused by itself is one that is no cost, and another one of what has one in the list already.
        """
        viewer.require(Permission.MODELS_WRITE)
        if problem := refuse_command("costs", costs, reason):
            return Upserted(0, 0, (problem,))
        good, refused = sift("costs", costs, _checked_cost, "key.part", "key.configuration")
        units = {one.key: one.micros for _, one in good}
        async with self._store.change() as change:
            await change.save_costs(Costs(self._currency, units))
            change.audit_costs(viewer.principal.id, units, reason)
        return Upserted(len(good), 0, tuple(refused))


class _Named(NamedTuple):
    """A master that may be so, with what it is known by."""

    name: str
    master: FloorMaster


def _checked(one: FloorMaster, path: Path) -> _Named:
    match one:
        case WorkCentre():
            _check_centre(one, path)
        case Supply():
            _check_sku(one.part, (*path, "sku"))
            if one.lead_time_days is not None and not 0 <= one.lead_time_days <= MOST_DAYS:
                raise InvalidInput("This is no lead time.", (*path, "leadTimeDays"), f"0 to {MOST_DAYS}")
            if one.scale is not None and not 0 <= one.scale <= 6:
                raise InvalidInput("This is no scale.", (*path, "scale"), "0 to 6")
        case Overhead():
            if one.level < 0 or min(one.material_micros, one.operations_micros) < 0:
                raise InvalidInput("This is no overhead.", path, "a level and percentages that are not negative")
    return _Named(" ".join(place_of(one)), one)


def _check_centre(one: WorkCentre, path: Path) -> None:
    check_text(one.id, 64, (*path, "id"))
    if not 0 < one.hours_per_day <= _DAY:
        raise InvalidInput("A day has not so many hours.", (*path, "hoursPerDay"), "more than 0, up to 24")
    if not one.weekdays <= frozenset(range(7)):
        raise InvalidInput("There is no such weekday.", (*path, "weekdays"), "1 (Monday) to 7 (Sunday)")
    if one.rate_micros is not None and not 0 <= one.rate_micros <= _MOST_MICROS:
        raise InvalidInput("This is no rate.", (*path, "rate"), "0 or more")


def _check_sku(sku: str, path: Path) -> None:
    if not is_sku(sku):
        raise InvalidInput("This is no sku.", path, "1 to 64 printable characters")


def _checked_cost(one: StoredCost, path: Path) -> StoredCost:
    _check_sku(one.key.part, (*path, "sku"))
    check_text(one.key.configuration, 64, (*path, "configuration"))
    if not 0 <= one.micros <= _MOST_MICROS:
        raise InvalidInput("This is no cost.", (*path, "amount"), "0 or more")
    return one
