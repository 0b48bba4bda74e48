"""Changes as they are handed in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import strawberry

from modules.configurator.formats.codec import load
from modules.configurator.formats.rereading import unread
from modules.configurator.graph.modelforms import document, form, one_of
from modules.configurator.model.changes import (
    CLASSES,
    AnyMaster,
    Become,
    Change,
    Copy,
    FirstRevision,
    Key,
    Kind,
    Prove,
    Put,
    Remove,
    RevisionKey,
)
from modules.configurator.model.revisions import Status
from modules.kernel.graph import KEY, REASON
from modules.kernel.names import Sku

ModelKind: Final = strawberry.enum(Kind, name="ModelKind", description="What a piece of master data is.")
ModelStatus: Final = strawberry.enum(
    Status,
    name="ModelStatus",
    description="Of a revision: TENTATIVE and TEST are edited freely, RELEASED is guarded, OBSOLETE read only.",
)
strawberry.enum(
    FirstRevision,
    name="ModelFirstRevision",
    description="What revision 1 of a new part begins with: COPIED, all characteristics of the family, or EMPTY.",
)
_VERSION: Final = "Refused unless it is at this version; 0: unless there is none yet. Null: whatever it is."
_TOLD: Final[Mapping[Kind, str]] = {
    Kind.CHARACTERISTIC: "A characteristic with all its options.",
    Kind.FAMILY: "A family with its members and packages.",
    Kind.PART: "A part; a new one comes with revision 1, TENTATIVE.",
    Kind.REVISION: "A revision with its members and days; a new one is TENTATIVE.",
    Kind.FORMULA: "A formula.",
    Kind.TABLE: "A combination table.",
    Kind.TEMPLATE: "Rules that all parts of a family take over.",
    Kind.RULE: "A rule of a revision, which `of` names.",
    Kind.CASE: "A test case of a revision, which `of` names.",
    Kind.STRUCTURE: "A bill of materials.",
    Kind.ROUTING: "A routing.",
    Kind.PRICE: "A price of a characteristic or option.",
}


def _form(kind: Kind) -> Any:
    return form(CLASSES[kind])  # type: ignore[arg-type]


ModelMasterInput: Final = one_of(
    "ModelMasterInput",
    {kind.value: _form(kind) for kind in Kind},
    "A piece of master data, whole: exactly one kind.",
    {kind.value: _TOLD[kind] for kind in Kind},
)


@strawberry.input(description="A revision of a part.")
class ModelRevisionKeyInput:
    part: strawberry.ID = strawberry.field(description="The part's sku.")
    number: int = strawberry.field(description="The revision's number.")

    def key(self) -> RevisionKey:
        """In the module's words."""
        return RevisionKey(Sku(self.part), self.number)


@strawberry.input(description="What a piece of master data is known by.")
class ModelKeyInput:
    kind: Kind = strawberry.field(description="What it is.")
    id: strawberry.ID = strawberry.field(description="Its id; of revisions, structures and routings the number.")
    within: str = strawberry.field(
        default="",
        description="The family of a formula, table, template or price; the part of a revision, structure or routing; "
        "the revision of a rule or case, as PART#1; else empty.",
    )

    def key(self) -> Key:
        """In the module's words."""
        return Key(self.kind, str(self.id), self.within)


@strawberry.input(description="It is to be so, whole; what is so already is left alone.")
class ModelPutInput:
    master: ModelMasterInput = strawberry.field(description="As it is to be.")  # type: ignore[valid-type]
    of: ModelRevisionKeyInput | None = strawberry.field(default=None, description="Of a rule or case: its revision.")
    expected_version: int | None = strawberry.field(default=None, description=_VERSION)
    first_revision: FirstRevision = strawberry.field(
        default=FirstRevision.COPIED, description="Of a new part: what its revision 1 begins with."
    )

    def change(self) -> Put:
        """In the module's words; raises BadDocument for what can be none."""
        of = self.of.key() if self.of else None
        return Put(
            master=_master(self.master),
            of=of,
            expected_version=self.expected_version,
            first_revision=self.first_revision,
        )


