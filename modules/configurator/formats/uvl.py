"""Feature models as families: each feature a characteristic that is YES or NO, each relation a rule.

A feature's parent is required by it; a group asks its features for as many as it says; the root is always chosen. So
the family has as many configurations as the feature model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from math import comb
from typing import Final

from modules.configurator.engine.language import expression
from modules.configurator.formats.features import Feature, FeatureModel, Group, Problem, read_features
from modules.configurator.formats.naming import Names
from modules.configurator.formats.propositions import Unreadable, proposition
from modules.configurator.model.bundles import Bundle
from modules.configurator.model.changes import RevisionKey
from modules.configurator.model.characteristics import Characteristic, Option
from modules.configurator.model.errors import BadSyntax
from modules.configurator.model.families import Family, FamilyCharacteristic
from modules.configurator.model.masters import Texts
from modules.configurator.model.revisions import Part, Revision, RevisionCharacteristic
from modules.configurator.model.rules import Action, FrontRule, Require
from modules.configurator.model.trees import (
    All,
    Any,
    Comparison,
    Condition,
    Constant,
    Implies,
    Not,
    Operator,
    Reference,
)
from modules.kernel.names import Locale, Sku

_EN: Final = Locale("en")
_YES_NO: Final = (
    Option(id="YES", descriptions=((_EN, "Yes"),), sequence=10),
    Option(id="NO", descriptions=((_EN, "No"),), sequence=20),
)
_MOST_SETS: Final = 3_000
"""Conditions that a group [n..m] may become."""
_TOGETHER: Final = 20
"""Features that one condition may name: beyond, a condition grows longer than it may be."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A family that a file became, or the problems why it did not."""

    bundle: Bundle | None
    problems: tuple[Problem, ...] = ()


def import_uvl(text: str, name: str, phase_in: date) -> Imported:
    """The family of a UVL file, with one part and its first, tentative revision from `phase_in` on.

    The family is called after the namespace or, without one, `name`.
    """
    model = read_features(text)
    if model.problems or model.root is None:
        return Imported(None, tuple(model.problems))
    making = _Family(model)
    making.relate(model.root)
    making.constrain()
    if making.problems:
        return Imported(None, tuple(sorted(making.problems)))
    return Imported(making.bundle(Names().id_of(model.namespace or name, "MODEL"), phase_in))


