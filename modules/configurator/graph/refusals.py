"""What the configurator refuses, as problems with their data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import strawberry

from modules.configurator.graph.reasons import ConfigurationExplanation, ConfigurationRepair
from modules.configurator.graph.words import Words
from modules.configurator.model import errors
from modules.configurator.model.keys import Right
from modules.configurator.model.sessions import SessionState
from modules.kernel.errors import Refused
from modules.kernel.graph import GraphContext, Problem, problems
from modules.kernel.graph.problems import common


@strawberry.federation.type(shareable=True, description="What was entered cannot be a value of this characteristic.")
class BadConfigurationChoice(Problem):
    characteristic: strawberry.ID = strawberry.field(description="As it was given.")
    allowed: str | None = strawberry.field(description="What is allowed, for people.")
    nearest: list[strawberry.ID] = strawberry.field(description="Up to three ids that look like an unknown one.")


@strawberry.federation.type(shareable=True, description="The other choices and the rules exclude it; nothing changed.")
class ConfigurationConflict(Problem):
    characteristic: strawberry.ID = strawberry.field(description="What was to be chosen.")
    explanation: ConfigurationExplanation = strawberry.field(description="Why.")
    repairs: list[ConfigurationRepair] = strawberry.field(
        description="Up to three ways to get it; `force` goes the first."
    )


@strawberry.federation.type(shareable=True, description="A package sets it; only the package can be given up.")
class ConfigurationLocked(Problem):
    characteristic: strawberry.ID = strawberry.field(description="What is set.")
    package: strawberry.ID = strawberry.field(description="By which package.")


@strawberry.federation.type(shareable=True, description="It is not whole yet.")
class ConfigurationIncomplete(Problem):
    missing: list[str] = strawberry.field(description="Characteristics; a quantity as NAME.qty.")


@strawberry.federation.type(shareable=True, description="Rules forbid to finalise it.")
class ConfigurationStopped(Problem):
    rules: list[strawberry.ID] = strawberry.field(description="Their ids; what they say stands in the messages.")


@strawberry.federation.type(shareable=True, description="No released revision holds on this day.")
class NoConfigurableRevision(Problem):
    sku: strawberry.ID = strawberry.field(description="Of which product.")
    day: date = strawberry.field(description="By the market's calendar.")


@strawberry.federation.type(shareable=True, description="The revision is obsolete: rebase the session.")
class ConfigurationObsolete(Problem):
    revision: int = strawberry.field(description="Which one.")


@strawberry.federation.type(shareable=True, description="The model has changed since: rebase the session.")
class ConfigurationStale(Problem):
    mine: int = strawberry.field(description="The session's content version.")
    current: int = strawberry.field(description="The one that holds.")


@strawberry.federation.type(shareable=True, description="Somebody else changed it in between.")
class ConfigurationVersionConflict(Problem):
    expected: int = strawberry.field(description="As it was given.")
    current: int = strawberry.field(description="As it is.")


@strawberry.federation.type(shareable=True, description="On that day another revision holds: say KEEP or REBASE.")
class ConfigurationRebaseRequired(Problem):
    mine: int = strawberry.field(description="The session's revision.")
    holds: int = strawberry.field(description="The one that holds on that day.")
    may_keep: bool = strawberry.field(description="Whether KEEP is allowed.")


@strawberry.federation.type(shareable=True, description="Something needed is calculated and has no result.")
class ConfigurationUndefined(Problem):
    chain: list[str] = strawberry.field(description="From the characteristic to what has no result.")


@strawberry.federation.type(shareable=True, description="The key opens the session, but not so far; nothing was done.")
class ConfigurationRightRequired(Problem):
    right: Right = strawberry.field(description="What it takes.")


@strawberry.federation.type(shareable=True, description="The session is parked or finalised.")
class ConfigurationClosed(Problem):
    state: SessionState = strawberry.field(description="PARKED: resume it. FINALISED: clone it.")


def _bad_choice(error: errors.BadChoice) -> Problem:
    nearest = [strawberry.ID(id) for id in getattr(error, "nearest", ())]
    allowed = error.allowed or None
    return BadConfigurationChoice(
        **common(error), characteristic=strawberry.ID(error.characteristic), allowed=allowed, nearest=nearest
    )


def conflict(error: errors.NotPossible, words: Words) -> Problem:
    """With its explanation in the viewer's language."""
    return ConfigurationConflict(
        **common(error),
        characteristic=strawberry.ID(error.characteristic),
        explanation=ConfigurationExplanation.of(error.explanation, words),
        repairs=[ConfigurationRepair.of(repair, words) for repair in error.repairs],
    )


