"""What somebody who configures may be told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from modules.configurator.model.errors.refusal import ConfiguratorRefusal, Path
from modules.configurator.model.explanations import Explanation, Repair


class BadChoice(ConfiguratorRefusal):
    """What was entered cannot be a value of this characteristic; `allowed` says what can."""

    def __init__(self, message: str, characteristic: str, allowed: str = "", path: Path = ()) -> None:
        super().__init__(message, path)
        self.characteristic = characteristic
        self.allowed = allowed


class UnknownCharacteristic(BadChoice):
    """The revision has no such characteristic; `nearest` are up to three that look like it."""

    code = "E_UNKNOWN_CHARACTERISTIC"

    def __init__(self, characteristic: str, nearest: Sequence[str] = (), path: Path = ()) -> None:
        super().__init__(f"There is no characteristic {characteristic[:64]!r}.", characteristic, path=path)
        self.nearest = tuple(nearest)


class UnknownOption(BadChoice):
    """The characteristic has no such option in this revision; `nearest` are up to three that look like it."""

    code = "E_UNKNOWN_OPTION"

    def __init__(self, characteristic: str, option: str, nearest: Sequence[str] = (), path: Path = ()) -> None:
        super().__init__(f"{characteristic} has no option {option[:64]!r}.", characteristic, path=path)
        self.option = option
        self.nearest = tuple(nearest)


class WrongType(BadChoice):
    """A text where a number belongs, or a number where a text does."""

    code = "E_TYPE"


class OutOfRange(BadChoice):
    """Less or more than the bounds allow."""

    code = "E_RANGE"


class OffStep(BadChoice):
    """Within the bounds, but not on a step."""

    code = "E_STEP"


class TooManyDecimals(BadChoice):
    """More decimals than the scale; nothing is ever rounded."""

    code = "E_SCALE"


class BadText(BadChoice):
    """Too long, or with control characters."""

    code = "E_LENGTH"


class QuantityRequired(BadChoice):
    """A value that needs a quantity has none."""

    code = "E_QTY_REQUIRED"


class QuantityForbidden(BadChoice):
    """A value that has no quantity was given one."""

    code = "E_QTY_FORBIDDEN"


class NotPossible(ConfiguratorRefusal):
    """A choice that the others and the rules exclude; nothing was changed. Without a characteristic the rules exclude
    everything by themselves."""

    code = "E_CONFLICT"

    def __init__(
        self, characteristic: str, explanation: Explanation, repairs: Sequence[Repair] = (), path: Path = ()
    ) -> None:
        everything = "The rules exclude one another: nothing is possible here."
        message = f"This value of {characteristic} is not possible here." if characteristic else everything
        super().__init__(message, path)
        self.characteristic = characteristic
        self.explanation = explanation
        self.repairs = tuple(repairs)


class LockedByPackage(ConfiguratorRefusal):
    """A component that a chosen package sets; only the package can be given up."""

    code = "E_LOCKED_BY_PACKAGE"

    def __init__(self, characteristic: str, package: str, path: Path = ()) -> None:
        super().__init__(f"{characteristic} is set by the package {package}.", path)
        self.characteristic = characteristic
        self.package = package


class Unfinished(ConfiguratorRefusal):
    """It cannot be finalised yet."""


class Incomplete(Unfinished):
    """Required values, quantities or results are missing; `missing` names them all."""

    code = "E_INCOMPLETE"

    def __init__(self, missing: Sequence[str], path: Path = ()) -> None:
        super().__init__(f"Still missing: {', '.join(missing)}.", path)
        self.missing = tuple(missing)


class Stopped(Unfinished):
    """Rules forbid to finalise this; `rules` are their ids."""

    code = "E_STOP_RULE"

    def __init__(self, rules: Sequence[str], path: Path = ()) -> None:
        super().__init__(f"It cannot be finalised because of {', '.join(rules)}.", path)
        self.rules = tuple(rules)


class LimitReached(Unfinished):
    """The solver could not decide within its limit."""

    code = "E_BUDGET"

    def __init__(self, path: Path = ()) -> None:
        super().__init__("This could not be decided in the time there is.", path)


class Outdated(ConfiguratorRefusal):
    """The model is not, or no longer, the one that holds."""


class NoRevision(Outdated):
    """No released revision of the part holds on this day."""

    code = "E_NO_REVISION"

    def __init__(self, part: str, day: date, path: Path = ()) -> None:
        super().__init__(f"{part} has no released revision on {day.isoformat()}.", path)
        self.part = part
        self.day = day


class RevisionObsolete(Outdated):
    """The revision may be read, not configured."""

    code = "E_REVISION_OBSOLETE"

    def __init__(self, part: str, revision: int, path: Path = ()) -> None:
        super().__init__(f"Revision {revision} of {part} is obsolete.", path)
        self.part = part
        self.revision = revision


class StaleModel(Outdated):
    """The session is on an older content version than the one that holds."""

    code = "E_STALE_MODEL"

    def __init__(self, mine: int, current: int, path: Path = ()) -> None:
        super().__init__(f"The model has changed from version {mine} to {current} in between.", path)
        self.mine = mine
        self.current = current


class VersionConflict(ConfiguratorRefusal):
    """Somebody else changed it in between."""

    code = "E_VERSION"

    def __init__(self, name: str, expected: int, current: int, path: Path = ()) -> None:
        super().__init__(f"{name} is at version {current}, not {expected}.", path)
        self.expected = expected
        self.current = current
