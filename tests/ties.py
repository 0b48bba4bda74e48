"""Ties: what tests start ends with them, also where they are killed and clean nothing up."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable

from modules.runtime.embedded import die_with_parent, watchdog


def tie() -> Callable[[], None] | None:
    """For `preexec_fn`: the child is told to stop when the thread that makes it has ended; where that is not the main
    thread, or the system knows no such thing, nothing is, and `watch` does it."""
    return die_with_parent() if _can_tie() else None


def watch(pid: int) -> subprocess.Popen[bytes] | None:
    """Who tells the process to stop when this one has ended, where `tie` does not; to be killed when it has stopped."""
    return None if _can_tie() else watchdog(pid)


def _can_tie() -> bool:
    return sys.platform == "linux" and threading.current_thread() is threading.main_thread()
