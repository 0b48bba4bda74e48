"""Models as modellers see them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Self

import strawberry

from modules.configurator.formats.codec import dump
from modules.configurator.graph.modelshapes import MasterContent, content
from modules.configurator.model.bundles import Bundle
from modules.configurator.model.changes import AnyMaster, Key, Kind, RevisionKey, key_of
from modules.configurator.model.masters import Master
from modules.configurator.model.outcomes import Edited, Notice
from modules.configurator.model.revisions import Revision, Status
from modules.configurator.model.trials import Verdict
from modules.kernel.graph import JSON, DateTime, PageInfo, Problem, field, instant


@strawberry.type(description="What a piece of master data is known by.")
class ModelKey:
    kind: Kind = strawberry.field(description="What it is.")
    id: strawberry.ID = strawberry.field(description="Its id; of revisions, structures and routings the number.")
    within: str = strawberry.field(description="The family, part or revision (PART#1) it lies in; else empty.")

    @classmethod
    def of(cls, key: Key) -> Self:
        """From the model's value."""
        return cls(kind=key.kind, id=strawberry.ID(key.id), within=key.within)


def _content(parent: strawberry.Parent[ModelMaster]) -> MasterContent:  # type: ignore[valid-type]
    return content(parent.master)  # type: ignore[no-any-return]


@strawberry.type(description="A piece of master data, whole.")
class ModelMaster:
    key: ModelKey = strawberry.field(description="What it is known by.")
    version: int = strawberry.field(description="Rises with every edit: give it as `expectedVersion`.")
    created_at: DateTime | None = strawberry.field(description="When it was made; null where that is not kept.")
    changed_at: DateTime | None = strawberry.field(description="When it was written last; null where it is not kept.")
    document: JSON = strawberry.field(
        description="All of it, as a family's document has it: what is left out has its default. Formulas are text."
    )
    content: MasterContent = field(  # type: ignore[valid-type]
        _content, description="The same as typed fields, named as those of what changeModels takes."
    )
    master: strawberry.Private[AnyMaster]

    @classmethod
    def of(cls, master: AnyMaster, of: RevisionKey | None = None) -> Self:
        """From the model's value; `of` is the revision of rules and cases."""
        plain: Any = dump(master)
        for name in ("version", "created_us", "changed_us"):
            plain.pop(name, None)
        stamps = master if isinstance(master, Master) else None
        return cls(
            key=ModelKey.of(key_of(master, of)),
            version=master.version,
            created_at=instant(stamps.created_us) if stamps else None,
            changed_at=instant(stamps.changed_us) if stamps else None,
            document=JSON(plain),
            master=master,
        )


@strawberry.type(description="A revision of a part, without what it offers.")
class ModelRevision:
    part: strawberry.ID = strawberry.field(description="The part's sku.")
    number: int = strawberry.field(description="Counted from 1.")
    status: Status = strawberry.field(description="TENTATIVE, TEST, RELEASED or OBSOLETE.")
    phase_in: date = strawberry.field(description="The first local day of the site.")
    phase_out: date | None = strawberry.field(description="The first local day on which it holds no more; null: none.")
    content_version: int = strawberry.field(description="Rises with every edit while it is RELEASED.")
    content_hash: str = strawberry.field(description="By which its content is known: equal hashes, equal contents.")
    version: int = strawberry.field(description="Rises with every edit of the revision itself.")

    @classmethod
    def of(cls, one: Revision) -> Self:
        """From the model's value."""
        return cls(
            part=strawberry.ID(one.part),
            number=one.number,
            status=one.status,
            phase_in=one.phase_in,
            phase_out=one.phase_out,
            content_version=one.content_version,
            content_hash=one.compile_hash,
            version=one.version,
        )


@strawberry.type(description="A family with all that belongs to it and its parts.")
class ModelFamily:
    family: ModelMaster = strawberry.field(description="The family itself.")
    revisions: list[ModelRevision] = strawberry.field(description="Of all its parts, by part and number.")
    masters: list[ModelMaster] = strawberry.field(
        description="Its characteristics and all else, by kind and id. Rules of OBSOLETE revisions are not among them."
    )

    @classmethod
    def of(cls, bundle: Bundle) -> Self:
        """From the model's value."""
        every = sorted(bundle.masters(), key=lambda pair: (pair[0].kind, pair[0].within, pair[0].id))
        within = (Kind.RULE, Kind.CASE)
        return cls(
            family=ModelMaster.of(bundle.family),
            revisions=[ModelRevision.of(bundle.revisions[key]) for key in sorted(bundle.revisions)],
            masters=[
                ModelMaster.of(one, RevisionKey.of(key.within) if key.kind in within else None)
                for key, one in every
                if key.kind is not Kind.FAMILY
            ],
        )


