"""Gathering all that an order may take: structures, routings and models of its part and of whatever lies below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

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
    """The ordered part, and of all parts below what there is of it; `parts` are all that anything names, sorted."""

    part: Part
    parts: tuple[Sku, ...]
    structures: Mapping[Sku, tuple[Structure, ...]]
    routings: Mapping[Sku, tuple[Routing, ...]]
    models: Mapping[Sku, Model]

    def works(self, floor: Floor) -> Works:
        """All of it, with the shop floor."""
        contents = {part: model.content for part, model in self.models.items()}
        return Works(self.structures, self.routings, contents, floor.supplies, floor.centres)


@dataclass(slots=True)
class _Found:
    seen: set[Sku] = field(default_factory=set)
    structures: dict[Sku, tuple[Structure, ...]] = field(default_factory=dict)
    routings: dict[Sku, tuple[Routing, ...]] = field(default_factory=dict)
    configurable: list[Sku] = field(default_factory=list)


async def gather(books: Books, models: Models, subject: Subject) -> Gathered:
    """One round for each level of the structure, and one for all models. Raises NoRevision for a component that is
    configured and has no released revision on the day it is needed."""
    found, todo, own = _Found(), {subject.part}, None
    while todo:
        families = await books.families(sorted(todo))
        own = own or families.get(subject.part)
        found.seen |= todo
        named: set[Sku] = set()
        for part, (master, bundle) in families.items():
            found.structures[part] = tuple(one for one in bundle.structures if one.part == part)
            found.routings[part] = tuple(one for one in bundle.routings if one.part == part)
            found.configurable += [part] if master.configurable and part != subject.part else []
            named |= set(_components(found.structures[part], bundle))
        todo = named - found.seen
    if own is None:
        raise NoRevision(subject.part, subject.need_date)
    below = await _models(models, found.configurable, subject)
    return Gathered(
        own[0], tuple(sorted(found.seen)), found.structures, found.routings, {subject.part: subject.model, **below}
    )


async def _models(models: Models, parts: Sequence[Sku], subject: Subject) -> dict[Sku, Model]:
    revisions = await models.effective(parts, subject.need_date) if parts else []
    found: dict[Sku, Model] = {}
    for part, revision in zip(parts, revisions, strict=True):
        model = await models.model(revision, revision.content_version) if revision else None
        if model is None:
            raise NoRevision(part, subject.need_date)
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
