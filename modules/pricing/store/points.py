"""Price points, their corrections and proof in the database."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from modules.kernel.names import ChannelId, MarketId, PromotionId, Sku
from modules.pricing.model.points import (
    NO_REDUCTION,
    Cause,
    PricePoint,
    PriorPrice,
    PromotionVersion,
    Publication,
    Verdict,
)

KEY: Final = ("sku", "market", "channel", "store", "currency", "from_us")
_PRIOR = (
    "verdict", "prior_micros", "allowed_percent", "reduced_from_us", "window_from_us", "low_from_us", "low_to_us",
    "outside_window", "exempt", "rule", "prior_until_us",
)  # fmt: skip
_JUDGED = (*KEY, "amount_micros", "list_micros", "recorded_at_us", *_PRIOR)
_POINT = (*_JUDGED, "to_us", "public", "announced", "perishable", "promotions", "cause")

_COLUMNS = ", ".join(f"p.{name}" for name in _POINT)
_VOIDED = "EXISTS (SELECT 1 FROM pricing_price_void v WHERE " + " AND ".join(f"v.{n} = p.{n}" for n in KEY) + ")"
OPEN: Final = f"""
    SELECT d.sku, d.due_us, {_COLUMNS}, FALSE FROM pricing_due d LEFT JOIN pricing_price_point p
    ON p.sku = d.sku AND p.currency = :currency AND p.to_us IS NULL WHERE d.sku IN :skus
"""
LATEST: Final = f"""
    SELECT {_COLUMNS}, {_VOIDED} FROM pricing_price_point p
    WHERE p.sku IN :skus AND (p.to_us IS NULL OR p.to_us > :since)
"""
WHOLE: Final = f"""
    WITH RECURSIVE kin(heir, sku, depth) AS (
        SELECT sku, history_of, 1 FROM pricing_history_link WHERE sku IN :skus
        UNION ALL
        SELECT kin.heir, link.history_of, kin.depth + 1 FROM kin
        JOIN pricing_history_link link ON link.sku = kin.sku WHERE kin.depth < 10
    )
    SELECT p.sku, 0, {_COLUMNS}, {_VOIDED} FROM pricing_price_point p WHERE p.sku IN :skus
    UNION ALL
    SELECT kin.heir, kin.depth, {_COLUMNS}, {_VOIDED} FROM kin JOIN pricing_price_point p ON p.sku = kin.sku
"""
_NAMES = ", ".join(_POINT)
_VALUES = ", ".join(f":{name}" for name in _POINT)
# Of a point that is there only its end is written, once, and while it is open what is said of it.
_LATER = ", ".join(f"{name} = excluded.{name}" for name in ("to_us", "promotions", *_PRIOR))
SAVE: Final = f"""
    INSERT INTO pricing_price_point ({_NAMES}) VALUES ({_VALUES})
    ON CONFLICT ({", ".join(KEY)}) DO UPDATE SET {_LATER} WHERE pricing_price_point.to_us IS NULL
"""
_PROOF = ("promotion", "version", *_JUDGED)
PROVE: Final = f"""
    INSERT INTO pricing_publication ({", ".join(_PROOF)}) VALUES ({", ".join(f":{name}" for name in _PROOF)})
    ON CONFLICT (promotion, {", ".join(KEY)}, version) DO NOTHING
"""
_PLACE = ("sku", "market", "channel", "store", "currency", "from_us", "version")
PROOFS: Final = f"""
    SELECT {", ".join(_PROOF)} FROM pricing_publication WHERE promotion = :promotion
    AND ({", ".join(_PLACE)}) > ({", ".join(f":{name}" for name in _PLACE)})
    ORDER BY {", ".join(_PLACE)} LIMIT :most
