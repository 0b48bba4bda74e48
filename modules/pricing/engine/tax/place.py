"""Whose tax it is, and whether any is due (T-2, T-3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from modules.kernel.basket import Destination, Notice
from modules.kernel.moments import to_us
from modules.kernel.names import Locale
from modules.kernel.policies import AbroadPrice, MissingTaxRule
from modules.kernel.viewer import Viewer
from modules.pricing.engine.tax.territories import Territory, territory


class Treatment(StrEnum):
    """What is due: the tax of the place, or nothing for a reason that an invoice names by its code (T-3)."""

    NORMAL = ""
    REVERSE_CHARGE = "AE"
    EXPORT = "G"


_TEXTS: Final = {
    Treatment.NORMAL: ("", ""),
    Treatment.REVERSE_CHARGE: (
        "Reverse charge: the recipient is liable for the VAT.",
        "Steuerschuldnerschaft des Leistungsempfängers",
    ),
    Treatment.EXPORT: (
        "Tax-free export, subject to proof of export.",
        "Steuerfreie Ausfuhrlieferung, vorbehaltlich des Ausfuhrnachweises",
    ),
}
"""In English and in German."""


@dataclass(frozen=True, slots=True)
class TaxPlace:
    """Where a basket is taxed, and how."""

    country: str
    region: str
    home: str
    """The country whose tax shelf prices are made with: the store's, otherwise the market's."""
    treatment: Treatment = Treatment.NORMAL
    text: str = ""
    """Why nothing is due, in the viewer's language: German, otherwise English."""
    estimated: bool = False
    """The destination is not known: the market's country is assumed (T-2)."""
    net_stays: bool = False
    """Whether a gross row keeps its net price where the rate is another than at home (T-4)."""
    id_not_validated: bool = False
    """A business whose VAT id would free it from tax if it were validated (T-3)."""
    untaxed_without_rule: bool = False
    """Whether goods without a tax rule are sold untaxed: the market's choice 12 of section 7."""

    @classmethod
    def at_home(cls, viewer: Viewer) -> TaxPlace:
        """Where shelf prices are taxed: in the viewer's store, otherwise in the market's country."""
        home = country_of(viewer)
        return cls(home, "", home, untaxed_without_rule=_untaxed(viewer))

    @classmethod
    def of(cls, viewer: Viewer, destination: Destination | None = None, pickup: bool = False) -> TaxPlace:
        """By where the goods go (T-2): the destination if it is known, else the viewer's store, else the market's
        country, which is then only assumed. Goods that are picked up go nowhere.

        Goods leave from where the market says. Outside their own tax territory that is an export; in another member
        state of the EU the tax is that state's, or the origin's for sellers below the threshold, or nothing for a
        business with a validated VAT id (T-3).
        """
        assumed = destination is None or pickup
        if assumed and viewer.store:
            return cls.at_home(viewer)
        market = viewer.channel.market
        goal = Destination(market.country) if destination is None or pickup else destination
        at_us = to_us(viewer.now)
        end = territory(goal.country, goal.region, goal.postal_code, at_us)
        start = territory(market.policies.ships_from or market.country, "", "", at_us)
        return _between(viewer, start, end, assumed)

    def notices(self) -> tuple[Notice, ...]:
        """What the shopper should know: VAT_ID_NOT_VALIDATED (T-3)."""
        if not self.id_not_validated:
            return ()
        message = "The VAT id is not validated, so tax is charged as to a consumer."
        return (Notice("VAT_ID_NOT_VALIDATED", message),)


def country_of(viewer: Viewer) -> str:
    """Whose tax shelf prices are made with: the store's country, otherwise the market's (T-2)."""
    return viewer.store.country if viewer.store else viewer.channel.market.country


def _between(viewer: Viewer, start: Territory, end: Territory, assumed: bool) -> TaxPlace:
    customer, policies = viewer.customer, viewer.channel.market.policies
    is_business = customer is not None and customer.is_business
    vat_id = customer.vat_id if customer else None
    proven = vat_id is not None and vat_id.valid and vat_id.validated_at is not None
    abroad = start.area != end.area
    within = abroad and bool(start.member and end.member)
    treatment, taxed = Treatment.NORMAL, end
    if within and is_business and proven:
        treatment = Treatment.REVERSE_CHARGE
    elif within and not policies.destination_tax:
        taxed = start
    elif abroad and not within:
        treatment = Treatment.EXPORT
    return TaxPlace(
        taxed.country,
        taxed.region,
        country_of(viewer),
        treatment,
        _text(treatment, viewer.locale),
        assumed,
        policies.abroad_price is AbroadPrice.NET_STABLE or (is_business and treatment is not Treatment.NORMAL),
        within and is_business and vat_id is not None and not proven,
        _untaxed(viewer),
    )


def _text(treatment: Treatment, locale: Locale) -> str:
    english, german = _TEXTS[treatment]
    return german if locale.partition("-")[0] == "de" else english


def _untaxed(viewer: Viewer) -> bool:
    return viewer.channel.market.policies.missing_tax_rule is MissingTaxRule.UNTAXED
