"""Catalog owns the product master: products, their titles by language, groups of variants, categories as a tree.

It answers what a product is, lists products page by page, and tells every other module a sku's tax class, quantity
scale and active window. It never knows prices or stock, and of images only where they are.
"""
