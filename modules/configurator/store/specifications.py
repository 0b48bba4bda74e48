"""Specifications: one for each part and canonical text, whoever comes first (section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from modules.configurator.engine.identity import hash_of
from modules.configurator.model.errors import HashCollision
from modules.configurator.model.sessions import Specification
from modules.kernel.names import ConfigurationId, Sku
from modules.runtime.database import Database, Transaction

_COLUMNS: Final = "part, hash, number, name, text, revision, content_version, fingerprint, created_us"
_OF_HASH: Final = f"SELECT {_COLUMNS} FROM configurator_specification WHERE part = :part AND hash = :hash"
_OF_NAMES: Final = f"SELECT {_COLUMNS} FROM configurator_specification WHERE name IN :names"
_OF_NUMBER: Final = f"SELECT {_COLUMNS} FROM configurator_specification WHERE part = :part AND number = :number"
_ADD: Final = (
    "INSERT INTO configurator_specification (part, hash, text, revision, content_version, fingerprint, created_us)"
    " VALUES (:part, :hash, :text, :revision, :version, :fingerprint, :now) ON CONFLICT (part, hash) DO NOTHING"
    " RETURNING part"
)
_COUNT: Final = (
    "INSERT INTO configurator_counter (part, last) VALUES (:part, 1)"
    " ON CONFLICT (part) DO UPDATE SET last = configurator_counter.last + 1 RETURNING last"
)
_NUMBER: Final = (
    "UPDATE configurator_specification SET number = :number, name = :name WHERE part = :part AND hash = :hash"
    f" RETURNING {_COLUMNS}"
)
_SPECIFIED: Final = "SELECT DISTINCT part FROM configurator_specification WHERE part IN :parts"
_HASH_SHOWN: Final = 20
"""Hexadecimal digits of the hash in a name: nobody guesses them without the values."""


class SpecificationStore:
    """Reads of one statement each."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def named(self, names: Sequence[str]) -> list[Specification | None]:
        """Same length and order; None for one that is not there."""
        if not names:
            return []
        rows = await self._database.read(_OF_NAMES, names=list(dict.fromkeys(names)))
        found = {row[3]: _specification(row) for row in rows}
        return [found.get(name) for name in names]

    async def specified(self, parts: Sequence[Sku]) -> set[Sku]:
        """Those of these parts of which there is a specification."""
        return {Sku(part) for (part,) in await self._database.read(_SPECIFIED, parts=list(parts))}

    async def numbered(self, part: Sku, number: int) -> Specification | None:
        """A part's configuration by its own number."""
        rows = await self._database.read(_OF_NUMBER, part=part, number=number)
        return _specification(rows[0]) if rows else None


async def assign(tx: Transaction, content: tuple[Sku, int, int], text: str, fingerprint: str) -> Specification:
    """The specification of a canonical text: the one that is there, or a new one with the part's next number.

    Of several transactions with equal values one adds it and the others wait for its commit, or take its place when it
    is rolled back. Numbers are taken where one is added only. Raises HashCollision where the hash stands for another
    text.
    """
    part, revision, version = content
    hash = hash_of(text)
    found = await tx.read(_OF_HASH, part=part, hash=hash)
    if not found:
        now = await tx.now_us()
        added = await tx.read(
            _ADD, part=part, hash=hash, text=text, revision=revision, version=version, fingerprint=fingerprint, now=now
        )
        found = await (_number(tx, part, hash) if added else tx.read(_OF_HASH, part=part, hash=hash))
    specification = _specification(found[0])
    if specification.text != text:
        raise HashCollision(f"{part}: {hash} stands for two texts")
    return specification


async def _number(tx: Transaction, part: Sku, hash: str) -> list[tuple[Any, ...]]:
    ((number,),) = await tx.read(_COUNT, part=part)
    return await tx.read(_NUMBER, part=part, hash=hash, number=number, name=f"{number}-{hash[:_HASH_SHOWN]}")


def _specification(row: tuple[Any, ...]) -> Specification:
    part, hash, number, name, text, revision, content_version, fingerprint, created_us = row
    return Specification(
        part=Sku(part),
        number=number,
        name=ConfigurationId(name),
        text=text,
        hash=hash,
        revision=revision,
        content_version=content_version,
        fingerprint=fingerprint,
        created_us=created_us,
    )
