"""AdventureWorks as a shop: 504 products and their price history, told exactly. Skipped where the data is not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.importing import import_files
from gateway.importing.progress import Lines
from gateway.wiring import Trade, wire_trade
from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import pieces
from modules.kernel.viewer import OPERATOR
from modules.runtime.database import Database
from tests.builders import a_viewer

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT.parent / "shared" / "data" / "adventureworks"
MAPPING = ROOT / "examples" / "adventureworks" / "mapping.toml"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the AdventureWorks files are not beside the project")


async def load(database: Database, directory: Path) -> Trade:
    """All of it, into an empty shop."""
    trade = wire_trade(database)
    with (directory / "lines.txt").open("w") as stream:
        report = await import_files(trade, MAPPING, DATA, directory, Lines(stream))
    changed = {step.name: step.changed for step in report.steps}
    assert report.refused == 0
    assert changed["products from Product"] == 504
    assert changed["prices from ProductListPriceHistory"] == 395
    assert changed["stock for sale"] + changed["stock in production"] == 1_069
    assert changed["supply from vendors"] + changed["supply from production"] == 504
    return trade


async def test_adventureworks_tells_the_price_of_every_day_and_sells_finished_goods_only(
    database: Database, tmp_path: Path
) -> None:
    trade = await load(database, tmp_path)
    viewer = a_viewer(OPERATOR, channel=trade.market.channel("web-us"))
    told = {
        ("HL-U509-R", datetime(2022, 5, 30, 6, 59, tzinfo=UTC)): None,
        ("HL-U509-R", datetime(2022, 5, 30, 7, 0, tzinfo=UTC)): "33.6442",
        ("HL-U509-R", datetime(2024, 5, 29, 6, 59, tzinfo=UTC)): "33.6442",
        ("HL-U509-R", datetime(2024, 5, 29, 7, 0, tzinfo=UTC)): "34.99",
        ("BK-R93R-62", datetime(2023, 5, 30, 6, 59, tzinfo=UTC)): "3578.27",
        ("AR-5381", datetime(2024, 6, 1, tzinfo=UTC)): None,
    }
    for (sku, at), expected in told.items():
        (price,) = await trade.pricing.answers.prices([Sku(sku)], viewer, at=at)
        assert (price and price.net.amount) == expected, (sku, at)
    (price,) = await trade.pricing.answers.prices([Sku("HL-U509-R")], viewer, at=datetime(2024, 6, 1, tzinfo=UTC))
    assert price is not None
    assert price.gross.amount == "38.07"
    assert len(trade.inventory.sources(a_viewer(OPERATOR))) == 14
    viewer = a_viewer(OPERATOR, channel=trade.market.channel("web-us"), now=datetime.now(UTC))
    helmet, bike, part = await trade.inventory.availability(
        [Sku("HL-U509-R"), Sku("BK-R93R-62"), Sku("AR-5381")], viewer
    )
    assert helmet.available == pieces(288 - 4)
    assert bike.available == pieces(0)
    assert [source.source for source in helmet.sources] == [SourceId("location-7")]
    assert part.available == pieces(0)
