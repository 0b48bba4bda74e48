"""What comes of trying a formula, a table or the rules on given values, and how: test runs and the rule log."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from modules.configurator.model.formulas import Result, TestCase, Usability


@dataclass(frozen=True, slots=True)
class Why:
    """Why something has no result: the code of the refusal, what it says, and the names from what was asked to the
    cause, as `formula:PRICE, table:RATES, COLOUR`."""

    code: str
    message: str
    chain: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """A condition that is not made of others, with the values on both its sides; None is no value.

    `operator` is the one of the source, `is set`, `matches` or `is true`; `right` are its operands, two of a range.
    """

    text: str
    left: Result | None
    operator: str
    right: tuple[Result | None, ...]
    truth: bool | None
    """None: unknown."""


@dataclass(frozen=True, slots=True)
class RowTrial:
    """A row of a table held against values, factor by factor."""

    sequence: int
    result: Result | None
    cells: tuple[Compared, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a formula or table gives. `name` is as expressions write it: `formula:AREA`, `table:RATES`."""

    name: str
    result: Result | None
    why: Why | None = None
    """Where there is no result."""
    compared: tuple[Compared, ...] = ()
    """Of a formula the conditions in it, from left to right."""
    row: RowTrial | None = None
    """Of a table the row that matched; None: none did, the result is the default."""
    nearest: tuple[RowTrial, ...] = ()
    """Where no row matched those that agree with most factors, up to three."""
    reads: tuple[str, ...] = ()
    """The formulas and tables that it uses itself."""


@dataclass(frozen=True, slots=True)
class Run:
    """A test run: what was tried, and all that it uses, each after what it uses itself."""

    trial: Trial
    parts: tuple[Trial, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseRun:
    """A stored test case with what came out."""

    case: TestCase
    run: Run

    @property
    def has_passed(self) -> bool:
        """Whether that is what must come out."""
        return self.run.trial.result == self.case.result


class Obstacle(StrEnum):
    """Why a formula or table is not usable."""

    NO_CASE = "no test case"
    CASE_FAILS = "a test case fails"
    """Its place from 1 is told."""
    UNKNOWN_NAME = "it reads something that there is not"
    NOT_USABLE = "it reads something that is not usable"
    CYCLE = "it reads itself"
    TOO_DEEP = "what it reads is nested too deep"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a formula or table may be used; with each obstacle what it is about."""

    name: str
    obstacles: tuple[tuple[Obstacle, str], ...] = ()
    cases: tuple[CaseRun, ...] = ()

    @property
    def usability(self) -> Usability:
        """USABLE without obstacles."""
        return Usability.INCOMPLETE if self.obstacles else Usability.USABLE


@dataclass(frozen=True, slots=True)
class RuleTrial:
    """A rule of the log: `truth` of its condition, without one true. It fires on true alone."""

    rule: str
    truth: bool | None
    compared: tuple[Compared, ...] = ()
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleLog:
    """All rules in their sequence, and the formulas and tables that they read, each after what it uses itself."""

    rules: tuple[RuleTrial, ...]
    parts: tuple[Trial, ...] = ()
