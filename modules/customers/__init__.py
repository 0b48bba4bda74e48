"""Customers owns what trade rules may know of a buyer: groups, segments, contracts, attributes, how often they bought.

It answers which profile an id has at a moment, from memory. It holds NO personal data: no name, no address, no e-mail.
An id is the shop's own and opaque; whoever needs the person looks it up where the shop keeps persons.
"""
