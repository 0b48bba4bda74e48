"""A little SVG: shapes and texts on a sheet, and axes with round numbers. Nothing is fetched, nothing scripted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from math import floor, log10

FONT = "system-ui, 'Segoe UI', Helvetica, Arial, sans-serif"
Point = tuple[float, float]


@dataclass(slots=True)
class Sheet:
    """Collects shapes, the later over the earlier; styles are SVG attributes with `_` for `-`."""

    width: int
    height: int
    title: str
    parts: list[str] = field(default_factory=list)

    def rect(self, x: float, y: float, width: float, height: float, **style: object) -> None:
        """A rectangle; one without a size is left out."""
        if width > 0 and height > 0:
            self._add("rect", {"x": x, "y": y, "width": width, "height": height, **style})

    def line(self, begin: Point, end: Point, **style: object) -> None:
        """A straight line."""
        self._add("line", {"x1": begin[0], "y1": begin[1], "x2": end[0], "y2": end[1], **style})

    def path(self, points: Sequence[Point], closed: bool = False, **style: object) -> None:
        """Straight pieces from point to point."""
        steps = " ".join(f"{'L' if number else 'M'}{_number(x)} {_number(y)}" for number, (x, y) in enumerate(points))
        self._add("path", {"d": f"{steps}{' Z' if closed else ''}", "fill": "none", **style})

    def dot(self, at: Point, radius: float, **style: object) -> None:
        """A filled circle."""
        self._add("circle", {"cx": at[0], "cy": at[1], "r": radius, **style})

    def text(self, at: Point, text: str, **style: object) -> None:
        """A line of text, its baseline at the point."""
        self._add("text", {"x": at[0], "y": at[1], **style}, escape(text, quote=False))

    def svg(self) -> str:
        """The whole document."""
        size = f'width="{self.width}" height="{self.height}" viewBox="0 0 {self.width} {self.height}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{FONT}" font-size="12">'
        return "\n".join([head, f"<title>{escape(self.title)}</title>", *self.parts, "</svg>", ""])

    def _add(self, name: str, style: Mapping[str, object], text: str = "") -> None:
        given = " ".join(f'{key.replace("_", "-")}="{escape(_text(value))}"' for key, value in style.items())
        self.parts.append(f"<{name} {given}>{text}</{name}>" if text else f"<{name} {given}/>")


@dataclass(frozen=True, slots=True)
class Axis:
    """From a value's range to a stretch of the sheet."""

    low: float
    high: float
    begin: float
    end: float

    def at(self, value: float) -> float:
        """Where a value lies."""
        return self.begin + (value - self.low) / (self.high - self.low or 1.0) * (self.end - self.begin)

    def ticks(self) -> Iterator[float]:
        """Round numbers from 0, about four of them."""
        step = round_step(self.high)
        for number in range(floor(self.high / step + 1e-9) + 1):
            yield number * step


def round_step(most: float) -> float:
    """1, 2 or 5 with zeros, so that about four of them reach the value."""
    if most <= 0:
        return 1.0
    rough = most / 4
    power = 10.0 ** floor(log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough * 0.999)


def _text(value: object) -> str:
    return _number(value) if isinstance(value, float) else str(value)


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
