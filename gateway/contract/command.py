"""`check OPERATIONS...`: whom a schema would break, by what clients registered and what they were seen to send."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from graphql import GraphQLError, GraphQLSchema, build_schema

from gateway.backup.databases import file_of
from gateway.contract.checking import breaking_changes, broken, name_of, used
from gateway.contract.operations import Operation, of_traffic, read_operations
from gateway.migrations.branches import examine
from gateway.parts import export_schema
from gateway.settings import Settings, SettingsError
from modules.kernel.moments import from_us, to_us
from modules.runtime.database import opened
from modules.runtime.usage import UsageLog


async def check_operations(settings: Settings, options: argparse.Namespace) -> int:
    """Prints what breaks, or who uses a field; 1 when a client would break. Raises SettingsError, Misconfigured."""
    operations = read_operations([*options.operations, *settings.operations])
    if not options.no_traffic:
        operations += await _traffic(settings, options.days)
    schema = _schema(options.schema)
    for field in options.field or ():
        _tell(field, [one for one in operations if field in used(schema, one.text)])
    failures = _report_broken(schema, operations)
    if options.against:
        failures += _report_changes(_schema(options.against), schema, operations)
    senders = {one.sender for one in operations}
    print(f"{len(operations)} operations of {len(senders)} clients; {failures} findings that break a client")
    return 1 if failures else 0


async def _traffic(settings: Settings, days: int) -> list[Operation]:
    path = file_of(settings.database)
    if path is not None and not _exists(path):
        return []
    async with opened(settings.database) as database:
        if "runtime_0003" in (await examine(database)).behind:
            return []
        since = datetime.now(UTC) - timedelta(days=days)
        return of_traffic(await UsageLog(database).read(to_us(since)))


def _exists(path: Path) -> bool:
    return path.exists()


def _schema(path: Path | None) -> GraphQLSchema:
    """Of this checkout without a path. Federation's directives are declared by its link, not in it."""
    try:
        text = export_schema() if path is None else path.read_text(encoding="utf-8")
        return build_schema(text, assume_valid_sdl=True)
    except (OSError, ValueError, TypeError, GraphQLError) as error:
        raise SettingsError("--schema or --against", str(path), f"a schema in the schema language ({error})") from None


def _report_broken(schema: GraphQLSchema, operations: Iterable[Operation]) -> int:
    failures = 0
    for one in operations:
        for reason in broken(schema, one.text):
            failures += 1
            print(f"BREAKS  {one.sender}  {name_of(one.text)}  {_times(one)}: {reason}")
    return failures


def _report_changes(before: GraphQLSchema, after: GraphQLSchema, operations: Sequence[Operation]) -> int:
    failures = 0
    uses = [(one, used(before, one.text)) for one in operations]
    for change in breaking_changes(before, after):
        users = [one for one, coordinates in uses if change.coordinate in coordinates]
        failures += bool(users)
        _tell(change.text, users, "BREAKS  " if users else "unused  ")
    return failures


def _tell(what: str, users: Sequence[Operation], mark: str = "") -> None:
    print(f"{mark}{what}{'' if users else '  used by nobody'}")
    for one in users:
        print(f"        {one.sender}  {name_of(one.text)}  {_times(one)}")


def _times(one: Operation) -> str:
    if not one.times:
        return "registered"
    return f"{one.times:,} times, last {from_us(one.last_us).date()}"
