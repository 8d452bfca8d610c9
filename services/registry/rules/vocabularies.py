"""Controlled vocabularies: which terms exist, and which free text says the same as a term. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from services.registry.models.vocabularies import Entry, TermAnswer, VocabularyName, plain
from shared.runtime.errors import Reason, Refusal

FALLBACK_LANGUAGE = "de"


def check_terms(vocabulary: Mapping[str, Entry], name: VocabularyName, told: Iterable[str]) -> tuple[str, ...]:
    """The terms in order, each once.

    Raises
    ------
    Refusal
        `term-unknown` names those that the vocabulary does not have.
    """
    terms = sorted(set(told))
    unknown = [term for term in terms if term not in vocabulary]
    if unknown:
        raise Refusal(
            Reason.INVALID,
            "term-unknown",
            de="Diese Wörter stehen nicht in der Liste. Bitte wählen Sie aus der Liste aus.",
            en="These words are not in the list. Please choose from the list.",
            vocabulary=name.value,
            terms=unknown,
        )
    return tuple(terms)


def mapped(meaning: Mapping[str, str], texts: Sequence[str]) -> tuple[set[str], tuple[str, ...]]:
    """What free additions mean: the terms that they say, and the texts that say none, each once.

    Only terms leave the registry: a free text may say more about a person than they meant to publish.
    """
    terms: set[str] = set()
    left: dict[str, str] = {}
    for text in texts:
        term = meaning.get(plain(text))
        if term is None:
            left.setdefault(plain(text), text)
        else:
            terms.add(term)
    return terms, tuple(left.values())


def named(vocabulary: Mapping[str, Entry], language: str) -> list[TermAnswer]:
    """The vocabulary in a language, in the order of the names there; German where it has no name in it."""
    answers = [
        TermAnswer(term=entry.term, name=entry.names.get(language) or entry.names[FALLBACK_LANGUAGE])
        for entry in vocabulary.values()
    ]
    return sorted(answers, key=lambda answer: (plain(answer.name), answer.term))
