"""Why something that is computed has no result, where its inputs are all there (section 4, Undefined)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from modules.configurator.engine.estimate import Known, Reader, number_of
from modules.configurator.engine.ordering import assigning
from modules.configurator.engine.possible import ALWAYS, TRUE
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import DivisionByZero, NoMatchingRow, Undefined
from modules.configurator.model.trees import Arithmetic, If, Node, Reference, ReferenceKind, Sign, parts


def undefined(content: Content, known: Known, missing: Iterable[str]) -> list[Undefined]:
    """The reasons, one for each of the missing keys that a rule would compute; none for those that lack an input.

    Each has the chain that leads from the characteristic to what has no result, as `WIDTH, formula:AREA`.
    """
    reader, wanted = Reader(content), set(missing)
    found = []
    for one in assigning(content):
        condition = one.rule.condition
        fires = condition is None or reader.judgement(condition.tree)(known) == TRUE
        if one.key in wanted and fires:
            found += list(_reasons(reader, one.action.expression.tree, known, (one.key,)))[:1]
    return found


def _reasons(reader: Reader, node: Node, known: Known, chain: Sequence[str]) -> Iterator[Undefined]:
    match node:
        case Arithmetic(_, Sign.OVER, right) if number_of(reader.estimate(right)(known)) == 0:
            yield DivisionByZero(f"{' -> '.join(chain)}: divided by zero.", chain)
        case Reference(name, ReferenceKind.FORMULA):
            tree = reader.content.formulas[name].expression.tree
            yield from _reasons(reader, tree, known, (*chain, f"formula:{name}"))
        case Reference(name, ReferenceKind.TABLE):
            yield from _table(reader, node, known, (*chain, f"table:{name}"))
        case If(condition, then, otherwise):
            branch = then if reader.judgement(condition)(known) == TRUE else otherwise
            yield from _reasons(reader, branch, known, chain)
        case _:
            for part in parts(node):
                yield from _reasons(reader, part, known, chain)


def _table(reader: Reader, node: Reference, known: Known, chain: Sequence[str]) -> Iterator[Undefined]:
    factors = [factor.reference for factor in reader.content.tables[node.name].factors]
    for factor in factors:
        yield from _reasons(reader, factor, known, chain)
    given = all(reader.estimate(factor)(known).undefined is not ALWAYS for factor in factors)
    if given and reader.estimate(node)(known).undefined is ALWAYS:
        yield NoMatchingRow(f"{' -> '.join(chain)}: no row matches, and there is no default.", chain)
