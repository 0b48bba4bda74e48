"""Feature models in UVL, the universal variability language: read into a tree, with all that is wrong by line.

Read are: namespace, features with groups (mandatory, optional, or, alternative, [n..m]), attributes, and constraints
with ! & | => <=>. Refused by name are: imports, typed features, feature cardinalities, constraints in attributes,
arithmetic and aggregates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

GROUPS: Final = ("mandatory", "optional", "or", "alternative")
_ID: Final = r'(?:"[^"\r\n]+"|[^\W\d][\w#§%?\\\';]*)'
_CARDINALITY: Final = re.compile(r"\[\s*(\d+)\s*(?:\.\.\s*(\d+|\*)\s*)?\]")
_FEATURE: Final = re.compile(
    rf"(?:(?P<type>String|Integer|Real|Boolean)\s+)?(?P<name>{_ID})\s*"
    r"(?P<many>cardinality\s*\[[^\]]*\])?\s*(?P<attributes>\{.*\})?\s*",
    re.DOTALL,
)
_COMMENT: Final = re.compile(r'"[^"\r\n]*"|\'[^\'\r\n]*\'|//[^\r\n]*|/\*.*?\*/', re.DOTALL)
_SECTIONS: Final = ("namespace", "include", "imports", "features", "constraints")
_TAB: Final = 4


class Problem(NamedTuple):
    """What is wrong on a line, counted from 1."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Group:
    """Of whose features, if the parent is chosen, `low` to `high` are; None: all of them."""

    kind: str
    line: int
    low: int = 0
    high: int | None = None
    features: list[Feature] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature of the tree."""

    name: str
    line: int
    attributes: str = ""
    groups: list[Group] = field(default_factory=list)


class Sentence(NamedTuple):
    """A constraint as it stands."""

    line: int
    source: str


@dataclass(slots=True)
class FeatureModel:
    """What a file says. Whoever finds `problems` has no use for the rest."""

    namespace: str = ""
    root: Feature | None = None
    constraints: list[Sentence] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class _Line(NamedTuple):
    number: int
    indent: int
    text: str


def read_features(text: str) -> FeatureModel:
    """The feature model of a UVL file."""
    model = FeatureModel()
    sections: dict[str, list[_Line]] = {}
    section = ""
    for line in _lines(text):
        word = line.text.split(None, 1)[0]
        if line.indent == 0 and word in _SECTIONS:
            section = word
            sections.setdefault(word, [])
            if word == "namespace":
                model.namespace = line.text[len(word) :].strip().strip('"')
        elif not section or section == "namespace":
            model.problems.append(Problem(line.number, f"Expected is one of {', '.join(_SECTIONS)}, not {word!r}."))
        else:
            sections[section].append(line)
    for line in sections.get("imports", ()):
        model.problems.append(Problem(line.number, "Imports of other models are not read."))
    _Tree(model).read(sections.get("features", []))
    model.constraints = [Sentence(line.number, line.text) for line in sections.get("constraints", ())]
    return model


def _lines(text: str) -> Iterator[_Line]:
    """Those with something on them; attributes in braces may go over several."""
    number = 0
    pending: _Line | None = None
    for raw in _COMMENT.sub(_blank, text.removeprefix("\ufeff")).splitlines():
        number += 1
        if not raw.strip():
            continue
        if pending is None:
            indent = len(raw.expandtabs(_TAB)) - len(raw.expandtabs(_TAB).lstrip())
            pending = _Line(number, indent, raw.strip())
        else:
            pending = pending._replace(text=f"{pending.text} {raw.strip()}")
        if pending.text.count("{") <= pending.text.count("}"):
            yield pending
            pending = None
    if pending is not None:
        yield pending


def _blank(match: re.Match[str]) -> str:
    """Comments become their line ends; what is quoted stays."""
    return match[0] if match[0][0] in "\"'" else "\n" * match[0].count("\n") or " "


class _Tree:
    """Features and groups by their indents."""

    def __init__(self, model: FeatureModel) -> None:
        self._model = model
        self._names: set[str] = set()
        self._open: list[tuple[int, Feature | Group]] = []
        """What encloses the next line, outermost first."""

    def read(self, lines: list[_Line]) -> None:
        """Puts them into the model."""
        for line in lines:
            while self._open and self._open[-1][0] >= line.indent:
                self._open.pop()
            above = self._open[-1][1] if self._open else None
            made = self._feature(line, above) if not isinstance(above, Feature) else self._group(line, above)
            if made is not None:
                self._open.append((line.indent, made))
        if self._model.root is None and not self._model.problems:
            self._model.problems.append(Problem(1, "There are no features."))

    def _refuse(self, line: _Line, message: str) -> None:
        self._model.problems.append(Problem(line.number, message))

    def _group(self, line: _Line, parent: Feature) -> Group | None:
        group: Group | None = None
        if line.text in GROUPS:
            low, high = {"mandatory": (0, None), "optional": (0, None), "or": (1, None), "alternative": (1, 1)}[
                line.text
            ]
            group = Group(line.text, line.number, low, high)
        elif found := _CARDINALITY.fullmatch(line.text):
            most = found[2] or found[1]
            group = Group("cardinality", line.number, int(found[1]), None if most == "*" else int(most))
        if group is None:
            self._refuse(line, f"Expected is a group ({', '.join(GROUPS)}, [n..m]), not {line.text[:40]!r}.")
            return None
        parent.groups.append(group)
        return group

    def _feature(self, line: _Line, group: Group | None) -> Feature | None:
        found = _FEATURE.fullmatch(line.text)
        if found is None:
            self._refuse(line, f"{line.text[:40]!r} is no feature.")
            return None
        feature = Feature(found["name"].strip('"'), line.number, (found["attributes"] or "").strip("{} "))
        if said := self._refusal(feature, found, group):
            self._refuse(line, said)
        self._names.add(feature.name)
        if group is not None:
            group.features.append(feature)
        elif self._model.root is None:
            self._model.root = feature
        return feature

    def _refusal(self, feature: Feature, found: re.Match[str], group: Group | None) -> str:
        """Why a feature cannot be taken, or nothing."""
        if found["type"] and found["type"] != "Boolean":
            return f"{feature.name} is a typed feature ({found['type']}); only Boolean ones are read."
        if found["many"]:
            return f"{feature.name} has a feature cardinality, which is not read."
        if re.search(r"(?:^|[,{\s])constraints?\s+[^,\s]", feature.attributes):
            return f"{feature.name} has a constraint among its attributes; move it to the section constraints."
        if feature.name in self._names:
            return f"The feature {feature.name!r} stands here twice."
        return f"{feature.name!r} stands beside the root." if group is None and self._model.root else ""
