"""The texts that people agree to, as they are shipped."""

import pytest

from services.registry.models.ages import NOT_TOLD, Ages
from services.registry.models.characteristics import AgeBand, Characteristic
from services.registry.models.consents import Channel, Purpose
from services.registry.rules.ages import needs_guardian
from services.registry.rules.characteristics import check_age_band
from services.registry.rules.consents import PURPOSES, check_text, text_shown
from services.registry.store import texts
from shared.runtime.errors import Refusal

LANGUAGES = {"de", "en", "uk", "ar"}
SPECIAL = {Purpose.MIGRATION_EXPERIENCE, Purpose.AGE_BAND}


@pytest.mark.parametrize("purpose", list(Purpose))
def test_every_purpose_has_every_version_of_its_text_in_every_language(purpose: Purpose) -> None:
    for version in texts.versions(texts.TEXTS / "consents" / purpose.value):
        assert {text.language for text in version} == LANGUAGES
        assert len({text.version for text in version}) == 1
        assert all(text.title and len(text.text) > 80 for text in version)


def test_the_undertaking_stands_in_every_language() -> None:
    assert {text.language for text in texts.undertaking_text()} == LANGUAGES


def test_every_purpose_has_terms_and_no_special_category_is_announced() -> None:
    """Art. 9 DSGVO."""
    assert set(PURPOSES) == set(Purpose)
    assert {Purpose(characteristic.value) for characteristic in Characteristic} == SPECIAL
    for purpose in SPECIAL:
        assert not PURPOSES[purpose].is_announced
        assert PURPOSES[purpose].only_by_the_person


def test_whoever_reads_another_language_is_shown_the_german_text() -> None:
    text = texts.consent_text(Purpose.PROCESSING)
    assert text_shown(text, "tr").language == "de"
    assert check_text(text, text[0].version, "tr", Channel.WEB) == "de"
    assert check_text(text, "theirs-7", "tr", Channel.ASSOCIATION) == "tr"
    with pytest.raises(Refusal):
        check_text(text, "theirs-7", "tr", Channel.PAPER)


@pytest.mark.parametrize(
    ("ages", "band", "fits"),
    [
        (NOT_TOLD, AgeBand.FROM_60, True),
        (Ages(18), AgeBand.FROM_18, True),
        (Ages(18), AgeBand.FROM_14, False),
        (Ages(16), AgeBand.FROM_14, True),
        (Ages(14), AgeBand.FROM_18, False),
    ],
)
def test_an_age_band_fits_the_thresholds_that_are_known(ages: Ages, band: AgeBand, fits: bool) -> None:
    if fits:
        check_age_band(band, ages)
    else:
        with pytest.raises(Refusal):
            check_age_band(band, ages)


def test_a_guardian_is_needed_from_14_to_15() -> None:
    """Art. 8 (1) DSGVO."""
    assert [needs_guardian(ages) for ages in (NOT_TOLD, Ages(14), Ages(16), Ages(18))] == [False, True, False, False]
