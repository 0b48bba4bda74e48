"""The mapping language: what a merchant's integrator may write, and how a slip is told."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest

from gateway.importing.errors import Spot, WrongMapping
from gateway.importing.items import Item, LeftOut, Refusal, read_inline, read_lookup, read_rows
from gateway.importing.mapping import read_mapping
from gateway.importing.reader import Reader
from gateway.importing.values import Scope

NOW = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
HEAD = """
[[step]]
target = "prices"
file = "prices.csv"
zone = "Europe/Berlin"
"""
FIELDS = """
[step.fields]
sku = "sku"
price_list = { constant = "list" }
currency = { constant = "EUR" }
amount = "amount"
tax_mode = { constant = "gross" }
"""


def read(toml: str, data: str, lookups: dict[str, dict[str, str]] | None = None) -> list[Item | Refusal | LeftOut]:
    """What the first step makes of a file's text."""
    step = read_mapping(toml).steps[0]
    assert step.source is not None
    reader = Reader(BytesIO(data.encode()), step.source.form, Spot("prices.csv"))
    return list(read_rows(step, reader, Scope(lookups or {}, NOW)))


def values(toml: str, data: str) -> list[dict[str, Any]]:
    """The values of all items; nothing may be refused."""
    found = read(toml, data)
    assert all(isinstance(one, Item) for one in found), found
    return [one.values for one in found if isinstance(one, Item)]


def one(field: str, column: str, text: str) -> Any:
    """What a field's expression makes of one text, or the reason why not."""
    quoted = text.replace('"', '""')
    (found,) = read(f"{HEAD}{FIELDS}{field}", f'sku,amount,{column}\nA,1,"{quoted}"\n')
    if isinstance(found, Refusal):
        return found.reason
    assert isinstance(found, Item)
    return found.values[field.partition("=")[0].strip()]


def slip(toml: str) -> str:
    """The sentence with which a mapping is refused."""
    with pytest.raises(WrongMapping) as caught:
        read_mapping(toml, "shop.toml")
    return str(caught.value)


def test_a_text_names_a_column_and_a_table_with_constant_is_the_value_itself() -> None:
    assert values(HEAD + FIELDS, "sku,amount\n A-1 ,12.50\n") == [
        {"sku": "A-1", "price_list": "list", "currency": "EUR", "amount": Decimal("12.50"), "tax_mode": "gross"}
    ]


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ('market = { column = "c", case = "upper" }', "de", "DE"),
        ('market = { column = "c", case = "slug" }', " Töpfe & Pfannen ", "toepfe-pfannen"),
        ('market = { column = "c", empty = ["NULL", "-"] }', "NULL", None),
        ('market = { column = "c", default = "de" }', "", "de"),
        ('market = { column = "c", values = { D = "de", A = "at" } }', "A", "at"),
        ('market = { column = "c", values = { D = "de" }, otherwise = "eu" }', "X", "eu"),
        ('market = { column = "c", values = { D = "de" } }', "X", "'X' is not among the mapping's values: D"),
        ('market = { column = "c", strip = false }', " de", " de"),
        ('market = { template = "{sku}-{c}" }', "de", "A-de"),
        ('market = { template = "{sku}-{c}" }', "", None),
        ('market = { first = ["c", "sku"] }', "", "A"),
        ('valid_from = "c"', "2026-03-01", datetime(2026, 2, 28, 23, tzinfo=UTC)),
        ('valid_from = "c"', "2022-05-30 00:00:00.000", datetime(2022, 5, 29, 22, tzinfo=UTC)),
        ('valid_from = "c"', "2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        (
            'valid_from = { column = "c", date_format = "%d.%m.%Y" }',
            "01.03.2026",
            datetime(2026, 2, 28, 23, tzinfo=UTC),
        ),
        ('valid_from = "c"', "31.02.2026", "'31.02.2026' is not a date in ISO 8601"),
        ('valid_from = { column = "c", zone = "UTC" }', "2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ('valid_until = { column = "c", day_after = true }', "2026-03-28", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ('valid_until = { column = "c", day_after = true }', "2026-03-29", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ('valid_from = "c"', "today-30d", datetime(2026, 2, 8, 23, tzinfo=UTC)),
        ('valid_from = "c"', "today", datetime(2026, 3, 10, 23, tzinfo=UTC)),
        ('valid_until = "c"', "today+20d", datetime(2026, 3, 30, 22, tzinfo=UTC)),
    ],
)
def test_a_value_is_stripped_translated_and_converted(field: str, text: str, expected: object) -> None:
    assert one(field, "c", text) == expected


