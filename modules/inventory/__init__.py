"""Inventory owns sources, their stock levels and what channels hold back of them.

It answers what can be had in a channel, where and when (I-1 to I-3), and tells followers at once when that changes.
It never knows prices, carts or titles; a sku is all it shares with the other modules.
"""
