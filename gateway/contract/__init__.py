"""What a change of the schema would break, and whom: registered operations, and what clients were seen to send.

`operations`: where they come from. `checking`: the rules, pure. `command`: `python -m gateway check OPERATIONS...`.
"""

from gateway.contract.command import check_operations

__all__ = ["check_operations"]
