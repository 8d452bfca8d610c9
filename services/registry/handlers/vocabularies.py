"""What volunteers tell, in the terms of the controlled vocabularies."""

from collections.abc import Iterable, Sequence

from services.registry.models.vocabularies import TermAnswer, VocabularyName
from services.registry.rules.vocabularies import check_terms, mapped, named
from services.registry.store.vocabularies import meaning_of_skills, vocabulary


def terms(name: VocabularyName, language: str) -> list[TermAnswer]:
    """A vocabulary in a language."""
    return named(vocabulary(name), language)


def skills_of(told: Iterable[str], free: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The terms, those included that the free additions mean, and the additions that mean none (`term-unknown`)."""
    known, left = mapped(meaning_of_skills(), free)
    return check_terms(vocabulary(VocabularyName.SKILLS), VocabularyName.SKILLS, {*told, *known}), left


def wishes_of(told: Iterable[str]) -> tuple[str, ...]:
    """The wishes in order, each once (`term-unknown`)."""
    return check_terms(vocabulary(VocabularyName.WISHES), VocabularyName.WISHES, told)
