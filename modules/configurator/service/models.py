"""Models as sessions need them: which revision holds, and what it offers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Protocol

from modules.configurator.model.contents import Content
from modules.configurator.model.errors import NoRevision
from modules.configurator.model.families import Family
from modules.configurator.model.revisions import Part, Revision, effective
from modules.configurator.service.solving import Model
from modules.kernel.names import Sku

MOST_CONTENTS: Final = 32
ContentKey = tuple[Sku, int, int]
"""A part, the number of its revision, a content version."""


class ModelReader(Protocol):
    """Where models are kept."""

    async def parts(self, skus: Sequence[Sku]) -> list[Part | None]:
        """Each of these, in order; None for what is not configured."""
        ...

    async def families(self, ids: Sequence[str]) -> list[Family | None]:
        """Each of these, in order; None where there is none."""
        ...

    async def revisions(self, parts: Sequence[Sku]) -> Mapping[Sku, Sequence[Revision]]:
        """All revisions of each of these parts, by number."""
        ...

    async def contents(self, keys: Sequence[ContentKey]) -> list[Content | None]:
        """These contents, in order; None where there is none."""
        ...

    async def hashes(self, keys: Sequence[ContentKey]) -> list[str | None]:
        """By what each of these is known, in order: equal hashes, equal contents; None where there is none."""
        ...

    async def since(self, keys: Sequence[ContentKey]) -> list[int | None]:
        """When each of these was written, in microseconds since 1970, in order; None where there is none."""
        ...


class Models:
    """Contents are kept by their hash, so that what never changes is read once."""

    def __init__(self, reader: ModelReader) -> None:
        self._reader = reader
        self._contents: OrderedDict[str, Content] = OrderedDict()

    async def parts(self, skus: Sequence[Sku]) -> Sequence[Part | None]:
        """Each of these, in order; None for what is not configured."""
        return await self._reader.parts(skus)

    async def revisions(self, part: Sku) -> Sequence[Revision]:
        """Of one part; none for what is not configured."""
        return (await self._reader.revisions([part])).get(part, ())

    async def revision(self, part: Sku, number: int) -> Revision | None:
        """One of them; None for one that is gone."""
        return next((one for one in await self.revisions(part) if one.number == number), None)

    async def family(self, part: Sku) -> Family | None:
        """Of a part, for its categories; None where the part is gone."""
        (found,) = await self._reader.parts([part])
        return (await self._reader.families([found.family]))[0] if found else None

    async def effective(self, parts: Sequence[Sku], day: date) -> list[Revision | None]:
        """The released revision of each part that holds on a day, in order; None for what cannot be configured then.

        Two statements for all.
        """
        known = await self._reader.parts(parts)
        revisions = await self._reader.revisions([part.id for part in known if part and part.configurable])
        return [_effective(part, revisions.get(part, ()), day) for part in parts]

    async def model(self, revision: Revision, version: int) -> Model | None:
        """What a revision offers in a content version; None for one that is gone."""
        key = (revision.part, revision.number, version)
        hash = revision.compile_hash if revision.content_version == version else ""
        hash = hash or (await self._reader.hashes([key]))[0] or ""
        if hash in self._contents:
            self._contents.move_to_end(hash)
            return Model(self._contents[hash], hash)
        return await self._read(key)

    async def since_us(self, revision: Revision) -> int:
        """When its present content was written, in microseconds since 1970."""
        (found,) = await self._reader.since([(revision.part, revision.number, revision.content_version)])
        return found or 0

    async def _read(self, key: ContentKey) -> Model | None:
        """The hash is read before and after: what is not released may be written anew in between."""
        (before,) = await self._reader.hashes([key])
        while before is not None:
            (content,) = await self._reader.contents([key])
            (after,) = await self._reader.hashes([key])
            if content is not None and before == after:
                self._contents[before] = content
                if len(self._contents) > MOST_CONTENTS:
                    self._contents.popitem(last=False)
                return Model(content, before)
            before = after
        return None


def _effective(part: Sku, revisions: Sequence[Revision], day: date) -> Revision | None:
    try:
        return effective(part, revisions, day)
    except NoRevision:
        return None
