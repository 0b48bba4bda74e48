"""Usage: which client sends which document how often, counted in memory and written down now and then.

Counting costs a look into a dictionary. What a document holds in quotes is left out of what is written: a text that a
person typed has no business there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from graphql import DocumentNode, StringValueNode, Visitor, print_ast, visit

from gateway.edge.documents import Document
from modules.kernel.errors import Unavailable
from modules.runtime.usage import Use

HIDDEN: Final = "*"
"""What stands for every text in quotes."""
CLIENT: Final = ("graphql-client-name", "apollographql-client-name")
VERSION: Final = ("graphql-client-version", "apollographql-client-version")
_MOST: Final = 2_000
"""Different ones of one kind of senders, until they are written."""
_MOST_BYTES: Final = 16_000_000
"""Of those together."""
_ENTRY_BYTES: Final = 600
_TOKEN_BYTES: Final = 500
_CHARACTER_BYTES: Final = 4
_LONGEST: Final = 60
_PAUSE_SECONDS: Final = 30.0

Key = tuple[str, str, str]
"""A client, its version, and the text that it sent."""
Write = Callable[[Sequence[Use]], Awaitable[None]]


class Usage:
    """Of one process. `write` adds to what is known; what cannot be written now waits for the next time.

    What is held is bounded, for strangers and for all others apart: names and documents that a stranger makes up take
    no room from clients that are known. Where the room is used up, what was sent least often goes.
    """

    def __init__(self, write: Write, most_bytes: int = _MOST_BYTES) -> None:
        self._write = write
        self._most_bytes = most_bytes
        self._known, self._strange = self._empty()

    def count(self, document: Document, headers: Mapping[str, str], *, stranger: bool = False) -> None:
        """One more, by the names that the sender gives itself."""
        get = headers.get
        client = get(CLIENT[0]) or get(CLIENT[1]) or ""
        version = get(VERSION[0]) or get(VERSION[1]) or ""
        counts = self._strange if stranger else self._known
        counts.add(_plain(client), _plain(version), document)

    async def run(self) -> None:
        """Writes every half minute, until it is cancelled."""
        while True:
            await asyncio.sleep(_PAUSE_SECONDS)
            with suppress(Unavailable):
                await self.flush()

    async def flush(self) -> None:
        """Writes what was counted. Raises Unavailable, and it is counted still."""
        counted = self._known, self._strange
        self._known, self._strange = self._empty()
        nodes = {text: kept.node for counts in counted for text, kept in counts.texts.items()}
        if not nodes:
            return
        try:
            texts = await asyncio.to_thread(lambda: {text: without_texts(node) for text, node in nodes.items()})
            await self._write(_uses(counted, texts))
        except Unavailable:
            for counts, others in zip((self._known, self._strange), counted, strict=True):
                counts.take(others)
            raise

    def _empty(self) -> tuple[_Counts, _Counts]:
        return _Counts(self._most_bytes), _Counts(self._most_bytes)


class _Kept(NamedTuple):
    """What a text becomes when it is written, and about what it takes until then.

    Not the document itself: what was made for its execution is bounded where it is kept.
    """

    node: DocumentNode
    bytes: int


class _Counts:
    """How often each client sent what, within the bounds."""

    def __init__(self, most_bytes: int) -> None:
        self.times: dict[Key, int] = {}
        self.texts: dict[str, _Kept] = {}
        self._bytes = 0
        self._most_bytes = most_bytes

    def add(self, client: str, version: str, document: Document) -> None:
        """Once more."""
        key = client, version, document.text
        if key in self.times:
            self.times[key] += 1
        else:
            size = document.tokens * _TOKEN_BYTES + len(document.text) * _CHARACTER_BYTES
            self._add(key, self.texts.get(document.text) or _Kept(document.node, size), 1)

    def take(self, others: _Counts) -> None:
        """All that others have counted."""
        for key, times in others.times.items():
            if key in self.times:
                self.times[key] += times
            else:
                self._add(key, others.texts[key[2]], times)

    def _add(self, key: Key, kept: _Kept, times: int) -> None:
        self._put(key, kept, times)
        if self._bytes > self._most_bytes or len(self.times) > _MOST:
            self._make_room()

    def _put(self, key: Key, kept: _Kept, times: int) -> None:
        self.times[key] = times
        self._bytes += _ENTRY_BYTES
        if key[2] not in self.texts:
            self.texts[key[2]] = kept
            self._bytes += kept.bytes

    def _make_room(self) -> None:
        """Half of it at once, so that it is seldom done. Of those sent equally often the newest stay: each has had the
        same time to be sent again."""
        times, texts = self.times, self.texts
        self.times, self.texts, self._bytes = {}, {}, 0
        for key in reversed(sorted(times, key=times.__getitem__)[-_MOST // 2 :]):
            if self._bytes + _ENTRY_BYTES + texts[key[2]].bytes <= self._most_bytes // 2:
                self._put(key, texts[key[2]], times[key])


def without_texts(node: DocumentNode) -> str:
    """The document in one form, whatever its spaces, and without what stands in quotes."""
    return print_ast(visit(node, _Hide()))


class _Hide(Visitor):
    def enter_string_value(self, node: StringValueNode, *_: Any) -> StringValueNode:
        return StringValueNode(value=HIDDEN, block=False)


def _uses(counted: Iterable[_Counts], texts: Mapping[str, str]) -> list[Use]:
    found: dict[Key, int] = {}
    for counts in counted:
        for (client, version, text), times in counts.times.items():
            key = client, version, texts[text]
            found[key] = found.get(key, 0) + times
    return [Use(*key, times) for key, times in found.items()]


def _plain(name: str) -> str:
    return name[:_LONGEST] if name.isascii() and name.isprintable() else ""
