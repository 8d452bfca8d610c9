"""The data-protection authorities by law and Land: shipped as data, replaced by the operator's own file."""

import csv
from dataclasses import dataclass
from pathlib import Path

from services.registry.models.organisations import AuthorityAnswer
from services.registry.rules.legal_profiles import AuthorityEntry
from shared.contracts.vocabulary import LegalProfile
from shared.runtime.settings import ConfigurationError

SHIPPED = Path(__file__).parent / "data" / "data_protection_authorities.csv"


@dataclass(frozen=True)
class Authorities:
    """The list, held by the process."""

    entries: tuple[AuthorityEntry, ...]


def authorities(file: Path | None = None) -> Authorities:
    """Read the operator's file, or the shipped one.

    Raises
    ------
    ConfigurationError
        The file cannot be read, or a line of it is wrong.
    """
    try:
        with (file or SHIPPED).open(encoding="utf-8", newline="") as lines:
            entries = tuple(_entry(row) for row in csv.DictReader(lines))
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise ConfigurationError(f"TANDEM_AUTHORITIES_FILE: {type(error).__name__}") from None
    missing = set(LegalProfile) - {entry.profile for entry in entries}
    if missing:
        raise ConfigurationError(f"TANDEM_AUTHORITIES_FILE: none for {', '.join(sorted(missing))}")
    return Authorities(entries)


def _entry(row: dict[str, str]) -> AuthorityEntry:
    if (
        row["bodies"] not in ("all", "public", "private")
        or not row["name"]
        or not row["website"].startswith("https://")
    ):
        raise ValueError("a line of the list of authorities")
    authority = AuthorityAnswer(name=row["name"], website=row["website"])
    return AuthorityEntry(LegalProfile(row["profile"]), row["land"], row["bodies"], authority)
