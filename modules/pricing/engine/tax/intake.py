"""From what is handed in to tax rules: every value checked, every refusal with its place in the input."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from modules.kernel.intake import COUNTRIES, NAMES, check, is_country, parsed, window
from modules.kernel.money import MICROS, parse_micros
from modules.kernel.names import TaxClass, is_name
from modules.kernel.outcome import Path
from modules.pricing.model.taxes import TaxRule, TaxRuleInput

_RATES: Final = '0 to 1 with at most 6 decimals: "0.19"'
_REGION: Final = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")


def tax_rule(given: TaxRuleInput, path: Path) -> TaxRule:
    """The rule that was meant; raises InvalidInput for the first value that is not allowed."""
    check(is_country(given.country), given.country, (*path, "country"), COUNTRIES)
    region = given.region or ""
    own = not region or (_REGION.fullmatch(region) is not None and region.startswith(f"{given.country}-"))
    check(own, region, (*path, "region"), f"ISO 3166-2, a region of {given.country}: '{given.country}-20'")
    check(is_name(given.tax_class), given.tax_class, (*path, "taxClass"), NAMES)
    since, until = window(given.valid_from, given.valid_until, path)
    rate = parsed(lambda: parse_micros(given.rate), (*path, "rate"), _RATES)
    check(0 <= rate <= MICROS, given.rate, (*path, "rate"), _RATES)
    if given.id is not None:
        check(is_name(given.id), given.id, (*path, "id"), NAMES)
    return TaxRule(
        id=given.id or _digest(given.country, region, given.tax_class, since),
        country=given.country,
        region=region,
        tax_class=TaxClass(given.tax_class),
        rate_micros=rate,
        kind=given.kind,
        valid_from_us=since,
        valid_until_us=until,
    )


def _digest(*parts: object) -> str:
    """A stable id of what a rule is known by."""
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()[:32]


def changed(rules: Iterable[TaxRule], held: Mapping[str, TaxRule]) -> list[TaxRule]:
    """The rules that are not held already, each with the version after that of the one it replaces."""
    found = [(rule, held[rule.id].version if rule.id in held else 0) for rule in rules]
    return [
        replace(rule, version=before + 1)
        for rule, before in found
        if not before or replace(rule, version=before) != held[rule.id]
    ]
