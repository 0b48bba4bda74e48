"""The import itself: check everything, then step by step, batch by batch, through the modules' commands."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from time import monotonic

from gateway.importing.batches import BATCH, Built, Writer, by_key, in_order
from gateway.importing.commands import COMMANDS, Services
from gateway.importing.errors import BadValue
from gateway.importing.items import Item, LeftOut, Refusal, read_inline, read_lookup, read_rows
from gateway.importing.mapping import Lookup, Mapping, Step, check_files, load_mapping, with_documents
from gateway.importing.progress import Progress, progress_on
from gateway.importing.reader import open_reader
from gateway.importing.report import RefusedFile, Report, StepReport, refused_file
from gateway.importing.seen import Seen, Sorter
from gateway.importing.values import Scope


async def import_files(
    services: Services, mapping: Path, directory: Path, refused: Path, progress: Progress | None = None
) -> Report:
    """`run_import` for a mapping file. `refused` is the file for refused rows, or the directory to put it in.

    Progress goes to standard error unless told otherwise. Raises WrongMapping before anything is written.
    """
    read = load_mapping(mapping)
    place = refused_file(refused, read.name)
    return await run_import(services, read, directory, progress or progress_on(sys.stderr), place)


async def run_import(
    services: Services,
    mapping: Mapping,
    directory: Path,
    progress: Progress,
    refused_path: Path,
    now: datetime | None = None,
) -> Report:
    """Carries out a mapping on the files of a directory, and says what became of every row.

    Raises WrongMapping before anything is written. Whatever ends it later (Ctrl-C, a database that is gone) leaves
    whole batches; doing it again takes up the rest, for what is unchanged is not written again. `now` is the moment
    from which `today` is counted.
    """
    check_files(mapping, directory)
    with RefusedFile(refused_path) as refused:
        lookups: dict[str, dict[str, str]] = {}
        scope = Scope(lookups, now or datetime.now(UTC))
        run = _Run(services, directory, progress, refused, Report(mapping.name), scope)
        for lookup in mapping.lookups:
            lookups[lookup.name] = run.look_up(lookup)
        for steps in _groups(mapping.steps):
            await run.write(steps)
        run.report.refused_path = refused.written
    return run.report


def _groups(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """Each step alone, but neighbours of a target that wants its items together as one."""
    for (together, _), found in groupby(steps, lambda step: (step.target.together, step.target.name)):
        if together:
            yield list(found)
        else:
            yield from ([step] for step in found)


@dataclass(frozen=True, slots=True)
class _Run:
    """What all steps share, and the way they go."""

    services: Services
    directory: Path
    progress: Progress
    refused: RefusedFile
    report: Report
    scope: Scope

    def look_up(self, lookup: Lookup) -> dict[str, str]:
        """Value by key; a look-up with broken lines gets a report of its own."""
        binary, reader = open_reader(self.directory / lookup.source.path, lookup.source.form, lookup.spot.at("file"))
        with binary:
            found, refusals = read_lookup(lookup, reader, self.scope)
        if refusals:
            writer = self._writer(f"look-up {lookup.name}", "")
            for refusal in refusals:
                writer.refuse(lookup.source.path, refusal)
            self.progress.say(writer.report)
        return found

    async def write(self, steps: Sequence[Step]) -> None:
        """Steps of one target: one after the other, or all together by the field that holds their items together."""
        began = monotonic()
        target = steps[0].target
        writer = self._writer(_title(steps), target.name)
        with Seen() as seen:
            items = (built for step in steps for built in self._built(step, writer, seen))
            if target.together is None:
                for batch in in_order(items):
                    await writer.write(batch)
            else:
                await self._write_sorted(items, target.together, writer)
        writer.report.seconds = monotonic() - began
        self.progress.say(writer.report)

    async def _write_sorted(self, items: Iterator[Built], field: str, writer: Writer) -> None:
        with Sorter() as sorter:
            for item in items:
                sorter.add(getattr(item.value, field), item)
            with self._shown(f"writing {writer.target}", len(sorter), "rows"):
                done = 0
                command = COMMANDS[writer.target]
                for batch in by_key(iter(sorter), command.batch, command.most):
                    await writer.write(batch)
                    done += len(batch)
                    self.progress.moved(done)

    def _writer(self, name: str, target: str) -> Writer:
        report = StepReport(name)
        self.report.steps.append(report)
        return Writer(self.services, target, f"Import {self.report.mapping}", self.refused, report)

    def _built(self, step: Step, writer: Writer, seen: Seen) -> Iterator[Built]:
        """The items of a step that are sound so far; the others are refused on the way."""
        source = step.source.path if step.source else step.documents or step.spot.file
        build = COMMANDS[step.target.name].build
        for one in self._items(step):
            if isinstance(one, LeftOut):
                writer.report.left_out += 1
                continue
            try:
                if isinstance(one, Item):
                    value = build(one.values)
                    _only_once(one, step, source, seen)
                    yield Built(source, one.number, one.text, value)
            except BadValue as error:
                one = Refusal(one.number, error.field, error.reason, one.text)
            if isinstance(one, Refusal):
                writer.refuse(source, one)

    def _items(self, step: Step) -> Iterator[Item | Refusal | LeftOut]:
        if step.source is None:
            yield from read_inline(with_documents(step, self.directory), self.scope)
            return
        path = self.directory / step.source.path
        binary, reader = open_reader(path, step.source.form, step.spot.at("file"))
        with binary, self._shown(step.name, path.stat().st_size, "B"):
            for number, one in enumerate(read_rows(step, reader, self.scope)):
                if number % BATCH == 0:
                    self.progress.moved(reader.bytes_read)
                yield one

    @contextmanager
    def _shown(self, name: str, total: int, unit: str) -> Iterator[None]:
        self.progress.begin(name, total, unit)
        try:
            yield
        finally:
            self.progress.end()


def _title(steps: Sequence[Step]) -> str:
    if len(steps) == 1:
        return steps[0].name
    sources = dict.fromkeys(step.source.path if step.source else "rows" for step in steps)
    return f"{steps[0].target.name} from {', '.join(sources)}"


def _only_once(item: Item, step: Step, source: str, seen: Seen) -> None:
    """Two rows for one thing contradict each other, and the next import would change it again and again."""
    key = step.target.key
    names = ("id",) if item.values.get("id") is not None and "id" not in key else key
    known = "\x1f".join(str(item.values.get(name)) for name in names)
    place = seen.earlier(known, f"line {item.number} of {source}")
    if place is not None:
        given = ", ".join(name for name in names if item.values.get(name) is not None)
        raise BadValue(f"{place} has the same {given}", names[0])
