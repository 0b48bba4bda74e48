"""Constraint instances in XCSP3's XML: variables and lists of tuples, read by their lines.

Read are variables with integer or symbolic domains, arrays, and `extension` constraints (supports, conflicts, `*`),
alone, in groups with arguments, and in blocks. Other constraints and objectives are refused by name. The XML may have
no document type: entities let a few lines stand for gigabytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Final, NamedTuple
from xml.parsers import expat

from modules.configurator.formats.features import Problem

MOST_BYTES: Final = 128 * 2**20
MOST_VALUES: Final = 100_000
"""In one domain or array."""
_DEEPEST: Final = 30
_TUPLE: Final = re.compile(r"\(([^()]*)\)")
_RANGE: Final = re.compile(r"([-+]?\d+)\.\.([-+]?\d+)")
_SIZE: Final = re.compile(r"\[\s*(\d+)\s*\]")
_INDEX: Final = re.compile(r"\[\s*(\d*)(?:\.\.(\d+))?\s*\]")
_ARGUMENT: Final = re.compile(r"%(\d+|\.\.\.)")


@dataclass(slots=True)
class Element:
    """A piece of the XML with its line."""

    name: str
    attributes: dict[str, str]
    line: int
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What stands in it, outside its children."""
        return "".join(self.pieces)

    def child(self, *names: str) -> Element | None:
        """The first child of one of these names."""
        return next((child for child in self.children if child.name in names), None)


class Tuples(NamedTuple):
    """These variables together take one of the tuples, or none of them; None stands for any value."""

    line: int
    name: str
    variables: tuple[str, ...]
    allowed: bool
    tuples: tuple[tuple[str | None, ...], ...]


