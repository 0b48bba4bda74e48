"""Errors of the one who runs the shop, found at the start."""

from __future__ import annotations


class Misconfigured(Exception):
    """A setting cannot be used; the message names it, says why, and what to do. It never shows a password."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting}: {problem}")
        self.setting = setting
