"""Inventory in the database, by noun."""