@dataclass(slots=True)
class Instance:
    """What a file says. Whoever finds `problems` has no use for the rest."""

    variables: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By name the values, as they are written."""
    constraints: list[Tuples] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class _Wrong(Exception):
    """The message says why an element cannot be taken."""


def read_instance(text: str) -> Instance:
    """The instance of an XCSP3 file."""
    instance = Instance()
    try:
        root = _parsed(text)
    except (expat.ExpatError, _Wrong) as error:
        line = error.lineno if isinstance(error, expat.ExpatError) else 1
        instance.problems.append(Problem(line, f"This is no XML that is read: {error}."))
        return instance
    if root.name != "instance" or root.child("variables") is None:
        instance.problems.append(Problem(root.line, "Expected is an <instance> of XCSP3 with <variables>."))
        return instance
    _Reader(instance).read(root)
    return instance


def _parsed(text: str) -> Element:
    if len(text) > MOST_BYTES:
        raise _Wrong(f"it has more than {MOST_BYTES // 2**20} MiB")
    parser = expat.ParserCreate()
    parser.buffer_text = True
    top = Element("", {}, 1)
    stack = [top]

    def begin(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > _DEEPEST:
            raise _Wrong("its elements stand too deep within one another")
        element = Element(name, attributes, parser.CurrentLineNumber)
        stack[-1].children.append(element)
        stack.append(element)

    def refuse(*_: object) -> None:
        raise _Wrong("document types and entities are not read")

    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda name: stack.pop()
    parser.CharacterDataHandler = lambda data: stack[-1].pieces.append(data)
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.Parse(text, True)
    return top.children[0]


class _Reader:
    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._arrays: dict[str, tuple[int, ...]] = {}

    def read(self, root: Element) -> None:
        """Variables first: constraints name them."""
        for section in root.children:
            if section.name == "variables":
                self._try(section, self._variable)
        for section in root.children:
            if section.name == "constraints":
                self._try(section, self._constraint)
            elif section.name not in ("variables", "annotations"):
                self._refuse(section, f"<{section.name}> is not read.")

    def _refuse(self, element: Element, message: str) -> None:
        self._instance.problems.append(Problem(element.line, message))

    def _try(self, section: Element, read: object) -> None:
        assert callable(read)
        for element in section.children:
            try:
                read(element)
            except _Wrong as error:
                self._refuse(element, str(error))

    def _variable(self, element: Element) -> None:
        name = element.attributes.get("id", "")
        if element.name not in ("var", "array") or not name:
            raise _Wrong(f"Expected is a <var> or an <array> with an id, not <{element.name}>.")
        if (kind := element.attributes.get("type", "integer")) not in ("integer", "symbolic"):
            raise _Wrong(f"{name} is {kind}; integer and symbolic variables are read.")
        if element.children and element.name == "array":
            raise _Wrong(f"The array {name} has several domains, which is not read.")
        sizes = tuple(map(int, _SIZE.findall(element.attributes.get("size", "")))) if element.name == "array" else ()
        if element.name == "array" and (not sizes or prod(sizes) > MOST_VALUES):
            raise _Wrong(f"The array {name} needs a size as [3] or [2][4], of at most {MOST_VALUES} variables.")
        values = self._domain(element, name)
        self._arrays |= {name: sizes} if sizes else {}
        for index in product(*map(range, sizes)):
            self._add(name + "".join(f"[{place}]" for place in index), values)

    def _add(self, name: str, values: tuple[str, ...]) -> None:
        if name in self._instance.variables:
            raise _Wrong(f"The variable {name!r} stands here twice.")
        self._instance.variables[name] = values

    def _domain(self, element: Element, name: str) -> tuple[str, ...]:
        if (other := element.attributes.get("as")) is not None:
            known = self._instance.variables.get(other) or self._instance.variables.get(f"{other}[0]")
            if known is None:
                raise _Wrong(f"{name} is as {other!r}, which there is not.")
            return known
        values = tuple(dict.fromkeys(_values(element.text)))
        if not values:
            raise _Wrong(f"{name} has no values.")
        return values

    def _constraint(self, element: Element) -> None:
        if element.name == "block":
            self._try(element, self._constraint)
        elif element.name == "group":
            self._group(element)
        elif element.name == "extension":
            self._extension(element, None)
        else:
            raise _Wrong(f"<{element.name}> is not read: only <extension> is, with its tuples.")

    def _group(self, element: Element) -> None:
        template = element.child("extension")
        if template is None:
            other = next((child.name for child in element.children if child.name != "args"), "nothing")
            raise _Wrong(f"A group of <{other}> is not read: only <extension> is, with its tuples.")
        for arguments in element.children:
            if arguments.name == "args":
                self._extension(template, arguments)

    def _extension(self, element: Element, arguments: Element | None) -> None:
        scope, tuples = element.child("list"), element.child("supports", "conflicts")
        if tuples is None:
            raise _Wrong("The <extension> has neither <supports> nor <conflicts>.")
        written = scope.text if scope is not None else element.text
        given = arguments.text.split() if arguments is not None else []
        variables = tuple(name for word in _filled(written, given) for name in self._named(word))
        rows = _unary(tuples.text) if len(variables) == 1 and "(" not in tuples.text else _tuples(tuples.text)
        self._check(variables, rows)
        name = element.attributes.get("id", "")
        line = (arguments or element).line
        self._instance.constraints.append(Tuples(line, name, variables, tuples.name == "supports", rows))

    def _check(self, variables: tuple[str, ...], rows: tuple[tuple[str | None, ...], ...]) -> None:
        if not variables or len(set(variables)) < len(variables):
            raise _Wrong("A list names each of its variables once.")
        if unlike := next((row for row in rows if len(row) != len(variables)), None):
            shown = ",".join(value or "*" for value in unlike)
            raise _Wrong(f"The tuple ({shown}) has {len(unlike)} values for {len(variables)} variables.")

    def _named(self, word: str) -> Iterator[str]:
        """A variable, or all that `x[]` or `x[1..3]` stand for."""
        if word in self._instance.variables:
            yield word
            return
        name, bracket, _ = word.partition("[")
        sizes = self._arrays.get(name)
        indexes = _INDEX.findall(word) if bracket else []
        if sizes is None or len(indexes) != len(sizes):
            raise _Wrong(f"There is no variable {word[:64]!r}.")
        places = [_places(low, high, size) for (low, high), size in zip(indexes, sizes, strict=True)]
        for index in product(*places):
            found = name + "".join(f"[{place}]" for place in index)
            if found not in self._instance.variables:
                raise _Wrong(f"There is no variable {found[:64]!r}.")
            yield found


def _places(low: str, high: str, size: int) -> range:
    if not low and not high:
        return range(size)
    return range(int(low), min(int(high or low), size) + 1)


def _filled(written: str, given: list[str]) -> Iterator[str]:
    """The words of a list, with the arguments of a group for %0, %1, %..."""
    for word in written.split():
        found = _ARGUMENT.fullmatch(word)
        if found is None:
            yield word
        elif found[1] == "...":
            used = [int(place) for place in re.findall(r"%(\d+)", written)]
            yield from given[max(used, default=-1) + 1 :]
        elif int(found[1]) < len(given):
            yield given[int(found[1])]
        else:
            raise _Wrong(f"There is no argument for {word}.")


def _values(text: str) -> Iterator[str]:
    for word in text.split():
        found = _RANGE.fullmatch(word)
        if found is None:
            yield _value(word)
            continue
        low, high = int(found[1]), int(found[2])
        if high - low >= MOST_VALUES:
            raise _Wrong(f"A domain has at most {MOST_VALUES} values.")
        yield from map(str, range(low, high + 1))


def _value(word: str) -> str:
    """Numbers in one spelling."""
    return str(int(word)) if re.fullmatch(r"[-+]?\d+", word) else word


def _unary(text: str) -> tuple[tuple[str | None, ...], ...]:
    return tuple((value,) for value in _values(text))


def _tuples(text: str) -> tuple[tuple[str | None, ...], ...]:
    if stray := _TUPLE.sub("", text).strip():
        raise _Wrong(f"{stray[:40]!r} is no tuple.")
    every = (found.split(",") for found in _TUPLE.findall(text))
    return tuple(tuple(None if (value := one.strip()) == "*" else _value(value) for one in row) for row in every)
