"""Languages, sort keys, searches and the tree: the catalogue's pure rules."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from modules.catalog.engine import intake
from modules.catalog.engine.tree import DEEPEST, grow
from modules.catalog.model import (
    LONGEST_KEY,
    LONGEST_SEARCHED,
    CategoryRecord,
    Outline,
    by_nearness,
    in_language,
    most_alike,
    search_text,
    search_words,
    shown_locale,
    sort_key,
)
from modules.kernel.names import Locale, Sku
from tests.catalog.shop import a_category

GERMAN, AUSTRIAN, SWISS, ENGLISH, BRITISH, FRENCH = map(Locale, ("de", "de-AT", "de-CH", "en", "en-GB", "fr"))


def records(*categories: tuple[str, str | None]) -> list[CategoryRecord]:
    """Categories by id and parent."""
    return [intake.category(a_category(id, parent), ()) for id, parent in categories]


def test_nearness_goes_from_the_locale_over_its_language_to_english_and_the_rest() -> None:
    held = [FRENCH, BRITISH, ENGLISH, SWISS, GERMAN, AUSTRIAN]
    assert by_nearness(AUSTRIAN, held) == [AUSTRIAN, GERMAN, SWISS, ENGLISH, BRITISH, FRENCH]
    assert by_nearness(GERMAN, held)[:3] == [GERMAN, AUSTRIAN, SWISS]


def test_a_text_is_told_in_the_nearest_language() -> None:
    assert in_language({FRENCH: "rouge", ENGLISH: "red"}, GERMAN) == "red"
    assert in_language({FRENCH: "rouge"}, GERMAN) == "rouge"


def test_the_market_s_language_is_shown_before_a_foreign_one() -> None:
    assert shown_locale((FRENCH, GERMAN), [GERMAN, ENGLISH]) == "de"
    assert shown_locale((AUSTRIAN,), [GERMAN, ENGLISH]) == "de"
    assert shown_locale((FRENCH,), [GERMAN, ENGLISH]) == "en"
    assert shown_locale((FRENCH, ENGLISH), []) is None


@pytest.mark.parametrize(
    ("earlier", "later"), [("apfel", "Äpfel"), ("Zange 2", "Zange 10"), ("Straße", "Strasse 2"), ("a  b", "a c")]
)
def test_titles_stand_as_people_look_for_them(earlier: str, later: str) -> None:
    assert sort_key(earlier) <= sort_key(later)


@given(st.text(max_size=600))
def test_keys_fit_into_an_index_whatever_the_title(title: str) -> None:
    assert len(sort_key(title)) <= LONGEST_KEY
    assert len(search_text("A" * 64, title)) <= LONGEST_SEARCHED


def test_words_are_searched_without_case_and_accents() -> None:
    assert search_words("  CAFÉ Strasse café ") == ("cafe", "strasse")
    assert all(word in search_text("K-1", "Straßencafé") for word in search_words("CAFE STRASSE k-1"))
    assert len(search_words(" ".join(map(str, range(50))))) == 10


def test_skus_are_alike_whatever_their_case_and_punctuation() -> None:
    held = [Sku("BK-M68B-42"), Sku("BK-M68B-38"), Sku("HL-U509")]
    assert most_alike("bkm68b42", held) == ["BK-M68B-42", "BK-M68B-38"]
    assert most_alike("???", held) == []


def test_a_branch_holds_the_category_and_all_below() -> None:
    outline = Outline.of(records(("a", None), ("b", "a"), ("c", "b"), ("d", None)), [])
    assert set(outline.branch("a")) == {"a", "b", "c"}
    assert outline.branch("x") == ()
    assert [record.id for record in outline.path("c")] == ["a", "b", "c"]
    assert outline.path("x") == []


def test_children_stand_by_position_then_id() -> None:
    given = [a_category("b", position=1), a_category("c"), a_category("a", position=1)]
    outline = Outline.of([intake.category(item, ()) for item in given], [])
    assert [record.id for record in outline.below[None]] == ["c", "a", "b"]


def grown(held: list[CategoryRecord], given: list[CategoryRecord]) -> list[str]:
    """The ids that may join."""
    joining, refused = grow({record.id: record for record in held}, [((n,), record) for n, record in enumerate(given)])
    assert len(joining) + len(refused) == len(given)
    return [record.id for record in joining]


def test_a_parent_may_stand_later_in_the_same_call() -> None:
    assert grown([], records(("b", "a"), ("a", None))) == ["b", "a"]


def test_no_category_stands_below_itself() -> None:
    assert grown([], records(("a", "a"))) == []
    assert grown([], records(("a", "b"), ("b", "a"), ("c", None))) == ["c"]
    assert grown(records(("a", None), ("b", "a")), records(("a", "b"))) == []


def test_a_refused_parent_takes_those_below_along() -> None:
    assert grown([], records(("a", "x"), ("b", "a"), ("c", "b"), ("d", None))) == ["d"]


def test_a_refused_move_leaves_a_category_where_it_was() -> None:
    held = records(("a", None), ("b", None))
    assert grown(held, records(("a", "x"), ("b", "a"))) == ["b"]


def test_a_tree_has_an_end() -> None:
    chain = records(("c0", None), *((f"c{n}", f"c{n - 1}") for n in range(1, DEEPEST + 5)))
    assert len(grown([], chain)) == DEEPEST


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdefx") | st.none()), unique_by=lambda p: p[0]))
def test_what_may_join_is_a_tree(pairs: list[tuple[str, str | None]]) -> None:
    given = records(*pairs)
    joined = set(grown([], given))
    outline = Outline.of([record for record in given if record.id in joined], [])
    reached = {id for root in outline.below.get(None, ()) for id in outline.branch(root.id)}
    assert reached == joined
