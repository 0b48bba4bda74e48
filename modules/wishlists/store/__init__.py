"""Wishlists in the database, by noun. This folder alone has SQL."""
