"""Wishlists owns what people would like to have: named lists of guests and customers, shared by links, and the watches
that tell when a product is back in stock or cheaper.

It stores wishes and the price a wish was made at. It holds no stock, quotes nothing, and puts things into a cart only
through a port.
"""
