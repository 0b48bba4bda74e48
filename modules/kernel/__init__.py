"""The words every module shares: money, quantities, moments, names, places, events, errors.

Standard library only (`graph`, `selection.py`: GraphQL too). No I/O, no settings, no rule with an "if" about trade.
"""
