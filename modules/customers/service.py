"""Customers: profiles for other modules, and what the shop's own customer system hands in."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final

from modules.customers.engine import intake
from modules.customers.engine.segments import profile
from modules.customers.model import Customer, CustomerInput, Page, Segment, SegmentInput
from modules.customers.store import CustomersChange, CustomerStore
from modules.kernel.customer import Profile
from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.latest import Latest
from modules.kernel.names import CustomerId, is_name
from modules.kernel.outcome import Path, Repeatable, Upserted, in_order, once, refuse_command, sift
from modules.kernel.viewer import Permission, Viewer

MOST_CUSTOMERS: Final = 50_000
"""Customers held in memory; those asked for longest ago go first."""
MOST_SEGMENTS: Final = 1_000
"""All segments stand in memory, and each profile asks every rule."""


class CustomerService:
    """One per process. Holds the segments, and the customers seen lately until they are forgotten."""

    def __init__(self, store: CustomerStore) -> None:
        self._store = store
        self._segments: Latest[tuple[Segment, ...]] = Latest(store.segments, ())
        self._customers: OrderedDict[CustomerId, Customer] = OrderedDict()
        self._forgotten = 0

    async def load(self) -> None:
        """Reads the segments."""
        await self._segments.load()

    async def profiles(self, ids: Sequence[CustomerId], at: datetime) -> list[Profile | None]:
        """One for each id, in order; None for what is not known. Segments are those of that moment.

        At most one statement, none for customers seen lately. It asks for no right: only the gateway and other modules
        call it, after they did.
        """
        found = await self._found(ids)
        segments = self._segments.value
        return [profile(found[id], segments, at) if id in found else None for id in ids]

    async def customers(self, viewer: Viewer, ids: Sequence[str]) -> list[Customer | None]:
        """One for each id, in order; None for what is not known. Needs CUSTOMERS_WRITE."""
        viewer.require(Permission.CUSTOMERS_WRITE)
        found = await self._found([CustomerId(id) for id in ids])
        return [found.get(CustomerId(id)) for id in ids]

    async def page(self, viewer: Viewer, first: int, after: str = "") -> Page:
        """`first` customers behind the id `after`, by id. One statement. Needs CUSTOMERS_WRITE."""
        viewer.require(Permission.CUSTOMERS_WRITE)
        found = await self._store.page(after, first + 1)
        return Page(tuple(found[:first]), has_next=len(found) > first)

    def segments(self, viewer: Viewer) -> Sequence[Segment]:
        """All segments by id. Needs CUSTOMERS_WRITE."""
        viewer.require(Permission.CUSTOMERS_WRITE)
        return self._segments.value

    def segment_ids(self) -> Collection[str]:
        """The segments there are; for other modules, who name them in their rules."""
        return [segment.id for segment in self._segments.value]

    async def upsert_customers(
        self, viewer: Viewer, items: Sequence[CustomerInput], reason: str, idempotency_key: str | None = None
    ) -> Upserted:
        """Replaces customers wholly or adds them, in one transaction. Needs CUSTOMERS_WRITE.

        With a key, the same call again within a day gives the same outcome and does nothing.
        """
        viewer.require(Permission.CUSTOMERS_WRITE)
        if problem := refuse_command("customers", items, reason, idempotency_key):
            return Upserted(0, 0, (problem,))
        principal = viewer.principal.id
        written: list[Customer] = []

        async def save() -> Upserted:
            known = await change.segments()
            good, refused = sift("customers", items, lambda item, path: intake.customer(item, path, known), "id")
            before = await change.customers([item.id for _, item in good])
            written.extend(item for _, item in good if before.get(item.id) != item)
            if written:
                await change.save_customers(written, before, principal, reason)
            return Upserted(len(written), len(good) - len(written), tuple(refused))

        async with self._store.change() as change:
            command = Repeatable(principal, "upsertCustomers", idempotency_key, (reason, list(items)))
            done = await once(change, command, save)
        self.forget(item.id for item in written)
        return done

    async def upsert_segments(
        self, viewer: Viewer, items: Sequence[SegmentInput], reason: str, idempotency_key: str | None = None
    ) -> Upserted:
        """Replaces segments wholly or adds them; they hold here at once. Needs CUSTOMERS_WRITE."""
        viewer.require(Permission.CUSTOMERS_WRITE)
        if problem := refuse_command("segments", items, reason, idempotency_key):
            return Upserted(0, 0, (problem,))
        good, refused = sift("segments", items, intake.segment, "id")
        principal = viewer.principal.id
        async with self._store.change() as change:
            command = Repeatable(principal, "upsertSegments", idempotency_key, (reason, list(items)))
            done = await once(change, command, lambda: _save_segments(change, good, refused, principal, reason))
        if done.changed:
            await self.load()
        return done

    def forget(self, ids: Iterable[str]) -> None:
        """These customers changed."""
        self._forgotten += 1
        for id in ids:
            self._customers.pop(CustomerId(id), None)

    def forget_all(self) -> None:
        """Any of them may have changed."""
        self.forget(list(self._customers))

    async def _found(self, ids: Sequence[CustomerId]) -> dict[CustomerId, Customer]:
        found = {id: self._customers[id] for id in ids if id in self._customers}
        missing = {id for id in ids if id not in found and is_name(id)}
        if missing:
            before = self._forgotten
            read = await self._store.customers(sorted(missing))
            found |= read
            # What was forgotten while the statement ran may be read in its old state.
            if before == self._forgotten:
                self._customers |= read
        self._keep_recent(found)
        return found

    def _keep_recent(self, used: Iterable[CustomerId]) -> None:
        for id in used:
            if id in self._customers:
                self._customers.move_to_end(id)
        while len(self._customers) > MOST_CUSTOMERS:
            self._customers.popitem(last=False)


async def _save_segments(
    change: CustomersChange,
    good: Sequence[tuple[Path, Segment]],
    refused: Sequence[Refused],
    principal: str,
    reason: str,
) -> Upserted:
    held = await change.segments()
    room = MOST_SEGMENTS - len(held)
    new = [path for path, item in good if item.id not in held]
    over = set(new[max(room, 0) :])
    crowded = [InvalidInput("There are too many segments.", path, f"at most {MOST_SEGMENTS}") for path in over]
    joining = [item for path, item in good if path not in over]
    changed = [item for item in joining if held.get(item.id) != item]
    if changed:
        await change.save_segments(changed, held, principal, reason)
    return Upserted(len(changed), len(joining) - len(changed), in_order([*refused, *crowded]))
