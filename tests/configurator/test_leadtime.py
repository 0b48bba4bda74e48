"""How long an order takes, and what everything waits for (section 7.6)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from modules.configurator.engine.leadtime import lead_time, work
from modules.configurator.model.leadtimes import LeadTime
from modules.configurator.model.structures import Routing, Structure
from modules.configurator.model.works import Supply, WorkCentre
from modules.kernel.names import Sku
from tests.configurator.builders import a_content, discrete
from tests.configurator.making import DAY, a_line, a_routing, a_structure, an_operation, exploded, works

DOOR = a_content(discrete("COLOUR", "RED BLUE"))
SAW = WorkCentre(id="SAW")
MANUFACTURE = (
    a_structure("DOOR", a_line("FRAME"), a_line("GLASS")),
    a_structure("FRAME", a_line("WOOD"), a_line("SCREW")),
)


def bought(**days: int | None) -> dict[Sku, Supply]:
    return {Sku(part): Supply(part=Sku(part), lead_time_days=number) for part, number in days.items()}


def planned(*structures: Structure, routings: list[Routing] | None = None, quantity: int = 1, **more: Any) -> LeadTime:
    explosion = exploded(DOOR, works(*structures, routings=routings or []), quantity, COLOUR="RED")
    return lead_time(explosion.root, DAY, more.get("supplies", {}), {"SAW": SAW}, more.get("ready"))


def test_own_time_comes_after_the_longest_of_what_it_needs() -> None:
    routings = [a_routing("DOOR", an_operation("FIT", 8)), a_routing("FRAME", an_operation("CUT", 0, 12))]
    found = planned(*MANUFACTURE, routings=routings, supplies=bought(WOOD=2, SCREW=1, GLASS=1))
    # Wood is there on Wednesday, the frame takes a day and a half until Friday, the door the rest of the week.
    assert (found.days, found.finish) == (5, DAY + timedelta(5))
    assert found.critical == (("DOOR", 1), ("DOOR/FRAME#FRAME", 2), ("DOOR/FRAME#FRAME/WOOD#WOOD", 2))
    assert found.sum_days == 1 + 2 + 2 + 1 + 1
    assert found.warnings == ()


def test_what_is_unknown_is_no_number_and_is_told() -> None:
    found = planned(*MANUFACTURE, supplies=bought(WOOD=2, SCREW=None))
    assert (found.days, found.finish, found.sum_days, found.critical) == (None, None, None, ())
    assert found.warnings == ("DOOR/FRAME#FRAME/SCREW#SCREW has no lead time.", "DOOR/GLASS#GLASS has no lead time.")
    strange = [a_routing("DOOR", an_operation("FIT", 8, work_centre="NOWHERE"))]
    assert planned(routings=strange).warnings == ("DOOR: how long operation FIT takes is unknown.",)


def test_a_lead_time_of_nothing_is_known() -> None:
    assert planned(a_structure("DOOR", a_line("PEG")), supplies=bought(PEG=0)).days == 0


def test_work_waits_for_the_days_its_centre_is_open() -> None:
    friday = [a_routing("DOOR", an_operation("FIT", 0, 8))]
    found = planned(routings=friday, quantity=6)
    assert found.days == 8, "five days, a weekend, and one day more"


def test_operations_share_a_day_and_the_last_one_is_counted_whole() -> None:
    two = [a_routing("DOOR", an_operation("CUT", 3, sequence=1), an_operation("FIT", 6, sequence=2))]
    assert planned(routings=two).days == 2
    one = [a_routing("DOOR", an_operation("CUT", 3, sequence=1), an_operation("FIT", 5, sequence=2))]
    assert planned(routings=one).days == 1


def test_a_day_on_which_a_component_is_there_counts_instead_of_its_lead_time() -> None:
    found = planned(a_structure("DOOR", a_line("PEG")), supplies=bought(PEG=30), ready={Sku("PEG"): DAY + timedelta(3)})
    assert found.days == 3


@pytest.mark.parametrize(
    ("begin", "hours", "day", "rest"),
    [
        (date(2026, 6, 5), 8, date(2026, 6, 6), "0"),
        (date(2026, 6, 5), 9, date(2026, 6, 8), "0.125"),
        (date(2026, 6, 6), 4, date(2026, 6, 8), "0.5"),
        (date(2026, 6, 1), 40, date(2026, 6, 6), "0"),
        (date(2026, 6, 1), 0, date(2026, 6, 1), "0"),
    ],
)
def test_hours_of_work_end_on_a_day(begin: date, hours: int, day: date, rest: str) -> None:
    assert work(SAW, begin, Decimal(0), Decimal(hours)) == (day, Decimal(rest))


def test_a_centre_that_never_opens_never_finishes() -> None:
    shut = WorkCentre(id="SAW", weekdays=frozenset())
    assert work(shut, DAY, Decimal(0), Decimal(1)) is None
    assert work(WorkCentre(id="SAW", hours_per_day=Decimal(0)), DAY, Decimal(0), Decimal(1)) is None
    holiday = WorkCentre(id="SAW", closed=frozenset((DAY,)))
    assert work(holiday, DAY, Decimal(0), Decimal(8)) == (DAY + timedelta(2), Decimal(0))
