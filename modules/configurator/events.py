"""What the configurator tells the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from modules.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChanged(Event):
    """What a revision of a part offers, or its status or its days, were changed.

    Compiled models are known by `content_hash`: whoever holds another one of this revision and content version holds
    an old one. `version` rises with each change of the revision.
    """

    NAME: ClassVar[str] = "configurator.model_changed.v1"

    part: str
    revision: int
    content_version: int
    content_hash: str
    status: str
    phase_in: str
    """A local date, as `2026-12-01`."""
    phase_out: str | None = None
    """Half open; None: until further notice."""

    @property
    def key(self) -> str:
        return f"{self.part}#{self.revision}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationHandedOver(Event):
    """A configuration is to be made for a line of an order or a quote: the whole document (`docs/configurator.md`).

    Delivered at least once; receivers tell repetitions by `document_key`. Of a line the highest `version` holds, which
    is the document's number.
    """

    NAME: ClassVar[str] = "configurator.handed_over.v1"

    line: str
    document_key: str
    document: Mapping[str, Any]

    @property
    def key(self) -> str:
        return self.line


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionChanged(Event):
    """A session took up something. Its state is read anew; this says only who did what."""

    NAME: ClassVar[str] = "configurator.session_changed.v1"

    session: str
    """The public id, never a key."""
    by: str
    """A kind of principal: "shopper", "service_agent"."""
    what: tuple[str, ...]
    """Kinds of what was done, each once: "choose", "unset", "rebase", "park", "resume", "finalise", "sharing"."""

    @property
    def key(self) -> str:
        """The session's id."""
        return self.session