def _locked(error: errors.LockedByPackage) -> Problem:
    name, package = strawberry.ID(error.characteristic), strawberry.ID(error.package)
    return ConfigurationLocked(**common(error), characteristic=name, package=package)


def _no_revision(error: errors.NoRevision) -> Problem:
    return NoConfigurableRevision(**common(error), sku=strawberry.ID(error.part), day=error.day)


def _version(error: errors.VersionConflict) -> Problem:
    return ConfigurationVersionConflict(**common(error), expected=error.expected, current=error.current)


def _rebase(error: errors.RebaseRequired) -> Problem:
    found = {"mine": error.mine, "holds": error.holds, "may_keep": error.may_keep}
    return ConfigurationRebaseRequired(**common(error), **found)  # type: ignore[arg-type]


def _stopped(error: errors.Stopped) -> Problem:
    return ConfigurationStopped(**common(error), rules=[strawberry.ID(rule) for rule in error.rules])


_BAD_CHOICES: tuple[type[errors.BadChoice], ...] = (
    errors.UnknownCharacteristic,
    errors.UnknownOption,
    errors.WrongType,
    errors.OutOfRange,
    errors.OffStep,
    errors.TooManyDecimals,
    errors.BadText,
    errors.QuantityRequired,
    errors.QuantityForbidden,
)
PROBLEMS: Mapping[type[Refused], Callable[[Any], Problem]] = {
    **dict.fromkeys(_BAD_CHOICES, _bad_choice),
    errors.LockedByPackage: _locked,
    errors.Incomplete: lambda error: ConfigurationIncomplete(**common(error), missing=list(error.missing)),
    errors.Stopped: _stopped,
    errors.NoRevision: _no_revision,
    errors.RevisionObsolete: lambda error: ConfigurationObsolete(**common(error), revision=error.revision),
    errors.StaleModel: lambda error: ConfigurationStale(**common(error), mine=error.mine, current=error.current),
    errors.VersionConflict: _version,
    errors.RebaseRequired: _rebase,
    errors.DivisionByZero: lambda error: ConfigurationUndefined(**common(error), chain=list(error.chain)),
    errors.NoMatchingRow: lambda error: ConfigurationUndefined(**common(error), chain=list(error.chain)),
    errors.SessionRightRequired: lambda error: ConfigurationRightRequired(**common(error), right=Right(error.right)),
    errors.SessionClosed: lambda error: ConfigurationClosed(**common(error), state=SessionState(error.state)),
}
TYPES = (
    BadConfigurationChoice,
    ConfigurationConflict,
    ConfigurationLocked,
    ConfigurationIncomplete,
    ConfigurationStopped,
    NoConfigurableRevision,
    ConfigurationObsolete,
    ConfigurationStale,
    ConfigurationVersionConflict,
    ConfigurationRebaseRequired,
    ConfigurationUndefined,
    ConfigurationRightRequired,
    ConfigurationClosed,
)


def told(context: GraphContext, refusals: Iterable[Refused], words: Words | None) -> list[Problem]:
    """The refusals in order; conflicts in the words of the session's model."""
    found: list[Problem] = []
    for refusal in refusals:
        if isinstance(refusal, errors.NotPossible) and words is not None:
            found.append(conflict(refusal, words))
        else:
            found += problems(context, [refusal])
    return found
