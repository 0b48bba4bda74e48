"""The tools that reach the outside: database, Redis, outbox and inbox, the feed, the embedded server.

It knows no trade. Modules reach it from their `store.py` and `tables.py` alone.
"""
