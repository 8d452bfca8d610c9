"""Versioned texts that people agree to: shipped as data, read once.

`data/texts/consents/<purpose>/<version>.toml` and `data/texts/undertakings/<version>.toml`, a table per language with title
and text. A text that somebody agreed to is never changed: a new wording is a new version, and the last one is in force.
"""

import tomllib
from functools import cache
from pathlib import Path

from services.registry.models.consents import ConsentText, Purpose

TEXTS = Path(__file__).parent.parent / "data" / "texts"


@cache
def versions(folder: Path) -> tuple[tuple[ConsentText, ...], ...]:
    """Every version in a folder, the oldest first; each as its texts by language."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        tables = tomllib.loads(path.read_text("utf-8"))
        found.append(
            tuple(
                ConsentText(path.stem, language, table["title"], table["text"].strip())
                for language, table in tables.items()
            )
        )
    return tuple(found)


def consent_text(purpose: Purpose) -> tuple[ConsentText, ...]:
    """The text in force for a purpose, in every language."""
    return versions(TEXTS / "consents" / purpose.value)[-1]


def undertaking_text() -> tuple[ConsentText, ...]:
    """The undertaking in force, in every language."""
    return versions(TEXTS / "undertakings")[-1]
