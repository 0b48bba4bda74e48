"""Carts over both kinds of Redis and both databases: in two pairs, since neither knows of the other."""

from __future__ import annotations

import pytest

PAIRS = {"embedded": "sqlite", "redis": "postgresql"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each test once over the embedded servers and once over one's own."""
    crossed = [item for item in items if _is_crossed(item)]
    if crossed:
        config.hook.pytest_deselected(items=crossed)
        items[:] = [item for item in items if item not in crossed]


def _is_crossed(item: pytest.Item) -> bool:
    if "/cart/" not in item.path.as_posix() or not isinstance(item, pytest.Function):
        return False
    params = getattr(getattr(item, "callspec", None), "params", {})
    return "database_url" in params and PAIRS.get(str(params.get("redis_url"))) not in (None, params["database_url"])
