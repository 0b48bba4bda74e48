"""One SQL text, two databases."""

from __future__ import annotations

import pytest

from modules.runtime.sql import by_place, for_postgresql, for_sqlite, upsert


def test_values_are_numbered_in_order_of_first_use_and_used_again() -> None:
    text, values = for_postgresql("SELECT :b, :a, :b", {"a": 1, "b": 2})
    assert (text, values) == ("SELECT $1, $2, $1", [2, 1])


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ':a'",
        "SELECT 'it''s :a'",
        'SELECT ":a"',
        "SELECT 1 -- :a\n",
        "SELECT /* IN :a\n:a */ 1",
        "SELECT '1'::bigint",
        "SELECT $$ :a $$",
        "SELECT x[1:2]",
    ],
)
def test_nothing_but_a_parameter_is_taken_for_one(text: str) -> None:
    assert for_postgresql(text, {}) == (text, [])
    assert for_sqlite(text, {}) == (text, {})


def test_many_rows_are_bound_by_place_each_value_as_often_as_it_is_named() -> None:
    placed = by_place("INSERT INTO x VALUES (:b, ':a', :a, :b)")
    assert placed is not None
    text, values = placed
    assert (text, values({"a": 1, "b": 2, "c": 3})) == ("INSERT INTO x VALUES (?, ':a', ?, ?)", (2, 1, 2))


@pytest.mark.parametrize(("sql", "values"), [("SELECT :a", (1,)), ("SELECT 1", ())])
def test_a_statement_of_one_value_or_none_is_bound_by_place_too(sql: str, values: tuple[int, ...]) -> None:
    placed = by_place(sql)
    assert placed is not None
    assert placed[1]({"a": 1}) == values


def test_a_statement_with_a_list_is_bound_by_name() -> None:
    assert by_place("DELETE FROM x WHERE a = :a AND b IN :names") is None


def test_a_cast_of_a_parameter_is_both() -> None:
    assert for_postgresql("SELECT :a::bigint", {"a": 1}) == ("SELECT $1::bigint", [1])


def test_a_list_is_an_array_of_its_content_or_json() -> None:
    sql = "SELECT 1 WHERE x IN :names AND y not in :ids"
    values = {"names": ["a"], "ids": [1, 2]}
    assert for_postgresql(sql, values) == (
        "SELECT 1 WHERE x = ANY($1::text[]) AND y <> ALL($2::bigint[])",
        [["a"], [1, 2]],
    )
    text, bound = for_sqlite(sql, values)
    assert "x IN (SELECT value FROM json_each(:names))" in text
    assert bound == {"names": '["a"]', "ids": "[1, 2]"}


def test_an_empty_list_is_of_no_type() -> None:
    assert for_postgresql("SELECT :n WHERE x IN :ids", {"n": 1, "ids": []}) == ("SELECT $1 WHERE x = ANY('{}')", [1])


def test_a_list_must_be_one() -> None:
    with pytest.raises(TypeError, match="must be a list"):
        for_sqlite("SELECT 1 WHERE x IN :name", {"name": "abc"})


@pytest.mark.parametrize(
    ("renewed", "news"),
    [(None, '"groups" = excluded."groups", "at" = excluded."at"'), (['"groups"'], '"groups" = excluded."groups"')],
)
def test_an_upsert_renews_all_but_the_key_or_what_it_is_told(renewed: list[str] | None, news: str) -> None:
    assert upsert("t", ["id", '"groups"', '"at"'], ["id"], renewed) == (
        f'INSERT INTO t (id, "groups", "at") VALUES (:id, :groups, :at) ON CONFLICT (id) DO UPDATE SET {news}'
    )
