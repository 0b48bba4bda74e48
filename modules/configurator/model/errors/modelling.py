"""What a modeller may be told."""

from __future__ import annotations

from collections.abc import Sequence

from modules.configurator.model.errors.refusal import ConfiguratorRefusal, Path


class BadModel(ConfiguratorRefusal):
    """The modeller's wish does not hold; nothing was changed."""


class DateOverlap(BadModel):
    """Two released revisions of a part would hold on the same day."""

    code = "E_DATE_OVERLAP"

    def __init__(self, part: str, revision: int, other: int, path: Path = ()) -> None:
        super().__init__(f"Revisions {revision} and {other} of {part} would hold on the same days.", path)
        self.part = part
        self.revision = revision
        self.other = other


class BadTransition(BadModel):
    """The status cannot become this one; `allowed` are those it can."""

    code = "E_BAD_TRANSITION"

    def __init__(self, status: str, wanted: str, allowed: Sequence[str] = (), path: Path = ()) -> None:
        super().__init__(f"A revision that is {status} cannot become {wanted}.", path)
        self.status = status
        self.wanted = wanted
        self.allowed = tuple(allowed)


class InUse(BadModel):
    """Something else refers to it; `referrers` names them all."""

    code = "E_IN_USE"

    def __init__(self, name: str, referrers: Sequence[str], path: Path = ()) -> None:
        super().__init__(f"{name} is used by {', '.join(referrers)}.", path)
        self.name = name
        self.referrers = tuple(referrers)


class UnsatisfiableModel(BadModel):
    """No configuration meets all rules; `rules` is a minimal set that contradicts itself."""

    code = "E_UNSATISFIABLE_MODEL"

    def __init__(self, rules: Sequence[str], message: str = "", path: Path = ()) -> None:
        super().__init__(message or f"No configuration meets all of {', '.join(rules)}.", path)
        self.rules = tuple(rules)


class Cycle(BadModel):
    """Something depends on itself; `way` leads from a name back to it."""

    code = "E_CYCLE"

    def __init__(self, way: Sequence[str], path: Path = ()) -> None:
        super().__init__(f"These depend on one another: {' -> '.join(way)}.", path)
        self.way = tuple(way)


class NotUsable(BadModel):
    """A formula or table that is not USABLE is needed."""

    code = "E_NOT_USABLE"

    def __init__(self, names: Sequence[str], path: Path = ()) -> None:
        super().__init__(f"Not usable yet: {', '.join(names)}.", path)
        self.names = tuple(names)


class BadDocument(BadModel):
    """A document does not say what a model needs; `path` leads to where, `nearest` are up to three known names that
    look like an unknown one, `allowed` says what could stand there."""

    code = "E_DOCUMENT"

    def __init__(self, message: str, nearest: Sequence[str] = (), allowed: str = "", path: Path = ()) -> None:
        super().__init__(message, path)
        self.nearest = tuple(nearest)
        self.allowed = allowed


class BadExpression(ConfiguratorRefusal):
    """A condition or formula is wrong at a place in its source, both counted from 1."""

    def __init__(self, message: str, line: int, column: int, path: Path = ()) -> None:
        super().__init__(message, path)
        self.line = line
        self.column = column


class BadSyntax(BadExpression):
    """It cannot be read from here on; `expected` is what could stand there."""

    code = "E_SYNTAX"

    def __init__(self, message: str, line: int, column: int, expected: Sequence[str] = (), path: Path = ()) -> None:
        super().__init__(message, line, column, path)
        self.expected = tuple(expected)


class UnknownName(BadExpression):
    """A name that nothing has here; `nearest` are up to three that look like it."""

    code = "E_UNKNOWN_NAME"

    def __init__(
        self, name: str, line: int, column: int, nearest: Sequence[str] = (), message: str = "", path: Path = ()
    ) -> None:
        super().__init__(message or f"There is no {name[:80]!r} here.", line, column, path)
        self.name = name
        self.nearest = tuple(nearest)


class TypeMismatch(BadExpression):
    """Types that do not go together."""

    code = "E_TYPE_MISMATCH"