@pytest.mark.parametrize(
    ("options", "text", "expected"),
    [
        ("", ".5000", Decimal("0.5")),
        ("", "33.6442", Decimal("33.6442")),
        ("", "-0", Decimal("0")),
        ("", "1e3", "'1e3' is not a decimal number"),
        ("", "NaN", "'NaN' is not a decimal number"),
        ("", "1,5", "'1,5' is not a decimal number"),
        ("", "\u0661", "'\u0661' is not a decimal number"),
        (", decimal_comma = true", "1,5", Decimal("1.5")),
        (", decimal_comma = true", "1.234,5", "'1.234,5' is not a decimal number"),
        (", decimal_comma = true, thousands = '.'", "1.234,5", Decimal("1234.5")),
        (""", thousands = "'" """, "1'234.50", Decimal("1234.50")),
        (", times = '0.01'", "8.7500", Decimal("0.0875")),
        (", times = 0.01", "1999", Decimal("19.99")),
    ],
)
def test_decimal_numbers_are_exact_and_only_plain_digits(options: str, text: str, expected: object) -> None:
    toml = f"{HEAD}{FIELDS}".replace('amount = "amount"', f'amount = {{ column = "c"{options} }}')
    (found,) = read(toml, f'sku,c\nA,"{text}"\n')
    assert (found.reason if isinstance(found, Refusal) else found.values["amount"]) == expected  # type: ignore[union-attr]


def test_a_wall_time_that_does_not_exist_moves_forward_and_an_ambiguous_one_is_the_earlier() -> None:
    assert one('valid_from = "c"', "c", "2026-03-29 02:30") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert one('valid_from = "c"', "c", "2026-10-25 02:30") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_required_field_without_value_refuses_its_row_only() -> None:
    found = read(HEAD + FIELDS, "sku,amount\nA,\nB,2\n")
    assert found[0] == Refusal(2, "amount", "a value is needed", "A,")
    assert isinstance(found[1], Item)


@pytest.mark.parametrize(
    ("where", "taken"),
    [
        ('{ column = "c", equals = "1" }', ["A"]),
        ('{ column = "c", equals = 1 }', ["A"]),
        ('{ column = "c", not_equals = "1" }', ["B", "C"]),
        ('{ column = "c", in = ["1", "2"] }', ["A", "B"]),
        ('{ column = "c", not_in = ["1"] }', ["B", "C"]),
        ('{ column = "c", present = true }', ["A", "B"]),
        ('{ column = "c", present = false }', ["C"]),
        ('{ column = "c", above = 1 }', ["B"]),
        ('{ column = "c", above = 0 }, { column = "c", below = 2 }', ["A"]),
        ('{ column = "sku", lookup = "known", present = true }', ["B"]),
        ('{ column = "sku", lookup = "known", above = 5 }', ["B"]),
    ],
)
def test_rows_are_taken_when_every_condition_holds(where: str, taken: list[str]) -> None:
    lookup = '[lookup.known]\nfile = "known.csv"\nkey = "sku"\nvalue = "amount"\n'
    toml = f"{lookup}{HEAD}where = [{where}]\n{FIELDS}"
    found = read(toml, "sku,amount,c\nA,1,1\nB,1,2\nC,1,\n", {"known": {"B": "7"}})
    assert [item.values["sku"] for item in found if isinstance(item, Item)] == taken
    assert sum(isinstance(item, LeftOut) for item in found) == 3 - len(taken)


def test_a_condition_that_compares_no_number_refuses_the_row() -> None:
    (found,) = read(f'{HEAD}where = [{{ column = "c", above = 0 }}]\n{FIELDS}', "sku,amount,c\nA,1,x\n")
    assert found == Refusal(2, "where", "'x' is not a decimal number", "A,1,x")


