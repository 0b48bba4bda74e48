"""Larger calculations of wishlists, pure."""
