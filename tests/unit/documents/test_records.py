"""An export as people read it, and nobody else in it: Art. 12(1), 15(4) DSGVO."""

from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import vocabulary
from shared.documents import Facts, Heading, Paragraph, Table
from shared.documents.records import (
    LANGUAGES,
    OTHER_PERSONS,
    PERSONS,
    in_words,
    information,
    record_document,
    without_other_persons,
    words,
)

TEMPLATES = Path("services/notifications/templates")
ME, SOMEBODY = uuid4(), uuid4()
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMES = st.sampled_from(sorted(OTHER_PERSONS | PERSONS | {"decided_by", "told", "status"}))


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    return [leaf for inner in value for leaf in leaves(inner)] if isinstance(value, list) else [value]


PERSON = st.sampled_from([ME, SOMEBODY, str(ME), str(SOMEBODY), None, "staff"])
RECORDS = st.recursive(
    st.dictionaries(NAMES, PERSON | st.lists(PERSON, max_size=3), max_size=4),
    lambda inner: st.dictionaries(st.sampled_from(["history", "rows"]), st.lists(inner, max_size=3), max_size=2),
)


@given(RECORDS)
def test_no_other_person_is_left_and_oneself_stays(record: Any) -> None:
    """Art. 15(4) DSGVO."""

    def only_where_persons_stand(value: Any) -> Any:
        """Without the fields that name nobody: those are not looked at."""
        if isinstance(value, dict):
            return {k: only_where_persons_stand(v) for k, v in value.items() if k not in ("told", "status")}
        return [only_where_persons_stand(each) for each in value] if isinstance(value, list) else value

    before, after = only_where_persons_stand(record), only_where_persons_stand(without_other_persons(record, ME))
    assert not any(str(leaf) == str(SOMEBODY) for leaf in leaves(after))
    assert sum(str(leaf) == str(ME) for leaf in leaves(after)) == sum(str(leaf) == str(ME) for leaf in leaves(before))


def test_a_word_where_an_id_may_stand_is_kept() -> None:
    assert without_other_persons({"taken_by": "staff", "decided_by": SOMEBODY}, ME) == {
        "taken_by": "staff",
        "decided_by": None,
    }


@pytest.mark.parametrize(("language", "day", "word"), [("de", "01.03.2026", "ja"), ("en", "01 March 2026", "yes")])
def test_values_are_said_in_the_readers_language(language: Any, day: str, word: str) -> None:
    record = {"subject_id": ME, "received_on": date(2026, 3, 1), "is_complete": True}
    document = record_document("registry", record, NOW, language)
    (facts,) = [block for block in document.blocks if isinstance(block, Facts)]
    assert {day, word} <= {value for _, value in facts.rows}


def test_what_is_flat_is_a_table_what_is_deep_has_headings_and_what_is_empty_is_named() -> None:
    record = {
        "consents_held": [{"purpose": "processing", "given_at": NOW}],
        "requests": [{"kind": "access", "history": [{"step": "received", "taken_by": "person"}]}],
        "placements": [],
        "restriction": None,
    }
    blocks = record_document("registry", record, NOW, "de").blocks
    tables = [block for block in blocks if isinstance(block, Table)]
    assert [table.header for table in tables] == [("Zweck", "Erteilt am"), ("Schritt", "Durch")]
    assert isinstance(blocks[-2], Heading) and blocks[-2].text == "Nichts gespeichert"
    assert blocks[-1] == Paragraph("Einsätze, Einschränkung der Verarbeitung")


def test_a_value_means_what_its_field_means_and_the_first_stands_before_the_last() -> None:
    record = {
        "requests": [{"taken_by": "staff"}],
        "tasks": [{"task": "Rechtsberatung", "carried_by": "staff"}],
        "absences": [{"last_day": "2026-11-30", "first_day": "2026-11-20"}],
        "office_hours": {"day": "monday", "end": "12:00", "start": "2026-02-30"},
    }
    blocks = record_document("registry", record, NOW, "de").blocks
    assert [(block.header, block.rows) for block in blocks if isinstance(block, Table)] == [
        (("Durch",), (("Datenschutz",),)),
        (("Aufgabe", "Getragen von"), (("Rechtsberatung", "Hauptamtliche"),)),
        (("Erster Tag", "Letzter Tag"), (("20.11.2026", "30.11.2026"),)),
    ]
    hours = [block for block in blocks if isinstance(block, Facts)][-1]
    # What is no day stays as it was told.
    assert hours.rows == (("Tag", "Montag"), ("Beginn", "2026-02-30"), ("Ende", "12:00"))


def test_terms_of_a_vocabulary_are_said_in_words() -> None:
    terms = {"skills": {"cooking": {"de": "Kochen", "en": "Cooking"}}}
    record = {"volunteer": {"skills": ["cooking", "unknown_term"], "wishes": ["cooking"]}}
    assert in_words(record, terms, "de") == {"volunteer": {"skills": ["Kochen", "unknown_term"], "wishes": ["cooking"]}}


@pytest.mark.parametrize("service", ["registry", "matching", "training", "notifications"])
def test_every_service_says_what_the_law_wants_told_besides(service: str) -> None:
    """Art. 15(1) DSGVO: purposes, recipients, duration, rights, complaint, origin."""
    german, english = (" ".join(information(service, language)) for language in LANGUAGES)
    for wanted in ("Zweck", "Empfänger", "Dauer", "Herkunft", "Aufsichtsbehörde", "Berichtigung"):
        assert wanted in german
    for wanted in ("Purpose", "Recipient", "Duration", "Origin", "supervisory authority", "correction"):
        assert wanted in english


def test_every_word_is_there_in_both_languages() -> None:
    for group in ("names", "values", "services", "texts"):
        for name, both in words()[group].items():
            assert len(both) == 2 and all(both), name


def test_every_state_and_every_mail_has_a_word() -> None:
    states = [
        state.value
        for kind in vars(vocabulary).values()
        if isinstance(kind, type) and issubclass(kind, StrEnum) and kind not in (StrEnum, vocabulary.Level)
        for state in kind
    ]
    mails = [folder.name for folder in TEMPLATES.iterdir() if not folder.name.startswith("_")]
    assert len(states) > 50 and len(mails) > 50
    assert {*states, *mails} - words()["values"].keys() == set()


def test_an_id_is_shown_as_it_is() -> None:
    document = record_document("registry", {"subject_id": UUID(int=7)}, NOW, "de")
    assert any(isinstance(block, Facts) and block.rows[0][1] == str(UUID(int=7)) for block in document.blocks)
