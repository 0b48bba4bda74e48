"""Gathering all that orders may take: structures, routings and models of their parts and of whatever lies below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from modules.configurator.model.bundles import Bundle
from modules.configurator.model.errors import NoRevision
from modules.configurator.model.revisions import Part
from modules.configurator.model.structures import InsertComponent, ReplaceComponent, Routing, Structure, StructureLine
from modules.configurator.model.works import Floor, Works
from modules.configurator.service.books import Books
from modules.configurator.service.models import Models
from modules.configurator.service.solving import Model
from modules.configurator.service.subjects import Subject
from modules.kernel.names import Sku


@dataclass(frozen=True, slots=True)
class Gathered:
    """Of the ordered parts and of all below what there is of them; `parts` are all that anything names, sorted."""

    masters: Mapping[Sku, Part]
    parts: tuple[Sku, ...]
    structures: Mapping[Sku, tuple[Structure, ...]]
    routings: Mapping[Sku, tuple[Routing, ...]]
    below: Mapping[Sku, Model]
    """Models of configured components."""

    def models(self, subject: Subject) -> dict[Sku, Model]:
        """Of an order: its own and those below."""
        return {**self.below, subject.part: subject.model}

    def works(self, subject: Subject, floor: Floor) -> Works:
        """All of it, with the shop floor."""
        contents = {part: model.content for part, model in self.models(subject).items()}
        return Works(self.structures, self.routings, contents, floor.supplies, floor.centres)


@dataclass(slots=True)
class _Found:
    masters: dict[Sku, Part] = field(default_factory=dict)
    structures: dict[Sku, tuple[Structure, ...]] = field(default_factory=dict)
    routings: dict[Sku, tuple[Routing, ...]] = field(default_factory=dict)
    seen: set[Sku] = field(default_factory=set)
    named: set[Sku] = field(default_factory=set)
    """Components of something."""

    def take(self, part: Sku, master: Part, bundle: Bundle) -> None:
        """What there is of one part."""
        self.masters[part] = master
        self.structures[part] = tuple(one for one in bundle.structures if one.part == part)
        self.routings[part] = tuple(one for one in bundle.routings if one.part == part)
        self.named |= set(_components(self.structures[part], bundle))


async def gather(books: Books, models: Models, subjects: Sequence[Subject], day: date) -> Gathered:
    """One round for each level of the structures, and one for all models.

    Raises NoRevision for a configured component without a released revision on the day, and for a part that is gone.
    """
    found, todo = _Found(), {subject.part for subject in subjects}
    while todo:
        for part, (master, bundle) in (await books.families(sorted(todo))).items():
            found.take(part, master, bundle)
        found.seen |= todo
        todo = found.named - found.seen
    for subject in subjects:
        if subject.part not in found.masters:
            raise NoRevision(subject.part, day)
    wanted = [part for part, master in found.masters.items() if master.configurable and part in found.named]
    below = await _models(models, sorted(wanted), day)
    return Gathered(found.masters, tuple(sorted(found.seen)), found.structures, found.routings, below)


async def _models(models: Models, parts: Sequence[Sku], day: date) -> dict[Sku, Model]:
    revisions = await models.effective(parts, day) if parts else []
    found: dict[Sku, Model] = {}
    for part, revision in zip(parts, revisions, strict=True):
        model = await models.model(revision, revision.content_version) if revision else None
        if model is None:
            raise NoRevision(part, day)
        found[part] = model
    return found


def _components(structures: Iterable[Structure], bundle: Bundle) -> Iterator[Sku]:
    """All skus that lines may come to."""
    for structure in structures:
        for alternate in structure.alternates:
            for line in alternate.lines:
                yield line.component
                yield from _named(line, bundle)


def _named(line: StructureLine, bundle: Bundle) -> Iterator[Sku]:
    for action in line.actions:
        if isinstance(action, InsertComponent):
            yield action.component
        if isinstance(action, ReplaceComponent) and action.table in bundle.tables:
            table = bundle.tables[action.table]
            results = [table.default, *(row.result for row in table.rows)]
            yield from (Sku(one) for one in results if isinstance(one, str))
