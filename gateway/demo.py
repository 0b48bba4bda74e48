"""The demo shop: what an empty store is filled with on a developer's machine."""

from __future__ import annotations

import logging
from pathlib import Path

from gateway.importing import import_files
from gateway.process import operator
from gateway.settings import ROOT
from gateway.wiring import Trade
from modules.kernel.errors import Unavailable

DEMO = ROOT / "examples" / "demo"
_MARK = "demo.unfinished"
_log = logging.getLogger(__name__)


async def fill_with_demo(trade: Trade, data: Path) -> bool:
    """Imports the demo into a store without channels, or finishes an import that was cut off; whether it did."""
    mark = data / _MARK
    if trade.market.channels() and not mark.exists():
        return False
    mark.touch()
    report = await import_files(trade, DEMO / "mapping.toml", DEMO, data)
    await take_families(trade)
    mark.unlink()
    _log.info("the demo shop is in: %s", report)
    return True


async def take_families(trade: Trade) -> None:
    """Takes in what is configured in the demo; raises ValueError for what is refused. Without a solver it is left out:
    all else runs."""
    for path in sorted((DEMO / "configurator").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        try:
            found = await trade.configurator.documents.take_in(operator(), text, reason="demo")
        except Unavailable as error:
            _log.warning("%s is left out: %s", path.name, error)
            return
        if found.is_refused:
            raise ValueError(
                f"{path.name}: {[*map(str, found.flaws), *(one.message for one in found.edited.problems)]}"
            )
