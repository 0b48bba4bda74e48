"""The command that issues tokens on a developer's own machine."""

from __future__ import annotations

import argparse

from gateway.identity import DevelopmentIssuer
from gateway.process import make_directory
from gateway.settings import Settings, SettingsError, is_loopback
from modules.kernel.viewer import Role

_LONGEST_HOURS = 24 * 365


async def issue(settings: Settings, options: argparse.Namespace) -> int:
    """Prints a token, as the built-in issuer signs it. Raises SettingsError where that one is not believed."""
    if settings.issuer is not None or not settings.development or not is_loopback(settings.host):
        raise SettingsError(
            "COGWERK_MODE", str(settings.mode), "development on a loopback host, without COGWERK_ISSUER"
        )
    if not 0 < options.hours <= _LONGEST_HOURS:
        raise SettingsError("--hours", options.hours, f"more than 0, at most {_LONGEST_HOURS}")
    make_directory(settings.data)
    print(
        DevelopmentIssuer(settings.data).issue(
            options.subject,
            [Role(role) for role in options.role or ("shopper",)],
            customer=options.customer,
            channels=options.channel or (),
            stores=options.store or (),
            seconds=int(options.hours * 3600),
        )
    )
    return 0
