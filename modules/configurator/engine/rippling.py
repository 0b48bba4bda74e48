"""How far an edit reaches: formulas and tables are INCOMPLETE after every one, also of what they read (section 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from modules.configurator.engine.usability import verdicts
from modules.configurator.engine.uses import Use, of_master, spot_of
from modules.configurator.model.bundles import Bundle
from modules.configurator.model.contents import Content
from modules.configurator.model.trees import ReferenceKind
from modules.kernel.names import Sku


def edited(bundle: Bundle, touched: Iterable[Use]) -> set[Use]:
    """The formulas and tables among what was touched, and all that refer to any of it, directly or not."""
    found = set(touched)
    reads = _reads(bundle)
    while more := {name for name, used in reads.items() if name not in found and used & found}:
        found |= more
    return {name for name in found if name in reads}


def usable(bundle: Bundle) -> set[Use]:
    """The formulas and tables of a family whose test cases hold, as do those of all that they read."""
    content = Content(
        part=Sku(""),
        revision=0,
        characteristics=bundle.characteristics,
        members=(),
        formulas=bundle.formulas,
        tables=bundle.tables,
    )
    names = (verdict.name.split(":", 1) for verdict in verdicts(content).values() if not verdict.obstacles)
    return {Use(ReferenceKind(kind), name) for kind, name in names}


def _reads(bundle: Bundle) -> Mapping[Use, set[Use]]:
    formulas = {Use(ReferenceKind.FORMULA, id): one for id, one in bundle.formulas.items()}
    found = {name: {_bare(use) for use in of_master(one, {})} for name, one in formulas.items()}
    for id, table in bundle.tables.items():
        found[Use(ReferenceKind.TABLE, id)] = {_bare(use) for use in of_master(table, {})}
    return found


def _bare(use: Use) -> Use:
    return spot_of(use)._replace(option=None)
