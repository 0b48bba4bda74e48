"""Python's collector of cycles, worked by the clock: its pauses stay short, whatever is made and kept meanwhile.

Left alone it looks at young objects once so many more were made than let go. With thousands of open carts about as many
are let go as made, so that it comes late, finds ten times as many, and in its longer rounds holds the loop for as long
as walking through all that lives takes: some hundred milliseconds, at a moment of its own choosing.
"""

from __future__ import annotations

import asyncio
import gc
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Final

_EVERY: Final = 0.2
"""Seconds between looks at what is young, which take some milliseconds."""
_BURST: Final = 100_000
"""Objects made between two looks, less those let go, after which one is due at once."""
_NEVER: Final = 1_000_000_000
_GROWN: Final = 1.25
"""Times the memory after the last full look that make the next one due."""
_STATM: Final = Path("/proc/self/statm")


def settle() -> None:
    """What exists at start lives as long as the process: it is not walked through any more. Full looks are left to
    `collect_by_the_clock`."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_BURST, 1, _NEVER)


def resident() -> int:
    """Memory of this process: its pages now, or where the system does not tell these, the most that it had."""
    try:
        return int(_STATM.read_bytes().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


async def collect_by_the_clock(every: float = _EVERY, memory: Callable[[], int] = resident) -> None:
    """Until it is cancelled: cycles among what was made since the last look are let go at each one, all others when
    `memory` has grown by a quarter since that was done last. So it is bounded, as it is with Python's own rule."""
    most = _GROWN * memory()
    while True:
        await asyncio.sleep(every)
        if memory() < most:
            gc.collect(1)
        else:
            gc.collect()
            most = _GROWN * memory()
