"""Migrations: one Alembic branch a module, walked together, one process at a time."""
