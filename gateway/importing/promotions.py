"""Promotions and codes, as an import hands them in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.importing.command import Command, Services, Values, given_of, importer
from gateway.importing.errors import BadValue
from modules.kernel.errors import Refused
from modules.kernel.outcome import Upserted
from modules.pricing.engine.lifecycle import Step
from modules.pricing.model.codes import CodeInput

_STATES: Final = {"DRAFT": False, "ACTIVE": True}


@dataclass(frozen=True, slots=True)
class Wish:
    """A promotion's document, the codes it shall have, and whether it shall be active."""

    document: Mapping[str, Any]
    codes: tuple[str, ...]
    activate: bool

    @property
    def id(self) -> str:
        """Of the promotion."""
        return str(self.document["id"])


def _promotion(values: Values) -> Wish:
    document = {name: value for name, value in values.items() if name not in ("state", "codes")}
    state, codes = values.get("state", "DRAFT"), values.get("codes", [])
    if state not in _STATES:
        raise BadValue(f"{state!r} is not allowed; allowed: {', '.join(_STATES)}", "state")
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise BadValue("a list of texts is expected here", "codes")
    if not isinstance(document.get("id"), str):
        raise BadValue("a value is needed", "id")
    return Wish(document, tuple(codes), _STATES[state])


async def _send_promotions(services: Services, items: Sequence[Wish], reason: str) -> Upserted:
    """Writes all, gives them their codes, and activates those that shall be: without codes some could not."""
    viewer, pricing = importer(), services.pricing
    done = await pricing.promotions.upsert(viewer, [item.document for item in items], reason)
    if any(len(problem.path) <= 2 for problem in done.problems):
        return done
    changed, problems = done.changed, list(done.problems)
    coded = [(index, code) for index in _sound(items, problems) for code in items[index].codes]
    if coded:
        given = [CodeInput(code=code, promotion=items[index].id) for index, code in coded]
        named = await pricing.codes.upsert_codes(viewer, given, reason)
        problems += _placed(named.problems, [index for index, _ in coded], "codes")
    wanted = [index for index in _sound(items, problems) if items[index].activate]
    if wanted:
        moved = await pricing.promotions.step(viewer, Step.ACTIVATE, [items[index].id for index in wanted], reason)
        changed = max(changed, moved.changed)
        problems += _placed(moved.problems, wanted)
    stopped = len(items) - len(_sound(items, problems))
    return Upserted(changed, max(len(items) - changed - stopped, 0), tuple(problems))


def _sound(items: Sequence[Wish], problems: Iterable[Refused]) -> list[int]:
    refused = {problem.path[2] for problem in problems}
    return [index for index in range(len(items)) if str(index) not in refused]


def _placed(problems: Iterable[Refused], indices: Sequence[int], *part: str) -> Iterable[Refused]:
    """The problems as those of the promotions that they are about."""
    for problem in problems:
        place = indices[int(problem.path[2])] if len(problem.path) > 2 else indices[0]
        problem.path = ("input", "promotions", str(place), *(part or problem.path[3:]))
        yield problem


def _code(values: Values) -> CodeInput:
    return CodeInput(**given_of(values))


async def _send_codes(services: Services, items: Sequence[CodeInput], reason: str) -> Upserted:
    return await services.pricing.codes.upsert_codes(importer(), items, reason)


PROMOTIONS: Final[Mapping[str, Command]] = {
    "promotions": Command(_promotion, _send_promotions),
    "codes": Command(_code, _send_codes),
}
