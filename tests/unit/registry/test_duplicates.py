"""Who may be one person: by address, number, or the sound of a name with age and region."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.models.ages import NOT_TOLD, Ages
from services.registry.models.duplicates import Compared, LikelyBecause
from services.registry.rules.duplicates import (
    ages_agree,
    keys_of,
    likely_because,
    mail_key,
    name_keys,
    names_alike,
    phone_key,
    plain_name,
)

ANNA = Compared(UUID(int=1), "Anna Schmidt", "anna@example.org", "05141 12345", "29221", NOT_TOLD)


def because(first: Compared, second: Compared) -> tuple[LikelyBecause, ...]:
    return likely_because(first, second, keys_of(first) & keys_of(second))


@pytest.mark.parametrize(
    "name",
    [
        "Schmidt, Anna",
        "anna SCHMITT",
        "Dr. Anna Schmied",
        "Anna Maria Schmidt",
        "Ánna  Schmidt",
        "A. Schmidt Anna",
        "Anna Schmidt-Müller",
    ],
)
def test_a_name_that_sounds_alike_in_any_order_is_similar(name: str) -> None:
    other = replace(ANNA, name=name, mail=None, phone=None)
    assert because(ANNA, other) == (LikelyBecause.SIMILAR_NAME,)


@pytest.mark.parametrize("name", ["Berta Schmidt", "Anna Bauer", "Schmidt", "Anna", ""])
def test_half_a_name_is_another_name(name: str) -> None:
    assert because(ANNA, replace(ANNA, name=name, mail=None, phone=None)) == ()


def test_names_in_other_scripts_are_read_in_latin_letters() -> None:
    ukrainian = replace(ANNA, name="Олена Шевченко", mail=None, phone=None)
    assert because(ukrainian, replace(ukrainian, name="Shevchenko Olena")) == (LikelyBecause.SIMILAR_NAME,)


def test_another_age_or_region_is_another_person() -> None:
    other = replace(ANNA, mail=None, phone=None)
    assert because(ANNA, replace(other, postal_code="38518")) == ()
    young = replace(other, ages=Ages(14, date(2027, 5, 1), date(2029, 5, 1)))
    assert because(young, replace(other, ages=Ages(18))) == ()
    assert because(young, replace(other, ages=Ages(14, date(2027, 5, 2), date(2029, 5, 2)))) == ()
    assert because(young, replace(other, ages=NOT_TOLD)) == (LikelyBecause.SIMILAR_NAME,)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna@Example.org", "anna@example.org"),
        ("anna+tandem@example.org", "anna@example.org"),
    ],
)
def test_one_mailbox_has_many_spellings(one: str, other: str) -> None:
    assert mail_key(one) == mail_key(other)


@pytest.mark.parametrize("number", ["05141 12345", "+49 5141 12345", "0049 5141/12345", "(05141) 12345"])
def test_one_number_has_many_spellings(number: str) -> None:
    assert phone_key(number) == "+49514112345"


def test_what_is_no_number_is_no_key() -> None:
    assert phone_key("keine") is None and phone_key("1") is None


NAMES = st.text(min_size=0, max_size=40)


@given(NAMES, NAMES)
def test_likeness_is_mutual(one: str, other: str) -> None:
    assert names_alike(one, other) == names_alike(other, one)


@given(NAMES)
def test_every_name_gives_few_short_keys_in_plain_letters(name: str) -> None:
    keys = name_keys(name, "29221")
    assert len(keys) <= 6
    assert all(len(key) <= 300 and key.isascii() for key in keys)
    if plain_name(name):
        assert names_alike(name, name)


@given(st.sampled_from([None, 14, 16, 18]), st.sampled_from([None, 14, 16, 18]))
def test_ages_agree_unless_both_are_known_and_differ(one: int | None, other: int | None) -> None:
    assert ages_agree(Ages(one), Ages(other)) == (one is None or other is None or one == other)
