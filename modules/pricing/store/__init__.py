"""Pricing in the database, by noun."""
