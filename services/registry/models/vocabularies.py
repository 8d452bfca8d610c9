"""Controlled vocabularies: terms with their names in the languages of the field."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel


class VocabularyName(StrEnum):
    SKILLS = "skills"
    WISHES = "wishes"


@dataclass(frozen=True)
class Entry:
    """A term, what it is called by language, and what else people write for it."""

    term: str
    names: Mapping[str, str]
    also: tuple[str, ...] = ()


def plain(text: str) -> str:
    """A text as it is compared: compatibility characters resolved, case folded, white space single."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def meanings(vocabulary: Mapping[str, Entry]) -> dict[str, str]:
    """Plain text → the term that it says."""
    found: dict[str, str] = {}
    for entry in vocabulary.values():
        for text in (*entry.names.values(), *entry.also, entry.term, entry.term.replace("_", " ")):
            found.setdefault(plain(text), entry.term)
    return found


class TermAnswer(BaseModel):
    """A term and its name in the language asked for."""

    term: str
    name: str
