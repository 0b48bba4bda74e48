"""Tax rules: held in memory, taken in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modules.kernel.latest import Latest
from modules.kernel.outcome import Upserted, in_order, refuse_command, sift
from modules.kernel.viewer import Permission, Viewer
from modules.pricing.engine import intake
from modules.pricing.engine.tax import TaxBook, without_clashes
from modules.pricing.events import TaxRulesChanged
from modules.pricing.model.taxes import TaxRule, TaxRuleInput
from modules.pricing.store.prices import PriceWriting, PricingStore


class TaxService:
    """One per process. The rules are kept in memory: read at first use, again by `load`."""

    def __init__(self, store: PricingStore) -> None:
        self._store = store
        self._taxes: Latest[TaxBook | None] = Latest(self._read, None)

    async def load(self) -> None:
        """Reads the tax rules anew; own writes do so by themselves."""
        await self._taxes.load()

    async def book(self) -> TaxBook:
        """All rules, as they were read last."""
        if self._taxes.value is None:
            await self.load()
        assert self._taxes.value is not None
        return self._taxes.value

    async def upsert_tax_rules(self, viewer: Viewer, rules: Sequence[TaxRuleInput], reason: str) -> Upserted:
        """Replaces tax rules or adds them; they hold in this process at once. Needs PRICES_WRITE.

        A rule that would hold at the same time as another one is refused with TaxRuleAmbiguous (T-1); to change a
        rate, end the old rule and begin the new one in the same call.
        """
        viewer.require(Permission.PRICES_WRITE)
        if problem := refuse_command("taxRules", rules, reason):
            return Upserted(0, 0, (problem,))
        good, refused = sift("taxRules", rules, intake.tax_rule, "id")
        async with self._store.writing() as writing:
            await writing.lock("tax", [TaxRulesChanged.KEY])
            before = {rule.id: rule for rule in await writing.tax_rules()}
            kept, clashing = without_clashes(before, good)
            changed = intake.changed(kept, before)
            if changed:
                await _save_rules(writing, changed, before, viewer.principal.id, reason)
        if changed:
            await self.load()
        return Upserted(len(changed), len(kept) - len(changed), in_order([*refused, *clashing]))

    async def _read(self) -> TaxBook:
        return TaxBook(await self._store.tax_rules())


async def _save_rules(
    writing: PriceWriting, changed: Sequence[TaxRule], before: Mapping[str, TaxRule], by: str, reason: str
) -> None:
    await writing.save_rules(changed)
    writing.audit_rules(changed, before, by, reason)
    (version,) = (await writing.raise_versions("tax", [TaxRulesChanged.KEY])).values()
    writing.emit([TaxRulesChanged(version=version, countries=sorted({rule.country for rule in changed}))])
