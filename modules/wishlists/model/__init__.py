"""Values and rules of wishlists, by noun."""
