"""What tests of planning share: demand day by day up to yesterday, articles in categories."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from modules.inventory.engine.forecast.history import History
from modules.inventory.engine.planning import history_of
from modules.inventory.model.demand import DemandInput, StockPlan
from modules.inventory.model.movements import Move, MoveKind
from modules.inventory.service.planning import PlanningService
from modules.inventory.store.movements import save_moves
from modules.kernel.moments import to_us
from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import parse_quantity
from modules.kernel.viewer import OPERATOR
from modules.runtime.database import Database
from tests.builders import a_viewer, an_article
from tests.inventory.builders import Shelf

BOSS = a_viewer(OPERATOR)
TODAY = datetime.now(UTC).date()
"""By the database's clock, which is this machine's."""
SHELF = Shelf(
    an_article(categories=["lamps", "all"]),
    an_article("B-1", categories=["lamps", "all"]),
    an_article("C-1", quantity_scale=3, categories=["all"]),
    an_article("D-1", categories=["lamps", "all"]),
    an_article("E-1", categories=["lamps", "all"]),
)


def ago(days: int) -> str:
    """The day so many days ago."""
    return (TODAY - timedelta(days=days)).isoformat()


def sold(units: Iterable[int | str], sku: str = "A-1", source: str = "main", **marks: bool) -> list[DemandInput]:
    """Day by day, the last one yesterday."""
    days = list(units)
    return [
        DemandInput(sku=sku, source=source, day=ago(len(days) - number), units=str(each), **marks)
        for number, each in enumerate(days)
    ]


async def ship(database: Database, quantity: str, at: datetime, sku: str = "A-1", source: str = "main") -> None:
    """What left is a movement."""
    async with database.transaction() as tx:
        await save_moves(
            tx, [Move(Sku(sku), SourceId(source), parse_quantity(f"-{quantity}"), MoveKind.SHIP, "o")], to_us(at)
        )


async def plan_of(planning: PlanningService, sku: str = "A-1", source: str | None = "main") -> StockPlan:
    """The newest plan."""
    (found,) = await planning.plans(BOSS, [sku], source)
    assert found is not None
    return found


async def history_at(planning: PlanningService, source: str | None = "main") -> History:
    """The past of A-1 that a plan made now would see."""
    sight = await planning.sight(BOSS, Sku("A-1"), source)
    return history_of(sight.demands, sight.plan.until)
