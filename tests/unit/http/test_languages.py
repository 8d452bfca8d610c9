"""Languages that people tell: only those that there are, and each under one code."""

import pytest
from pydantic import TypeAdapter, ValidationError

from services.registry.models.volunteers import ChangeVolunteer
from shared.http.languages import Language
from shared.http.validation import faults_of

LANGUAGE: TypeAdapter[str] = TypeAdapter(Language)


@pytest.mark.parametrize(
    ("told", "kept"),
    [("de", "de"), ("uk", "uk"), ("deu", "de"), ("ger", "de"), ("tir", "ti"), ("kmr", "kmr"), ("prs", "prs")],
)
def test_a_language_has_one_code(told: str, kept: str) -> None:
    assert LANGUAGE.validate_python(told) == kept


@pytest.mark.parametrize("told", ["de", "en", "ar", "fa", "ti", "so", "tr", "fr", "ku", "uk", "ru"])
def test_the_languages_of_the_field_are_there(told: str) -> None:
    assert LANGUAGE.validate_python(told) == told


@pytest.mark.parametrize("told", ["xx", "qqq", "mul", "und"])
def test_what_is_no_language_is_refused_where_it_stands(told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ChangeVolunteer.model_validate({"languages": [{"language": told, "level": "B1"}]})
    (fault,) = faults_of([{**refused.value.errors()[0], "loc": ("body", *refused.value.errors()[0]["loc"])}])
    assert (fault.pointer, fault.code) == ("#/languages/0/language", "unknown-value")