def test_column_groups_of_one_row_become_tiers_and_empty_groups_are_left_out() -> None:
    tiers = "".join(f'[[step.fields.tiers]]\nmin_quantity = {{ column = "q{n}" }}\namount = "a{n}"\n' for n in (1, 2))
    (found,) = values(HEAD + FIELDS + tiers, "sku,amount,q1,a1,q2,a2\nA,5,10,4.50,,\n")
    assert found["tiers"] == ({"min_quantity": Decimal(10), "amount": Decimal("4.50")},)


def test_a_tier_filled_by_half_refuses_the_row_and_names_the_field() -> None:
    tiers = '[[step.fields.tiers]]\nmin_quantity = "q"\namount = "a"\n'
    (found,) = read(HEAD + FIELDS + tiers, "sku,amount,q,a\nA,5,10,\n")
    assert found == Refusal(2, "tiers.0.amount", "a value is needed", "A,5,10,")


def test_rows_that_follow_one_another_make_one_item_and_sums_are_added_up() -> None:
    tiers = '[[step.fields.tiers]]\nmin_quantity = "q"\namount = "a"\n[step.gather]\nby = ["sku"]\nsum = ["amount"]\n'
    found = values(HEAD + FIELDS + tiers, "sku,amount,q,a\nA,5,10,4\nA,.25,20,3\nB,5,10,4\n")
    assert [(item["sku"], item["amount"], len(item["tiers"])) for item in found] == [
        ("A", Decimal("5.25"), 2),
        ("B", Decimal(5), 1),
    ]


def test_a_sum_of_something_that_is_no_number_refuses_all_rows_of_the_item() -> None:
    gather = '[step.gather]\nby = ["sku"]\nsum = ["amount"]\n'
    found = read(HEAD + FIELDS + gather, "sku,amount\nA,5\nA,x\nB,1\n")
    assert found[0] == Refusal(2, "gather.sum.amount", "'x' is not a decimal number", "A,5")
    assert isinstance(found[1], Item)


def test_titles_by_language_lists_and_attributes_come_from_their_columns() -> None:
    toml = """
[[step]]
target = "products"
file = "p.csv"
[step.fields]
sku = "sku"
titles.de = "title_de"
titles.en = "title_en"
attributes = ["Farbe", "Größe"]
categories = { column = "cats", split = "|", case = "lower" }
"""
    (found,) = values(toml, "sku,title_de,title_en,Farbe,Größe,cats\nA,Uhr,,rot,,Uhren| wand |uhren\n")
    assert found["titles"] == {"de": "Uhr"}
    assert found["attributes"] == {"Farbe": "rot"}
    assert found["categories"] == ("uhren", "wand")


def test_a_look_up_reads_keys_and_values_of_another_file_once() -> None:
    toml = f"""
[lookup.sku_of]
file = "products.tsv"
delimiter = "\\t"
columns = ["ID", "Number"]
key = "ID"
value = {{ column = "Number", case = "upper" }}
{HEAD}{FIELDS.replace('"sku"', '{ column = "id", lookup = "sku_of" }')}
"""
    lookup = read_mapping(toml).lookups[0]
    reader = Reader(BytesIO(b"1\tab-1\n2\tab-2\n2\tother\n3\t\n"), lookup.source.form, lookup.spot)
    known, refused = read_lookup(lookup, reader, Scope({}, NOW))
    assert known == {"1": "AB-1", "2": "AB-2"}
    assert [(one.number, one.reason) for one in refused] == [(3, "the key '2' has the value 'AB-2' already")]
    found = read(toml, "id,amount\n1,5\n9,5\n", {"sku_of": known})
    assert isinstance(found[0], Item)
    assert found[0].values["sku"] == "AB-1"
    assert found[1] == Refusal(3, "sku", "the look-up 'sku_of' does not know '9'", "9,5")


def test_rows_in_the_mapping_are_taken_as_they_stand_and_numbers_stay_exact() -> None:
    toml = """
[[step]]
target = "tax_rules"
rows = [
  { country = "DE", tax_class = "standard", rate = 0.19 },
  { country = "DE", tax_class = "reduced", rate = 0.07, kind = "reduced" },
]
"""
    step = read_mapping(toml).steps[0]
    found = [one.values for one in read_inline(step, Scope({}, NOW)) if isinstance(one, Item)]
    assert [one["rate"] for one in found] == [Decimal("0.19"), Decimal("0.07")]
    assert found[1]["kind"] == "reduced"


