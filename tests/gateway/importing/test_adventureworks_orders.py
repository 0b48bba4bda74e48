"""AdventureWorks' purchasing: what is proposed is what plain arithmetic over the files says. Skipped without them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from modules.inventory.model.demand import DemandInput, SupplyInput
from modules.kernel.names import Sku
from modules.kernel.quantity import format_quantity, pieces
from modules.kernel.viewer import OPERATOR
from modules.runtime.database import Database
from tests.builders import a_viewer
from tests.gateway.importing.test_adventureworks import DATA, load

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the AdventureWorks files are not beside the project")
BOSS = a_viewer(OPERATOR)


def rows(name: str) -> Iterator[list[str]]:
    """A file's rows as they are."""
    for line in (DATA / f"{name}.csv").read_text(encoding="utf-8").splitlines():
        yield line.split("\t")


class Books:
    """The files by sku, in plain integers."""

    def __init__(self) -> None:
        self.number = {row[2]: row[0] for row in rows("Product")}
        self.reorder_point = {row[0]: int(row[7]) for row in rows("Product")}
        self.days_to_make = {row[0]: row[14] for row in rows("Product")}
        self.stock: dict[str, int] = {}
        for row in rows("ProductInventory"):
            self.stock[row[0]] = self.stock.get(row[0], 0) + int(row[4])
        is_open = {row[0] for row in rows("PurchaseOrderHeader") if row[2] in ("1", "2")}
        self.coming: dict[str, int] = {}
        for row in rows("PurchaseOrderDetail"):
            if row[0] in is_open:
                self.coming[row[4]] = self.coming.get(row[4], 0) + int(row[3]) - int(float(row[7]))
        active = {row[0]: row[2] for row in rows("Vendor") if row[5] == "1"}
        self.vendor: dict[str, tuple[str, str, int]] = {}
        for row in rows("ProductVendor"):
            if row[1] in active:
                self.vendor.setdefault(row[0], (active[row[1]], row[2], int(row[6])))

    def to_order(self, sku: str) -> int:
        """The greater of what is missing to the reorder point and the vendor's least order; 0 above that point."""
        id = self.number[sku]
        missing = self.reorder_point[id] - self.stock.get(id, 0) - self.coming.get(id, 0)
        least = self.vendor[id][2] if id in self.vendor else 0
        return max(missing, least) if missing >= 0 else 0


async def test_what_is_proposed_can_be_checked_by_hand(database: Database, tmp_path: Path) -> None:
    """S-6: reorder points by hand, for the company as a whole.

    HN-4402: 725 lie there and 750 are to: 25 of Cruger Bike Company, which are there in 15 days. SE-M940: 355 of 375,
    but Hybrid Bicycle Center sells no fewer than 100. FR-M21B-42 is made here, none is there: 375.
    """
    trade, books = await load(database, tmp_path), Books()
    page = await trade.planning.proposals(BOSS, None)
    assert page.next is None
    found = {each.sku: each for each in page.items}
    figures = {
        "HN-4402": (750, 725, 0, 25, "Cruger Bike Company", "15"),
        "SE-M940": (375, 355, 0, 100, "Hybrid Bicycle Center", "18"),
        "FR-M21B-42": (375, 0, 0, 375, "AdventureWorks", "1"),
    }
    for sku, (point, stock, coming, order, supplier, days) in figures.items():
        id, proposal = books.number[sku], found[Sku(sku)]
        assert (books.reorder_point[id], books.stock.get(id, 0), books.coming.get(id, 0)) == (point, stock, coming)
        assert (books.vendor[id][:2] if id in books.vendor else ("AdventureWorks", books.days_to_make[id])) == (
            supplier,
            days,
        )
        assert (proposal.reorder_point, proposal.stock.available, proposal.stock.incoming) == (
            pieces(point),
            pieces(stock),
            pieces(coming),
        )
        assert (proposal.quantity, proposal.by_hand) == (pieces(order), True)
        assert (proposal.policy.supplier, format_quantity(proposal.policy.lead_time or 0)) == (supplier, days)
    assert {sku: format_quantity(each.quantity) for sku, each in found.items()} == {
        sku: str(order) for sku in books.number if (order := books.to_order(sku))
    }


async def test_open_purchase_orders_are_expected_where_their_goods_go(database: Database, tmp_path: Path) -> None:
    """What was ordered less what was received, of pending and approved orders; what is due is not for sale yet."""
    trade, books = await load(database, tmp_path), Books()
    levels = await database.read("SELECT sku, source, incoming FROM inventory_level WHERE incoming <> '[]'")
    sku_of = {id: sku for sku, id in books.number.items()}
    assert {sku for sku, _, _ in levels} == {sku_of[id] for id, coming in books.coming.items() if coming}
    assert {source for _, source, _ in levels} == {"location-6", "location-7"}
    helmet = next(sku for sku, source, _ in levels if source == "location-7")
    viewer = a_viewer(OPERATOR, channel=trade.market.channel("web-us"))
    (told,) = await trade.inventory.availability([Sku(helmet)], viewer)
    (row,) = await database.read(
        "SELECT on_hand_micros - safety_stock_micros FROM inventory_level WHERE sku = :sku AND source = 'location-7'",
        sku=helmet,
    )
    assert told.available == max(row[0], 0)


async def test_a_demand_that_is_made_up_gives_a_forecast_and_a_proposal(database: Database, tmp_path: Path) -> None:
    """S-1 to S-3: the files hold no sales, so helmets are sold by dice (seeded): 12 a day, seldom any of a lock."""
    trade, dice = await load(database, tmp_path), random.Random(22)
    today = datetime.now(UTC).astimezone(ZoneInfo("America/Los_Angeles")).date()
    days = [(today - timedelta(days=ago)).isoformat() for ago in range(180, 0, -1)]
    sales = {"HL-U509-R": [max(round(dice.gauss(12, 3)), 0) for _ in days]}
    sales["LO-C100"] = [dice.choice((2, 3, 4)) if dice.random() < 0.2 else 0 for _ in days]
    demand = [
        DemandInput(sku=sku, source="location-7", day=day, units=str(units))
        for sku, sold in sales.items()
        for day, units in zip(days, sold, strict=True)
    ]
    assert (await trade.demand.record(BOSS, demand, "made up")).changed == 360
    await trade.demand.set_policies(BOSS, [SupplyInput(source="location-7", lead_time_days="20")], "terms")
    assert (await trade.planning.plan_stock(BOSS, "location-7", list(sales), "nightly")).changed == 2
    helmet, lock = await trade.planning.plans(BOSS, list(sales), "location-7")
    assert helmet is not None
    assert lock is not None
    assert (helmet.demand_class, helmet.method) == ("smooth", "exponential_smoothing")
    assert abs(helmet.demand - 12_000_000) < 1_500_000
    lead_time = (helmet.policy.lead_time or 0) // 1_000_000
    assert helmet.reorder_point is not None
    assert helmet.reorder_point > helmet.demand * lead_time
    assert lock.demand_class == "intermittent"
    assert lock.fill_rate is not None
    assert lock.fill_rate > 900_000
