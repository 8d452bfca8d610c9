"""The vocabularies as they are shipped, and what free additions mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.registry.models.vocabularies import VocabularyName, meanings, plain
from services.registry.rules.vocabularies import check_terms, mapped, named
from services.registry.store.vocabularies import LANGUAGES, vocabulary
from shared.contracts.vocabulary import Term
from shared.runtime.errors import Refusal

SKILLS = vocabulary(VocabularyName.SKILLS)
MEANINGS = meanings(SKILLS)
texts = st.text(min_size=1, max_size=60) | st.sampled_from(sorted(MEANINGS))


@pytest.mark.parametrize("name", list(VocabularyName))
def test_every_term_is_one_and_has_a_name_in_every_language(name: VocabularyName) -> None:
    for entry in vocabulary(name).values():
        assert TypeAdapter(Term).validate_python(entry.term) == entry.term
        assert all(entry.names[language].strip() == entry.names[language] != "" for language in LANGUAGES)


@pytest.mark.parametrize("name", list(VocabularyName))
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_terms_have_the_same_name(name: VocabularyName, language: str) -> None:
    names = [plain(each.name) for each in named(vocabulary(name), language)]
    assert len(set(names)) == len(names)


def test_no_word_means_two_skills() -> None:
    told: dict[str, set[str]] = {}
    for entry in SKILLS.values():
        for text in (*entry.names.values(), *entry.also):
            told.setdefault(plain(text), set()).add(entry.term)
    assert {text: terms for text, terms in told.items() if len(terms) > 1} == {}


@given(st.lists(texts, max_size=10))
def test_what_leaves_is_a_term_and_nothing_is_lost(told: list[str]) -> None:
    terms, left = mapped(MEANINGS, told)
    assert terms <= SKILLS.keys()
    assert {plain(text) for text in told} == {plain(text) for text in left} | {
        plain(text) for text in told if MEANINGS.get(plain(text)) in terms
    }
    assert len({plain(text) for text in left}) == len(left)
    assert set(left) <= set(told)


@given(st.sampled_from(sorted(MEANINGS)))
def test_case_and_white_space_do_not_matter(text: str) -> None:
    assert mapped(MEANINGS, [f"  {text.upper()} "])[0] == mapped(MEANINGS, [text])[0] != set()


def test_an_unknown_term_is_named() -> None:
    with pytest.raises(Refusal) as refused:
        check_terms(SKILLS, VocabularyName.SKILLS, ["cooking", "juggling"])
    assert (refused.value.code, refused.value.details["terms"]) == ("term-unknown", ["juggling"])
