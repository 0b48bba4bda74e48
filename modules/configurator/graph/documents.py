"""A family as one document: written out, and taken in with a dry run that says what would be different."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import strawberry

from modules.configurator.formats.differences import Difference
from modules.configurator.service.documents import DocumentService, TakenIn
from modules.kernel.errors import Refused
from modules.kernel.graph import REASON, Info, Problem, field, problems

FamilyId = Annotated[strawberry.ID, strawberry.argument(description="The family's id, whatever its case.")]


@strawberry.enum(description="How a family's document is written.")
class ModelDocumentFormat(Enum):
    YAML = "yaml"
    JSON = "json"


OfFormat = Annotated[ModelDocumentFormat, strawberry.argument(description="YAML is made to be reviewed.")]


@strawberry.type(description="What a document makes different.")
class ModelDifference:
    did: str = strawberry.field(description='"added", "removed" or "changed".')
    path: list[str] = strawberry.field(description="Sections, ids and fields from the outside in.")
    before: str | None = strawberry.field(description="Short; null where there was nothing.")
    after: str | None = strawberry.field(description="Short; null where there is nothing.")

    @classmethod
    def of(cls, one: Difference) -> ModelDifference:
        """In the graph's words."""
        return cls(did=one.did.value, path=list(one.path), before=one.before, after=one.after)


@strawberry.type(description="What became of a family's document; with any problem nothing was changed.")
class TakeModelDocumentPayload:
    family: strawberry.ID | None = strawberry.field(description="Which family; null where the document has flaws.")
    changed: int = strawberry.field(description="Masters that were, or would be, changed.")
    differences: list[ModelDifference] = strawberry.field(description="In the document's order.")
    problems: list[Problem] = strawberry.field(
        description="All at once; of a flaw the path leads through the document, and the message names the line."
    )


@strawberry.input(description="A document, as modelDocument writes it, by hand or by a program.")
class TakeModelDocumentInput:
    document: str = strawberry.field(description="YAML, or JSON where it begins with a brace; at most 32 MiB.")
    dry_run: bool = strawberry.field(default=False, description="Say what would be different, change nothing.")
    reason: str = strawberry.field(description=REASON)


async def _document(info: Info, family: FamilyId, format: OfFormat = ModelDocumentFormat.YAML) -> str | None:
    json = format is ModelDocumentFormat.JSON
    return await info.context.use(DocumentService).export(info.context.viewer, family, json)


async def _take(info: Info, input: TakeModelDocumentInput) -> TakeModelDocumentPayload:
    service, viewer = info.context.use(DocumentService), info.context.viewer
    taken = await service.take_in(viewer, input.document, input.dry_run, input.reason)
    return TakeModelDocumentPayload(
        family=strawberry.ID(taken.family) if taken.family else None,
        changed=taken.edited.changed,
        differences=[ModelDifference.of(one) for one in taken.differences],
        problems=problems(info.context, _problems(taken)),
    )


def _problems(taken: TakenIn) -> list[Refused]:
    found = []
    for flaw in taken.flaws:
        line = f"Line {flaw.line}: " if flaw.line else ""
        flaw.error.args = (f"{line}{flaw.error.message}",)
        found.append(flaw.error)
    found += taken.edited.problems
    for error in found:
        if error.path[:1] != ("input",):
            error.path = ("input", "document", *error.path)
    return found


@strawberry.type
class DocumentQuery:
    model_document: str | None = field(
        _document, description="A family as one document; null for an unknown one. Needs the scope models:read."
    )


@strawberry.type
class DocumentMutation:
    take_model_document: TakeModelDocumentPayload = field(
        _take,
        description="Makes a family what its document says, in one transaction; what the document lacks is removed. "
        "Needs the scope models:write.",
    )