@pytest.mark.parametrize(
    ("toml", "parts"),
    [
        ("x = ", ["shop.toml: not TOML"]),
        ("", ["'step'", "at least one"]),
        ("stepp = 1", ["'stepp'", "there is no key 'stepp'", "allowed: name, defaults, file, lookup, step"]),
        ('[[step]]\ntarget = "pricess"', ["step 1, key 'target'", "'pricess'", "products, prices, tax_rules"]),
        ('[[step]]\ntarget = "prices"', ["step 1 (prices, rows)", "a file, rows or documents"]),
        (HEAD + "rows = []", ["a file, rows or documents"]),
        (HEAD + FIELDS + 'colour = "c"', ["step 1 (prices, prices.csv), key 'fields.colour'", "allowed: id, sku"]),
        (HEAD + '[step.fields]\nsku = "sku"', ["key 'fields'", "the field 'price_list' is needed"]),
        (HEAD + FIELDS + "market = { columm = 'c' }", ["'fields.market.columm'", "allowed: column, constant"]),
        (HEAD + FIELDS + "market = { case = 'upper' }", ["'fields.market'", "exactly one of column, constant"]),
        (HEAD + FIELDS + "market = { column = 'c', case = 'title' }", ["'title'", "allowed: upper, lower, slug"]),
        (HEAD + FIELDS + "market = { column = 'c', lookup = 'x' }", ["no look-up 'x'", "allowed: none"]),
        (HEAD + FIELDS + "market = { column = 'c', otherwise = 'x' }", ["'otherwise' stands beside 'values'"]),
        (HEAD + FIELDS + "kind = { constant = 'rebate' }", ["'rebate'", "base, sale, override"]),
        (HEAD + FIELDS + "market = 5", ["'fields.market'", "a table is expected"]),
        (HEAD + FIELDS + "market = { column = 5 }", ["'fields.market.column'", "a text in quotes"]),
        (HEAD + FIELDS + "tiers = 'c'", ["'fields.tiers'", "a list of tables"]),
        (HEAD + FIELDS + "[[step.fields.tiers]]\namount = 'a'", ["'fields.tiers.0'", "'min_quantity' is needed"]),
        (HEAD + FIELDS + "[step.gather]\nsum = ['amount']", ["'gather.by'"]),
        (HEAD + "where = [{ column = 'c' }]\n" + FIELDS, ["'where.0'", "exactly one test"]),
        (HEAD + "where = [{ column = 'c', above = 'x' }]\n" + FIELDS, ["'where.0.above'", "not a decimal number"]),
        (HEAD + "where = [{ column = 'c', eq = 'x' }]\n" + FIELDS, ["'where.0'", "exactly one test"]),
        (HEAD + "delimiter = ';;'\n" + FIELDS, ["'delimiter'", "one sign"]),
        (HEAD + "encoding = 'utf-7000'\n" + FIELDS, ["'encoding'", "no encoding 'utf-7000'"]),
        (HEAD + "encoding = 'base64'\n" + FIELDS, ["'encoding'", "no encoding 'base64'"]),
        (HEAD.replace("Europe/Berlin", "Berlin") + FIELDS, ["'zone'", "no time zone 'Berlin'"]),
        (HEAD.replace("Europe/Berlin", "../etc") + FIELDS, ["'zone'", "no time zone '../etc'"]),
        (HEAD.replace("zone", "name") + FIELDS + "valid_from = 'c'", ["'fields.valid_from.zone'", "a time zone"]),
        ("[lookup.x]\nfile = 'a'\nkey = 'k'\n" + HEAD, ["look-up 'x', key 'value'"]),
        ("[defaults]\ndelimeter = ';'\n" + HEAD, ["'defaults.delimeter'", "allowed: delimiter"]),
    ],
)
def test_a_wrong_mapping_names_step_and_key_and_lists_what_is_allowed(toml: str, parts: list[str]) -> None:
    sentence = slip(toml)
    assert sentence.startswith("shop.toml")
    for part in parts:
        assert part in sentence