@strawberry.input(description="It is to be no more, with all that lies within it.")
class ModelRemoveInput:
    key: ModelKeyInput = strawberry.field(description="What goes.")
    expected_version: int | None = strawberry.field(default=None, description=_VERSION)


@strawberry.input(description="A revision is to have another status.")
class ModelBecomeInput:
    revision: ModelRevisionKeyInput = strawberry.field(description="Which one.")
    status: Status = strawberry.field(description="The status it is to have.")
    close_predecessor: bool = strawberry.field(
        default=False,
        description="When it is RELEASED: a released one that holds until further notice ends where this one begins.",
    )
    expected_version: int | None = strawberry.field(default=None, description=_VERSION)


@strawberry.input(description="A new revision, TENTATIVE, is to have the members, rules and test cases of an old one.")
class ModelCopyInput:
    revision: ModelRevisionKeyInput = strawberry.field(description="Which one is copied; not an OBSOLETE one.")
    number: int | None = strawberry.field(default=None, description="Of the new one; null: the next.")
    phase_in: date | None = strawberry.field(
        default=None, description="The first local day on which it holds; null: today."
    )
    phase_out: date | None = strawberry.field(
        default=None, description="The first local day on which it holds no more; null: until further notice."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refused unless the revision that is copied is at this version."
    )

    def change(self) -> Copy:
        """In the module's words."""
        return Copy(
            revision=self.revision.key(),
            number=self.number,
            phase_in=self.phase_in,
            phase_out=self.phase_out,
            expected_version=self.expected_version,
        )


@strawberry.input(description="A revision to be copied.")
class CopyRevisionInput(ModelCopyInput):
    reason: str = strawberry.field(description=REASON)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
    dry_run: bool = strawberry.field(default=False, description="Says what would become of it, and writes nothing.")


@strawberry.input(one_of=True, description="One change: exactly one kind.")
class ModelChangeInput:
    put: ModelPutInput | None = strawberry.field(default=strawberry.UNSET, description="Writes something.")
    remove: ModelRemoveInput | None = strawberry.field(default=strawberry.UNSET, description="Removes something.")
    become: ModelBecomeInput | None = strawberry.field(
        default=strawberry.UNSET, description="Gives a revision another status."
    )
    prove: ModelKeyInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="Runs the test cases of a formula or table: it is usable when there are any and all hold.",
    )

    copy: ModelCopyInput | None = strawberry.field(
        default=strawberry.UNSET, description="Makes a new revision of an old one."
    )

    def change(self) -> Change:
        """In the module's words; raises BadDocument for what can be none."""
        if self.put:
            return self.put.change()
        if self.remove:
            return Remove(key=self.remove.key.key(), expected_version=self.remove.expected_version)
        if self.prove:
            return Prove(key=self.prove.key())
        if self.copy:
            return self.copy.change()
        assert self.become
        wish = self.become
        return Become(
            revision=wish.revision.key(),
            status=wish.status,
            close_predecessor=wish.close_predecessor,
            expected_version=wish.expected_version,
        )

    def way(self) -> tuple[str, ...]:
        """From the change to what problems speak of."""
        if self.put:
            return ("put", "master", given(self.put.master)[0].value)
        return next((name,) for name in ("remove", "prove", "copy", "become") if getattr(self, name))


@strawberry.input(description="At most 1,000 changes, which are taken in their order: all of them, or none.")
class ChangeModelsInput:
    changes: list[ModelChangeInput] = strawberry.field(
        description="What a later one needs an earlier one may make; formulas may use all that there is in the end."
    )
    reason: str = strawberry.field(description=REASON)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
    dry_run: bool = strawberry.field(default=False, description="Says what would become of them, and writes nothing.")


def given(master: Any) -> tuple[Kind, Any]:
    """Which kind was given, and what of it."""
    found = ((kind, getattr(master, f"{kind.value}_")) for kind in Kind)
    return next((kind, one) for kind, one in found if one is not strawberry.UNSET)


def _master(master: Any) -> AnyMaster:
    kind, one = given(master)
    found: AnyMaster = load(CLASSES[kind], document(CLASSES[kind], one), unread)
    return found
