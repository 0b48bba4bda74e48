"""How long it takes: own time plus the longest of what it needs, by the work centres' calendars (section 7.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from modules.configurator.engine.possible import CONTEXT, ZERO
from modules.configurator.model.assemblies import Node, Operation, path_of
from modules.configurator.model.leadtimes import LeadTime
from modules.configurator.model.works import Supply, WorkCentre
from modules.kernel.names import Sku

LONGEST_DAYS: Final = 3_660
"""What takes longer than some ten years is as good as unknown."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Done:
    """When a node is finished, and its own days before that."""

    finish: date
    own: int
    chain: tuple[tuple[str, int], ...]
    sum: int


def lead_time(
    root: Node,
    begin: date,
    supplies: Mapping[Sku, Supply],
    centres: Mapping[str, WorkCentre],
    ready: Mapping[Sku, date] | None = None,
) -> LeadTime:
    """When an order can be finished that begins on a day.

    What is bought is there after its lead time in calendar days, or on the day that `ready` names for it. What is made
    begins when all it needs is there: its operations follow one another on the days its work centres are open, and it
    is finished with the end of the last day.
    """
    planner = _Planner(begin, supplies, centres, ready or {})
    done = planner.done(root, ())
    warnings = tuple(planner.warnings)
    if done is None:
        return LeadTime(begin, None, None, (), None, warnings)
    return LeadTime(begin, done.finish, (done.finish - begin).days, done.chain, done.sum, warnings)


@dataclass(slots=True)
class _Planner:
    begin: date
    supplies: Mapping[Sku, Supply]
    centres: Mapping[str, WorkCentre]
    ready: Mapping[Sku, date]
    warnings: list[str] = field(default_factory=list)

    def done(self, node: Node, above: tuple[str, ...]) -> _Done | None:
        """None where it is unknown, after a warning that says why."""
        path = (*above, node.step)
        if node.is_bought:
            return self._bought(node, path)
        children = [self.done(child, path) for child in node.children]
        known = [child for child in children if child is not None]
        start = max((child.finish for child in known), default=self.begin)
        finish = self._worked(node.operations, start, path)
        if finish is None or len(known) < len(children):
            return None
        longest = max(known, key=lambda child: child.finish, default=None)
        own = (finish - start).days
        return _Done(
            finish,
            own,
            ((path_of(path), own), *(longest.chain if longest else ())),
            own + sum(child.sum for child in known),
        )

    def _bought(self, node: Node, path: tuple[str, ...]) -> _Done | None:
        day = self.ready.get(node.part)
        supply = self.supplies.get(node.part)
        if day is None and (supply is None or supply.lead_time_days is None):
            self.warnings.append(f"{path_of(path)} has no lead time.")
            return None
        if day is None and supply is not None:
            day = self.begin + timedelta(days=supply.lead_time_days or 0)
        assert day is not None
        own = max((day - self.begin).days, 0)
        return _Done(max(day, self.begin), own, ((path_of(path), own),), own)

    def _worked(self, operations: Sequence[Operation], start: date, path: tuple[str, ...]) -> date | None:
        day, used = start, ZERO
        for operation in operations:
            centre = self.centres.get(operation.work_centre)
            after = None if centre is None else work(centre, day, used, operation.hours)
            if after is None:
                self.warnings.append(f"{path_of(path)}: how long operation {operation.id} takes is unknown.")
                return None
            day, used = after
        return day + _DAY if used else day


def work(centre: WorkCentre, day: date, used: Decimal, hours: Decimal) -> tuple[date, Decimal] | None:
    """Where work stands after so many hours: a day, and which part of it is used up (0 to less than 1), when it begins
    on a day of which a part is used. None where it would never be done, or in more than some ten years."""
    if hours == 0:
        return day, used
    if centre.hours_per_day <= 0:
        return None
    opened = _next_open(centre, day)
    if opened is None:
        return None
    total = CONTEXT.add(used if opened == day else ZERO, CONTEXT.divide(hours, centre.hours_per_day))
    if total > LONGEST_DAYS:
        return None
    whole = int(total)
    for _ in range(whole):
        opened = None if opened is None else _next_open(centre, opened + _DAY)
    return None if opened is None else _at_end(opened, total - whole, whole, centre)


def _at_end(opened: date, rest: Decimal, whole: int, centre: WorkCentre) -> tuple[date, Decimal]:
    """Work that ends with a day ends on it, not on the next open one."""
    if rest or not whole:
        return opened, rest
    before = opened - _DAY
    while not centre.is_open(before):
        before -= _DAY
    return before + _DAY, ZERO


def _next_open(centre: WorkCentre, day: date) -> date | None:
    days: Iterable[date] = (day + timedelta(days=more) for more in range(LONGEST_DAYS))
    return next((one for one in days if centre.is_open(one)), None)
