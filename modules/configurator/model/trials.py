"""What comes of trying a formula, a table or the rules on given values, and how: test runs and the rule log."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from modules.configurator.model.cases import ConfigurationCase
from modules.configurator.model.characteristics import Value
from modules.configurator.model.errors import ConfiguratorRefusal, NotPossible
from modules.configurator.model.formulas import Result, TestCase, Usability
from modules.configurator.model.sessions import SessionState


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


@dataclass(frozen=True, slots=True)
class Deviation:
    """A characteristic that is not what a case expects; None: without a value."""

    characteristic: str
    expected: Value | None
    found: Value | None


@dataclass(frozen=True, slots=True)
class ConfigurationRun:
    """A stored configuration with what came of it.

    `refusal` says why its choices are no values, or why they are not possible together; `state` is None then.
    """

    case: ConfigurationCase
    state: SessionState | None
    refusal: ConfiguratorRefusal | None = None
    deviations: tuple[Deviation, ...] = ()
    fired: tuple[str, ...] = ()
    """Rules whose condition is true in it, in their sequence."""
    blamed: tuple[str, ...] = ()
    """Rules because of which it is not possible."""

    @property
    def has_passed(self) -> bool:
        """Whether it is as the case says. A choice that is no value at all never is."""
        if isinstance(self.refusal, NotPossible):
            return not self.case.possible
        complete = self.case.complete in (None, self.state is SessionState.COMPLETE)
        return self.refusal is None and self.case.possible and complete and not self.deviations


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """The cases, by their ids, in which a rule's condition is true, and those that are not possible because of it."""

    rule: str
    fired: tuple[str, ...] = ()
    blamed: tuple[str, ...] = ()

    @property
    def is_covered(self) -> bool:
        """Whether any case shows something of it."""
        return bool(self.fired or self.blamed)
