"""The methods against statsforecast, where it is installed (`pip install cogwerk[forecast]`; half a gigabyte)."""

from __future__ import annotations

import importlib
import importlib.util
import random
from typing import Any

import pytest

from modules.inventory.engine.forecast.methods import METHODS

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("statsforecast") is None, reason="the extra [forecast] is not installed"
)


def oracle(model: str, units: list[float], **options: Any) -> list[float]:
    """The next 14 days by statsforecast's model of this name."""
    numpy, models = importlib.import_module("numpy"), importlib.import_module("statsforecast.models")
    answer = getattr(models, model)(**options).forecast(y=numpy.array(units), h=14)
    return [float(each) for each in answer["mean"]]


def irregular(seed: int) -> list[float]:
    """Ninety days with a demand on one in three, the first of them on the first day."""
    draw = random.Random(seed)
    return [3.0, *(float(draw.randint(1, 9)) if draw.random() < 1 / 3 else 0.0 for _ in range(89))]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("method", "model", "options"),
    [
        ("croston", "CrostonClassic", {}),
        ("sba", "CrostonSBA", {}),
        ("tsb", "TSB", {"alpha_d": 0.1, "alpha_p": 0.1}),
        ("seasonal_naive", "SeasonalNaive", {"season_length": 7}),
    ],
)
def test_the_methods_say_what_statsforecast_says(method: str, model: str, options: dict[str, Any], seed: int) -> None:
    """S-3: with a demand on the first day, as it begins TSB's probability with that day alone."""
    units = irregular(seed)
    assert METHODS[method](units, 14) == pytest.approx(oracle(model, units, **options), rel=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_exponential_smoothing_says_what_statsforecast_says_with_one_of_the_constants(seed: int) -> None:
    draw = random.Random(seed)
    units = [20 + draw.gauss(0, 5) for _ in range(90)]
    (mine, *_) = METHODS["exponential_smoothing"](units, 14)
    theirs = [oracle("SimpleExponentialSmoothing", units, alpha=each)[0] for each in (0.05, 0.1, 0.2, 0.3, 0.5)]
    assert any(mine == pytest.approx(each, rel=1e-6) for each in theirs)
