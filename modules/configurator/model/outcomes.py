"""What became of an edit, and what checks found."""

from __future__ import annotations

from dataclasses import dataclass

from modules.configurator.model.changes import Key, RevisionKey
from modules.kernel.errors import Refused


@dataclass(frozen=True, slots=True)
class Notice:
    """A finding about a revision: what it is, what it is about, and which rules are to blame."""

    revision: RevisionKey
    kind: str
    about: tuple[str, ...]
    rules: tuple[str, ...]
    is_error: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """With any problem nothing was changed at all; `changed` and `unchanged` count changes of the list.

    `written` are the masters that were written, `revisions` those that offer something else, or have another status or
    other days, than before.
    """

    changed: int = 0
    unchanged: int = 0
    problems: tuple[Refused, ...] = ()
    notices: tuple[Notice, ...] = ()
    written: tuple[Key, ...] = ()
    revisions: tuple[RevisionKey, ...] = ()
