"""Sessions are ordered choices and nothing else; what they amount to is calculated anew at each step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum, StrEnum

from modules.configurator.model.characteristics import Value
from modules.kernel.names import ConfigurationId, Sku


class Provenance(IntEnum):
    """Where a value comes from; the stronger one holds."""

    DEFAULT = 1
    INHERITED = 2
    """From a parent in the structure."""
    COMPUTED = 3
    RULE = 4
    """Nothing else is possible."""
    PACKAGE = 5
    """Set, and locked, by a package."""
    USER = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody wants one characteristic to be; the later choice of a characteristic replaces the earlier."""

    characteristic: str
    value: Value
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a characteristic is, and why."""

    value: Value
    quantity: Decimal | None
    provenance: Provenance


class SessionState(StrEnum):
    """INCOMPLETE and COMPLETE follow from the choices; PARKED is set and taken back by hand; FINALISED is final."""

    INCOMPLETE = "incomplete"
    COMPLETE = "complete"
    PARKED = "parked"
    FINALISED = "finalised"


class SessionKind(StrEnum):
    """What a session is good for."""

    SALE = "sale"
    TEST = "test"
    """Of a revision in TEST: never finalised, never ordered."""
    PREVIEW = "preview"
    """The modeller's, of a revision in any status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One configuration in the making, pinned to a content version. `version` rises with every change; `owner` is
    whose it is, of a guest nobody's name."""

    id: str
    owner: str
    part: Sku
    site: str = ""
    need_date: date
    revision: int
    content_version: int
    kind: SessionKind = SessionKind.SALE
    choices: tuple[Choice, ...] = ()
    inherited: tuple[Choice, ...] = ()
    """Values from the parent of a sub-assembly."""
    state: SessionState = SessionState.INCOMPLETE
    version: int = 0
    configuration: ConfigurationId | None = None
    """Of a finalised one: what it is known by, of all parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Specification:
    """A finalised configuration: immutable, one per part and canonical text (section 6)."""

    part: Sku
    number: int
    """The part's own, counted from 1: its configuration id."""
    name: ConfigurationId
    """What it is known by outside, of all parts: nobody tells it who does not know the values."""
    text: str
    hash: str
    """SHA-256 of the text, in hexadecimal."""
    revision: int
    content_version: int
    """Of the session that made it first, as revision."""
    fingerprint: str
    """The hash of that content."""
    created_us: int
