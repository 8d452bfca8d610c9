"""The controlled vocabularies, shipped as data (`data/vocabularies/*.csv`) and read once. A term is never taken out."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from services.registry.models.vocabularies import Entry, VocabularyName, meanings

FOLDER = Path(__file__).parent.parent / "data" / "vocabularies"
LANGUAGES = ("de", "en", "uk", "ar")


@cache
def vocabulary(name: VocabularyName) -> Mapping[str, Entry]:
    """Term → entry, in the order of the file."""
    with (FOLDER / f"{name.value}.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["term"]: Entry(
                row["term"],
                {language: row[language] for language in LANGUAGES},
                tuple(filter(None, (row.get("also") or "").split("|"))),
            )
            for row in csv.DictReader(file)
        }


@cache
def meaning_of_skills() -> Mapping[str, str]:
    """Plain text → the skill that it says."""
    return meanings(vocabulary(VocabularyName.SKILLS))
