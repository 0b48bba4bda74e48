"""Clean-up of the runtime's own tables, also where nothing is written that would do it along the way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from modules.kernel.leader import Leader, repeat
from modules.runtime import idempotency, inbox
from modules.runtime.database import Database
from modules.runtime.usage import UsageLog

_PAUSE_SECONDS: Final = 3_600
_AT_ONCE: Final = 1_000
_DAY_US: Final = 24 * 60 * 60 * 1_000_000
_AUDIT: Final = """
    DELETE FROM runtime_audit
    WHERE id IN (SELECT id FROM runtime_audit WHERE at_us < :line ORDER BY at_us LIMIT :most)
"""


class Sweeper:
    """Forgets idempotency keys, events and operations that were seen and, if told to, entries of the audit log; then
    does the chores that others have.

    Any number may run; one of them leads.
    """

    def __init__(
        self,
        database: Database,
        leader: Leader,
        audit_days: int = 0,
        chores: Sequence[Callable[[], Awaitable[None]]] = (),
    ) -> None:
        """`audit_days` 0: the audit log is kept for good."""
        self._database = database
        self._leader = leader
        self._audit_days = audit_days
        self._chores = chores

    async def run(self) -> None:
        """Works every hour until it is cancelled; while the database is away it waits."""
        await repeat(self._leader, self.sweep, _PAUSE_SECONDS)

    async def sweep(self) -> None:
        """Forgets all that is over now."""
        now = await self._database.now_us()
        for statement, kept_us in ((idempotency.SWEEP, idempotency.KEPT_US), (inbox.SWEEP, inbox.KEPT_US)):
            async with self._database.transaction() as tx:
                await tx.run(statement, line=now - kept_us)
        await UsageLog(self._database).sweep()
        while self._audit_days and await self._forget_audit(now - self._audit_days * _DAY_US) == _AT_ONCE:
            pass
        for chore in self._chores:
            await chore()

    async def _forget_audit(self, line: int) -> int:
        """Some at a time: nobody who writes waits long."""
        async with self._database.transaction() as tx:
            return await tx.run(_AUDIT, line=line, most=_AT_ONCE)
