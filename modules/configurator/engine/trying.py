"""Test runs: a formula or table on given values, and its stored cases (section 4).

Values may be given for characteristics, their quantities, and for formulas and tables that are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from modules.configurator.engine.entering import nearest
from modules.configurator.engine.estimate import QUANTITY, key_of
from modules.configurator.engine.ordering import require_order
from modules.configurator.engine.possible import Outcome, exactly
from modules.configurator.engine.reasons import named
from modules.configurator.engine.scopes import Frame, Scope, outcome_of
from modules.configurator.engine.tracing import Tracer
from modules.configurator.model.characteristics import Characteristic, DataType
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import Cycle, UnknownCharacteristic, UnknownOption, WrongType
from modules.configurator.model.formulas import CombinationTable, Formula, Result, Tested
from modules.configurator.model.trees import Constant, Expression, Owner, Reference, ReferenceKind
from modules.configurator.model.trials import CaseRun, Run, Trial, Why

Values = Mapping[Reference, Result]
"""What is tried: of a characteristic an option's id, a number or a text; of a formula or table what it shall give."""


def try_out(content: Content, tried: Formula | CombinationTable, values: Values | None = None) -> Run:
    """What a formula or table of the content gives for its stored test values, overridden by `values`.

    Raises UnknownCharacteristic, UnknownOption or WrongType for a value that cannot be. What reads itself has no
    result, because of E_CYCLE.
    """
    given = dict(stored_values(tried)) | dict(values or {})
    try:
        require_order(_with_results(content, given), _reference(tried))
    except Cycle as cycle:
        return Run(Trial(named(_reference(tried)), None, Why(cycle.code, cycle.message, cycle.way)))
    return _run(content, tried, given)


def stored_values(tried: Tested) -> Values:
    """The test values kept with a formula or table, those of a table's factors among them."""
    factors = tried.factors if isinstance(tried, CombinationTable) else ()
    found = {one.reference: one.test_value for one in factors if one.test_value is not None}
    return {**found, **dict(tried.test_values)}


def run_cases(content: Content, tried: Formula | CombinationTable) -> tuple[CaseRun, ...]:
    """The stored test cases in their order; each takes its own values alone. Raises as `try_out` does, but is not for
    what reads itself."""
    return tuple(CaseRun(case, _run(content, tried, dict(case.values))) for case in tried.test_cases)


def _run(content: Content, tried: Formula | CombinationTable, values: Values) -> Run:
    own = _with_results(content, values)
    known = _known(content, values)
    frames = {owner: Frame(own, known.get(owner, {})) for owner in Owner}
    scope = Scope(frames[Owner.SELF], frames[Owner.PARENT], frames[Owner.ROOT])
    tracer = Tracer(scope.reader, scope.own.known)
    trial = tracer.trial(_reference(tried))
    return Run(trial, tuple(one for one in tracer.trials.values() if one is not trial))


def _reference(tried: Formula | CombinationTable) -> Reference:
    return Reference(tried.id, ReferenceKind.FORMULA if isinstance(tried, Formula) else ReferenceKind.TABLE)


def _with_results(content: Content, values: Values) -> Content:
    """With what the values say that formulas and tables give, in their place."""
    formulas, tables = dict(content.formulas), dict(content.tables)
    for reference, result in values.items():
        if reference.kind is ReferenceKind.FORMULA and reference.name in formulas:
            constant = Expression("", Constant(result))
            formulas[reference.name] = replace(formulas[reference.name], expression=constant)
        elif reference.kind is ReferenceKind.TABLE and reference.name in tables:
            tables[reference.name] = replace(tables[reference.name], rows=(), default=result)
    return replace(content, formulas=formulas, tables=tables)


def _known(content: Content, values: Values) -> dict[Owner, dict[str, Outcome]]:
    known: dict[Owner, dict[str, Outcome]] = {owner: {} for owner in Owner}
    for reference, value in values.items():
        if reference.kind in (ReferenceKind.VALUE, ReferenceKind.QUANTITY):
            known[reference.owner][key_of(reference)] = _entered(content, reference, value)
    return known


def _entered(content: Content, reference: Reference, value: Result) -> Outcome:
    characteristic = content.characteristics.get(reference.name)
    if characteristic is None:
        raise UnknownCharacteristic(reference.name, nearest(reference.name, content.characteristics))
    if reference.kind is ReferenceKind.QUANTITY:
        return exactly(_number(reference.name + QUANTITY, value))
    if isinstance(value, str) and characteristic.has_options:
        return _option(characteristic, value)
    if characteristic.data_type is DataType.NUMBER:
        return exactly(_number(reference.name, value))
    if not isinstance(value, str):
        raise WrongType(f"{reference.name} is a text.", reference.name)
    return exactly(value)


def _option(characteristic: Characteristic, id: str) -> Outcome:
    if characteristic.option(id) is None:
        ids = [option.id for option in characteristic.options]
        raise UnknownOption(characteristic.id, id, nearest(id, ids))
    return outcome_of(characteristic, id)


def _number(name: str, value: Result) -> Decimal:
    try:
        number = Decimal(value) if isinstance(value, str) else value
    except InvalidOperation:
        raise WrongType(f"{name} is a number.", name) from None
    if not isinstance(number, Decimal) or not number.is_finite():
        raise WrongType(f"{name} is a number.", name)
    return number
