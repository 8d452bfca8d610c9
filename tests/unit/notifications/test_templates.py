"""Every mail in every language, as it looks: `UPDATE_GOLDEN=1` writes the files anew after a deliberate change."""

import os
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from services.notifications.models import RecipientKind
from services.notifications.rendering import TEMPLATES, Rendered, languages_of, render, render_entry
from services.notifications.rules.content import values
from services.notifications.rules.mails import MAILS
from tests.unit.notifications.builders import LATER, a_contact, all_facts, every_intent

GOLDEN = Path(__file__).parent / "golden"
LINK = "http://127.0.0.1:8101/volunteers/confirmation?token=abc.def-ghi_jkl"
EVERY = [(mail, language) for mail in MAILS for language in sorted(languages_of(mail))]
HOSTILE = '<script>alert(1)</script>\r\nBcc: victim@example.org\u202egnp.exe & "علي"'


def rendered(mail: str, language: str, name: str = "Kim Beispiel", person: str = "Kim Beispiel") -> Rendered:
    facts = all_facts(
        volunteers={key: a_contact(key, name=person) for key in all_facts().volunteers},
        speakers={key: a_contact(key, name=person) for key in all_facts().speakers},
        organisations={
            key: person if person != "Kim Beispiel" else title for key, title in all_facts().organisations.items()
        },
    )
    content = values(mail, every_intent(person)[mail].data, facts, language)
    content["expires_at"] = LATER
    if MAILS[mail].link:
        content["link"] = LINK
    return render(mail, language, name, content)


def as_file(mail: Rendered) -> str:
    return f"Subject: {mail.subject}\nContent-Language: {', '.join(mail.languages)}\n\n{mail.text}\n\n{mail.html}\n"


@pytest.mark.parametrize(("mail", "language"), [*EVERY, ("sign-in", "tr"), ("offer-suggestion", "tr")])
def test_every_mail_looks_as_it_should_in_every_language(mail: str, language: str) -> None:
    golden = GOLDEN / f"{mail}.{language}.txt"
    found = as_file(rendered(mail, language))
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


def test_every_mail_has_its_texts_in_every_language_of_its_readers_and_nothing_else_lies_about() -> None:
    folders = {folder.name for folder in TEMPLATES.iterdir()} - {"_frame"}
    assert folders == set(MAILS)
    for mail, about in MAILS.items():
        to_a_volunteer = about.recipient is RecipientKind.VOLUNTEER
        assert {"de", "en", *(("uk", "ar") if to_a_volunteer else ())} <= languages_of(mail), mail
        for language in languages_of(mail):
            files = {file.name for file in (TEMPLATES / mail / language).iterdir()}
            assert files == {"subject.txt", "why.txt", "body.txt", "body.html"}


def test_a_missing_translation_is_answered_with_german_and_english_together() -> None:
    mail = rendered("sign-in", "tr")
    assert mail.languages == ("de", "en")
    assert "melden Sie sich" in mail.text and "you sign in" in mail.text
    assert 'lang="de"' in mail.html and 'lang="en"' in mail.html
    assert mail.text.count(LINK) == 2


@pytest.mark.parametrize("language", sorted(languages_of("shift-moved")))
def test_a_move_into_another_placement_says_so_in_text_and_html(language: str) -> None:
    content = dict(values("shift-moved", every_intent()["shift-moved"].data, all_facts(), language))
    plain, other = (render("shift-moved", language, "Kim", content | more) for more in ({}, {"overlaps": "True"}))
    (line,) = set(other.text.splitlines()) - set(plain.text.splitlines())
    assert line.split(".")[0] in other.html


def test_arabic_is_written_from_right_to_left() -> None:
    assert '<html lang="ar" dir="rtl">' in rendered("registration-confirmation", "ar").html


@pytest.mark.parametrize(("mail", "language"), EVERY)
def test_hostile_names_stay_text(mail: str, language: str) -> None:
    found = rendered(mail, language, name=HOSTILE, person=HOSTILE)
    assert "<script" not in found.html
    assert "\n" not in found.subject and "\r" not in found.subject
    for text in (found.subject, found.text, found.html):
        assert "\u202e" not in text and "\r" not in text
        assert not any(line.startswith("Bcc:") for line in text.splitlines())


@pytest.mark.parametrize(("mail", "language"), EVERY)
def test_no_mail_loads_anything_from_elsewhere(mail: str, language: str) -> None:
    links: list[str] = []

    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag not in ("img", "script", "link", "iframe", "object", "form")
            links.extend(value or "" for name, value in attrs if name in ("href", "src"))

    Links().feed(rendered(mail, language).html)
    assert links == ([LINK] if MAILS[mail].link else [])


def test_who_has_not_proved_the_address_is_not_greeted_by_the_name_that_a_stranger_typed() -> None:
    found = rendered("registration-confirmation", "de", name="Jetzt gratis unter example.net")
    assert "gratis" not in as_file(found)


@pytest.mark.parametrize("mail", [mail for mail, about in MAILS.items() if about.in_inbox])
def test_the_inbox_shows_the_text_without_greeting_and_footer(mail: str) -> None:
    entry = render_entry(mail, "tr", values(mail, every_intent()[mail].data, all_facts()))
    assert entry.language == "de" and entry.title and "Guten Tag" not in entry.text and "Tandem, die" not in entry.text


def test_where_a_part_is_left_out_no_gap_stays() -> None:
    told = {"received_on": date(2026, 3, 2), "kind": "correction", "outcome": "fulfilled", "reason": None}
    text = render_entry("person-request-answered", "de", told).text
    assert text.count("\n\n") == 1 and "\n\n\n" not in text


def test_what_is_no_longer_known_is_a_dash_in_the_inbox() -> None:
    mail = "placement-confirmed-coordinator"
    data = every_intent()[mail].data
    entry = render_entry(mail, "de", values(mail, data, all_facts(volunteers={}), blanks=True))
    assert "Kim Beispiel" not in entry.text and "kim@" not in entry.text and "–" in entry.text
