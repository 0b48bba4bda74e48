"""Configurations: made-up products of many parts, as other modules see them."""

from __future__ import annotations

from dataclasses import dataclass

from modules.kernel.names import ConfigurationId, Sku


@dataclass(frozen=True, slots=True)
class Configuration:
    """One that is complete and may be ordered."""

    id: ConfigurationId
    sku: Sku
    """Of which product it is one."""
