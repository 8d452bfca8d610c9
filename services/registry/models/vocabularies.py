"""Controlled vocabularies: terms with their names in the languages of the field."""

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


class TermAnswer(BaseModel):
    """A term and its name in the language asked for."""

    term: str
    name: str
