"""The picture of a forecast: past demand and days to come above, below what lies there and how long it will last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from gateway.drawing import Axis, Sheet
from modules.inventory.model.demand import Demand, Sight, StockPlan
from modules.kernel.money import MICROS
from modules.kernel.quantity import format_quantity

SHOWN = 84
"""Days of the past that are drawn."""
INK, FAINT, GRID = "#1f2933", "#6b7785", "#e4e8ec"
PAST, MEAN, PROMOTED, DRY = "#a9bfd3", "#3d6a94", "#e0a93b", "#eceff2"
COMING, PALE = "#c2491d", "#f7ddd0"
ORDER, SAFE, WITHHELD = "#7a4fa3", "#2f7d4f", "#dcefe2"
LEFT, RIGHT = 64.0, 936.0


def draw(title: str, sight: Sight) -> str:
    """The SVG of what is known of an article and what follows."""
    sheet = Sheet(1000, 640, f"Demand and forecast of {title}")
    sheet.rect(0, 0, 1000, 640, fill="#ffffff")
    sheet.text((LEFT, 44), title, font_size=22, font_weight=600, fill=INK)
    sheet.text((LEFT, 68), subtitle(sight.plan), font_size=13, fill=FAINT)
    _draw_demand(sheet, _Days.of(sight))
    _draw_stock(sheet, sight)
    _draw_figures(sheet, sight)
    return sheet.svg()


def subtitle(plan: StockPlan) -> str:
    """How the forecast was made, in a sentence."""
    if not plan.method:
        return "no forecast: too little is known of the demand" if plan.demand_class == "new" else "never asked for"
    words = [f"{plan.demand_class} demand", f"forecast by {plan.method.replace('_', ' ')}"]
    if plan.scores:
        best = plan.scores[0]
        words += [f"RMSSE {_short(best.rmsse)}", f"bias {'+' if best.bias >= 0 else ''}{_short(best.bias)} a day"]
    return ", ".join(words)


@dataclass(frozen=True, slots=True)
class _Days:
    """What the upper picture shows; units are floats here, as they become places."""

    until: date
    past: dict[date, Demand]
    daily: Sequence[float]

    @classmethod
    def of(cls, sight: Sight) -> _Days:
        daily = [units / MICROS for units in sight.plan.daily]
        return cls(sight.plan.until, {each.day: each for each in sight.demands}, daily)

    @property
    def first(self) -> date:
        return self.until - timedelta(days=SHOWN)

    def units(self, day: date) -> float:
        return self.past[day].units / MICROS if day in self.past else 0.0

    def week_mean(self, number: int) -> float | None:
        """Of the week that ends with this day, without days that tell nothing of the base (S-5)."""
        days = [self.first + timedelta(days=number - back) for back in range(7)]
        told = [self.units(day) for day in days if not (day in self.past and _is_left_out(self.past[day]))]
        return sum(told) / len(told) if told and min(self.past, default=self.until) <= days[-1] else None


def _is_left_out(told: Demand) -> bool:
    return told.censored or told.promoted


def _draw_demand(sheet: Sheet, days: _Days) -> None:
    across = Axis(0, SHOWN + max(len(days.daily), 1), LEFT, RIGHT)
    shown = [days.units(days.first + timedelta(days=number)) for number in range(SHOWN)]
    up = Axis(0, max([*shown, *days.daily, 1.0]) * 1.08, 340, 138)
    _frame(sheet, up, "units a day")
    _draw_past(sheet, days, across, up)
    _draw_coming(sheet, days, across, up)
    for number in range(SHOWN + len(days.daily)):
        day = days.first + timedelta(days=number)
        if day.weekday() == 0 and number % 2 == days.first.weekday() % 2:
            sheet.text((across.at(number + 0.5), 358), _day(day), text_anchor="middle", font_size=11, fill=FAINT)
    _draw_legend(sheet, days)


def _draw_past(sheet: Sheet, days: _Days, across: Axis, up: Axis) -> None:
    width = across.at(1) - across.at(0)
    for number in range(SHOWN):
        day = days.first + timedelta(days=number)
        told = days.past.get(day)
        if told and told.censored:
            sheet.rect(across.at(number), up.end, width + 0.3, up.begin - up.end, fill=DRY)
        top = up.at(days.units(day))
        fill = PROMOTED if told and told.promoted else PAST
        sheet.rect(across.at(number) + 0.8, top, width - 1.6, up.begin - top, fill=fill)
    means = [(number, mean) for number in range(SHOWN) if (mean := days.week_mean(number)) is not None]
    if len(means) > 1:
        line = [(across.at(number + 0.5), up.at(mean)) for number, mean in means]
        sheet.path(line, stroke=MEAN, stroke_width=1.8, stroke_linejoin="round")


def _draw_coming(sheet: Sheet, days: _Days, across: Axis, up: Axis) -> None:
    edge = across.at(SHOWN)
    sheet.line((edge, up.end - 12), (edge, up.begin), stroke=FAINT, stroke_dasharray="3 3")
    sheet.text((edge + 6, up.end - 4), f"from {_day(days.until)}", font_size=11, fill=FAINT)
    if not days.daily:
        return
    steps = []
    for number, units in enumerate(days.daily, SHOWN):
        steps += [(across.at(number), up.at(units)), (across.at(number + 1), up.at(units))]
    base = [(across.at(SHOWN + len(days.daily)), up.begin), (edge, up.begin)]
    sheet.path([*steps, *base], closed=True, fill=PALE)
    sheet.path(steps, stroke=COMING, stroke_width=2, stroke_linejoin="round")


def _draw_legend(sheet: Sheet, days: _Days) -> None:
    signs = [("sold", PAST), ("mean of a week", MEAN)]
    signs += [("promotion", PROMOTED)] if any(each.promoted for each in days.past.values()) else []
    signs += [("not to be had", DRY)] if any(each.censored for each in days.past.values()) else []
    signs += [("forecast", COMING)] if days.daily else []
    x = LEFT
    for text, color in signs:
        edge = {"stroke": "#c5ccd3", "stroke_width": 0.8} if color == DRY else {}
        sheet.rect(x, 86, 12, 10, fill=color, rx=2, **edge)
        sheet.text((x + 18, 95), text, fill=FAINT)
        x += 34 + 6.4 * len(text)


def _draw_stock(sheet: Sheet, sight: Sight) -> None:
    """Stock day by day if nothing is ordered; where it falls to the reorder point is marked."""
    plan, point = sight.plan, _reorder_point(sight.plan)
    if point is None or not plan.daily:
        sheet.text(
            (LEFT, 424), "Too little is known of the demand: least stock is set by hand.", fill=FAINT, font_size=13
        )
        return
    left = [(sight.stock.available + sight.stock.incoming) / MICROS]
    for units in plan.daily:
        left.append(max(left[-1] - units / MICROS, 0.0))
    across = Axis(0, len(plan.daily), LEFT, 610)
    up = Axis(0, max([*left, point, 1.0]) * 1.12, 590, 420)
    sheet.text((LEFT, 400), "Stock and what is on order, if nothing more is ordered", font_weight=600, fill=INK)
    _frame(sheet, up, "", 610)
    _draw_safety(sheet, up, (plan.safety_stock or 0) / MICROS)
    sheet.path([(across.at(day), up.at(units)) for day, units in enumerate(left)], stroke=INK, stroke_width=2)
    sheet.line((LEFT, up.at(point)), (610, up.at(point)), stroke=ORDER, stroke_width=1.6, stroke_dasharray="6 4")
    sheet.text((606, up.at(point) - 5), "reorder point", text_anchor="end", fill=ORDER)
    for day in range(0, len(plan.daily) + 1, 7):
        text = _day(plan.until + timedelta(days=day))
        sheet.text((across.at(day), 608), text, text_anchor="middle", font_size=11, fill=FAINT)
    at = _fallen(left, point)
    if at is not None:
        spot = across.at(at), up.at(min(point, left[0]))
        sheet.dot(spot, 5, fill=ORDER, stroke="#ffffff", stroke_width=1.5)
        when = f"order on {_day(plan.until + timedelta(days=int(at)))}" if at else "order now"
        sheet.text((spot[0] + 9, spot[1] - 7), when, fill=ORDER, font_weight=600)


def _draw_safety(sheet: Sheet, up: Axis, safety: float) -> None:
    if safety:
        sheet.rect(LEFT, up.at(safety), 610 - LEFT, up.begin - up.at(safety), fill=WITHHELD)
        sheet.text((LEFT + 7, up.begin - 7), "safety stock", fill=SAFE)


def _reorder_point(plan: StockPlan) -> float | None:
    """One by hand is before the planned one (S-6)."""
    point = plan.reorder_point if plan.policy.reorder_point is None else plan.policy.reorder_point
    return None if point is None else point / MICROS


def _fallen(left: Sequence[float], point: float) -> float | None:
    """The day, with its part, on which stock falls to the reorder point; None when that is not in sight."""
    if left[0] <= point:
        return 0.0
    for day, (before, after) in enumerate(pairwise(left)):
        if after <= point:
            return day + (before - point) / (before - after)
    return None


def _draw_figures(sheet: Sheet, sight: Sight) -> None:
    plan, policy = sight.plan, sight.plan.policy
    point = _reorder_point(plan)
    stock = f"{_short(sight.stock.available)} + {_short(sight.stock.incoming)}"
    figures = [
        ("demand a day", _short(plan.demand) if plan.method else "not known", COMING),
        ("safety stock", _rounded(plan.safety_stock), SAFE),
        ("reorder point", "by hand" if point is None else _short(round(point * MICROS)), ORDER),
        ("available + on order", stock, INK),
        ("lead time, deviation", f"{_short(policy.lead_time)} ± {_short(policy.lead_deviation)} days", INK),
        ("service level wanted", _percent(policy.service_level), INK),
        ("service level simulated", _percent(plan.service_level), INK),
        ("fill rate simulated", _percent(plan.fill_rate), INK),
    ]
    for number, (name, value, color) in enumerate(figures):
        y = 424 + number * 23.5
        sheet.text((660, y), name, fill=FAINT, font_size=13)
        sheet.text((RIGHT, y), value, text_anchor="end", fill=color, font_size=14, font_weight=600)
        sheet.line((660, y + 7), (RIGHT, y + 7), stroke=GRID)


def _frame(sheet: Sheet, up: Axis, unit: str, right: float = RIGHT) -> None:
    for value in up.ticks():
        y = up.at(value)
        sheet.line((LEFT, y), (right, y), stroke=GRID)
        sheet.text((LEFT - 8, y + 4), f"{value:g}", text_anchor="end", font_size=11, fill=FAINT)
    if unit:
        sheet.text((LEFT, up.end - 8), unit, font_size=11, fill=FAINT)


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _short(micros: int | None) -> str:
    return f"{(micros or 0) / MICROS:.2f}".rstrip("0").rstrip(".")


def _rounded(micros: int | None) -> str:
    return "by hand" if micros is None else format_quantity(micros)


def _percent(micros: int | None) -> str:
    return "-" if micros is None else f"{micros / MICROS:.1%}"
