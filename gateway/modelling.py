"""Models of the configurator on the command line: taken in from documents, UVL and XCSP, written out, timed."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

from gateway.configurator import Configurator
from gateway.configurator_bench import Session, play, read_sessions, replay, write_sessions
from gateway.process import open_trade, operator
from gateway.settings import Settings, SettingsError
from modules.configurator.engine.assembling import assemble
from modules.configurator.formats.uvl import Imported, import_uvl
from modules.configurator.formats.xcsp import import_xcsp
from modules.configurator.model.changes import RevisionKey
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import BadDocument
from modules.configurator.model.revisions import Status
from modules.configurator.service.documents import TakenIn
from modules.kernel.names import Sku

MOST: Final = 1_000_000
"""Changes of one document on the command line."""
Reader = Callable[[str, str, date], Imported]


async def take_in(settings: Settings, options: argparse.Namespace) -> int:
    """Makes a family what its document says, or says what would be different."""
    text = _read(options.file)
    async with open_trade(settings) as (_, trade):
        documents = trade.configurator.documents
        found = await documents.take_in(operator(), text, options.dry_run, options.reason, MOST)
    return _tell(found, options.dry_run)


async def write_out(settings: Settings, options: argparse.Namespace) -> int:
    """Writes the document of a family to a file, or to standard output."""
    async with open_trade(settings) as (_, trade):
        text = await trade.configurator.documents.export(operator(), options.family, options.format == "json")
    if text is None:
        raise SettingsError("FAMILY", options.family, "a family of this shop")
    if options.out is None:
        print(text, end="")
    else:
        options.out.write_text(text, encoding="utf-8")
    return 0


async def take_uvl(settings: Settings, options: argparse.Namespace) -> int:
    """Makes a family of a feature model."""
    return await _take(settings, options, import_uvl)


async def take_xcsp(settings: Settings, options: argparse.Namespace) -> int:
    """Makes a family of a constraint instance."""
    return await _take(settings, options, import_xcsp)


async def _take(settings: Settings, options: argparse.Namespace, read: Reader) -> int:
    text = _read(options.file)
    imported = await asyncio.to_thread(read, text, options.family or options.file.stem, date.today())
    for problem in imported.problems:
        print(f"{options.file}: {problem}", file=sys.stderr)
    if imported.bundle is None:
        return 1
    async with open_trade(settings) as (_, trade):
        documents = trade.configurator.documents
        found = await documents.take_bundle(operator(), imported.bundle, options.dry_run, options.reason, MOST)
    return _tell(found, options.dry_run)


async def bench(settings: Settings, options: argparse.Namespace) -> int:
    """Plays random sessions on a part's model and tells what its choices cost."""
    async with open_trade(settings) as (_, trade):
        content = await _content(trade.configurator, Sku(options.part))
    if options.replay:
        times = await asyncio.to_thread(replay, content, _sessions(options.replay))
    else:
        times, sessions = await asyncio.to_thread(play, content, options.sessions, options.seed)
        path = options.out or Path(f"{options.part.replace('/', '-')}-sessions.jsonl")
        write_sessions(path, sessions)
        print(f"{len(sessions)} sessions in {path}: --replay {path} plays them again", file=sys.stderr)
    figures = {"part": content.part, "revision": content.revision, **_sizes(content), **times.figures()}
    if options.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name:<24} {figure}" for name, figure in figures.items()))
    return 0


def _sizes(content: Content) -> dict[str, int]:
    rows = sum(len(table.rows) for table in content.tables.values())
    return {"characteristics": len(content.members), "rules": len(content.rules), "rows": rows}


def _sessions(path: Path) -> list[Session]:
    try:
        return read_sessions(path)
    except (OSError, ValueError, BadDocument) as error:
        raise SettingsError("--replay", str(path), f"a file that bench has written ({error})") from None


async def _content(configurator: Configurator, part: Sku) -> Content:
    """Of the released revision, or else of the newest that is not obsolete."""
    (found,) = await configurator.models.parts([part])
    bundle = await configurator.models.bundle(found.family) if found else None
    every = [] if bundle is None else [one for one in bundle.revisions.values() if one.part == part]
    usable = [one for one in every if one.status is not Status.OBSOLETE]
    if bundle is None or not usable:
        raise SettingsError("PART", part, "a configurable part of this shop")
    newest = max(usable, key=lambda one: (one.status is Status.RELEASED, one.number))
    return assemble(bundle, *RevisionKey(part, newest.number))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("FILE", str(path), f"a text file in UTF-8 that can be read ({error})") from None


def _tell(found: TakenIn, dry_run: bool) -> int:
    """Problems go to standard error, differences to standard output; the exit code."""
    for flaw in found.flaws:
        print(flaw, file=sys.stderr)
    for problem in found.edited.problems:
        print(f"{' '.join(problem.path)}: {problem.code}: {problem.message}", file=sys.stderr)
    for notice in found.edited.notices:
        about = ", ".join(notice.about)
        print(f"{notice.revision.text}: {notice.kind}: {about} {' '.join(notice.rules)}".rstrip(), file=sys.stderr)
    for difference in found.differences:
        print(difference)
    if found.is_refused:
        print("nothing was changed", file=sys.stderr)
        return 1
    does = "would be changed" if dry_run else "changed"
    print(f"{found.family}: {found.edited.changed} {does}, {found.edited.unchanged} as they were")
    return 0
