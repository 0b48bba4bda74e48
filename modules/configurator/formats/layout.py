"""Writes YAML made to be reviewed: one thing a line, short things whole, the same text for the same values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from modules.configurator.formats.plain import Figure, Number, Plain
from modules.configurator.formats.texts import is_spoken_for

WIDTH: Final = 120
_DEEPEST: Final = 2
"""Levels that may stand in one line."""
_SAFE: Final = re.compile(r"[^\W\d](?:[\w .()/%+*<>='-]*[\w)'%.])?")
_SAFE_IN_BLOCK: Final = re.compile(r"[^\W\d`](?:(?:[\w .,()/%+*<>='-]|:(?=\w))*[\w)'%.])?")
# What older readers of YAML take for something else.
_TRAPS: Final = re.compile(r"(?:y|yes|n|no|on|off|true|false|null)", re.IGNORECASE)
_ESCAPED: Final = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def yaml_of(plain: Plain) -> str:
    """The document's text, ending with a line end; `read_text` reads the same values from it."""
    return "\n".join(_block(plain, "")) + "\n"


def _block(plain: Plain, indent: str) -> Iterator[str]:
    if isinstance(plain, dict) and plain and not isinstance(plain, Number):
        for key, value in plain.items():
            yield from _entry(f"{indent}{_scalar(key, _SAFE)}:", value, indent + "  ")
    elif isinstance(plain, list) and plain:
        for value in plain:
            yield from _item(value, indent)
    else:
        yield indent + flow_of(plain)


def _entry(head: str, value: Plain, indent: str) -> Iterator[str]:
    if not _is_container(value) or _fits(value, head):
        yield f"{head} {flow_of(value) if _is_container(value) else _scalar(value, _SAFE_IN_BLOCK)}"
    else:
        yield head
        yield from _block(value, indent)


def _item(value: Plain, indent: str) -> Iterator[str]:
    if not _is_container(value) or _fits(value, indent + "-"):
        yield f"{indent}- {flow_of(value) if _is_container(value) else _scalar(value, _SAFE_IN_BLOCK)}"
    else:
        lines = _block(value, indent + "  ")
        yield f"{indent}- {next(lines)[len(indent) + 2 :]}"
        yield from lines


def _is_container(value: Plain) -> bool:
    return isinstance(value, (dict, list)) and not isinstance(value, Number)


def _fits(value: Plain, head: str) -> bool:
    """Rows stand in one line however long they are."""
    row = isinstance(value, list) and head.endswith("-")
    return row or (_depth(value) <= _DEEPEST and len(head) + 1 + len(flow_of(value)) <= WIDTH) or not value


def _depth(value: Plain) -> int:
    if not _is_container(value) or not value:
        return 0
    assert isinstance(value, (dict, list))
    return 1 + max(map(_depth, value.values() if isinstance(value, dict) else value))


def flow_of(value: Plain) -> str:
    """The value in one line, however long."""
    if isinstance(value, list):
        return f"[{', '.join(map(flow_of, value))}]"
    if isinstance(value, dict) and not isinstance(value, Number):
        inside = ", ".join(f"{_scalar(key, _SAFE)}: {flow_of(one)}" for key, one in value.items())
        return f"{{{inside}}}"
    return _scalar(value, _SAFE)


def _scalar(value: object, safe: re.Pattern[str]) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Figure)):
        return str(value)
    if isinstance(value, Number):
        return str(value["number"])
    text = str(value)
    if safe.fullmatch(text) and not is_spoken_for(text) and not _TRAPS.fullmatch(text) and " #" not in text:
        return text
    return _ESCAPED.sub(lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(text, ensure_ascii=False))
