"""Access owns API keys: it makes them, revokes them, and says whose principal a token is.

Of a key's secret it keeps a hash only. It never decides what a scope opens; services do, on their first line.
"""
