"""The trace of an evaluation: what gave what, in the order in which it came about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from modules.configurator.model.formulas import Result
from modules.configurator.model.trials import RuleTrial, Trial


class Source(StrEnum):
    """What an entry of a trace is about."""

    CHOICE = "choice"
    INHERITED = "inherited"
    """The parent in a structure gave it."""
    PACKAGE = "package"
    FORCED = "forced"
    """Rules leave nothing else."""
    COMPUTED = "computed"
    DEFAULT = "default"
    FORMULA = "formula"
    TABLE = "table"
    RULE = "rule"
    """The condition of a rule."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was given a value, or was tried.

    `name` is a characteristic, its quantity (`KEY.qty`), `formula:AREA`, `table:RATES`, or the rule of a condition.
    """

    source: Source
    name: str
    result: Result | None
    """None: it has none; of a rule the truth, None: unknown."""
    rules: tuple[str, ...] = ()
    """The rules that gave it."""
    package: str | None = None
    """The package that gave it, as `SPORT.YES`."""
    trial: Trial | None = None
    """Of a formula or table: how its result comes about."""
    rule: RuleTrial | None = None
    """Of a rule: what its condition compares."""
