"""Reads YAML and JSON with nothing lost and nothing guessed.

Of YAML only what documents need: mappings, lists and scalars. Numbers keep their digits (`Bare`), so that 1.10 and 007
survive where a text is wanted; `no` and `2026-01-01` are texts. Anchors, aliases and tags are refused: they let a few
lines stand for millions. So is a key that stands twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import yaml

from modules.configurator.formats.plain import Bare
from modules.configurator.model.errors import BadDocument

MOST_BYTES: Final = 32 * 2**20
MOST_DEPTH: Final = 40
MOST_VALUES: Final = 4_000_000

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER: Final = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,4})?")
_WORDS: Final[Mapping[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


def read_text(text: str) -> Any:
    """What a document says: plain values, with `Bare` for numbers; JSON where it begins with a brace, else YAML.

    Raises BadDocument with the line and column of what is wrong, both from 1.
    """
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise BadDocument(f"Character {error.start + 1} stands for none.") from None
    if size > MOST_BYTES:
        raise BadDocument(f"A document may have {MOST_BYTES // 2**20} MiB.")
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        return _read_json(text.lstrip("\ufeff"))
    return _Events(text).document()


def lines_of(text: str, paths: Iterable[Sequence[str]]) -> list[int | None]:
    """On which line of a YAML document what each path leads to stands, or the nearest around it; None in JSON."""
    try:
        root = yaml.compose(text, _Loader)
    except (yaml.YAMLError, RecursionError):
        root = None
    return [_line(root, path) for path in paths]


def _line(node: Any, path: Sequence[str]) -> int | None:
    line = None
    for step in path:
        if (found := _below(node, step)) is None:
            break
        line, node = found
    return line


def _below(node: Any, step: str) -> tuple[int, Any] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark.line + 1, value) for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and step.isdecimal() and int(step) < len(node.value):
        found = node.value[int(step)]
        return found.start_mark.line + 1, found
    return None


def is_spoken_for(text: str) -> bool:
    """Whether the text means something else where it stands without quotes."""
    return text in _WORDS or _NUMBER.fullmatch(text) is not None


def _refuse(message: str, mark: Any) -> BadDocument:
    return BadDocument(f"Line {mark.line + 1}, column {mark.column + 1}: {message}")


class _Events:
    """One document as libyaml tells it, piece by piece: nothing is resolved that was not written."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[Any] = iter(yaml.parse(text, _Loader))
        self._count = 0

    def document(self) -> Any:
        """The only one there is."""
        try:
            found = None
            for event in self._events:
                if isinstance(event, yaml.DocumentStartEvent):
                    found = self._value(next(self._events), 0)
                    next(self._events)  # its end
                    break
            for event in self._events:
                if isinstance(event, yaml.DocumentStartEvent):
                    raise _refuse("A second document begins here.", event.start_mark)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            said = f"{error.problem or error.context}."
            raise (_refuse(said, mark) if mark else BadDocument(said)) from None
        except yaml.YAMLError as error:
            raise BadDocument(f"It cannot be read: {error}.") from None
        return found

    def _value(self, event: Any, depth: int) -> Any:
        self._count += 1
        if depth > MOST_DEPTH or self._count > MOST_VALUES:
            raise _refuse("This is deeper or larger than a document may be.", event.start_mark)
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise _refuse("Anchors and aliases are not read: write it out.", event.start_mark)
        if event.tag not in (None, "!"):
            raise _refuse("Tags are not read.", event.start_mark)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(depth)
        if isinstance(event, yaml.SequenceStartEvent):
            found = []
            while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
                found.append(self._value(event, depth + 1))
            return found
        return _scalar(event)

    def _mapping(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = event.value if isinstance(event, yaml.ScalarEvent) and not event.anchor else None
            if key is None:
                raise _refuse("A key is a text.", event.start_mark)
            if key in found:
                raise _refuse(f"{key[:64]!r} stands here twice.", event.start_mark)
            found[key] = self._value(next(self._events), depth + 1)
        return found


def _scalar(event: Any) -> Any:
    text: str = event.value
    if event.style in ("'", '"', "|", ">"):
        return text
    if text in _WORDS:
        return _WORDS[text]
    return Bare(text) if _NUMBER.fullmatch(text) else text


def _read_json(text: str) -> Any:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(keys := dict(found)) < len(found):
            names = [name for name, _ in found]
            raise BadDocument(f"{next(name for name in names if names.count(name) > 1)[:64]!r} stands there twice.")
        return keys

    def refuse(word: str) -> Any:
        raise BadDocument(f"{word} is no number.")

    try:
        return json.loads(text, object_pairs_hook=pairs, parse_float=Bare, parse_int=Bare, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise BadDocument(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except RecursionError:
        raise BadDocument("This is deeper than a document may be.") from None
