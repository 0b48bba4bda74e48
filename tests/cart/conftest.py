"""Carts over all kinds of Redis and both databases: in pairs, since neither knows of the other."""

from __future__ import annotations

import pytest

PAIRS = {"embedded": "sqlite", "redis": "postgresql", "cluster": "sqlite"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each test once over the embedded servers, once over one's own, and once over a cluster."""
    crossed = [item for item in items if _is_crossed(item)]
    if crossed:
        config.hook.pytest_deselected(items=crossed)
        items[:] = [item for item in items if item not in crossed]


def _is_crossed(item: pytest.Item) -> bool:
    if "/cart/" not in item.path.as_posix() or not isinstance(item, pytest.Function):
        return False
    params = getattr(getattr(item, "callspec", None), "params", {})
    return "database_url" in params and PAIRS.get(str(params.get("redis_url"))) not in (None, params["database_url"])
