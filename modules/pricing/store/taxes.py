"""Tax rules in the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from modules.kernel.names import TaxClass
from modules.pricing.events import TaxRulesChanged
from modules.pricing.model.taxes import TaxKind, TaxRule
from modules.pricing.store.writing import Writing
from modules.runtime.database import AuditEntry, Database
from modules.runtime.sql import upsert

_COLUMNS = (
    "id", "country", "region", "tax_class", "rate_micros", "kind", "valid_from_us", "valid_until_us", "version",
)  # fmt: skip
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM pricing_tax_rule ORDER BY id"
_SAVE = upsert("pricing_tax_rule", _COLUMNS, ("id",))
_TOPIC = "tax"


class TaxStore:
    """Reads tax rules, and opens writings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rules(self) -> list[TaxRule]:
        """All of them, by id; one statement."""
        return [_rule(values) for values in await self._database.read(_SELECT)]

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[TaxWriting]:
        """A transaction that has the tax rules to itself; what was saved in it holds when the block ends."""
        async with self._database.transaction() as tx:
            writing = TaxWriting(tx)
            await writing.lock(_TOPIC, [TaxRulesChanged.KEY])
            yield writing


class TaxWriting(Writing):
    """Writes tax rules."""

    async def rules(self) -> dict[str, TaxRule]:
        """All of them by id, as they stand in this transaction."""
        return {rule.id: rule for rule in map(_rule, await self.tx.read(_SELECT))}

    async def save(self, rules: Sequence[TaxRule], before: Mapping[str, TaxRule], by: str, reason: str) -> None:
        """Writes rules by their ids with their audit entries and one event; `before` holds what they replace."""
        await self.tx.run_many(_SAVE, [_values(rule) for rule in rules])
        self.audit([_entry(rule, before.get(rule.id), by, reason) for rule in rules])
        (version,) = (await self.raise_versions(_TOPIC, [TaxRulesChanged.KEY])).values()
        self.emit([TaxRulesChanged(version=version, countries=sorted({rule.country for rule in rules}))])


def _rule(values: tuple[Any, ...]) -> TaxRule:
    id, country, region, tax_class, rate, kind, since, until, version = values
    return TaxRule(
        id=id,
        country=country,
        region=region,
        tax_class=TaxClass(tax_class),
        rate_micros=rate,
        kind=TaxKind(kind),
        valid_from_us=since,
        valid_until_us=until,
        version=version,
    )


def _values(rule: TaxRule) -> dict[str, object]:
    return {**asdict(rule), "kind": rule.kind.value}


def _entry(rule: TaxRule, before: TaxRule | None, by: str, reason: str) -> AuditEntry:
    former = _said(before) if before else None
    return AuditEntry(by, "pricing.upsert_tax_rule", f"tax_rule:{rule.id}", former, _said(rule), reason)


def _said(rule: TaxRule) -> dict[str, object]:
    """The columns that say something."""
    return {name: value for name, value in _values(rule).items() if value not in (None, "")}
