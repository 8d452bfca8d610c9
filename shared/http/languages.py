"""The languages that somebody may name: ISO 639, as far as it names languages (no `mul`, `und`, `zxx`).

A language with two letters is kept under these (`deu`, `ger` → `de`), as in BCP 47: else whoever says `deu` and whoever asks
for `de` would not find each other. `languages.txt`: the codes of ISO 639-2 and 639-3, as Debian's iso-codes 4 lists them.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from shared.contracts.vocabulary import LanguageCode


@cache
def _known() -> Mapping[str, str]:
    """Every code → the code under which its language is kept. A line of the file: three letters, and two if there are.

    Read when the first language is told: most processes hear of none.
    """
    known: dict[str, str] = {}
    for line in Path(__file__).with_name("languages.txt").read_text(encoding="ascii").splitlines():
        code, _, short = line.partition(" ")
        known[code] = known[short or code] = short or code
    return known


def language_of(code: str) -> str:
    """The code under which a language is kept (`unknown-value`)."""
    kept = _known().get(code)
    if kept is None:
        raise PydanticCustomError(
            "language_unknown",
            "no language of ISO 639",
            {
                "code": "unknown-value",
                "de": "Diese Sprache gibt es in ISO 639 nicht (de, uk, ar, kmr …).",
                "en": "There is no such language in ISO 639 (de, uk, ar, kmr …).",
            },
        )
    return kept


Language = Annotated[LanguageCode, AfterValidator(language_of)]
"""A language that somebody tells: one that there is."""
