"""Tax rules: held in memory, taken in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from modules.kernel.latest import OnDemand
from modules.kernel.outcome import Upserted, in_order, refuse_command, sift
from modules.kernel.viewer import Permission, Viewer
from modules.pricing.engine.tax import TaxBook, without_clashes
from modules.pricing.engine.tax.intake import changed, tax_rule
from modules.pricing.model.taxes import TaxRuleInput
from modules.pricing.store.taxes import TaxStore
from modules.pricing.store.writing import Writing

Told = Callable[[Writing], Awaitable[None]]


class TaxService:
    """One per process. The rules are kept in memory: read at first use, again by `load`."""

    def __init__(self, store: TaxStore, told: Told | None = None) -> None:
        """`told` is called in the transaction that changes rules: public prices follow from them (L-1)."""
        self._store = store
        self._told = told
        self._taxes = OnDemand(self._read)

    async def load(self) -> None:
        """Reads the tax rules anew; own writes do so by themselves."""
        await self._taxes.load()

    def outdate(self) -> None:
        """Another process has changed them: they are about to be read anew."""
        self._taxes.outdate()

    async def settled(self) -> None:
        """Waits until what was heard of is read."""
        await self._taxes.settled()

    async def book(self) -> TaxBook:
        """All rules, as they were read last."""
        return await self._taxes.get()

    async def upsert_tax_rules(self, viewer: Viewer, rules: Sequence[TaxRuleInput], reason: str) -> Upserted:
        """Replaces tax rules or adds them; they hold in this process at once. Needs PRICES_WRITE.

        A rule that would hold at the same time as another one is refused with TaxRuleAmbiguous (T-1); to change a
        rate, end the old rule and begin the new one in the same call.
        """
        viewer.require(Permission.PRICES_WRITE)
        if problem := refuse_command("taxRules", rules, reason):
            return Upserted(0, 0, (problem,))
        good, refused = sift("taxRules", rules, tax_rule, "id")
        async with self._store.writing() as writing:
            before = await writing.rules()
            kept, clashing = without_clashes(before, good)
            new = changed(kept, before)
            if new:
                await writing.save(new, before, viewer.principal.id, reason)
                if self._told:
                    await self._told(writing)
        if new:
            await self.load()
        return Upserted(len(new), len(kept) - len(new), in_order([*refused, *clashing]))

    async def _read(self) -> TaxBook:
        return TaxBook(await self._store.rules())