"""


def grouped(rows: Iterable[tuple[Any, ...]]) -> dict[Sku, list[PricePoint]]:
    """Points of `LATEST` by sku."""
    found: dict[Sku, list[PricePoint]] = defaultdict(list)
    for values in rows:
        point = point_of(values)
        found[point.sku].append(point)
    return found


def generations(rows: Iterable[tuple[Any, ...]]) -> dict[Sku, dict[int, list[PricePoint]]]:
    """Points of `WHOLE` by the sku asked for, and by how many skus ago they were written."""
    found: dict[Sku, dict[int, list[PricePoint]]] = defaultdict(lambda: defaultdict(list))
    for heir, depth, *values in rows:
        found[Sku(heir)][depth].append(point_of(tuple(values)))
    return found


# Most points are of no reduction and carry the same few values; what is read twice is the same value.
@lru_cache(8_192)
def point_of(values: tuple[Any, ...]) -> PricePoint:
    """A point of the columns of the statements above."""
    judged, rest = values[: len(_JUDGED)], values[len(_JUDGED) :]
    until, public, announced, perishable, promotions, cause, voided = rest
    return _judged_point(
        judged,
        to_us=until,
        public=bool(public),
        announced=bool(announced),
        perishable=bool(perishable),
        promotions=_versions(promotions),
        cause=_CAUSES[cause],
        voided=bool(voided),
    )


def publication_of(values: tuple[Any, ...]) -> Publication:
    """A proof of the columns of `PROOFS`."""
    promotion, version, *judged = values
    return Publication(PromotionId(promotion), version, _judged_point(tuple(judged), announced=True))


def values_of(point: PricePoint) -> dict[str, object]:
    """The point as columns."""
    return {
        "sku": point.sku,
        "market": point.market,
        "channel": point.channel,
        "store": point.store,
        "currency": point.currency,
        "from_us": point.from_us,
        "to_us": point.to_us,
        "amount_micros": point.micros,
        "list_micros": point.list_micros,
        "public": point.public,
        "announced": point.announced,
        "perishable": point.perishable,
        "promotions": json.dumps([list(pair) for pair in point.promotions]) if point.promotions else None,
        "cause": _WORDS[point.cause],
        "recorded_at_us": point.recorded_at_us,
        **(_NOTHING_SAID if point.prior is NO_REDUCTION else _said(point.prior)),
    }


def _said(prior: PriorPrice) -> dict[str, object]:
    return {
        "verdict": _WORDS[prior.verdict],
        "prior_micros": prior.micros,
        "allowed_percent": prior.allowed_percent,
        "reduced_from_us": prior.reduced_from_us,
        "window_from_us": prior.window_from_us,
        "low_from_us": prior.low_from_us,
        "low_to_us": prior.low_to_us,
        "outside_window": prior.outside_window,
        "exempt": prior.exempt,
        "rule": prior.rule,
        "prior_until_us": prior.until_us,
    }


def proof_of(publication: Publication) -> dict[str, object]:
    """The proof as columns."""
    values = values_of(publication.point)
    judged = {name: values[name] for name in _JUDGED}
    return {"promotion": publication.promotion, "version": publication.version, **judged}


def behind(position: Sequence[str | int] | None) -> Mapping[str, object]:
    """The parameters of `PROOFS` for the page behind this position; None: the first page."""
    return dict(zip(_PLACE, position or ("", "", "", "", "", 0, 0), strict=True))


def _judged_point(values: tuple[Any, ...], **more: Any) -> PricePoint:
    sku, market, channel, store, currency, since, micros, listed, recorded, *prior = values
    return PricePoint(
        sku=Sku(sku),
        market=MarketId(market),
        channel=ChannelId(channel),
        store=store,
        currency=currency,
        from_us=since,
        micros=micros,
        list_micros=listed,
        recorded_at_us=recorded,
        prior=_prior(*prior),
        **more,
    )


def _prior(
    verdict: str,
    micros: int | None,
    percent: int | None,
    reduced_from: int | None,
    window_from: int | None,
    low_from: int | None,
    low_to: int | None,
    outside: bool,
    exempt: bool,
    rule: str,
    until: int | None,
) -> PriorPrice:
    if verdict == Verdict.NO_REDUCTION:
        return NO_REDUCTION
    return PriorPrice(
        verdict=Verdict(verdict),
        micros=micros,
        allowed_percent=percent,
        reduced_from_us=reduced_from,
        window_from_us=window_from,
        low_from_us=low_from,
        low_to_us=low_to,
        outside_window=bool(outside),
        exempt=bool(exempt),
        rule=rule,
        until_us=until,
    )


def _versions(text: str | None) -> tuple[PromotionVersion, ...]:
    return tuple((PromotionId(id), version) for id, version in json.loads(text)) if text else ()


# Looking an enum's member up in a dict costs a fraction of calling the enum.
_CAUSES = {cause.value: cause for cause in Cause}
_WORDS = {word: word.value for words in (Cause, Verdict) for word in words}
_NOTHING_SAID: Final = _said(NO_REDUCTION)
