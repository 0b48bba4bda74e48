"""One SQL text for both databases: `:name` is a value, `IN :names` and `NOT IN :names` take a list.

Nothing inside literals, quoted names or comments is taken for a parameter, nor is a cast (`::`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

Parameters = Mapping[str, object]
"""int, str, bytes, bool, None, or a list of int or of str."""

_TOKEN = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$ | ::
    | \b(?P<member>(?:NOT\s+)?IN)\s+:(?P<list>[A-Za-z_]\w*)
    | :(?P<value>[A-Za-z_]\w*)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_ARRAYS = {int: "bigint[]", str: "text[]"}


def upsert(table: str, columns: Sequence[str], key: Sequence[str], renewed: Sequence[str] | None = None) -> str:
    """The statement that adds a row, or writes the `renewed` columns (all but the key) of the one that is there.

    A column whose name is a word of SQL's own comes in quotes; its parameter has none.
    """
    values = ", ".join(":" + name.strip('"') for name in columns)
    written = [name for name in columns if name not in key] if renewed is None else renewed
    news = ", ".join(f"{name} = excluded.{name}" for name in written)
    add = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"
    return f"{add} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {news}"


def raise_revision(module: str) -> str:
    """The statement that raises a module's revision and answers it.

    Whoever runs it has the module's tables to itself until its transaction ends.
    """
    return (
        f"INSERT INTO {module}_revision (id, revision) VALUES (1, 1) "
        f"ON CONFLICT (id) DO UPDATE SET revision = {module}_revision.revision + 1 RETURNING revision"
    )


def for_sqlite(sql: str, values: Parameters) -> tuple[str, Mapping[str, Any]]:
    """The text and the values as sqlite3 takes them: names stay, lists travel as JSON."""
    text, lists = _sqlite(sql)
    if not lists:
        return text, values
    return text, {**values, **{name: json.dumps(list(_sequence(values, name))) for name in lists}}


@lru_cache(maxsize=1024)
def by_place(sql: str) -> tuple[str, Callable[[Parameters], tuple[Any, ...]]] | None:
    """The text with one `?` for each value, and what takes them out of the parameters in order; None when a list is
    among them. For many rows of one statement: sqlite3 binds by place in half the time that names take it."""
    names: list[str] = []

    def place(found: re.Match[str]) -> str:
        if found["value"] is None:
            return found[0]
        names.append(found["value"])
        return "?"

    if _sqlite(sql)[1]:
        return None
    text = _TOKEN.sub(place, sql)
    if len(names) > 1:
        return text, itemgetter(*names)
    return text, lambda row: tuple(row[name] for name in names)


def for_postgresql(sql: str, values: Parameters) -> tuple[str, list[Any]]:
    """The text and the values as asyncpg takes them: numbered, lists as arrays of their content's type."""
    kinds = tuple(_kind(_sequence(values, name)) for name in _sqlite(sql)[1])
    text, names = _postgresql(sql, kinds)
    return text, [values[name] for name in names]


@lru_cache(maxsize=1024)
def _sqlite(sql: str) -> tuple[str, tuple[str, ...]]:
    """The text for SQLite, and the names of its lists in order of first use."""
    lists: dict[str, None] = {}

    def member(found: re.Match[str]) -> str:
        if found["list"] is None:
            return found[0]
        lists[found["list"]] = None
        return f"{found['member']} (SELECT value FROM json_each(:{found['list']}))"

    return _TOKEN.sub(member, sql), tuple(lists)


@lru_cache(maxsize=1024)
def _postgresql(sql: str, kinds: tuple[type | None, ...]) -> tuple[str, tuple[str, ...]]:
    """The text for PostgreSQL when its lists hold these kinds, and the names of $1, $2 and so on."""
    numbers: dict[str, int] = {}
    arrays = dict(zip(_sqlite(sql)[1], kinds, strict=True))

    def numbered(name: str) -> str:
        return f"${numbers.setdefault(name, len(numbers) + 1)}"

    def replace(found: re.Match[str]) -> str:
        if found["value"] is not None:
            return numbered(found["value"])
        if found["list"] is None:
            return found[0]
        kind = arrays[found["list"]]
        # PostgreSQL gives an untyped empty array the type of what it is compared with.
        array = "'{}'" if kind is None else f"{numbered(found['list'])}::{_ARRAYS[kind]}"
        return f"= ANY({array})" if found["member"].upper() == "IN" else f"<> ALL({array})"

    return _TOKEN.sub(replace, sql), tuple(numbers)


def _sequence(values: Parameters, name: str) -> Sequence[object]:
    value = values[name]
    if not isinstance(value, (list, tuple)):
        raise TypeError(f":{name} stands behind IN and must be a list, not {type(value).__name__}")
    return value


def _kind(items: Sequence[object]) -> type | None:
    """int or str by the first item; None when there is none."""
    return None if not items else (int if isinstance(items[0], int) else str)
