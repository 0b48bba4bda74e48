"""Forecasts: what will be sold, how sure that is, and what to keep for it (S-1 to S-6).

Quantities are floats in units of the product here: these are estimates. Whoever keeps one rounds it up, once, at the
end. Periods are days.
"""
