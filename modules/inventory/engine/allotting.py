"""From where the lines of a hold are taken: all lines or none (R-4), by the plan of its channel (4.3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from modules.inventory.engine.sourcing import plan, preferred
from modules.inventory.model.reservations import Hold, HoldLine
from modules.inventory.model.sourcing import Candidate, Demand, Plan
from modules.inventory.model.strategies import Strategy
from modules.kernel.errors import InsufficientStock, Refused
from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import Quantity, format_quantity, parse_quantity

Room = Callable[[Sku, SourceId], int]
"""What can be had at a place; 0 or less: nothing."""


class Taken(NamedTuple):
    """So much of a line from one source."""

    line: HoldLine
    source: SourceId
    quantity: Quantity


class Short(Exception):
    """Lines of which less is available than requested."""

    def __init__(self, problems: Sequence[InsufficientStock]) -> None:
        super().__init__("short")
        self.problems = problems


def short(sku: Sku, had: int, wish: int, path: Sequence[str | int]) -> InsufficientStock:
    """The refusal that names what can be had."""
    return InsufficientStock(sku, format_quantity(Quantity(max(had, 0))), format_quantity(Quantity(wish)), path)


def allot(call: Hold, room: Room) -> list[Taken]:
    """What each line takes from where, in the order of the lines; raises Short with every line that is short (R-4).

    Lines that name their source come first. The others are planned together, unless lines must not be split: then each
    comes wholly from the first source that has it, in the order the strategy prefers. Lines of one sku from the same
    sources are short together: the first of them names what all of them want, and the one remainder that there is.
    """
    desk = _worked(call, room)
    if desk.problems:
        raise Short(desk.merged())
    return desk.all_taken()


def _worked(call: Hold, room: Room) -> _Desk:
    desk = _Desk(call, room)
    desk.place([line for line in call.lines if not desk.is_free(line)])
    free = [line for line in call.lines if desk.is_free(line)]
    if free and call.split:
        desk.plan(free)
    else:
        desk.place(free)
    return desk


def allot_cut(call: Hold, room: Room) -> tuple[list[Taken], list[Refused]]:
    """The same with every short line cut to what can be had of it, in whole steps of its scale; and what tells of each
    line that was cut. Raises Short with every short line when nothing can be had of any."""
    rest = call
    while (desk := _worked(rest, room)).problems:
        lines = [_cut(line, desk.had(line)) for line in rest.lines]
        rest = rest._replace(lines=tuple(line for line in lines if line.quantity))
        if not rest.lines:
            raise Short(desk.merged())
    taken = desk.all_taken()
    got: dict[tuple[str | int, ...], int] = defaultdict(int)
    for line, _, quantity in taken:
        got[line.path] += quantity
    less = (line for line in call.lines if got[line.path] < line.quantity)
    return taken, [short(line.sku, got[line.path], line.quantity, line.path) for line in less]


def whole_steps(quantity: int, scale: int) -> Quantity:
    """The most of it that can be sold of a product of this scale."""
    return Quantity(quantity - quantity % 10 ** (6 - scale))


def _cut(line: HoldLine, had: int) -> HoldLine:
    return line._replace(quantity=whole_steps(had, line.scale)) if had < line.quantity else line


class _Desk:
    def __init__(self, call: Hold, room: Room) -> None:
        self._call = call
        self._room = room
        self._gone: dict[tuple[Sku, SourceId], int] = defaultdict(int)
        self.taken: dict[int, list[Taken]] = {}
        self.problems: dict[int, InsufficientStock] = {}

    def is_free(self, line: HoldLine) -> bool:
        """Whether it may come from several sources, and ways are known by which to choose."""
        return bool(self._call.ways) and len(line.sources) > 1

    def place(self, lines: Sequence[HoldLine]) -> None:
        """Line by line, from their sources in order."""
        for line in lines:
            rooms = [(source, self._left(line.sku, source)) for source in self._ordered(line)]
            shares = split(rooms, line.quantity, self._call.split)
            if not shares:
                had = self._within(room for _, room in rooms)
                self.problems[id(line)] = short(line.sku, had, line.quantity, line.path)
            self._take(line, shares)

    def plan(self, lines: Sequence[HoldLine]) -> None:
        """All lines together, by the strategy."""
        demands = [Demand(str(number), line.sku, line.quantity) for number, line in enumerate(lines)]
        found = self._plan(demands, self._call.strategy)
        if found.missing and self._call.strategy is Strategy.SINGLE_SOURCE_ONLY:
            found = self._nearest_miss(demands)
        for number, line in enumerate(lines):
            if missing := found.missing.get(str(number)):
                self.problems[id(line)] = short(line.sku, line.quantity - missing, line.quantity, line.path)
            self._take(line, [(share.source, share.quantity) for share in found.shares if share.line == str(number)])

    def all_taken(self) -> list[Taken]:
        """What was taken, in the order of the lines."""
        return [taken for line in self._call.lines for taken in self.taken[id(line)]]

    def had(self, line: HoldLine) -> int:
        """How much of a line can be had, beside those before it."""
        problem = self.problems.get(id(line))
        return parse_quantity(problem.available) if problem else line.quantity

    def merged(self) -> list[InsufficientStock]:
        """The problems in the order of the lines, one for all lines of one sku from the same sources."""
        alike: dict[tuple[Sku, tuple[SourceId, ...]], list[HoldLine]] = defaultdict(list)
        for line in self._call.lines:
            alike[line.sku, line.sources].append(line)
        short_ones = (lines for lines in alike.values() if any(id(line) in self.problems for line in lines))
        return [self._merge(lines) for lines in short_ones]

    def _merge(self, lines: Sequence[HoldLine]) -> InsufficientStock:
        first = lines[0]
        if len(lines) == 1:
            return self.problems[id(first)]
        had: int = sum(taken.quantity for line in lines for taken in self.taken[id(line)])
        if not (self.is_free(first) and self._call.split):
            had += self._within(self._left(first.sku, source) for source in first.sources)
        return short(first.sku, had, sum(line.quantity for line in lines), first.path)

    def _within(self, rooms: Iterable[int]) -> int:
        """What one line can have of these: of all of them where it may be split, else of the fullest."""
        parts = [max(room, 0) for room in rooms]
        return sum(parts) if self._call.split else max(parts, default=0)

    def _plan(self, demands: Sequence[Demand], strategy: Strategy, only: SourceId | None = None) -> Plan:
        skus = {demand.sku for demand in demands}
        candidates = [
            Candidate(way, {sku: self._left(sku, source) for sku in skus})
            for source, way in self._call.ways.items()
            if only is None or source == only
        ]
        return plan(demands, candidates, strategy)

    def _nearest_miss(self, demands: Sequence[Demand]) -> Plan:
        """What the source lacks that comes nearest to filling all alone."""
        order = preferred(tuple(self._call.ways.values()), self._call.strategy)
        tries = (self._plan(demands, Strategy.MIN_SPLIT, source) for source in order)
        nothing = Plan((), {demand.line: demand.quantity for demand in demands}, (), (), True)
        return min(tries, key=lambda found: sum(found.missing.values()), default=nothing)

    def _ordered(self, line: HoldLine) -> Sequence[SourceId]:
        if not self.is_free(line):
            return line.sources
        return preferred(
            [way for source, way in self._call.ways.items() if source in line.sources], self._call.strategy
        )

    def _left(self, sku: Sku, source: SourceId) -> int:
        return self._room(sku, source) - self._call.spare.get(source, 0) - self._gone[sku, source]

    def _take(self, line: HoldLine, shares: Sequence[tuple[SourceId, int]]) -> None:
        for source, quantity in shares:
            self._gone[line.sku, source] += quantity
        self.taken[id(line)] = [Taken(line, source, Quantity(quantity)) for source, quantity in shares]


def split(rooms: Sequence[tuple[SourceId, int]], quantity: int, may_split: bool) -> list[tuple[SourceId, int]]:
    """All from the first source that has it all, else piece by piece in order; nothing when that is not enough."""
    for source, room in rooms:
        if room >= quantity:
            return [(source, quantity)]
    if not may_split:
        return []
    left, shares = quantity, []
    for source, room in rooms:
        if (part := min(room, left)) > 0:
            shares.append((source, part))
            left -= part
    return shares if not left else []
