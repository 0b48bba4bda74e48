"""Codes by the million: made step by step, and written to files."""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from gateway.importing.progress import progress_on
from gateway.process import open_trade, operator
from gateway.settings import Settings, SettingsError
from modules.kernel.moments import format_moment, from_us
from modules.kernel.names import PromotionId
from modules.kernel.viewer import Viewer
from modules.pricing.model.codes import BatchInput, BatchState, Code, CodeBatch
from modules.pricing.service.batches import BatchService, Generated

COLUMNS = ("code", "batch", "max_uses", "held", "confirmed", "valid_from", "valid_until", "withdrawn_at")


async def generate(settings: Settings, options: argparse.Namespace) -> int:
    """Makes unique codes of a promotion, or goes on with a batch that was interrupted; writes them to a file if told.

    Every step of ten thousand is stored by itself: what a crash interrupts, `--resume` finishes.
    """
    _require_new(options.out)
    viewer = operator()
    async with open_trade(settings) as (_, trade):
        batches = trade.pricing.batches
        begun = await _begin(batches, viewer, options)
        if begun.batch is None:
            for problem in begun.problems:
                print(f"cogwerk: {problem.message} Allowed: {getattr(problem, 'allowed', '')}.", file=sys.stderr)
            return 1
        print(f"batch {begun.batch.id}; if this is interrupted: --resume {begun.batch.id}", file=sys.stderr)
        made = await _finish(batches, viewer, begun.batch)
        if options.out:
            await _write(options.out, batches.export(viewer, made.promotion, made.id), made.made)
    print(f"{made.made} codes of {made.promotion} in batch {made.id}: {made.state.value}")
    return 0


async def export(settings: Settings, options: argparse.Namespace) -> int:
    """Writes all codes of a promotion, or of one of its batches, to a file that only its owner can read."""
    _require_new(options.out)
    async with open_trade(settings) as (_, trade):
        pages = trade.pricing.batches.export(operator(), PromotionId(options.promotion), options.batch)
        count = await _write(options.out, pages, 0)
    print(f"{count} codes in {options.out}")
    return 0


async def _begin(batches: BatchService, viewer: Viewer, options: argparse.Namespace) -> Generated:
    if options.resume:
        held = {batch.id: batch for batch in await batches.batches(viewer, PromotionId(options.promotion))}
        if options.resume not in held:
            raise SettingsError(
                "--resume", options.resume, f"a batch of {options.promotion!r}: {', '.join(held) or '-'}"
            )
        return Generated(held[options.resume])
    wish = BatchInput(
        promotion=options.promotion,
        count=options.count,
        prefix=options.prefix,
        length=options.length,
        valid_from=options.valid_from,
        valid_until=options.valid_until,
    )
    return await batches.begin(viewer, wish, options.reason)


async def _finish(batches: BatchService, viewer: Viewer, batch: CodeBatch) -> CodeBatch:
    progress = progress_on()
    progress.begin("codes", batch.count, " codes")
    try:
        while batch.state is BatchState.RUNNING:
            batch = await batches.advance(viewer, batch.id) or batch
            progress.moved(batch.made)
    finally:
        progress.end()
    return batch


async def _write(path: Path, pages: AsyncIterator[Sequence[Code]], total: int) -> int:
    """How many codes were written; the file is there only when it is whole."""
    progress = progress_on()
    progress.begin("file", total, " codes")
    part = path.with_name(f".{path.name}.part")
    count = 0
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(COLUMNS)
            async for page in pages:
                rows.writerows(_row(code) for code in page)
                count += len(page)
                progress.moved(count)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
        progress.end()
    return count


def _row(code: Code) -> tuple[object, ...]:
    moments = (_moment(us) for us in (code.valid_from_us, code.valid_until_us, code.withdrawn_us))
    return code.shown, code.batch, code.max_uses, code.held, code.confirmed, *moments


def _moment(us: int | None) -> str:
    return "" if us is None else format_moment(from_us(us))


def _require_new(path: Path | None) -> None:
    if path is not None and (path.exists() or not path.parent.is_dir()):
        raise SettingsError("--out", str(path), "a file that does not exist yet, in a directory that does")
