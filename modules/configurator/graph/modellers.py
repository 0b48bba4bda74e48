"""The roots for whoever models: families, revisions, findings and tests, and lists of changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import strawberry

from modules.configurator.engine.uses import Use
from modules.configurator.graph.modelchanges import ChangeModelsInput, CopyRevisionInput, ModelChangeInput
from modules.configurator.graph.modelviews import (
    ChangeModelsPayload,
    CopyRevisionPayload,
    ModelCheck,
    ModelFamily,
    ModelFinding,
    ModelMaster,
    ModelMasterPage,
    ModelRevision,
    ModelVerdict,
)
from modules.configurator.model.changes import Change, Kind, RevisionKey, fold_id
from modules.configurator.model.outcomes import Edited
from modules.configurator.model.trees import ReferenceKind
from modules.configurator.service.browsing import BrowsingService
from modules.configurator.service.modelling import ModellingService
from modules.kernel.errors import BadUserInput, InvalidInput, Refused
from modules.kernel.graph import (
    Behind,
    First,
    Info,
    PageInfo,
    decode_cursor,
    encode_cursor,
    field,
    page_size,
    problems,
)
from modules.kernel.names import Sku
from modules.kernel.outcome import MOST_ITEMS
from modules.kernel.viewer import Permission

MOST_PARTS = 100
FamilyId = Annotated[strawberry.ID, strawberry.argument(description="The family's id, whatever its case.")]
PartId = Annotated[strawberry.ID, strawberry.argument(description="The part's sku.")]
Number = Annotated[int, strawberry.argument(description="The revision's number.")]
PartIds = Annotated[list[strawberry.ID], strawberry.argument(description=f"Skus of parts, at most {MOST_PARTS}.")]
OfKind = Annotated[Kind, strawberry.argument(description="CHARACTERISTIC, FAMILY or PART.")]
UsedName = Annotated[str, strawberry.argument(description="WIDTH, formula:AREA or table:RATES.")]
UsedOption = Annotated[str | None, strawberry.argument(description="Of a characteristic: one of its options.")]
_NEEDS = "Needs the scope models:read."
_PAGED = (Kind.CHARACTERISTIC, Kind.FAMILY, Kind.PART)


async def _masters(info: Info, kind: OfKind, first: First = 50, after: Behind = None) -> ModelMasterPage:
    if kind not in _PAGED:
        raise BadUserInput(f"{kind.name} is not listed by itself.", "kind", ", ".join(one.name for one in _PAGED))
    size = page_size(first)
    behind = decode_cursor(after, str)[0] if after else ""
    found = await info.context.use(BrowsingService).page(info.context.viewer, kind, behind, size + 1)
    page = found[:size]
    cursors = [encode_cursor([str(one.id) if kind is Kind.PART else fold_id(one.id)]) for one in page]  # type: ignore[union-attr]
    more = PageInfo.of(cursors, len(found) > size, after is not None)
    return ModelMasterPage(nodes=[ModelMaster.of(one) for one in page], page_info=more)


async def _family(info: Info, id: FamilyId) -> ModelFamily | None:
    bundle = await info.context.use(BrowsingService).bundle(info.context.viewer, id)
    return ModelFamily.of(bundle) if bundle else None


async def _revisions(info: Info, parts: PartIds) -> list[ModelRevision]:
    if len(parts) > MOST_PARTS:
        raise BadUserInput(f"{len(parts)} parts are too many.", "parts", f"at most {MOST_PARTS}")
    found = await info.context.use(BrowsingService).revisions(info.context.viewer, [Sku(part) for part in parts])
    return [ModelRevision.of(one) for one in found]


async def _check(info: Info, part: PartId, revision: Number) -> ModelCheck | None:
    found = await info.context.use(BrowsingService).check(info.context.viewer, RevisionKey(Sku(part), revision))
    if found is None:
        return None
    return ModelCheck(findings=ModelFinding.every(found.notices), problems=problems(info.context, found.problems))


async def _where_used(info: Info, family: FamilyId, name: UsedName, option: UsedOption = None) -> list[str]:
    kind, _, bare = name.rpartition(":")
    if kind not in ("", "formula", "table"):
        raise BadUserInput(f"{name[:64]!r} is no name.", "name", "WIDTH, formula:AREA or table:RATES")
    use = Use(ReferenceKind(kind or "value"), bare, option)
    return await info.context.use(BrowsingService).where_used(info.context.viewer, family, use)


async def _verdicts(info: Info, family: FamilyId) -> list[ModelVerdict]:
    found = await info.context.use(BrowsingService).verdicts(info.context.viewer, family)
    return [ModelVerdict.of(verdict) for verdict in found]


async def _change(info: Info, input: ChangeModelsInput) -> ChangeModelsPayload:
    viewer = info.context.viewer
    viewer.require(Permission.MODELS_WRITE)
    changes, refused = _read(input.changes)
    if refused:
        return ChangeModelsPayload.of(Edited(), [], problems(info.context, refused))
    done = await info.context.use(ModellingService).change(
        changes, viewer, input.dry_run, reason=input.reason, idempotency_key=input.idempotency_key
    )
    told = problems(info.context, [_placed(input.changes, problem) for problem in done.problems])
    parts = list(dict.fromkeys(key.part for key in done.revisions))
    revisions = await info.context.use(ModellingService).revisions(parts, viewer) if parts else []
    return ChangeModelsPayload.of(done, revisions, told)


async def _copy(info: Info, input: CopyRevisionInput) -> CopyRevisionPayload:
    viewer, modelling = info.context.viewer, info.context.use(ModellingService)
    done = await modelling.change(
        [input.change()], viewer, input.dry_run, reason=input.reason, idempotency_key=input.idempotency_key
    )
    for problem in done.problems:
        begin, rest = problem.path[:3], problem.path[3:]
        problem.path = ("input", *map(_camel, rest)) if begin == ("input", "changes", "0") else problem.path
    made = set(done.revisions)
    found = await modelling.revisions([key.part for key in made], viewer) if made else []
    revision = next((ModelRevision.of(one) for one in found if (one.part, one.number) in made), None)
    return CopyRevisionPayload(revision=revision, problems=problems(info.context, done.problems))


def _read(given: Sequence[ModelChangeInput]) -> tuple[list[Change], list[Refused]]:
    """The changes, or why some of them are none."""
    if len(given) > MOST_ITEMS:
        error = InvalidInput(f"{len(given)} changes are too many.", ("input", "changes"), f"at most {MOST_ITEMS}")
        return [], [error]
    changes: list[Change] = []
    refused: list[Refused] = []
    for place, change in enumerate(given):
        try:
            changes.append(change.change())
        except Refused as error:
            error.path = ("input", "changes", str(place), *error.path)
            refused.append(_placed(given, error))
    return changes, refused


def _placed(given: Sequence[ModelChangeInput], error: Refused) -> Refused:
    """With the path as the input has it."""
    begin, rest = error.path[:3], error.path[3:]
    if begin[:2] != ("input", "changes") or len(begin) < 3:
        return error
    way = given[int(begin[2])].way()
    if rest[:1] in (("expectedVersion",), ("of",)):
        way = way[:1]
    error.path = (*begin, *way, *map(_camel, rest))
    return error


def _camel(step: str) -> str:
    first, *more = step.split("_")
    return first + "".join(word.capitalize() for word in more)


@strawberry.type
class ModellerQuery:
    model_masters: ModelMasterPage = field(
        _masters, description=f"All characteristics, families or parts, by their ids. {_NEEDS}"
    )
    model_family: ModelFamily | None = field(_family, description=f"One family whole; null: unknown. {_NEEDS}")
    model_revisions: list[ModelRevision] = field(_revisions, description=f"All revisions of some parts. {_NEEDS}")
    check_revision: ModelCheck | None = field(
        _check,
        description=f"The full checks of a revision as it stands; changes nothing. Null for an unknown one. {_NEEDS}",
    )
    model_where_used: list[str] = field(
        _where_used, description=f"What in a family uses a characteristic, an option, a formula or a table. {_NEEDS}"
    )
    model_verdicts: list[ModelVerdict] = field(
        _verdicts, description=f"What the stored test cases of a family's formulas and tables say. {_NEEDS}"
    )


@strawberry.type
class ModellerMutation:
    change_models: ChangeModelsPayload = field(
        _change,
        description="Edits master data and revisions by a list of changes: all of them hold, or nothing is changed. "
        "What a released revision offers is checked whole and gets the next content version. Needs the scope "
        "models:write.",
    )
    copy_revision: CopyRevisionPayload = field(
        _copy,
        description="Makes a new revision of an old one: TENTATIVE, with its members, rules and test cases. Needs the "
        "scope models:write.",
    )
