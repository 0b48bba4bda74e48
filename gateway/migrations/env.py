"""Alembic's own entry: it runs on the connection that `upgrade.py` or `revise` hands over."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import MetaData

from gateway.migrations.branches import MODULES
from gateway.migrations.upgrade import metadata

_module: str | None = context.config.attributes.get("module")


def _include(name: str | None, kind: str, parents: Any) -> bool:
    """Autogenerate sees the tables of one module only; names begin with the module's."""
    return kind != "table" or _module is None or bool(name and name.startswith(f"{_module}_"))


def _target() -> list[MetaData]:
    return [tables for name, tables in zip(MODULES, metadata(), strict=True) if _module in (None, name)]


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=_target(),
    include_name=_include,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
