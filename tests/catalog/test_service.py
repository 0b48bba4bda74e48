"""Master data handed in, and the articles that other modules know, on both databases."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import pytest

from modules.catalog.model import GroupInput, ProductInput
from modules.catalog.service import CatalogService
from modules.kernel.errors import Forbidden, IdempotencyConflict, Unauthenticated
from modules.kernel.moments import to_us
from modules.kernel.names import Sku
from modules.kernel.outcome import MOST_ITEMS, Upserted
from modules.kernel.viewer import OPERATOR, Principal
from modules.runtime.database import Database
from tests.builders import NOW, a_viewer, an_article
from tests.catalog.shop import (
    OPERATING,
    SHOPPING,
    a_catalog,
    a_category,
    a_product,
    events,
    put,
    refusals,
)

SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
async def catalog(database: Database) -> CatalogService:
    """A catalogue with two categories and a group."""
    service = a_catalog(database)
    await service.upsert_categories(OPERATING, [a_category("tools"), a_category("saws", "tools")], "set up")
    await service.upsert_groups(OPERATING, [GroupInput(id="saw", titles={"de": "Säge"}, axes=["Länge"])], "set up")
    return service


async def test_articles_come_in_the_order_asked_for(catalog: CatalogService) -> None:
    await put(catalog, a_product("A-1"), a_product("B-1", tax_class="reduced", quantity_scale=3))
    found = await catalog.articles([Sku("B-1"), Sku("X"), Sku("A-1"), Sku("B-1")])
    reduced = an_article("B-1", tax_class="reduced", quantity_scale=3)
    assert found == [reduced, None, an_article(), reduced]


async def test_an_article_carries_its_window_and_is_known_outside_of_it(catalog: CatalogService) -> None:
    await put(catalog, a_product(active_from=UNTIL, active_until=datetime(2028, 1, 1, tzinfo=UTC)))
    (found,) = await catalog.articles([Sku("A-1")])
    until = to_us(datetime(2028, 1, 1, tzinfo=UTC))
    assert found == an_article(active_from_us=to_us(UNTIL), active_until_us=until)


async def test_a_known_article_is_read_once(catalog: CatalogService, database: Database) -> None:
    await put(catalog, a_product("A-1"), a_product("B-1"))
    before = database.statements
    for _ in range(3):
        await catalog.articles([Sku("A-1"), Sku("B-1")])
    assert database.statements == before + 1


async def test_an_article_knows_its_categories_with_all_they_stand_in_and_its_group(catalog: CatalogService) -> None:
    await catalog.upsert_categories(
        OPERATING, [a_category("tools"), a_category("hammers", "tools"), a_category("soft", "hammers")], "test"
    )
    await catalog.upsert_groups(OPERATING, [GroupInput(id="mallets", titles={"de": "Mallets"})], "test")
    await put(catalog, a_product("A-1", categories=["soft"], group="mallets"), a_product("B-1", categories=["tools"]))
    deep = an_article(categories=["soft", "hammers", "tools"], group="mallets")
    assert await catalog.articles([Sku("A-1"), Sku("B-1")]) == [deep, an_article("B-1", categories=["tools"])]


async def test_categories_of_articles_cost_no_statement_of_their_own(
    catalog: CatalogService, database: Database
) -> None:
    await catalog.upsert_categories(OPERATING, [a_category("tools"), a_category("saws", "tools")], "test")
    await put(catalog, *(a_product(f"A-{n}", categories=["saws"]) for n in range(5)))
    await catalog.outline()
    before = database.statements
    await catalog.articles([Sku(f"A-{n}") for n in range(5)])
    assert database.statements == before + 1


async def test_a_category_that_moves_moves_its_articles_and_one_that_is_renamed_moves_none(
    catalog: CatalogService, database: Database
) -> None:
    tree = [a_category("tools"), a_category("gifts"), a_category("saws", "tools")]
    await catalog.upsert_categories(OPERATING, tree, "test")
    await put(catalog, a_product(categories=["saws"]))
    assert await catalog.articles([Sku("A-1")]) == [an_article(categories=["saws", "tools"])]
    await catalog.upsert_categories(OPERATING, [a_category("saws", "tools", de="Sägen")], "renamed")
    before = database.statements
    await catalog.articles([Sku("A-1")])
    assert database.statements == before
    await catalog.upsert_categories(OPERATING, [a_category("saws", "gifts")], "moved")
    assert await catalog.articles([Sku("A-1")]) == [an_article(categories=["saws", "gifts"])]
    await put(catalog, a_product(categories=["tools"]))
    assert await catalog.articles([Sku("A-1")]) == [an_article(categories=["tools"])]


async def test_an_unknown_article_is_asked_for_again(catalog: CatalogService, database: Database) -> None:
    assert await catalog.articles([Sku("A-1")]) == [None]
    await put(a_catalog(database), a_product("A-1"))
    assert await catalog.articles([Sku("A-1")]) == [an_article()]


async def test_no_sku_costs_a_statement_that_cannot_exist(catalog: CatalogService, database: Database) -> None:
    before = database.statements
    assert await catalog.articles([Sku("\ud800"), Sku(""), Sku("a\x00"), Sku("x" * 65)]) == [None] * 4
    assert database.statements == before


async def test_an_own_write_is_known_at_once(catalog: CatalogService) -> None:
    await put(catalog, a_product())
    await catalog.articles([Sku("A-1")])
    await put(catalog, a_product(tax_class="reduced"))
    assert await catalog.articles([Sku("A-1")]) == [an_article(tax_class="reduced")]


async def test_what_was_forgotten_while_it_was_read_is_not_kept(catalog: CatalogService, database: Database) -> None:
    await put(catalog, a_product())
    other = a_catalog(database)
    reading = asyncio.create_task(other.articles([Sku("A-1")]))
    await asyncio.sleep(0)
    other.forget([Sku("A-1")], [])
    await reading
    before = database.statements
    await other.articles([Sku("A-1")])
    assert database.statements == before + 1


async def test_similar_skus_are_named_up_to_three_in_one_statement(catalog: CatalogService, database: Database) -> None:
    await put(catalog, *(a_product(f"BK-M68B-{size}") for size in (38, 42, 46, 48)), a_product("HL-U509"))
    before = database.statements
    begun, other, helmet, noise = await catalog.nearest(["bk-m68b-4", "BK-M68B-40", "hl u509", "\ud800\x00" * 500])
    assert database.statements == before + 1
    assert begun[0] in ("BK-M68B-42", "BK-M68B-46", "BK-M68B-48")
    assert (len(other), helmet, noise) == (3, ["HL-U509"], [])
    assert await catalog.nearest([]) == []
    assert await catalog.nearest(["hl-u508"] * 12) == [["HL-U509"]] * 10 + [[], []]


async def test_categories_and_groups_that_exist_are_told(catalog: CatalogService) -> None:
    assert await catalog.categories(["saws", "saw", " "]) == {"saws"}
    assert await catalog.groups(["saws", "saw", " "]) == {"saw"}
    assert await catalog.groups([]) == frozenset()


async def test_a_product_replaces_the_former_wholly(catalog: CatalogService) -> None:
    full = a_product(
        titles={"de": "Säge", "en": "Saw"},
        group="saw",
        categories=["saws"],
        attributes=[("Länge", "30 cm"), ("Farbe", "rot")],
        image_url="https://example.com/a.jpg",
        tax_class="reduced",
        quantity_scale=2,
        active_from=SINCE,
        active_until=UNTIL,
    )
    await put(catalog, full)
    (before,) = await catalog.products(["A-1"], SHOPPING)
    assert before is not None
    assert (before.title, before.categories, before.image_url) == ("Säge", ("saws",), "https://example.com/a.jpg")
    assert before.group is not None
    assert before.attributes == (("Länge", "30 cm"), ("Farbe", "rot"))
    await put(catalog, a_product(titles={"de": "Fuchsschwanz"}))
    (after,) = await catalog.products(["A-1"], SHOPPING)
    assert after is not None
    assert (after.title, after.group, after.categories, after.attributes) == ("Fuchsschwanz", None, (), ())
    assert (after.image_url, after.tax_class, after.quantity_scale) == (None, "standard", 0)
    assert (after.active_from_us, after.active_until_us) == (None, None)


async def test_what_is_so_already_is_neither_written_nor_published_nor_audited(
    catalog: CatalogService, database: Database
) -> None:
    first = a_product("A-1", titles={"de": "Säge", "en": "Saw"}, categories=["saws"], attributes=[("a", "b")])
    await put(catalog, first, a_product("B-1"))
    again = a_product("A-1", titles={"en": "Saw", "de": "Säge"}, categories=["saws"], attributes=[("a", "b")])
    done = await catalog.upsert_products(OPERATING, [again, a_product("B-1"), a_product("C-1")], "again")
    assert done == Upserted(1, 2)
    assert [event["sku"] for event in await events(database, "catalog.product_changed.v1")] == ["A-1", "B-1", "C-1"]
    assert await database.read("SELECT target FROM runtime_audit WHERE reason = 'again'") == [("product:C-1",)]


async def test_an_event_carries_what_others_need_and_a_higher_version(
    catalog: CatalogService, database: Database
) -> None:
    await put(catalog, a_product())
    await put(catalog, a_product(titles={"en": "Saw", "de": "Säge"}, active_until=UNTIL, quantity_scale=3))
    first, second = await events(database, "catalog.product_changed.v1")
    assert second.pop("version") > first.pop("version")
    assert second == {
        "sku": "A-1",
        "tax_class": "standard",
        "quantity_scale": 3,
        "active_from_us": None,
        "active_until_us": to_us(UNTIL),
        "locales": ["de", "en"],
        "deleted": False,
    }


async def test_a_change_is_audited_with_what_was_before(catalog: CatalogService, database: Database) -> None:
    await put(catalog, a_product(categories=["saws"]))
    await catalog.upsert_products(OPERATING, [a_product()], "moved")
    (entry,) = await database.read(
        "SELECT principal, action, target, before, after FROM runtime_audit WHERE reason = 'moved'"
    )
    assert entry[:3] == ("operator", "catalog.upsert_product", "product:A-1")
    assert json.loads(entry[3])["categories"] == ["saws"]
    assert json.loads(entry[4])["categories"] == []


@pytest.mark.parametrize(
    ("item", "path"),
    [
        (a_product(" A"), ("sku",)),
        (a_product("A\ud800"), ("sku",)),
        (ProductInput(sku="A", titles={}), ("titles",)),
        (a_product(titles={"deutsch": "A"}), ("titles", "0")),
        (a_product(titles={"de": " "}), ("titles", "0")),
        (a_product(titles={"de": "A", "en": "x" * 501}), ("titles", "1")),
        (a_product(group="none"), ("group",)),
        (a_product(group="n o"), ("group",)),
        (a_product(categories=["saws", "none"]), ("categories", "1")),
        (a_product(categories=["saws", "saws"]), ("categories", "1")),
        (a_product(attributes=[("a", "b"), ("a", "c")]), ("attributes", "1")),
        (a_product(attributes=[("a", "b"), ("c", "x" * 2_001)]), ("attributes", "1")),
        (a_product(attributes=[(f"a{n}", "b") for n in range(101)]), ("attributes",)),
        (a_product(image_url="javascript:alert(1)"), ("imageUrl",)),
        (a_product(image_url="//example.com/a.jpg"), ("imageUrl",)),
        (a_product(image_url="https://"), ("imageUrl",)),
        (a_product(image_url="a b.jpg"), ("imageUrl",)),
        (a_product(tax_class=""), ("taxClass",)),
        (a_product(quantity_scale=7), ("quantityScale",)),
        (a_product(active_from=UNTIL, active_until=SINCE), ("activeUntil",)),
        (a_product(active_from=SINCE, active_until=SINCE), ("activeUntil",)),
        (a_product(active_from=datetime(2026, 1, 1)), ("activeFrom",)),
    ],
)
async def test_a_product_is_refused_at_the_value_that_is_not_allowed(
    catalog: CatalogService, item: ProductInput, path: tuple[str, ...]
) -> None:
    done = await catalog.upsert_products(OPERATING, [item, a_product("B-1")], "more")
    assert (done.changed, done.unchanged) == (1, 0)
    assert refusals(done) == [("input", "products", "0", *path)]
    assert await catalog.articles([Sku(item.sku), Sku("B-1")]) == [None, an_article("B-1")]


@pytest.mark.parametrize("url", ["http://example.com", "https://example.com/a.jpg?b=c:d", "/images/a.jpg", "a/b.jpg"])
async def test_an_image_is_an_address_or_a_path(catalog: CatalogService, url: str) -> None:
    await put(catalog, a_product(image_url=url))


async def test_of_two_with_one_sku_in_a_call_the_later_is_refused(catalog: CatalogService) -> None:
    done = await catalog.upsert_products(OPERATING, [a_product(), a_product(tax_class="reduced")], "twice")
    assert done.changed == 1
    assert refusals(done) == [("input", "products", "1")]
    assert await catalog.articles([Sku("A-1")]) == [an_article()]


async def test_refusals_stand_in_the_order_of_the_input(catalog: CatalogService) -> None:
    items = [a_product("A", categories=["none"]), a_product(" "), a_product("C"), a_product("D", group="none")]
    done = await catalog.upsert_products(OPERATING, items, "mixed")
    assert [path[2] for path in refusals(done)] == ["0", "1", "3"]


async def test_a_call_without_reason_or_with_too_many_items_does_nothing(catalog: CatalogService) -> None:
    many = [a_product(f"A-{number}") for number in range(MOST_ITEMS + 1)]
    assert refusals(await catalog.upsert_products(OPERATING, many, "many")) == [("input", "products")]
    assert refusals(await catalog.upsert_products(OPERATING, many[:1], " ")) == [("input", "reason")]
    assert refusals(await catalog.upsert_products(OPERATING, many[:1], "r", "")) == [("input", "idempotencyKey")]
    assert await catalog.articles([Sku("A-0")]) == [None]


async def test_only_who_may_write_products_changes_them(catalog: CatalogService) -> None:
    with pytest.raises(Unauthenticated):
        await catalog.upsert_products(SHOPPING, [a_product()], "mine")
    with pytest.raises(Forbidden):
        await catalog.upsert_categories(a_viewer(Principal("someone")), [a_category("mine")], "mine")
    with pytest.raises(Unauthenticated):
        await catalog.upsert_groups(SHOPPING, [GroupInput(id="mine", titles={"de": "M"})], "mine")


async def test_a_repeated_call_gives_the_same_outcome_and_does_nothing(
    catalog: CatalogService, database: Database
) -> None:
    items = [a_product("A-1"), a_product("B-1", quantity_scale=9)]
    first = await catalog.upsert_products(OPERATING, items, "import", "key")
    await put(catalog, a_product("A-1", tax_class="reduced"))
    again = await a_catalog(database).upsert_products(OPERATING, items, "import", "key")
    assert (
        (first.changed, refusals(first))
        == (again.changed, refusals(again))
        == (1, [("input", "products", "1", "quantityScale")])
    )
    assert await catalog.articles([Sku("A-1")]) == [an_article(tax_class="reduced")]


async def test_a_key_with_another_input_is_a_conflict(catalog: CatalogService) -> None:
    await catalog.upsert_products(OPERATING, [a_product("A-1")], "import", "key")
    done = await catalog.upsert_products(OPERATING, [a_product("B-1")], "import", "key")
    assert [type(problem) for problem in done.problems] == [IdempotencyConflict]
    assert await catalog.articles([Sku("B-1")]) == [None]
    other = a_viewer(Principal("other", permissions=OPERATOR.permissions))
    assert await catalog.upsert_products(other, [a_product("B-1")], "import", "key") == Upserted(1, 0)


async def test_writers_of_the_same_products_at_the_same_time_share_no_version(
    catalog: CatalogService, database: Database
) -> None:
    others = [a_catalog(database) for _ in range(4)]
    await asyncio.gather(
        *(put(other, a_product("A-1", quantity_scale=n), a_product(f"B-{n}")) for n, other in enumerate(others))
    )
    changed = await events(database, "catalog.product_changed.v1")
    versions = [event["version"] for event in changed if event["sku"] == "A-1"]
    assert len(versions) == len(set(versions)) == 4
    last = max(changed, key=lambda event: (event["sku"] == "A-1", event["version"]))
    assert await catalog.articles([Sku("A-1")]) == [an_article(quantity_scale=last["quantity_scale"])]


@pytest.mark.parametrize("size", [1, 500])
async def test_any_number_of_products_is_written_with_a_handful_of_statements(
    catalog: CatalogService, database: Database, size: int
) -> None:
    items = [
        a_product(f"A-{n}", titles={"de": f"Ding {n}", "en": f"Thing {n}"}, categories=["saws"], group="saw")
        for n in range(size)
    ]
    before = database.statements
    assert await catalog.upsert_products(OPERATING, items, "import") == Upserted(size, 0)
    assert database.statements - before <= 12
    before = database.statements
    assert await catalog.upsert_products(OPERATING, items, "import") == Upserted(0, size)
    assert database.statements - before <= 4


async def test_a_group_is_replaced_wholly_and_shown_with_its_products(catalog: CatalogService) -> None:
    await put(catalog, a_product(group="saw"))
    changed = GroupInput(id="saw", titles={"de": "Sägen"})
    assert await catalog.upsert_groups(OPERATING, [changed], "renamed") == Upserted(1, 0)
    assert await catalog.upsert_groups(OPERATING, [changed], "renamed") == Upserted(0, 1)
    (product,) = await catalog.products(["A-1"], SHOPPING)
    assert product is not None
    assert product.group is not None
    assert (product.group.titles, product.group.axes) == ({"de": "Sägen"}, ())


async def test_categories_are_published_and_read_back_as_a_tree(catalog: CatalogService, database: Database) -> None:
    moved = a_category("saws", None, position=5, de="Sägen", en="Saws")
    assert await catalog.upsert_categories(OPERATING, [moved, a_category("tools")], "moved") == Upserted(1, 1)
    for service in (catalog, a_catalog(database)):
        roots = (await service.outline()).below[None]
        assert [(root.id, root.position) for root in roots] == [("tools", 0), ("saws", 5)]
    latest = (await events(database, "catalog.category_changed.v1"))[-1]
    assert latest.pop("version") > 1
    assert latest == {"id": "saws", "parent": None, "names": {"de": "Sägen", "en": "Saws"}, "position": 5}


async def test_a_category_without_its_parent_is_refused(catalog: CatalogService) -> None:
    items = [a_category("x", "none"), a_category("axes", "tools"), a_category("tools", "saws")]
    done = await catalog.upsert_categories(OPERATING, items, "more")
    assert refusals(done) == [("input", "categories", "0", "parent"), ("input", "categories", "2", "parent")]
    assert (await catalog.outline()).branch("tools") == ("tools", "axes", "saws")


async def test_the_moment_of_the_viewer_decides_what_is_active(catalog: CatalogService) -> None:
    await put(catalog, a_product(active_from=NOW, active_until=UNTIL))
    (product,) = await catalog.products(["A-1"], SHOPPING)
    assert product is not None
    assert product.is_active(to_us(NOW))
    assert not product.is_active(to_us(NOW) - 1)
    assert product.is_active(to_us(UNTIL) - 1)
    assert not product.is_active(to_us(UNTIL))