@dataclass
class _Family:
    model: FeatureModel
    problems: list[Problem] = field(default_factory=list)
    characteristics: dict[str, Characteristic] = field(default_factory=dict)
    rules: list[FrontRule] = field(default_factory=list)
    literals: dict[str, Condition] = field(default_factory=dict)
    _names: Names = field(default_factory=Names)
    _rule_names: Names = field(default_factory=Names)

    def __post_init__(self) -> None:
        for feature in _features(self.model.root):
            said = f"{feature.name} ({feature.attributes})" if feature.attributes else feature.name
            self.literals[feature.name] = self._characteristic(feature.name, ((_EN, said),))

    def _characteristic(self, name: str, said: Texts, hidden: bool = False) -> Condition:
        id = self._names.id_of(name, "F")
        self.characteristics[id] = Characteristic(
            id=id, descriptions=said, options=_YES_NO, hidden=hidden, identity=not hidden
        )
        return Comparison(Reference(id), Operator.EQUAL, Constant("YES"))

    def relate(self, root: Feature) -> None:
        """The rules of the tree."""
        self._rule("root", f"{root.name} is always chosen", root.line, self.literals[root.name])
        for feature in _features(root):
            parent = self.literals[feature.name]
            for group in feature.groups:
                children = [self.literals[child.name] for child in group.features]
                for child in group.features:
                    self._rule(f"{child.name}_in", f"{child.name} is part of {feature.name}", child.line,
                               Implies(self.literals[child.name], parent))  # fmt: skip
                self._group(feature, group, children)

    def _group(self, feature: Feature, group: Group, children: list[Condition]) -> None:
        name = f"{feature.name}_{group.kind}"
        low = len(children) if group.kind == "mandatory" else group.low
        high = len(children) if group.high is None else min(group.high, len(children))
        if not children or low > len(children) or low > high:
            self.problems.append(Problem(group.line, f"{len(children)} features cannot be {low} to {high}."))
            return
        bounds = group.kind == "cardinality"
        count = comb(len(children), low - 1) if low > 1 and bounds else 0
        if count + (comb(len(children), high + 1) if high > 1 and bounds else 0) > _MOST_SETS:
            said = f"A group of {len(children)} features with [{low}..{high}] is larger than can be read."
            self.problems.append(Problem(group.line, said))
            return
        said = f"{feature.name}: {low} to {high} of {len(children)}"
        needed = [self.either([*some], name) for some in combinations(children, len(children) - low + 1)] if low else []
        for one in needed:
            self._rule(name, said, group.line, Implies(self.literals[feature.name], one))
        if high == 1:
            self._at_most_one(name, said, group.line, children)
            return
        for some in combinations(children, high + 1):
            self._rule(name, said, group.line, Not(All(some)) if len(some) <= _TOGETHER else self.not_all(some, name))

    def _at_most_one(self, name: str, said: str, line: int, children: list[Condition]) -> None:
        """Each of them excludes those behind it: fewer rules than a rule for each pair."""
        for place, child in enumerate(children):
            for begin in range(place + 1, len(children), _TOGETHER):
                others = children[begin : begin + _TOGETHER]
                either = Any(tuple(others)) if len(others) > 1 else others[0]
                self._rule(name, said, line, Implies(child, Not(either)))

    def either(self, some: list[Condition], name: str) -> Condition:
        """That one of them is true; of many by hidden characteristics that are YES when one of theirs is."""
        while len(some) > _TOGETHER:
            parts = [some[begin : begin + _TOGETHER] for begin in range(0, len(some), _TOGETHER)]
            some = [self._helper(part, name) for part in parts]
        return some[0] if len(some) == 1 else Any(tuple(some))

    def not_all(self, some: tuple[Condition, ...], name: str) -> Condition:
        """That one of them is false."""
        return self.either([Not(one) for one in some], name)

    def _helper(self, part: list[Condition], name: str) -> Condition:
        helper = self._characteristic(f"{name}_any", ((_EN, f"Any of {len(part)} of {name}"),), hidden=True)
        some = Any(tuple(part)) if len(part) > 1 else part[0]
        self._rule(f"{name}_any", f"What is meant by a part of {name}", 1, Implies(helper, some))
        self._rule(f"{name}_any", f"What is meant by a part of {name}", 1, Implies(some, helper))
        return helper

    def constrain(self) -> None:
        """The rules of the constraints."""
        for number, sentence in enumerate(self.model.constraints, 1):
            try:
                found = proposition(sentence.source, self.literals)
            except Unreadable as error:
                self.problems.append(Problem(sentence.line, str(error)))
                continue
            for part in found.conditions if isinstance(found, All) else (found,):
                self._rule(f"constraint_{number}", sentence.source[:200], sentence.line, part)

    def _rule(self, name: str, said: str, line: int, what: Condition) -> None:
        """An implication becomes a rule with a condition."""
        when = what.condition if isinstance(what, Implies) else None
        then = what.consequence if isinstance(what, Implies) else what
        try:
            action: Action = Require(expression(then))
            condition = None if when is None else expression(when)
        except BadSyntax:
            self.problems.append(Problem(line, "This is longer than a condition may be: write it as several."))
            return
        sequence = 10 * (len(self.rules) + 1)
        self.rules.append(
            FrontRule(
                id=self._rule_names.id_of(name, "R"),
                descriptions=((_EN, said),),
                sequence=sequence,
                condition=condition,
                actions=(action,),
            )
        )

    def bundle(self, id: str, phase_in: date) -> Bundle:
        """All of it."""
        return bundle_of(id, self.characteristics, self.rules, phase_in)


def bundle_of(id: str, characteristics: Mapping[str, Characteristic], rules: list[FrontRule], phase_in: date) -> Bundle:
    """A family with a part of the same name, all of whose characteristics are required, and one tentative revision."""
    places = [(10 * place, name) for place, name in enumerate(characteristics, 1)]
    part = Sku(id)
    key = RevisionKey(part, 1)
    members = tuple(
        RevisionCharacteristic(characteristic=name, sequence=place, required=True, hidden=characteristics[name].hidden)
        for place, name in places
    )
    return Bundle(
        family=Family(
            id=id,
            descriptions=((_EN, id),),
            members=tuple(FamilyCharacteristic(characteristic=name, sequence=place) for place, name in places),
        ),
        characteristics=characteristics,
        parts={part: Part(id=part, descriptions=((_EN, id),), family=id)},
        revisions={key: Revision(part=part, number=1, phase_in=phase_in, members=members)},
        rules={key: tuple(rules)},
        cases={key: ()},
    )


def _features(root: Feature | None) -> Iterator[Feature]:
    """All of a tree, parents first; without recursion, for trees may be deep."""
    left = [root] if root else []
    while left:
        feature = left.pop()
        yield feature
        left += [child for group in reversed(feature.groups) for child in reversed(group.features)]
