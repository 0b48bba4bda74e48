"""Whether rules can be so: what they act on is there, with the options and values they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from modules.configurator.engine.entering import nearest
from modules.configurator.engine.uses import Use, needed, of_rule
from modules.configurator.model.bundles import Bundle
from modules.configurator.model.characteristics import DataType, QuantityUse
from modules.configurator.model.errors import UnknownCharacteristic, UnknownName, UnknownOption, WrongType
from modules.configurator.model.rules import (
    Action,
    AttachOptional,
    AttachRequired,
    ComputeQuantity,
    FrontRule,
    HoldTo,
    Surcharge,
)
from modules.configurator.model.trees import Owner, ReferenceKind, references
from modules.kernel.errors import InvalidInput, Refused


def rule_flaws(rule: FrontRule, bundle: Bundle) -> Iterator[Refused]:
    """What forbids the rule; expressions have been read, so names in them are known."""
    for place, action in enumerate(rule.actions):
        path = ("actions", place)
        for use in dict.fromkeys(of_rule(FrontRule(id=rule.id, actions=(action,)), bundle.tables)):
            if (flaw := _unknown(use, bundle, path)) is not None:
                yield flaw
        yield from _action_flaws(action, bundle, path)


def above_flaws(uses: Iterable[Use], bundle: Bundle) -> Iterator[Refused]:
    """Where there is no parent and no root, formulas that read of these would read one's own values instead."""
    formulas, _ = needed(uses, bundle.formulas, bundle.tables)
    for id, formula in formulas.items():
        if any(reference.owner is not Owner.SELF for reference in references(formula.expression.tree)):
            message = f"formula:{id} reads of a parent or the root, which only structures and routings have."
            yield UnknownName(f"formula:{id}", 1, 1, message=message)


def _action_flaws(action: Action, bundle: Bundle, path: tuple[str | int, ...]) -> Iterator[Refused]:
    match action:
        case AttachRequired(name, value, quantity) | AttachOptional(name, value, quantity):
            yield from _value_flaws(bundle, name, value, quantity, path)
        case ComputeQuantity(name):
            known = bundle.characteristics.get(name)
            if known is not None and known.quantity_use is QuantityUse.NONE:
                yield InvalidInput(f"{name} has no quantity.", (*path, "characteristic"), "one that has")
        case Surcharge():
            yield from _surcharge_flaws(action, path)
        case HoldTo(table, result):
            yield from _held_flaws(bundle, table, result, path)


def _unknown(use: Use, bundle: Bundle, path: tuple[str | int, ...]) -> Refused | None:
    if use.kind is ReferenceKind.TABLE:
        found = use.name in bundle.tables
        allowed = f"one of: {', '.join(sorted(bundle.tables)[:20]) or 'none yet'}"
        return None if found else InvalidInput(f"There is no table {use.name[:64]!r}.", (*path, "table"), allowed)
    if use.kind is ReferenceKind.FORMULA:
        return None  # the language has found it
    known = bundle.characteristics.get(use.name)
    if known is None:
        return UnknownCharacteristic(use.name, nearest(use.name, bundle.characteristics), (*path, "characteristic"))
    if use.option is not None and known.has_options and known.option(use.option) is None:
        ids = [option.id for option in known.options]
        return UnknownOption(use.name, use.option, nearest(use.option, ids), path)
    return None


def _value_flaws(
    bundle: Bundle, name: str, value: object, quantity: Decimal | None, path: tuple[str | int, ...]
) -> Iterator[Refused]:
    known = bundle.characteristics.get(name)
    if known is None:
        return
    number = known.data_type is DataType.NUMBER and not known.has_options
    if isinstance(value, Decimal) is not number:
        yield WrongType(f"{name} cannot be {value}.", name, "a number" if number else "a text", (*path, "value"))
    if quantity is not None and known.quantity_use is QuantityUse.NONE:
        yield InvalidInput(f"{name} has no quantity.", (*path, "quantity"), "none")


def _surcharge_flaws(action: Surcharge, path: tuple[str | int, ...]) -> Iterator[Refused]:
    given = [one for one in (action.amount_micros, action.percent_micros, action.expression) if one is not None]
    if len(given) != 1:
        yield InvalidInput("A surcharge is one thing.", path, "an amount, a percentage or an expression")


def _held_flaws(bundle: Bundle, table: str, result: str | None, path: tuple[str | int, ...]) -> Iterator[Refused]:
    found, known = bundle.tables.get(table), bundle.characteristics.get(result or "")
    if found is None or known is None:
        return
    number = known.data_type is DataType.NUMBER
    if any(isinstance(row.result, str) and number and not known.has_options for row in found.rows):
        yield WrongType(f"{table} gives texts, {result} is a number.", known.id, "", (*path, "result"))
