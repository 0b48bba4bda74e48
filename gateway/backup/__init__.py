"""Backing a shop up while it serves, and restoring it: `docs/recovery.md`.

`manifest`: what a back-up says of itself. `databases`: files and servers. `making` and `restoring`: the two commands.
"""

from gateway.backup.making import backup
from gateway.backup.manifest import BackupRefused
from gateway.backup.restoring import restore

__all__ = ["BackupRefused", "backup", "restore"]
