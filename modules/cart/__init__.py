"""Cart owns session-free carts: logs of what shoppers and their helpers wished, shared by all their devices.

It answers what is in a cart, what it would cost now (asked of pricing through a port) and what changed. It never stores
a price, never holds stock, never refuses for lack of it.
"""
