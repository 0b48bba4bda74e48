"""Persisted operations: documents that clients name by an id instead of sending their text.

Registered ones come from manifests that a client's build wrote; they have the limits of known senders, whoever asks,
and when the gateway is locked they are the only ones. In open mode there are automatic ones too: a client that sends a
text together with its SHA-256 may send the hash alone from then on (Apollo's protocol); each process remembers some.

A request names one as `documentId` (GraphQL over HTTP, appendix of persisted documents) or as
`extensions.persistedQuery.sha256Hash`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson

from gateway.edge.errors import Rejected, request_error
from gateway.settings import SettingsError

_KEPT: Final = 1_000
_PREFIX: Final = "sha256:"


@dataclass(frozen=True, slots=True)
class Named:
    """A document's text, and whether it is a registered one."""

    text: str
    registered: bool = False


class Operations:
    """What clients may name. `registered` are texts by id; `locked` refuses all others."""

    def __init__(self, registered: Mapping[str, str] | None = None, *, locked: bool = False) -> None:
        self._registered = dict(registered or {})
        self._texts = frozenset(self._registered.values())
        self._locked = locked
        self._automatic: OrderedDict[str, str] = OrderedDict()

    def find(self, text: str, id: str | None) -> Named:
        """The document of a request that has a text (else ""), an id, or both.

        Raises Rejected: OPERATION_NOT_REGISTERED when locked, PERSISTED_QUERY_NOT_FOUND for an id not known yet, to
        which clients answer with text and id, BAD_REQUEST for an id that is not the text's.
        """
        if id is not None and id in self._registered and text in ("", self._registered[id]):
            return Named(self._registered[id], registered=True)
        if text in self._texts:
            return Named(text, registered=True)
        if self._locked:
            raise request_error("Only registered operations are served here.", "OPERATION_NOT_REGISTERED")
        if id is not None:
            return self._find_automatic(text, id)
        return Named(text)

    def keep(self, text: str, id: str | None) -> None:
        """Remembers a text under its id, once it is known to be valid."""
        if id is None or id in self._registered:
            return
        self._automatic[id] = text
        self._automatic.move_to_end(id)
        if len(self._automatic) > _KEPT:
            self._automatic.popitem(last=False)

    def _find_automatic(self, text: str, id: str) -> Named:
        if not text:
            text = self._automatic.get(id, "")
        elif sha256(text.encode("utf-8", "surrogatepass")).hexdigest() != id:
            raise request_error("The id is not the SHA-256 of the query.")
        if not text:
            raise _not_found()
        return Named(text)


def read_id(payload: Mapping[str, Any]) -> str | None:
    """The id that a request's parameters hold. Raises Rejected with the name of a parameter that is none."""
    named = payload.get("documentId")
    extensions = payload.get("extensions") or {}
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    if named is None and persisted is not None:
        if not isinstance(persisted, dict) or persisted.get("version") != 1:
            raise request_error("extensions.persistedQuery must have version 1 and a sha256Hash.")
        named = persisted.get("sha256Hash")
    if named is None and persisted is None:
        return None
    if not isinstance(named, str) or not 1 <= len(named) <= 200:
        raise request_error("An operation's id must be a string of 1 to 200 characters.")
    return named.removeprefix(_PREFIX)


def read_manifests(files: tuple[Path, ...]) -> dict[str, str]:
    """Texts by id, from Apollo's manifests or plain objects of id and text. Raises SettingsError."""
    found: dict[str, str] = {}
    for file in files:
        for id, text in _read(file).items():
            if found.setdefault(id, text) != text:
                raise _bad(file, f"ids that are one operation each; {id} is another elsewhere")
    return found


def _read(file: Path) -> dict[str, str]:
    try:
        content = orjson.loads(file.read_bytes())
    except OSError as error:
        raise _bad(file, f"files that can be read ({error.strerror or error})") from None
    except orjson.JSONDecodeError as error:
        raise _bad(file, f"files of JSON ({error})") from None
    if isinstance(content, dict) and isinstance(content.get("operations"), list):
        content = {one.get("id"): one.get("body") for one in content["operations"] if isinstance(one, dict)}
    if not isinstance(content, dict) or not all(
        isinstance(one, str) and one for pair in content.items() for one in pair
    ):
        raise _bad(file, "Apollo's manifests, and objects of ids and operations")
    return {id.removeprefix(_PREFIX): text for id, text in content.items()}


def _bad(file: Path, allowed: str) -> SettingsError:
    return SettingsError("COGWERK_OPERATIONS", str(file), allowed)


def _not_found() -> Rejected:
    # Clients look for this very message, or for the code.
    return request_error("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
