"""Whether a finished configuration is what today's model makes of its values (section 6)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal

from modules.configurator.engine.entering import enter
from modules.configurator.engine.identity import canonical_text
from modules.configurator.engine.ordering import assigning
from modules.configurator.engine.steps import Steps
from modules.configurator.model.errors import BadChoice, NotPossible
from modules.configurator.model.sessions import Assignment, Choice, Provenance


def values_of(text: str) -> dict[str, Assignment]:
    """What a canonical text says each characteristic is, as if chosen."""
    _, lines = json.loads(text)
    return {
        name: Assignment(
            Decimal(value) if kind == "number" else value,
            None if quantity is None else Decimal(quantity),
            Provenance.USER,
        )
        for name, kind, value, quantity in lines
    }


def choices_of(steps: Steps, text: str) -> list[Choice]:
    """The choices that lead to a canonical text: what rules compute is left to them."""
    computed = {one.key for one in assigning(steps.content)}
    return [
        Choice(name, each.value, None if f"{name}.qty" in computed else each.quantity)
        for name, each in values_of(text).items()
        if name not in computed
    ]


def allows(steps: Steps, text: str) -> bool:
    """Whether the same values give a whole configuration with the same text."""
    try:
        choices: Sequence[Choice | None] = [enter(steps.content, choice) for choice in choices_of(steps, text)]
        step = steps.evaluate([choice for choice in choices if choice is not None])
    except (BadChoice, NotPossible):
        return False
    return not step.missing and canonical_text(steps.content, step.assignments) == text
