"""What stands between a client and the fold, and between the fold and a quote: pure.

`intake`: from what a client wrote to operations. `documents`: operations as a log keeps them. `terms`: what a price
depends on besides the goods. `notices`: what a person should know before paying.
"""
