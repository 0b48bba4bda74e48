"""API keys in the database."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from modules.access.events import KeysChanged
from modules.access.model import ApiKey
from modules.kernel.viewer import Permission, Role
from modules.runtime.database import AuditEntry, Database

_COLUMNS = "id, name, hash, role, permissions, ending, created_us, revoked_us"
_ALL = f"SELECT {_COLUMNS} FROM access_api_key ORDER BY created_us DESC, id"
_SOME = f"SELECT {_COLUMNS} FROM access_api_key WHERE id IN :ids"
_INSERT = f"""
    INSERT INTO access_api_key ({_COLUMNS})
    VALUES (:id, :name, :hash, :role, :permissions, :ending, :created_us, NULL)
"""
_REVOKE = f"""
    UPDATE access_api_key SET revoked_us = :now_us WHERE id IN :ids AND revoked_us IS NULL RETURNING {_COLUMNS}
"""
_KNOWN = frozenset(Permission)
_ROLES = frozenset(Role)


class AccessStore:
    """Reads of one statement, and two transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keys(self) -> list[ApiKey]:
        """All keys, the newest first, revoked ones too."""
        return [_key(row) for row in await self._database.read(_ALL)]

    async def key(self, id: str) -> ApiKey | None:
        """One key."""
        rows = await self._database.read(_SOME, ids=[id])
        return _key(rows[0]) if rows else None

    async def add(self, make: Callable[[int], ApiKey], principal: str) -> None:
        """Keeps the key that `make` makes at the store's moment."""
        async with self._database.transaction() as tx:
            key = make(await tx.now_us())
            await tx.run(
                _INSERT,
                id=key.id,
                name=key.name,
                hash=key.digest,
                role=key.role,
                permissions=json.dumps(sorted(key.permissions)),
                ending=key.ending,
                created_us=key.created_us,
            )
            tx.emit([KeysChanged(version=1, id=key.id, revoked=False)])
            tx.audit([AuditEntry(principal, "access.create_api_key", f"api_key:{key.id}", None, key.state())])

    async def revoke(self, ids: Sequence[str], principal: str) -> tuple[set[str], set[str]]:
        """Revokes keys; which of them there are, and which were not revoked before."""
        async with self._database.transaction() as tx:
            now_us = await tx.now_us()
            # In one order always, or two who revoke the same keys would wait for each other.
            locked = " FOR UPDATE" if self._database.dialect == "postgresql" else ""
            known = {row[0] for row in await tx.read(f"{_SOME} ORDER BY id{locked}", ids=list(ids))}
            revoked = [_key(row) for row in await tx.read(_REVOKE, ids=list(ids), now_us=now_us)]
            tx.emit([KeysChanged(version=2, id=key.id, revoked=True) for key in revoked])
            tx.audit(
                [
                    AuditEntry(
                        principal,
                        "access.revoke_api_key",
                        f"api_key:{key.id}",
                        replace(key, revoked_us=None).state(),
                        key.state(),
                    )
                    for key in revoked
                ]
            )
        return known, {key.id for key in revoked}


def _key(row: tuple[Any, ...]) -> ApiKey:
    id, name, digest, role, permissions, ending, created_us, revoked_us = row
    return ApiKey(
        id=id,
        name=name,
        digest=digest,
        # A role that a newer version of the program gave is one without rights of its own here.
        role=Role(role) if role in _ROLES else Role.INTEGRATOR,
        # A scope that a newer version of the program gave is none that this one knows.
        permissions=frozenset(Permission(scope) for scope in json.loads(permissions) if scope in _KNOWN),
        ending=ending,
        created_us=created_us,
        revoked_us=revoked_us,
    )
