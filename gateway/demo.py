"""The demo shop: what an empty store is filled with on a developer's machine."""

from __future__ import annotations

import logging
from pathlib import Path

from gateway.importing import import_files
from gateway.settings import ROOT
from gateway.wiring import Trade

_DEMO = ROOT / "examples" / "demo"
_MARK = "demo.unfinished"
_log = logging.getLogger(__name__)


async def fill_with_demo(trade: Trade, data: Path) -> bool:
    """Imports the demo into a store without channels, or finishes an import that was cut off; whether it did."""
    mark = data / _MARK
    if trade.market.channels() and not mark.exists():
        return False
    mark.touch()
    report = await import_files(trade, _DEMO / "mapping.toml", _DEMO, data)
    mark.unlink()
    _log.info("the demo shop is in: %s", report)
    return True
