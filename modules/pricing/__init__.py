"""Pricing owns price rows, tax rules and the history of public prices.

It answers what a sku costs a viewer at a moment, and prices whole baskets with every step from list price to amount
due. It never converts a currency by itself, never sells untaxed because a rate is missing, and never keeps a price on
behalf of a cart: a quote is computed anew from basket, moment and rules.
"""
