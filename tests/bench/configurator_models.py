"""Generated models of the sizes that the targets speak of, the same for the same seed.

They are built as car models are: some master characteristics (model, engine, country) decide about all others, each by
a table that lists for every combination of a few masters what goes with it. So every choice has far-reaching
consequences, explanations are short, and nothing is dead.
"""

from __future__ import annotations

from itertools import product
from math import prod
from random import Random

from modules.configurator.model.characteristics import Characteristic, Option
from modules.configurator.model.contents import Content
from modules.configurator.model.formulas import Cell, CombinationTable, Factor, Match, Row
from modules.configurator.model.revisions import RevisionCharacteristic
from modules.configurator.model.rules import Action, Exclude, FrontRule, HoldTo, Require
from modules.configurator.model.trees import Comparison, Constant, Expression, Operator, Reference, ResultType
from modules.kernel.names import Sku


def tabled(characteristics: int, rows: int, largest: int, seed: int) -> Content:
    """So many discrete characteristics and roughly so many rows in tables of 2 to 7 factors."""
    random = Random(seed)
    names = [f"C{number:03}" for number in range(characteristics)]
    masters = names[: 8 + characteristics // 40]
    sizes = {name: random.choice([2, 3, 4, 5, 6, 8]) for name in masters}
    sizes |= {name: _size(random, largest) for name in names[len(masters) :]}
    tables = []
    left = rows
    for place in range(len(masters), characteristics):
        wanted = 2 * left / (characteristics - place) * random.random()
        parents = _parents(random, masters, names[len(masters) : place], sizes, wanted)
        tables.append(_table(random, names[place], parents, sizes))
        left -= len(tables[-1].rows)
    rules: list[FrontRule] = [_rule(table.id, number, HoldTo(table.id)) for number, table in enumerate(tables)]
    return _content(sizes, tables, rules)


def _size(random: Random, largest: int) -> int:
    """Mostly small, a few large."""
    return random.choice([2, 2, 2, 3, 3, 4, 5, 6, 8, 12]) if random.random() < 0.96 else random.randint(13, largest)


def _parents(random: Random, masters: list[str], details: list[str], sizes: dict[str, int], rows: float) -> list[str]:
    """Masters, now and then a detail, whose combinations make about so many rows; at most six."""
    found: list[str] = []
    while len(found) < 6 and (not found or 1.4 * prod(sizes[name] for name in found) < rows):
        pool = details if details and random.random() < 0.15 else masters
        found += [name for name in (random.choice(pool),) if name not in found]
        if 1.4 * prod(sizes[name] for name in found) > 3 * rows + 40:
            found.pop()
            break
    return found or [random.choice(masters)]


def _table(random: Random, detail: str, parents: list[str], sizes: dict[str, int]) -> CombinationTable:
    """For each combination of the parents some values of the detail: mostly one, and the same for neighbours."""
    factors = [*parents, detail]
    cells = {(name, place): Cell(Match.EQUAL, (f"V{place}",)) for name in factors for place in range(sizes[name])}
    # Few different sets are shared by many combinations, as a brochure shares its columns.
    sets = [_some(random, sizes[detail]) for _ in range(max(2, sizes[detail]))]
    table: list[Row] = []
    for combination in product(*(range(sizes[name]) for name in parents)):
        chosen = sets[hash((combination[0] // 2, *combination[1:2], len(parents))) % len(sets)]
        for place in chosen if random.random() < 0.9 else random.choice(sets):
            pairs = zip(factors, (*combination, place), strict=True)
            table.append(Row(len(table) + 1, tuple(cells[pair] for pair in pairs)))
    columns = tuple(Factor(Reference(name)) for name in factors)
    return CombinationTable(id=f"T{detail}", factors=columns, rows=tuple(table), result_type=ResultType.BOOL)


def _some(random: Random, size: int) -> list[int]:
    return random.sample(range(size), min(size, random.choice([1, 1, 1, 2, 2, 3])))


def _equal(name: str, place: int) -> Expression:
    tree = Comparison(Reference(name), Operator.EQUAL, Constant(f"V{place}"))
    return Expression(f"{name} = V{place}", tree)


def _rule(id: str, sequence: int, action: Action, condition: Expression | None = None) -> FrontRule:
    return FrontRule(id=id, sequence=sequence, condition=condition, actions=(action,))


def features(count: int, seed: int) -> Content:
    """A feature model: a tree of yes-or-no features with optional, alternative and or-groups, and rules across it."""
    random = Random(seed)
    names = [f"F{number:05}" for number in range(count)]
    rules: list[FrontRule] = []
    parents = {names[number]: names[max(0, (number - 1) // random.randint(2, 6))] for number in range(1, count)}
    for number, (child, parent) in enumerate(parents.items()):
        rules.append(_rule(f"tree{number}", number, Require(_on(parent)), _on(child)))
        if random.random() < 0.2:
            rules.append(_rule(f"mandatory{number}", number, Require(_on(child)), _on(parent)))
    for number in range(count // 6):
        first, second = random.sample(names[1:], 2)
        optional = random.random() < 0.7
        action: Action = Require(_on(second)) if optional else Exclude(_on(second))
        rules.append(_rule(f"cross{number}", 2 * count + number, action, _on(first)))
    return _content(dict.fromkeys(names, 2), [], rules)


def _on(name: str) -> Expression:
    return _equal(name, 1)


def _content(sizes: dict[str, int], tables: list[CombinationTable], rules: list[FrontRule]) -> Content:
    every = {
        name: Characteristic(id=name, options=tuple(Option(id=f"V{place}", sequence=place) for place in range(size)))
        for name, size in sizes.items()
    }
    return Content(
        part=Sku("GENERATED"),
        revision=1,
        characteristics=every,
        members=tuple(
            RevisionCharacteristic(characteristic=name, sequence=place, required=True)
            for place, name in enumerate(every)
        ),
        tables={table.id: table for table in tables},
        rules=tuple(rules),
    )
