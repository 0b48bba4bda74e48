"""Market owns where the shop sells: markets with their zones, currencies, languages and rounding; channels; stores.

It answers which channel a name means, in which currency and language, from memory. It never knows prices or stock:
price lists and sources are names here.
"""
