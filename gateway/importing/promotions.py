"""Promotions and codes, as an import hands them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.importing.command import Command, Services, Values, given_of, importer
from gateway.importing.errors import BadValue
from modules.kernel.outcome import Upserted
from modules.pricing.engine.lifecycle import Step
from modules.pricing.model.codes import CodeInput

_STATES: Final = {"DRAFT": False, "ACTIVE": True}


@dataclass(frozen=True, slots=True)
class Wish:
    """A promotion's document, and whether it shall be active."""

    document: Mapping[str, Any]
    activate: bool


def _promotion(values: Values) -> Wish:
    document = {name: value for name, value in values.items() if name != "state"}
    state = values.get("state", "DRAFT")
    if state not in _STATES:
        raise BadValue(f"{state!r} is not allowed; allowed: {', '.join(_STATES)}", "state")
    if not isinstance(document.get("id"), str):
        raise BadValue("a value is needed", "id")
    return Wish(document, _STATES[state])


async def _send_promotions(services: Services, items: Sequence[Wish], reason: str) -> Upserted:
    """Writes all, then activates those that were taken and shall be."""
    service, viewer = services.pricing.promotions, importer()
    done = await service.upsert(viewer, [item.document for item in items], reason)
    if any(len(problem.path) <= 2 for problem in done.problems):
        return done
    refused = {problem.path[2] for problem in done.problems}
    wanted = [index for index, item in enumerate(items) if item.activate and str(index) not in refused]
    if not wanted:
        return done
    moved = await service.step(viewer, Step.ACTIVATE, [items[index].document["id"] for index in wanted], reason)
    for problem in moved.problems:
        if len(problem.path) > 2:
            problem.path = ("input", "promotions", str(wanted[int(problem.path[2])]), *problem.path[3:])
    changed = max(done.changed, moved.changed)
    problems = (*done.problems, *moved.problems)
    stopped = {problem.path[2] for problem in problems if len(problem.path) > 2}
    return Upserted(changed, max(len(items) - changed - len(stopped), 0), problems)


def _code(values: Values) -> CodeInput:
    return CodeInput(**given_of(values))


async def _send_codes(services: Services, items: Sequence[CodeInput], reason: str) -> Upserted:
    return await services.pricing.codes.upsert_codes(importer(), items, reason)


PROMOTIONS: Final[Mapping[str, Command]] = {
    "promotions": Command(_promotion, _send_promotions),
    "codes": Command(_code, _send_codes),
}
