"""Batches: codes that nobody can guess, made up by the million."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from modules.kernel.errors import IdempotencyConflict, Refused
from modules.kernel.intake import check
from modules.kernel.names import PromotionId
from modules.kernel.outcome import Repeatable, refuse_command
from modules.kernel.viewer import Permission, Viewer
from modules.pricing.engine import codes as engine
from modules.pricing.model.codes import BatchInput, BatchState, Code, CodeBatch
from modules.pricing.model.promotions import Promotion
from modules.pricing.store.codes import CodeStore, CodeWriting

AT_ONCE: Final = 10_000
"""Codes made in one transaction, and in one call of the graph; codes read in one statement."""
MUTATION: Final = "generateCodes"


class Promotions(Protocol):
    """Tells which promotions there are."""

    async def promotions(self, ids: Sequence[PromotionId]) -> Mapping[PromotionId, Promotion]:
        """Those that exist, by id, whatever their state."""
        ...


@dataclass(frozen=True, slots=True)
class Generated:
    """A batch as it is now, or why there is none."""

    batch: CodeBatch | None
    problems: tuple[Refused, ...] = ()


class BatchService:
    """Makes and reads batches."""

    def __init__(self, store: CodeStore, promotions: Promotions) -> None:
        self._store = store
        self._promotions = promotions

    async def begin(self, viewer: Viewer, given: BatchInput, reason: str) -> Generated:
        """A batch of up to a million codes, none of which is made yet: `advance` does. Needs PROMOTIONS_WRITE."""
        viewer.require(Permission.PROMOTIONS_WRITE)
        try:
            batch = await self._read(given, reason, engine.MOST_IN_BATCH)
        except Refused as problem:
            return Generated(None, (problem,))
        async with self._store.writing() as writing:
            return Generated(await writing.begin_batch(batch, viewer.principal.id, reason))

    async def advance(self, viewer: Viewer, id: str) -> CodeBatch | None:
        """Makes the next ten thousand codes of a batch, at most; None for an unknown one. Needs PROMOTIONS_WRITE.

        Each call is one transaction. Several processes may call it, and whoever comes after a crash: there are never
        more codes than were asked for. A batch that is done or withdrawn stays as it is.
        """
        viewer.require(Permission.PROMOTIONS_WRITE)
        async with self._store.writing() as writing:
            held = await writing.batch(id)
            return await _advance(writing, held) if held else None

    async def generate(self, viewer: Viewer, given: BatchInput, reason: str, key: str | None = None) -> Generated:
        """Makes a batch of at most ten thousand codes, all of them at once. Needs PROMOTIONS_WRITE.

        A key that came before answers with the batch of then, or with IdempotencyConflict for other input.
        """
        viewer.require(Permission.PROMOTIONS_WRITE)
        try:
            batch = await self._read(given, reason, AT_ONCE, key)
        except Refused as problem:
            return Generated(None, (problem,))
        command = Repeatable(viewer.principal.id, MUTATION, key, (given, reason))
        async with self._store.writing() as writing:
            return await _generate(writing, command, batch, reason)

    async def batches(self, viewer: Viewer, promotion: PromotionId) -> list[CodeBatch]:
        """A promotion's batches, by id. Needs PROMOTIONS_READ."""
        viewer.require_here(Permission.PROMOTIONS_READ)
        return await self._store.batches(promotion)

    async def export(
        self, viewer: Viewer, promotion: PromotionId, batch: str | None = None
    ) -> AsyncIterator[Sequence[Code]]:
        """All codes of a promotion, or of one of its batches, by ten thousand in the order of their compared form.

        Needs PROMOTIONS_READ. Codes that are made meanwhile may be missing.
        """
        viewer.require_here(Permission.PROMOTIONS_READ)
        after = ""
        while page := await self._store.page(promotion, after, AT_ONCE, batch):
            yield page
            after = page[-1].code

    async def _read(self, given: BatchInput, reason: str, most: int, key: str | None = None) -> CodeBatch:
        if problem := refuse_command("codes", (), reason, key):
            raise problem
        batch = engine.read_batch(given, secrets.token_hex(8), most)
        promotion = (await self._promotions.promotions([batch.promotion])).get(batch.promotion)
        check(promotion is not None, given.promotion, ("input", "promotion"), engine.PROMOTIONS)
        return batch


async def _generate(writing: CodeWriting, command: Repeatable, batch: CodeBatch, reason: str) -> Generated:
    try:
        held = await writing.replay(command) if command.key is not None else None
    except IdempotencyConflict as conflict:
        return Generated(None, (conflict,))
    if held is not None:
        return Generated(await writing.batch(held["batch"]))
    made = await writing.begin_batch(batch, command.principal, reason)
    while made.state is BatchState.RUNNING:
        made = await _advance(writing, made)
    if command.key is not None:
        await writing.remember(command, {"batch": made.id})
    return Generated(made)


async def _advance(writing: CodeWriting, batch: CodeBatch) -> CodeBatch:
    if batch.state is not BatchState.RUNNING:
        return batch
    endings = engine.make_up(min(AT_ONCE, batch.count - batch.made), batch.length)
    return await writing.make(batch, engine.normalise(batch.prefix), endings)