@strawberry.type(description="A page of master data, by id.")
class ModelMasterPage:
    nodes: list[ModelMaster] = strawberry.field(description="At most as many as asked for.")
    page_info: PageInfo = strawberry.field(description="Where it stands.")


@strawberry.type(description="Something about a revision to mend or to know.")
class ModelFinding:
    part: strawberry.ID = strawberry.field(description="The part's sku.")
    revision: int = strawberry.field(description="The revision's number.")
    kind: str = strawberry.field(description="Such as: dead option, unreachable rule, shadowed row, gap, defaults.")
    about: list[str] = strawberry.field(description="What it is about, in the users' names.")
    rules: list[strawberry.ID] = strawberry.field(description="The rules to blame.")
    is_error: bool = strawberry.field(description="Whether it forbids to release the revision.")

    @classmethod
    def every(cls, notices: Iterable[Notice]) -> list[Self]:
        """From the model's values."""
        return [
            cls(
                part=strawberry.ID(one.revision.part),
                revision=one.revision.number,
                kind=one.kind,
                about=list(one.about),
                rules=[strawberry.ID(rule) for rule in one.rules],
                is_error=one.is_error,
            )
            for one in notices
        ]


@strawberry.type(description="What the full checks of a revision found.")
class ModelCheck:
    findings: list[ModelFinding] = strawberry.field(description="All, worst first.")
    problems: list[Problem] = strawberry.field(description="What forbids to release it as it stands.")


@strawberry.type(description="What became of changes: with any problem, nothing was changed.")
class ChangeModelsPayload:
    changed: int = strawberry.field(description="Changes of the list that changed something.")
    unchanged: int = strawberry.field(description="Changes of what was so already.")
    written: list[ModelKey] = strawberry.field(description="What was written.")
    revisions: list[ModelRevision] = strawberry.field(
        description="Those that offer something else than before, or have another status or other days; as they are."
    )
    findings: list[ModelFinding] = strawberry.field(description="What full checks found on the way.")
    problems: list[Problem] = strawberry.field(description="Why nothing was changed.")

    @classmethod
    def of(cls, done: Edited, revisions: Iterable[Revision], problems: list[Problem]) -> Self:
        """From the model's value; `revisions` are all of the parts, of which those that changed are shown."""
        return cls(
            changed=done.changed,
            unchanged=done.unchanged,
            written=[ModelKey.of(key) for key in done.written],
            revisions=[ModelRevision.of(one) for one in revisions if (one.part, one.number) in set(done.revisions)],
            findings=ModelFinding.every(done.notices),
            problems=problems,
        )


@strawberry.type(description="What became of a copy.")
class CopyRevisionPayload:
    revision: ModelRevision | None = strawberry.field(
        description="The new one; null when nothing was written, as in a dry run."
    )
    problems: list[Problem] = strawberry.field(description="Why nothing was changed.")


@strawberry.type(description="A stored test case of a formula or table, and what came of it.")
class ModelCaseRun:
    passed: bool = strawberry.field(description="Whether that is what must come out.")
    expected: str | None = strawberry.field(description="What must come out; null: undefined.")
    result: str | None = strawberry.field(description="What came out; null: undefined.")
    why: str | None = strawberry.field(description="Why there is no result.")


@strawberry.type(description="Whether a formula or table may be used by released revisions.")
class ModelVerdict:
    name: str = strawberry.field(description="formula:AREA or table:RATES.")
    usable: bool = strawberry.field(description="Whether nothing hinders it.")
    obstacles: list[str] = strawberry.field(description="What hinders it, in words.")
    cases: list[ModelCaseRun] = strawberry.field(description="In their order.")

    @classmethod
    def of(cls, verdict: Verdict) -> Self:
        """From the model's value."""
        return cls(
            name=verdict.name,
            usable=not verdict.obstacles,
            obstacles=[f"{what}: {about}" if about else str(what) for what, about in verdict.obstacles],
            cases=[
                ModelCaseRun(
                    passed=one.has_passed,
                    expected=_text(one.case.result),
                    result=_text(one.run.trial.result),
                    why=one.run.trial.why.message if one.run.trial.why else None,
                )
                for one in verdict.cases
            ],
        )


def _text(result: object) -> str | None:
    return None if result is None else str(result).lower() if isinstance(result, bool) else str(result)
