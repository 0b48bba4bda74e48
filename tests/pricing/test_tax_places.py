"""Where tax is due, and whether any is (T-1 to T-3)."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from string import ascii_uppercase

import pytest

from modules.kernel.basket import Destination
from modules.kernel.customer import Profile, VatId
from modules.kernel.moments import to_us
from modules.kernel.names import CustomerId, TaxClass
from modules.kernel.place import Store
from modules.kernel.policies import AbroadPrice, MissingTaxRule, Policies
from modules.kernel.viewer import Viewer
from modules.pricing.engine.tax import TaxBook, TaxPlace, Treatment
from modules.pricing.engine.tax.territories import territory
from tests.builders import NOW, a_channel, a_market, a_store, a_viewer
from tests.pricing.builders import a_tax_rule

STANDARD = TaxClass("standard")
AT_US = to_us(NOW)
VALIDATED = VatId("ATU12345678", valid=True, validated_at=datetime(2026, 1, 5, tzinfo=UTC))
NORMAL, REVERSE_CHARGE, EXPORT = Treatment.NORMAL, Treatment.REVERSE_CHARGE, Treatment.EXPORT


def a_business(vat_id: VatId | None = VALIDATED) -> Profile:
    return Profile(CustomerId("c"), is_business=True, vat_id=vat_id)


def a_buyer(
    country: str = "DE",
    *,
    customer: Profile | None = None,
    store: Store | None = None,
    locale: str | None = None,
    now: datetime = NOW,
    **policies: object,
) -> Viewer:
    """Somebody in a market of this country."""
    chosen = Policies(**policies)  # type: ignore[arg-type]
    channel = a_channel(market=a_market(country=country, policies=chosen))
    return a_viewer(channel=channel, store=store, customer=customer, locale=locale, now=now)


@pytest.mark.parametrize(
    ("home", "ships_from", "goes_to", "destination_tax", "country", "region", "treatment"),
    [
        # At home.
        ("DE", "", Destination("DE"), True, "DE", "", NORMAL),
        ("CH", "", Destination("CH"), True, "CH", "", NORMAL),
        # Inside the EU: the destination's, or the origin's for a small seller.
        ("DE", "", Destination("AT"), True, "AT", "", NORMAL),
        ("DE", "", Destination("AT"), False, "DE", "", NORMAL),
        ("DE", "PL", Destination("DE"), True, "DE", "", NORMAL),
        ("DE", "PL", Destination("DE"), False, "PL", "", NORMAL),
        ("DE", "", Destination("MC"), True, "FR", "", NORMAL),
        ("DE", "", Destination("PT", "PT-20"), True, "PT", "PT-20", NORMAL),
        ("DE", "", Destination("PT", postal_code="9500-321"), True, "PT", "PT-20", NORMAL),
        ("DE", "", Destination("XI"), True, "GB", "GB-NIR", NORMAL),
        ("DE", "", Destination("GB", postal_code="bt1 5gs"), True, "GB", "GB-NIR", NORMAL),
        ("GB", "", Destination("GB", "GB-NIR"), True, "GB", "GB-NIR", NORMAL),
        # Outside it: export.
        ("DE", "", Destination("CH"), True, "CH", "", EXPORT),
        ("DE", "", Destination("CH"), False, "CH", "", EXPORT),
        ("DE", "", Destination("GB"), True, "GB", "", EXPORT),
        ("CH", "", Destination("DE"), True, "DE", "", EXPORT),
        ("CH", "DE", Destination("CH"), True, "CH", "", EXPORT),
        ("DE", "", Destination("DE", postal_code="78266"), True, "DE", "", EXPORT),
        ("DE", "", Destination("DE", postal_code="27498"), True, "DE", "", EXPORT),
        ("ES", "", Destination("ES", "ES-CN"), True, "IC", "", EXPORT),
        ("ES", "", Destination("ES", postal_code="38001"), True, "IC", "", EXPORT),
        ("DE", "", Destination("FI", postal_code="22100"), True, "AX", "", EXPORT),
        ("FR", "", Destination("FR", "FR-974"), True, "RE", "", EXPORT),
    ],
)
def test_the_place_follows_the_way_of_the_goods(
    home: str,
    ships_from: str,
    goes_to: Destination,
    destination_tax: bool,
    country: str,
    region: str,
    treatment: Treatment,
) -> None:  # T-2, T-3
    buyer = a_buyer(home, ships_from=ships_from, destination_tax=destination_tax)
    place = TaxPlace.of(buyer, goes_to)
    assert (place.country, place.region, place.treatment) == (country, region, treatment)
    assert place.home == home
    assert not place.estimated


def test_what_is_picked_up_is_taxed_in_the_store() -> None:  # T-2
    buyer = a_buyer(store=a_store(country="AT"))
    for place in (TaxPlace.of(buyer, Destination("FR"), pickup=True), TaxPlace.of(buyer), TaxPlace.at_home(buyer)):
        assert (place.country, place.home, place.treatment, place.estimated) == ("AT", "AT", NORMAL, False)
    assert TaxPlace.of(buyer, Destination("FR")).country == "FR"


def test_without_a_destination_the_market_s_country_is_assumed() -> None:  # T-2
    place = TaxPlace.of(a_buyer("AT"))
    assert (place.country, place.treatment, place.estimated) == ("AT", NORMAL, True)
    assert TaxPlace.of(a_buyer("AT"), pickup=True).estimated
    assert not TaxPlace.at_home(a_buyer("AT")).estimated


UNPROVEN = [
    VatId("ATU1"),
    VatId("ATU1", valid=True),
    VatId("ATU1", valid=False, validated_at=VALIDATED.validated_at),
]


@pytest.mark.parametrize(
    ("customer", "goes_to", "treatment", "notices"),
    [
        (a_business(), "AT", REVERSE_CHARGE, []),
        (a_business(), "DE", NORMAL, []),
        (a_business(), "CH", EXPORT, []),
        (a_business(None), "AT", NORMAL, []),
        *((a_business(unproven), "AT", NORMAL, ["VAT_ID_NOT_VALIDATED"]) for unproven in UNPROVEN),
        *((a_business(unproven), "DE", NORMAL, []) for unproven in UNPROVEN),
        *((a_business(unproven), "CH", EXPORT, []) for unproven in UNPROVEN),
        (Profile(CustomerId("c"), vat_id=VALIDATED), "AT", NORMAL, []),
        (None, "AT", NORMAL, []),
    ],
)
def test_only_a_business_with_a_validated_id_in_another_member_state_owes_the_tax_itself(
    customer: Profile | None, goes_to: str, treatment: Treatment, notices: list[str]
) -> None:  # T-3
    place = TaxPlace.of(a_buyer(customer=customer), Destination(goes_to))
    assert place.treatment is treatment
    assert [notice.code for notice in place.notices()] == notices


def test_reverse_charge_does_not_need_the_destination_s_tax() -> None:  # T-3: a seller below the threshold too
    buyer = a_buyer(customer=a_business(), destination_tax=False)
    assert TaxPlace.of(buyer, Destination("AT")).treatment is REVERSE_CHARGE


@pytest.mark.parametrize(
    ("locale", "goes_to", "text"),
    [
        ("de", "AT", "Steuerschuldnerschaft des Leistungsempfängers"),
        ("de-AT", "AT", "Steuerschuldnerschaft des Leistungsempfängers"),
        ("en", "AT", "Reverse charge: the recipient is liable for the VAT."),
        ("fr", "AT", "Reverse charge: the recipient is liable for the VAT."),
        ("de", "CH", "Steuerfreie Ausfuhrlieferung, vorbehaltlich des Ausfuhrnachweises"),
        ("en", "CH", "Tax-free export, subject to proof of export."),
        ("en", "DE", ""),
    ],
)
def test_an_invoice_says_why_there_is_no_tax_in_the_buyer_s_language(locale: str, goes_to: str, text: str) -> None:
    buyer = a_buyer(customer=a_business(), locale=locale)  # T-3
    assert TaxPlace.of(buyer, Destination(goes_to)).text == text


@pytest.mark.parametrize(
    ("country", "day", "member"),
    [
        ("HR", "2013-06-30T21:59:59.999999", ""),
        ("HR", "2013-06-30T22:00:00", "HR"),
        ("GB", "2020-12-31T22:59:59.999999", "GB"),
        ("GB", "2020-12-31T23:00:00", ""),
        ("XI", "2020-12-31T22:59:59.999999", "GB"),
        ("XI", "2020-12-31T23:00:00", "XI"),
        ("IM", "2026-01-01T00:00:00", ""),
        ("EL", "2026-01-01T00:00:00", "GR"),
        ("NO", "2026-01-01T00:00:00", ""),
    ],
)
def test_member_states_join_and_leave_at_midnight_in_brussels(country: str, day: str, member: str) -> None:  # T-2, G-5
    moment = to_us(datetime.fromisoformat(day).replace(tzinfo=UTC))
    assert territory(country, "", "", moment).member == member


def test_there_are_27_member_states() -> None:
    codes = ("".join(pair) for pair in product(ascii_uppercase, repeat=2))
    members = {territory(code, "", "", AT_US).member for code in codes}
    assert len(members - {"", "XI"}) == 27


@pytest.mark.parametrize(
    ("state", "region", "postal_code"),
    [
        ("IT", "", "23041"),
        ("IT", "", "22061"),
        ("GR", "GR-69", ""),
        ("ES", "ES-ML", ""),
        ("ES", "", "51001"),
        ("FI", "FI-01", ""),
        ("FR", "", "97 133"),
        ("FR", "FR-MQ", ""),
        ("AX", "", ""),
        ("GP", "", ""),
    ],
)
def test_parts_outside_the_vat_territory_are_no_member(state: str, region: str, postal_code: str) -> None:  # T-2
    assert territory(state, region, postal_code, AT_US).member == ""
    assert territory(state, "ZZ-99", "11111", AT_US).member in (state, "")


def test_a_region_s_rule_stands_before_its_country_s() -> None:  # T-1
    azores = a_tax_rule("0.16", country="PT", region="PT-20")
    book = TaxBook([a_tax_rule("0.23", country="PT"), azores, a_tax_rule()])
    buyer = a_buyer()
    for goes_to, rate in ((Destination("PT"), 230_000), (Destination("PT", "PT-20"), 160_000)):
        levy = book.levy(TaxPlace.of(buyer, goes_to), STANDARD, AT_US)
        assert levy
        assert (levy.rule.rate_micros, levy.home.rate_micros) == (rate, 190_000)
    # A region without a rule of its own has its country's.
    madeira = TaxPlace.of(buyer, Destination("PT", "PT-30"))
    assert book.levy(madeira, STANDARD, AT_US) == book.levy(TaxPlace.of(buyer, Destination("PT")), STANDARD, AT_US)


def test_where_the_buyer_owes_the_tax_the_rate_is_0_and_the_home_rule_is_named() -> None:  # T-3
    book = TaxBook([a_tax_rule(id="home")])
    place = TaxPlace.of(a_buyer(customer=a_business()), Destination("AT"))
    levy = book.levy(place, STANDARD, AT_US)
    assert levy
    assert (levy.code, levy.text, levy.rule.rate_micros, levy.rule.id) == ("AE", place.text, 0, "home")
    assert levy.home.rate_micros == 190_000


@pytest.mark.parametrize("goes_to", ["DE", "FR"])
def test_a_class_without_a_rule_has_no_levy_unless_the_market_sells_it_untaxed(goes_to: str) -> None:  # T-1
    book, at = TaxBook([a_tax_rule(country="AT")]), Destination(goes_to)
    assert book.levy(TaxPlace.of(a_buyer(), at), STANDARD, AT_US) is None
    untaxed = TaxPlace.of(a_buyer(missing_tax_rule=MissingTaxRule.UNTAXED), at)
    levy = book.levy(untaxed, STANDARD, AT_US)
    assert levy
    assert (levy.rule.id, levy.rule.rate_micros, levy.code) == ("", 0, "")


def test_an_export_of_a_class_without_a_home_rule_has_no_levy() -> None:  # T-1, T-4: gross rows need the home rate
    assert TaxBook().levy(TaxPlace.of(a_buyer(), Destination("CH")), STANDARD, AT_US) is None


@pytest.mark.parametrize(
    ("abroad_price", "customer", "goes_to", "net_stays"),
    [
        (AbroadPrice.GROSS_STABLE, None, "AT", False),
        (AbroadPrice.NET_STABLE, None, "AT", True),
        (AbroadPrice.GROSS_STABLE, None, "CH", False),
        (AbroadPrice.GROSS_STABLE, a_business(), "AT", True),
        (AbroadPrice.GROSS_STABLE, a_business(), "CH", True),
        (AbroadPrice.GROSS_STABLE, a_business(None), "AT", False),
    ],
)
def test_which_price_stays_abroad(
    abroad_price: AbroadPrice, customer: Profile | None, goes_to: str, net_stays: bool
) -> None:  # T-4
    buyer = a_buyer(customer=customer, abroad_price=abroad_price)
    assert TaxPlace.of(buyer, Destination(goes_to)).net_stays is net_stays


def test_a_levy_may_change_with_the_rates_there_and_at_home() -> None:  # P-8
    here, there = datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)
    book = TaxBook([a_tax_rule(valid_until=here), a_tax_rule("0.2", country="AT", valid_until=there)])
    place = TaxPlace.of(a_buyer(), Destination("AT"))
    assert book.next_change(place, STANDARD, AT_US) == to_us(there)
    assert book.next_change(place, STANDARD, to_us(there)) == to_us(here)
    assert book.next_change(place, STANDARD, to_us(here)) is None
