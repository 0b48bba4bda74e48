"""Whether formulas and tables may be used (section 4, test mechanism).

One is usable when all that it reads exists and is usable, nothing reads itself, and it has at least one stored test
case and all of them hold. An edit makes it incomplete, and with it all that reads it, directly or not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from modules.configurator.engine.reasons import named
from modules.configurator.engine.trying import run_cases
from modules.configurator.model.bundles import Bundle
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import ConfiguratorRefusal
from modules.configurator.model.formulas import CombinationTable, Formula
from modules.configurator.model.trees import Node, Reference, ReferenceKind, parts, references
from modules.configurator.model.trials import CaseRun, Obstacle, Verdict
from modules.kernel.names import Sku

MOST_LEVELS: Final = 160
"""Of nesting through all that is read: evaluating takes up to three of Python's frames for each, of a thousand."""
_Found = tuple[Obstacle, str]


def family_content(bundle: Bundle) -> Content:
    """All that a family has, as formulas and tables are tried in it, whichever part uses them."""
    return Content(
        part=Sku(""),
        revision=0,
        characteristics=bundle.characteristics,
        members=(),
        formulas=bundle.formulas,
        tables=bundle.tables,
    )


def verdicts(content: Content) -> dict[str, Verdict]:
    """By name (`formula:AREA`, `table:RATES`) whether each may be used, after those that it reads."""
    every = _tested(content)
    edges = {name: [to for to in _reads(one) if to in every] for name, one in every.items()}
    levels, found = _levels(every, edges), dict[str, Verdict]()
    broken: set[str] = set(every) - set(levels)
    for name in (*levels, *(name for name in every if name not in levels)):
        unsound = _unsound(content, name, every[name], edges, levels)
        if unsound or not broken.isdisjoint(edges[name]):
            broken.add(name)
        cases, failures = ((), []) if name in broken else _cases(content, every[name])
        unusable = [(Obstacle.NOT_USABLE, to) for to in edges[name] if to not in found or found[to].obstacles]
        found[name] = Verdict(name, (*unsound, *failures, *unusable), cases)
    return found


def too_deep(content: Content) -> list[str]:
    """The formulas and tables that are nested too deep with all they read, to be evaluated."""
    every = _tested(content)
    levels = _levels(every, {name: [to for to in _reads(one) if to in every] for name, one in every.items()})
    return [name for name in every if levels.get(name, 0) > MOST_LEVELS]


def readers(content: Content, names: Iterable[str]) -> set[str]:
    """The formulas and tables that read one of these names (`WIDTH`, `KEY.qty`, `formula:AREA`), directly or not."""
    back: Mapping[str, list[str]] = defaultdict(list)
    for name, one in _tested(content).items():
        for read in _reads(one):
            back[read].append(name)
    return _reachable(back, names)


def _tested(content: Content) -> dict[str, Formula | CombinationTable]:
    formulas = {f"{ReferenceKind.FORMULA}:{id}": one for id, one in content.formulas.items()}
    return {**formulas, **{f"{ReferenceKind.TABLE}:{id}": one for id, one in content.tables.items()}}


def _trees(one: Formula | CombinationTable) -> Iterator[Node]:
    if isinstance(one, Formula):
        yield one.expression.tree
    else:
        yield from (factor.reference for factor in one.factors)


def _references(one: Formula | CombinationTable) -> Iterator[Reference]:
    for tree in _trees(one):
        yield from references(tree)


def _reads(one: Formula | CombinationTable) -> list[str]:
    return list(dict.fromkeys(map(named, _references(one))))


def _levels(every: Mapping[str, Formula | CombinationTable], edges: Mapping[str, list[str]]) -> dict[str, int]:
    """How deep each is nested with all it reads, those first that others read; none of those that read themselves."""
    waiting = {name: len(reads) for name, reads in edges.items()}
    back: Mapping[str, list[str]] = defaultdict(list)
    for name, reads in edges.items():
        for read in reads:
            back[read].append(name)
    ready, levels = [name for name, count in waiting.items() if not count], dict[str, int]()
    while ready:
        name = ready.pop()
        own = max(map(_depth, _trees(every[name])), default=0)
        levels[name] = own + max((levels[read] for read in edges[name]), default=0)
        for reader in back[name]:
            waiting[reader] -= 1
            if not waiting[reader]:
                ready.append(reader)
    return levels


def _depth(tree: Node) -> int:
    return 1 + max(map(_depth, parts(tree)), default=0)


def _reachable(edges: Mapping[str, list[str]], begin: Iterable[str]) -> set[str]:
    found, todo = set[str](), [to for name in begin for to in edges.get(name, ())]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += edges.get(name, ())
    return found


def _unsound(
    content: Content,
    name: str,
    one: Formula | CombinationTable,
    edges: Mapping[str, list[str]],
    levels: Mapping[str, int],
) -> list[_Found]:
    """What forbids even to try it."""
    unknown = [
        (Obstacle.UNKNOWN_NAME, named(reference)) for reference in _references(one) if not _is(content, reference)
    ]
    if name not in levels and name in _reachable(edges, [name]):
        unknown.append((Obstacle.CYCLE, name))
    if levels.get(name, 0) > MOST_LEVELS:
        unknown.append((Obstacle.TOO_DEEP, name))
    return list(dict.fromkeys(unknown))


def _is(content: Content, reference: Reference) -> bool:
    match reference.kind:
        case ReferenceKind.FORMULA:
            return reference.name in content.formulas
        case ReferenceKind.TABLE:
            return reference.name in content.tables
    return reference.name in content.characteristics


def _cases(content: Content, one: Formula | CombinationTable) -> tuple[tuple[CaseRun, ...], list[_Found]]:
    if not one.test_cases:
        return (), [(Obstacle.NO_CASE, "")]
    try:
        runs = run_cases(content, one)
    except ConfiguratorRefusal as refusal:
        return (), [(Obstacle.CASE_FAILS, str(refusal))]
    return runs, [(Obstacle.CASE_FAILS, str(place)) for place, run in enumerate(runs, 1) if not run.has_passed]
