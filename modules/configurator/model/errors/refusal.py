"""The root of the tree."""

from __future__ import annotations

from collections.abc import Sequence

from modules.kernel.errors import Refused

Path = Sequence[str | int]
"""Where in the input the value stands."""


class ConfiguratorRefusal(Refused):
    """The configurator said no."""
