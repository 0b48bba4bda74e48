"""Use cases of wishlists, by noun."""
