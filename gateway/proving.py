"""Models of the configurator put to the proof on the command line: checked, tried out, compared."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Final

from gateway.configurator import Configurator
from gateway.process import open_trade, operator
from gateway.settings import Settings, SettingsError
from modules.configurator.engine.comparing import Difference
from modules.configurator.engine.entering import shortest
from modules.configurator.model.changes import RevisionKey
from modules.configurator.model.errors import NotPossible
from modules.configurator.model.formulas import Result
from modules.configurator.model.outcomes import Edited
from modules.configurator.model.revisions import Revision, Status
from modules.configurator.model.sessions import Choice
from modules.configurator.model.traces import Entry, Source
from modules.configurator.model.trials import ConfigurationRun
from modules.configurator.service.quality import Tested, Version
from modules.kernel.errors import Refused
from modules.kernel.names import Sku

_CHOICE: Final = re.compile(r"(?P<name>[^=]+)=(?P<value>[^#]*)(?:#(?P<quantity>.+))?")
_VERSION: Final = re.compile(r"(?P<number>[0-9]{1,9})(?:\.(?P<version>[0-9]{1,9}))?")


async def check(settings: Settings, options: argparse.Namespace) -> int:
    """Tells all that the full checks find in a revision, what its test cases say, and which rules none of them shows;
    1 where it could not be released."""
    async with open_trade(settings) as (_, trade):
        revision = await _revision(trade.configurator, Sku(options.part), options.revision)
        key = RevisionKey(revision.part, revision.number)
        found = await trade.configurator.browsing.check(operator(), key)
        tested = await trade.configurator.quality.test(operator(), key)
    assert found is not None
    assert tested is not None  # both were there a moment ago
    for line in (*_findings(found), *_cases(tested)):
        print(line)
    refused = found.problems or any(notice.is_error for notice in found.notices)
    print(f"{key.text}: {'cannot be released' if refused else 'can be released'}")
    return 1 if refused else 0


async def trace(settings: Settings, options: argparse.Namespace) -> int:
    """Tells what comes of choices, and what gave what; 1 where they cannot be."""
    choices = [_choice(text) for text in options.choices]
    async with open_trade(settings) as (_, trade):
        revision = await _revision(trade.configurator, Sku(options.part), options.revision)
        of = Version(RevisionKey(revision.part, revision.number))
        found = await trade.configurator.quality.attempt(operator(), of, choices)
    assert found is not None
    for problem in found.problems:
        print(_refusal(problem), file=sys.stderr)
    for entry in found.entries:
        print(_entry(entry))
    if found.step:
        missing = f", missing: {', '.join(found.step.missing)}" if found.step.missing else ""
        print(f"{of.revision.text}: {found.step.state}{missing}")
    return 1 if found.problems else 0


async def compare(settings: Settings, options: argparse.Namespace) -> int:
    """Tells in what one revision of a part differs from another one."""
    before, after = (_version(Sku(options.part), text) for text in (options.before, options.after))
    async with open_trade(settings) as (_, trade):
        found = await trade.configurator.quality.differences(operator(), before, after)
    if found is None:
        raise SettingsError("PART", options.part, "a configurable part with these revisions")
    for difference in found:
        print("\n".join(_difference(difference)))
    print(f"{len(found)} differences")
    return 0


async def _revision(configurator: Configurator, part: Sku, number: int | None) -> Revision:
    """The one of this number, or the newest that is not obsolete."""
    every = await configurator.browsing.revisions(operator(), [part])
    wanted = [one for one in every if (one.status is not Status.OBSOLETE if number is None else one.number == number)]
    if not wanted:
        raise SettingsError("PART", part, "a configurable part of this shop with this revision")
    return wanted[-1]


def _findings(found: Edited) -> Iterator[str]:
    yield from (_refusal(problem) for problem in found.problems)
    for one in found.notices:
        rules = f" ({', '.join(one.rules)})" if one.rules else ""
        yield f"{'error' if one.is_error else 'warning'}  {one.kind}: {', '.join(one.about)}{rules}"


def _cases(tested: Tested) -> Iterator[str]:
    for run in tested.runs:
        yield f"{'passed' if run.has_passed else 'FAILED'}  case {run.case.id}{_why(run)}"
    for rule in tested.coverage:
        if not rule.is_covered:
            yield f"untested  rule {rule.rule}"


def _why(run: ConfigurationRun) -> str:
    if run.has_passed:
        return ""
    told = [f"{one.characteristic} is {_text(one.found)}, not {_text(one.expected)}" for one in run.deviations]
    if run.refusal is not None:
        told.append(_refusal(run.refusal))
    elif not run.case.possible:
        told.append("is possible")
    elif run.case.complete is not None and not told:
        told.append(f"is {run.state}")
    return f": {', '.join(told)}"


def _refusal(problem: Refused) -> str:
    rules = ", ".join(problem.explanation.rules) if isinstance(problem, NotPossible) else ""
    return f"{problem.code}: {problem.message}{f' ({rules})' if rules else ''}"


def _entry(entry: Entry) -> str:
    by = [*entry.rules, *([entry.package] if entry.package else [])]
    row = entry.trial.row if entry.trial else None
    by += [f"row {row.sequence}"] if row else []
    told = f" ({', '.join(by)})" if by else ""
    if entry.source is Source.RULE:
        fires = "unknown" if entry.result is None else "fires" if entry.result else "does not fire"
        return f"{entry.source:<9}  {entry.name}: {fires}"
    return f"{entry.source:<9}  {entry.name} = {_text(entry.result)}{told}"


def _difference(one: Difference) -> Iterable[str]:
    yield f"{one.change:<8} {one.kind} {one.name}"
    for detail in one.details:
        yield f"         {detail.path}: {_text(detail.before)} -> {_text(detail.after)}"


def _text(result: Result | None) -> str:
    return "nothing" if result is None else f"{shortest(result):f}" if isinstance(result, Decimal) else str(result)


def _choice(text: str) -> Choice:
    found = _CHOICE.fullmatch(text)
    if found is None:
        raise SettingsError("CHOICE", text, "NAME=VALUE, or NAME=VALUE#QUANTITY")
    try:
        quantity = Decimal(found["quantity"]) if found["quantity"] else None
    except InvalidOperation:
        raise SettingsError("CHOICE", text, "a number as its quantity") from None
    return Choice(found["name"], found["value"], quantity)


def _version(part: Sku, text: str) -> Version:
    found = _VERSION.fullmatch(text)
    if found is None:
        raise SettingsError("REVISION", text, "a revision's number, or with a content version as in 2.1")
    return Version(RevisionKey(part, int(found["number"])), int(found["version"]) if found["version"] else None)
