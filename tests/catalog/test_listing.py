"""Lists of products: order, pages, filters and languages, on both databases."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from modules.catalog.model import After, Filter, Page, Sort, SortField, sort_key
from modules.catalog.service import FEW, CatalogService
from modules.kernel.errors import BadUserInput
from modules.runtime.database import Database
from tests.builders import NOW, a_channel, a_market, a_viewer
from tests.catalog.shop import OPERATING, SHOPPING, a_catalog, a_category, a_product, all_skus, put
from tests.conftest import create_tables

BY_TITLE, BY_TITLE_BACK = Sort(), Sort(descending=True)
OLDEST, NEWEST = Sort(SortField.NEWEST), Sort(SortField.NEWEST, descending=True)
DAY = timedelta(days=1)


@pytest.fixture
async def catalog(database: Database) -> CatalogService:
    """A catalogue with categories: tools > saws > bows, and toys."""
    service = a_catalog(database)
    chain = [a_category("tools"), a_category("saws", "tools"), a_category("bows", "saws"), a_category("toys")]
    await service.upsert_categories(OPERATING, chain, "set up")
    return service


async def test_products_stand_by_title_and_equals_by_sku(catalog: CatalogService) -> None:
    names = {"C": "Äpfel", "B": "apfel", "A": "Zange 10", "D": "Zange 2", "E": "apfel", "a": "apfel"}
    await put(catalog, *(a_product(sku, titles={"de": title}) for sku, title in names.items()))
    assert await all_skus(catalog) == ["B", "C", "E", "a", "D", "A"]
    assert await all_skus(catalog, sort=BY_TITLE_BACK) == ["A", "D", "a", "E", "C", "B"]


async def test_the_newest_is_what_became_active_last(catalog: CatalogService) -> None:
    await put(
        catalog,
        a_product("old", active_from=datetime(2020, 1, 1, tzinfo=UTC)),
        a_product("older", active_from=datetime(2019, 1, 1, tzinfo=UTC)),
        a_product("new", active_from=NOW - DAY),
    )
    assert await all_skus(catalog, sort=NEWEST) == ["new", "old", "older"]
    assert await all_skus(catalog, sort=OLDEST) == ["older", "old", "new"]


async def test_a_product_without_beginning_keeps_the_age_of_its_first_appearance(catalog: CatalogService) -> None:
    await put(catalog, a_product("first"))
    await put(catalog, a_product("second"))
    await put(catalog, a_product("first", tax_class="reduced"))
    assert await all_skus(catalog, sort=NEWEST) == ["second", "first"]


@pytest.mark.parametrize("filter", [Filter(), Filter(category="tools"), Filter(words=("ding",))])
async def test_pages_of_any_size_visit_each_product_once_in_order(catalog: CatalogService, filter: Filter) -> None:
    titles = ["Ding 1", "Ding 1", "ding 2", "Ding 10", "Ding 1", "Ding", "Ding 2"]
    products = [a_product(f"S{n}", titles={"de": title}, categories=["saws"]) for n, title in enumerate(titles)]
    await put(catalog, *products)
    for sort in (BY_TITLE, BY_TITLE_BACK, OLDEST, NEWEST):
        whole = await all_skus(catalog, filter, sort)
        assert sorted(whole) == [f"S{n}" for n in range(7)]
        for first in (1, 2, 3, 7, 8):
            assert await all_skus(catalog, filter, sort, first) == whole


@asynccontextmanager
async def a_file() -> AsyncIterator[CatalogService]:
    """A catalogue in a SQLite file of its own."""
    with tempfile.TemporaryDirectory(prefix="cogwerk-") as directory:
        url = f"sqlite:///{Path(directory) / 'test.db'}"
        await asyncio.to_thread(create_tables, url)
        database = await Database.open(url)
        yield a_catalog(database)
        await database.close()


TITLES = st.lists(st.text(alphabet="aAäÄ ß0129-z'%_!", min_size=1, max_size=6).filter(str.strip), max_size=12)


@settings(max_examples=15)
@given(titles=TITLES, first=st.integers(1, 13), descending=st.booleans())
def test_the_pages_of_any_titles_are_the_sorted_titles(titles: list[str], first: int, descending: bool) -> None:
    async def run() -> list[str]:
        async with a_file() as catalog:
            await put(catalog, *(a_product(f"S{n:02}", titles={"de": title}) for n, title in enumerate(titles)))
            return await all_skus(catalog, sort=Sort(descending=descending), first=first)

    ordered = sorted(range(len(titles)), key=lambda n: (sort_key(titles[n]), n), reverse=descending)
    assert asyncio.run(run()) == [f"S{n:02}" for n in ordered]


async def test_a_list_shows_what_is_active_at_the_viewer_s_moment(catalog: CatalogService) -> None:
    await put(
        catalog,
        a_product("always"),
        a_product("from now", active_from=NOW),
        a_product("until now", active_until=NOW),
        a_product("tomorrow", active_from=NOW + DAY),
    )
    assert await all_skus(catalog) == ["always", "from now"]
    assert await all_skus(catalog, viewer=a_viewer(now=NOW - DAY)) == ["always", "until now"]
    assert await all_skus(catalog, viewer=a_viewer(now=NOW + DAY)) == ["always", "from now", "tomorrow"]


async def test_a_category_includes_those_below_and_a_product_once(catalog: CatalogService) -> None:
    await put(
        catalog,
        a_product("A", categories=["tools"]),
        a_product("B", categories=["bows", "saws"]),
        a_product("C", categories=["toys"]),
        a_product("D"),
    )
    for sort in (BY_TITLE, OLDEST):
        assert await all_skus(catalog, Filter(category="tools"), sort) == ["A", "B"]
        assert await all_skus(catalog, Filter(category="saws"), sort) == ["B"]
        assert await all_skus(catalog, Filter(category="none"), sort) == []


async def test_a_moved_product_leaves_its_category(catalog: CatalogService) -> None:
    await put(catalog, a_product("A", categories=["tools"]))
    await put(catalog, a_product("A", categories=["toys"]))
    assert await all_skus(catalog, Filter(category="tools")) == []
    assert await all_skus(catalog, Filter(category="toys")) == ["A"]


async def test_a_moved_category_takes_its_products_along(catalog: CatalogService) -> None:
    await put(catalog, a_product("A", categories=["bows"]))
    assert await all_skus(catalog, Filter(category="tools")) == ["A"]
    await catalog.upsert_categories(OPERATING, [a_category("saws", "toys")], "moved")
    assert await all_skus(catalog, Filter(category="tools")) == []
    assert await all_skus(catalog, Filter(category="toys")) == ["A"]


async def test_a_large_category_gives_the_same_list_as_a_small_one(catalog: CatalogService) -> None:
    for batch in range(FEW // 1_000 + 1):
        await put(catalog, *(a_product(f"{batch}-{n:03}", categories=["bows"]) for n in range(1_000)))
    await put(catalog, a_product("1-0005", categories=["toys", "saws"]), a_product("X", categories=["toys"]))
    for sort in (BY_TITLE, NEWEST):
        page = await catalog.page(SHOPPING, Filter(category="tools"), sort, 10)
        assert page.has_next
        last = page.items[-1]
        after = After(page.list, sort.key(last), last.sku)
        rest = await catalog.page(SHOPPING, Filter(category="tools"), sort, 10, after)
        whole = [product.sku for product in (*page.items, *rest.items)]
        expected = [sku for sku in await all_skus(catalog, sort=sort) if sku != "X"][:20]
        assert whole == expected


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("sage",), ["A-1", "B-1"]),
        (("sage", "gross"), ["B-1"]),
        (("b-", "sage"), ["B-1"]),
        (("hammer", "sage"), []),
        (("100%",), ["C_1"]),
        (("%",), ["C_1"]),
        (("_",), ["C_1"]),
        (("!",), ["A-1"]),
        (("\\",), []),
    ],
)
async def test_every_word_must_stand_in_title_or_sku(
    catalog: CatalogService, words: tuple[str, ...], found: list[str]
) -> None:
    await put(
        catalog,
        a_product("A-1", titles={"de": "Handsäge!"}),
        a_product("B-1", titles={"de": "Säge, groß"}),
        a_product("C_1", titles={"de": "Hammer 100%"}),
    )
    for sort in (BY_TITLE, OLDEST):
        assert sorted(await all_skus(catalog, Filter(words=words), sort)) == found


async def test_named_skus_are_listed_in_the_list_s_order(catalog: CatalogService) -> None:
    await put(catalog, a_product("A"), a_product("B"), a_product("C", active_until=NOW))
    assert await all_skus(catalog, Filter(skus=("B", "C", "A", "X", "B")), first=1) == ["A", "B"]
    assert await all_skus(catalog, Filter(skus=())) == []


async def test_titles_are_shown_searched_and_sorted_in_the_viewer_s_language(catalog: CatalogService) -> None:
    await put(
        catalog,
        a_product("A", titles={"de": "Zange", "en": "Pliers"}),
        a_product("B", titles={"de": "Säge", "en": "Saw"}),
        a_product("C", titles={"de": "Axt"}),
    )
    english = a_viewer(locale="en")
    page = await catalog.page(english, Filter(), BY_TITLE, 10)
    assert [product.title for product in page.items] == ["Axt", "Pliers", "Saw"]
    assert await all_skus(catalog) == ["C", "B", "A"]
    assert await all_skus(catalog, Filter(words=("saw",)), viewer=english) == ["B"]
    assert await all_skus(catalog, Filter(words=("saw",))) == []


async def test_a_language_that_appears_later_lists_all_products_at_once(
    catalog: CatalogService, database: Database
) -> None:
    await put(catalog, a_product("A", titles={"de": "Zange", "en": "Pliers"}), a_product("B", titles={"de": "Axt"}))
    french = a_viewer(locale="fr")
    other = a_catalog(database)
    assert await all_skus(other, viewer=french) == ["B", "A"]
    await put(catalog, a_product("C", titles={"fr": "Marteau"}))
    page = await catalog.page(french, Filter(), BY_TITLE, 10)
    assert [product.title for product in page.items] == ["Axt", "Marteau", "Pliers"]
    assert [product.title for product in (await catalog.page(SHOPPING, Filter(), BY_TITLE, 10)).items] == [
        "Axt",
        "Marteau",
        "Zange",
    ]


async def test_processes_that_add_languages_at_the_same_time_leave_no_gap(
    catalog: CatalogService, database: Database
) -> None:
    languages = ["de", "en", "fr", "it", "nl"]
    others = [a_catalog(database) for _ in languages]
    await asyncio.gather(
        *(
            put(other, a_product(language, titles={language: "x"}))
            for other, language in zip(others, languages, strict=True)
        )
    )
    rows = await database.read("SELECT locale, count(*) FROM catalog_title GROUP BY locale ORDER BY locale")
    assert rows == [(language, 5) for language in languages]


async def test_a_language_nobody_has_falls_back_to_the_market_s(catalog: CatalogService) -> None:
    await put(catalog, a_product(titles={"de": "Zange", "en": "Pliers"}))
    swiss = a_channel(market=a_market("ch", country="CH", currencies=["CHF"], locales=["it", "de-CH"]))
    page = await catalog.page(a_viewer(channel=swiss, locale="it"), Filter(), BY_TITLE, 10)
    assert [product.title for product in page.items] == ["Zange"]


async def test_an_empty_catalogue_is_an_empty_list(catalog: CatalogService) -> None:
    page = await catalog.page(SHOPPING, Filter(), BY_TITLE, 10)
    assert (page.items, page.has_next) == ((), False)


async def a_cursor(catalog: CatalogService, filter: Filter, sort: Sort) -> tuple[Page, After]:
    """A page of one, and the position at its end."""
    page = await catalog.page(SHOPPING, filter, sort, 1)
    return page, After(page.list, sort.key(page.items[0]), page.items[0].sku)


async def test_a_position_of_another_list_is_refused(catalog: CatalogService) -> None:
    await put(catalog, a_product("A", titles={"de": "A", "en": "A"}), a_product("B", titles={"de": "B"}))
    _, after = await a_cursor(catalog, Filter(), BY_TITLE)
    assert (await catalog.page(SHOPPING, Filter(), BY_TITLE, 1, after)).items[0].sku == "B"
    for filter, sort in [(Filter(), BY_TITLE_BACK), (Filter(), NEWEST), (Filter(words=("a",)), BY_TITLE)]:
        with pytest.raises(BadUserInput) as refused:
            await catalog.page(SHOPPING, filter, sort, 1, after)
        assert refused.value.argument == "after"
    with pytest.raises(BadUserInput):
        await catalog.page(a_viewer(locale="en"), Filter(), BY_TITLE, 1, after)


@pytest.mark.parametrize(("key", "sku"), [("a\x00", "A"), ("\ud800", "A"), (2**63, "A"), ("a", ""), ("a", "\x00")])
async def test_a_position_no_database_can_hold_is_refused(catalog: CatalogService, key: str | int, sku: str) -> None:
    await put(catalog, a_product("A"))
    page, _ = await a_cursor(catalog, Filter(), BY_TITLE)
    with pytest.raises(BadUserInput):
        await catalog.page(SHOPPING, Filter(), BY_TITLE, 1, After(page.list, key, sku))


async def test_a_position_stays_good_when_its_product_is_gone(catalog: CatalogService) -> None:
    await put(catalog, a_product("A"), a_product("B"), a_product("C"))
    _, after = await a_cursor(catalog, Filter(), BY_TITLE)
    await put(catalog, a_product("A", active_until=NOW))
    page = await catalog.page(SHOPPING, Filter(), BY_TITLE, 10, after)
    assert [product.sku for product in page.items] == ["B", "C"]


@pytest.mark.parametrize("filter", [Filter(), Filter(category="tools"), Filter(words=("a",)), Filter(skus=("A",))])
@pytest.mark.parametrize("sort", [BY_TITLE, NEWEST])
async def test_a_page_is_one_statement(catalog: CatalogService, database: Database, filter: Filter, sort: Sort) -> None:
    await put(catalog, *(a_product(sku, categories=["saws", "toys"], attributes=[("a", "b")]) for sku in "ABC"))
    await catalog.page(SHOPPING, filter, sort, 2)
    before = database.statements
    page = await catalog.page(SHOPPING, filter, sort, 2)
    assert database.statements == before + 1
    assert page.items[0].attributes == (("a", "b"),)
    assert page.items[0].categories == ("saws", "toys")


@pytest.mark.parametrize("sort", [BY_TITLE, BY_TITLE_BACK, OLDEST, NEWEST])
async def test_no_page_of_the_whole_list_is_sorted_by_the_database(tmp_path: Path, sort: Sort) -> None:
    url = f"sqlite:///{tmp_path / 'test.db'}"
    await asyncio.to_thread(create_tables, url)
    database = await Asked.open(url)
    catalog = a_catalog(database)
    await put(catalog, a_product("A"), a_product("B"))
    _, after = await a_cursor(catalog, Filter(), sort)
    await catalog.page(SHOPPING, Filter(), sort, 1, after)
    sql, values = database.asked[-1]
    plan = await database.read(f"EXPLAIN QUERY PLAN {sql}", **values)
    await database.close()
    assert not [step for step in plan if "TEMP B-TREE" in step[-1] or step[-1].startswith("SCAN")], plan


class Asked(Database):
    """A database that remembers what it was asked."""

    asked: list[tuple[str, dict[str, object]]]

    async def read(self, sql: str, **params: object) -> list[tuple[Any, ...]]:
        """As the database does."""
        self.asked = [*getattr(self, "asked", []), (sql, params)]
        return await super().read(sql, **params)
