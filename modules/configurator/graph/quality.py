"""The roots for whoever tries a model out: traces, test runs, differences."""

from __future__ import annotations

from collections.abc import Sized
from decimal import Decimal as Number
from typing import Annotated

import strawberry

from modules.configurator.formats.plain import read_reference
from modules.configurator.graph.inputs import ConfigurationChoiceInput
from modules.configurator.graph.modelchanges import ModelRevisionKeyInput
from modules.configurator.graph.modelforms import ModelNamedValueInput, ModelValueInput
from modules.configurator.graph.modelviews import ModelRevision
from modules.configurator.graph.qualityviews import (
    ConfiguratorTrace,
    ModelCaseReport,
    ModelCaseResult,
    ModelContentDifference,
    ModelRuleCoverage,
    ModelRun,
)
from modules.configurator.graph.refusals import told
from modules.configurator.graph.words import Words
from modules.configurator.model.errors import BadChoice, BadDocument
from modules.configurator.model.formulas import Result
from modules.configurator.model.sessions import Choice
from modules.configurator.model.trees import Reference, ReferenceKind
from modules.configurator.service.door import Handle
from modules.configurator.service.quality import Attempt, QualityService, Version
from modules.configurator.service.sessions import MOST_EDITS
from modules.kernel.errors import BadUserInput
from modules.kernel.graph import Info, field

_NEEDS = "Needs the scope models:read."
_FIGURES = (ReferenceKind.FORMULA, ReferenceKind.TABLE)


@strawberry.input(description="A revision in one of its contents.")
class ModelVersionInput(ModelRevisionKeyInput):
    content_version: int | None = strawberry.field(default=None, description="Null: the present one.")

    def version(self) -> Version:
        """In the module's words."""
        return Version(self.key(), self.content_version)


Choices = Annotated[
    list[ConfigurationChoiceInput] | None,
    strawberry.argument(description=f"In their order, at most {MOST_EDITS}; what has no value is left out."),
]
OfVersion = Annotated[
    ModelVersionInput | None, strawberry.argument(description="On which revision; any status will do.")
]
SessionKey = Annotated[
    str | None, strawberry.argument(description="Instead of a revision and choices: those of the session it opens.")
]
Revision = Annotated[ModelRevisionKeyInput, strawberry.argument(description="Whose test cases.")]
Against = Annotated[
    ModelVersionInput | None,
    strawberry.argument(description="On which revision they are run, such as a newer one; null: on their own."),
]
CaseIds = Annotated[list[strawberry.ID] | None, strawberry.argument(description="Which ones; null: all.")]
Before = Annotated[ModelVersionInput, strawberry.argument(description="What was before.")]
Afterwards = Annotated[ModelVersionInput, strawberry.argument(description="What is after it.")]
FamilyId = Annotated[strawberry.ID, strawberry.argument(description="The family's id, whatever its case.")]
FigureName = Annotated[str, strawberry.argument(description="formula:AREA or table:RATES.")]
TriedValues = Annotated[
    list[ModelNamedValueInput] | None,
    strawberry.argument(
        description=f"Beside the stored test values, and before them; at most {MOST_EDITS}. Of a formula or table it "
        "reads: what that shall give."
    ),
]


async def _trace(
    info: Info,
    of: OfVersion = None,
    choices: Choices = None,
    key: SessionKey = None,
) -> ConfiguratorTrace | None:
    service, viewer = info.context.use(QualityService), info.context.viewer
    if (of is None) is (key is None):
        raise BadUserInput("Exactly one of these is wanted.", "of", "of or key")
    found: Attempt | None
    if of is None:
        found = await service.attempt_of(viewer, Handle(key))
    else:
        _require_few(choices or (), "choices")
        wanted = [edit.read() for edit in choices or ()]
        chosen = [Choice(one.characteristic, one.value, one.quantity) for one in wanted if one.value is not None]
        found = await service.attempt(viewer, of.version(), chosen)
    if found is None:
        return None
    words = Words(found.content, viewer.locale)
    return ConfiguratorTrace.of(found, told(info.context, found.problems, words), viewer.locale)


async def _case_runs(
    info: Info, revision: Revision, against: Against = None, cases: CaseIds = None
) -> ModelCaseReport | None:
    ids = None if cases is None else frozenset(map(str, cases))
    version = against.version() if against else None
    found = await info.context.use(QualityService).test(info.context.viewer, revision.key(), version, ids)
    if found is None:
        return None
    words, passed = Words(found.content, info.context.viewer.locale), sum(run.has_passed for run in found.runs)
    return ModelCaseReport(
        revision=ModelRevision.of(found.revision),
        passed=passed,
        failed=len(found.runs) - passed,
        results=[
            ModelCaseResult.of(run, told(info.context, [run.refusal] if run.refusal else [], words))
            for run in found.runs
        ],
        coverage=[ModelRuleCoverage.of(one) for one in found.coverage],
    )


async def _differences(info: Info, before: Before, after: Afterwards) -> list[ModelContentDifference] | None:
    service = info.context.use(QualityService)
    found = await service.differences(info.context.viewer, before.version(), after.version())
    return None if found is None else [ModelContentDifference.of(one) for one in found]


async def _run(info: Info, family: FamilyId, name: FigureName, values: TriedValues = None) -> ModelRun | None:
    wanted = _reference(name, "name")
    if wanted.kind not in _FIGURES:
        raise BadUserInput(f"{name[:64]!r} is neither a formula nor a table.", "name", "formula:AREA or table:RATES")
    _require_few(values or (), "values")
    given = {_reference(one.name, "values"): _result(one.value) for one in values or () if one.value is not None}
    try:
        service = info.context.use(QualityService)
        found = await service.run(info.context.viewer, family, wanted.kind, wanted.name, given)
    except BadChoice as bad:
        raise BadUserInput(bad.message, "values", bad.allowed or None) from None
    return ModelRun.of(found) if found else None


def _require_few(given: Sized, argument: str) -> None:
    if len(given) > MOST_EDITS:
        raise BadUserInput(f"{len(given)} are too many.", argument, f"at most {MOST_EDITS}")


def _reference(name: str, argument: str) -> Reference:
    try:
        return read_reference(name)
    except BadDocument as bad:
        raise BadUserInput(bad.message, argument, "NAME, NAME.qty, formula:NAME or table:NAME") from None


def _result(value: ModelValueInput) -> Result:
    if value.number is not strawberry.UNSET and value.number is not None:
        return Number(str(value.number))
    return next(one for one in (value.text, value.truth) if one is not strawberry.UNSET and one is not None)


@strawberry.type
class QualityQuery:
    configurator_trace: ConfiguratorTrace | None = field(
        _trace,
        description="What comes of choices on any revision, or of those of a session, and which choice, package, rule, "
        f"formula, row and default gave what; changes nothing. Null for what is not there. {_NEEDS}",
    )
    model_case_runs: ModelCaseReport | None = field(
        _case_runs,
        description="The stored test cases of a revision run, with what came out and which rules they cover. Null for "
        f"an unknown one. {_NEEDS}",
    )
    model_differences: list[ModelContentDifference] | None = field(
        _differences,
        description="All in which one content of a revision differs from another one, by kind and name. Null where one "
        f"of them is unknown. {_NEEDS}",
    )
    model_run: ModelRun | None = field(
        _run,
        description="What a formula or table gives for its test values or others, and how. Null for an unknown one. "
        f"{_NEEDS}",
    )
