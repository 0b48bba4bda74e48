"""The book of tax rules: which of them holds where and when, and which cannot stand side by side (T-1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from modules.kernel.errors import Refused
from modules.kernel.names import TaxClass
from modules.kernel.outcome import Path
from modules.pricing.engine.tax.levy import Levy
from modules.pricing.engine.tax.place import TaxPlace, Treatment
from modules.pricing.model.taxes import TaxKind, TaxRule


class TaxRuleAmbiguous(Refused):
    """Two rules would hold at the same time for a jurisdiction and tax class (T-1); `rule` is the other one's id."""

    code: ClassVar[str] = "TAX_RULE_AMBIGUOUS"

    def __init__(self, mine: TaxRule, other: TaxRule, path: Sequence[str | int] = ()) -> None:
        place = f"{mine.region or mine.country} and tax class {mine.tax_class!r}"
        super().__init__(f"For {place} this rule and {other.id!r} hold at the same time.", path)
        self.rule = other.id


class TaxBook:
    """All tax rules, looked up by jurisdiction and tax class. Immutable."""

    def __init__(self, rules: Iterable[TaxRule] = ()) -> None:
        self._rules: dict[tuple[str, str, TaxClass], list[TaxRule]] = defaultdict(list)
        for rule in rules:
            self._rules[rule.country, rule.region, rule.tax_class].append(rule)

    def rule(self, country: str, tax_class: TaxClass, at_us: int, region: str = "") -> TaxRule | None:
        """The one rule that holds, the region's before the country's; None is TAX_RATE_NOT_FOUND, never "untaxed"."""
        for rule in self._candidates(country, region, tax_class):
            if rule.holds(at_us):
                return rule
        return None

    def levy(self, place: TaxPlace, tax_class: TaxClass, at_us: int) -> Levy | None:
        """What is due for this class in this place; None is TAX_RATE_NOT_FOUND (T-1).

        Where nothing is due (T-3) the home rule must be there all the same: gross rows are converted at it. Where the
        market leaves goods without a rule untaxed, their rule has no id and the rate 0.
        """
        home = self.rule(place.home, tax_class, at_us)
        if place.treatment is not Treatment.NORMAL and home:
            rule = replace(home, rate_micros=0, kind=TaxKind.ZERO)
            return Levy(rule, home, place.net_stays, place.treatment.value, place.text)
        is_home = place.country == place.home and not place.region
        rule_here = home if is_home else self.rule(place.country, tax_class, at_us, place.region)
        if place.treatment is Treatment.NORMAL and rule_here:
            return Levy(rule_here, home or rule_here, place.net_stays)
        if not place.untaxed_without_rule:
            return None
        nothing = TaxRule(id="", country=place.country, tax_class=tax_class, rate_micros=0, kind=TaxKind.ZERO)
        return Levy(nothing, home or nothing, place.net_stays, place.treatment.value, place.text)

    def edges(self, country: str, tax_class: TaxClass, region: str = "") -> list[int]:
        """All moments at which a rate begins or ends."""
        rules = self._candidates(country, region, tax_class)
        return [edge for rule in rules for edge in (rule.valid_from_us, rule.valid_until_us) if edge is not None]

    def next_change(self, place: TaxPlace, tax_class: TaxClass, at_us: int) -> int | None:
        """The first moment after the instant at which a levy there may be another: at the place or at home."""
        edges = self.edges(place.country, tax_class, place.region)
        if place.country != place.home:
            edges += self.edges(place.home, tax_class)
        return min((edge for edge in edges if edge > at_us), default=None)

    def _candidates(self, country: str, region: str, tax_class: TaxClass) -> Sequence[TaxRule]:
        whole = self._rules.get((country, "", tax_class), [])
        return [*self._rules.get((country, region, tax_class), ()), *whole] if region else whole


def without_clashes(
    held: Mapping[str, TaxRule], given: Sequence[tuple[Path, TaxRule]]
) -> tuple[list[TaxRule], list[Refused]]:
    """The given rules that can stand beside the held ones and one another, and a refusal of each that cannot (T-1).

    What is judged is how all rules would stand afterwards, so that one may end and another begin in the same call. Of
    two given rules that clash the later is refused. Where a refused rule would have replaced a held one, that one
    stays, and the others are judged beside it.
    """
    refused: dict[int, Refused] = {}
    while found := _clashes(held, [(index, pair) for index, pair in enumerate(given) if index not in refused]):
        refused |= found
    kept = [rule for index, (_, rule) in enumerate(given) if index not in refused]
    return kept, [refused[index] for index in sorted(refused)]


def _clashes(
    held: Mapping[str, TaxRule], given: Sequence[tuple[int, tuple[Path, TaxRule]]]
) -> dict[int, TaxRuleAmbiguous]:
    replaced = {rule.id for _, (_, rule) in given}
    standing: dict[tuple[str, str, str], list[TaxRule]] = defaultdict(list)
    for rule in held.values():
        if rule.id not in replaced:
            standing[_jurisdiction(rule)].append(rule)
    found: dict[int, TaxRuleAmbiguous] = {}
    for index, (path, rule) in given:
        beside = standing[_jurisdiction(rule)]
        other = next((other for other in beside if _overlap(rule, other)), None)
        if other:
            found[index] = TaxRuleAmbiguous(rule, other, path)
        else:
            beside.append(rule)
    return found


def _jurisdiction(rule: TaxRule) -> tuple[str, str, str]:
    return rule.country, rule.region, rule.tax_class


def _overlap(a: TaxRule, b: TaxRule) -> bool:
    """Whether two rules of one jurisdiction and class hold at the same time."""
    return _begins_before_end(a, b) and _begins_before_end(b, a)


def _begins_before_end(a: TaxRule, b: TaxRule) -> bool:
    return a.valid_from_us is None or b.valid_until_us is None or a.valid_from_us < b.valid_until_us
