"""From the name of a mail and its facts to a text: the folders of `templates/`.

A language that a mail has no text in is answered with German and English together, and the mail says nothing less for it.
Facts that are missing are errors (StrictUndefined); what people typed is escaped in HTML and kept on one line everywhere.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from services.notifications.rules import words
from services.notifications.rules.addresses import one_line
from services.notifications.rules.mails import MAILS
from services.notifications.rules.reasons import sentences
from services.notifications.rules.request_words import request_word

TEMPLATES = Path(__file__).parent / "templates"
FALLBACK = ("de", "en")
SUBJECT_AT_MOST = 150
_GAPS = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Rendered:
    """A mail's content. `languages` are those in which it speaks, in order."""

    languages: tuple[str, ...]
    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Entry:
    """The same as an entry of an inbox."""

    language: str
    title: str
    text: str


@dataclass(frozen=True)
class _Part:
    language: str
    direction: str
    greeting: str
    text: str
    html: Markup
    why: str
    footer: str


@cache
def languages_of(mail: str) -> frozenset[str]:
    """The languages in which a mail has texts."""
    return frozenset(folder.name for folder in (TEMPLATES / mail).iterdir() if folder.is_dir())


def languages_for(mail: str, wanted: str) -> tuple[str, ...]:
    """The languages in which a mail speaks to somebody who wants `wanted`."""
    return (wanted,) if wanted in languages_of(mail) else FALLBACK


def render(mail: str, wanted: str, name: str, values: Mapping[str, Any]) -> Rendered:
    """A mail in the wanted language. `name` greets, where the mail greets by name; `values` are its facts.

    Raises
    ------
    jinja2.UndefinedError
        A fact is missing.
    """
    languages = languages_for(mail, wanted)
    parts = [_part(mail, language, name if MAILS[mail].greets_by_name else "", values) for language in languages]
    subject = " / ".join(_subject(mail, language, values) for language in languages)
    page = {"parts": parts, "subject": subject}
    return Rendered(
        languages=languages,
        subject=one_line(subject, SUBJECT_AT_MOST),
        text=_environment().get_template("_frame/page.txt").render(page),
        html=_environment().get_template("_frame/page.html").render(page),
    )


def render_entry(mail: str, wanted: str, values: Mapping[str, Any]) -> Entry:
    """A mail as an entry of the inbox: no greeting, no footer; German where its language has no text."""
    language = wanted if wanted in languages_of(mail) else FALLBACK[0]
    return Entry(language, _subject(mail, language, values), _text(f"{mail}/{language}/body.txt", language, values))


def _part(mail: str, language: str, name: str, values: Mapping[str, Any]) -> _Part:
    folder, frame = f"{mail}/{language}", f"_frame/{language}"
    return _Part(
        language=language,
        direction=words.direction(language),
        greeting=_text(f"{frame}/greeting.txt", language, {"name": one_line(name)}),
        text=_text(f"{folder}/body.txt", language, values),
        # Rendered by the same environment with everything escaped: only the frame puts it in as it is.
        html=Markup(_text(f"{folder}/body.html", language, values)),
        why=_text(f"{folder}/why.txt", language, values),
        footer=_text(f"{frame}/footer.txt", language, {}),
    )


def _subject(mail: str, language: str, values: Mapping[str, Any]) -> str:
    return one_line(_text(f"{mail}/{language}/subject.txt", language, values), SUBJECT_AT_MOST)


def _text(template: str, language: str, values: Mapping[str, Any]) -> str:
    clean = {name: _on_one_line(value) for name, value in values.items()}
    if "reasons" in clean:
        clean["reasons"] = sentences(clean["reasons"], language)
    text = _environment().get_template(template).render({**clean, "language": language}).strip()
    # Where a part was left out, the lines before and after it meet.
    return _GAPS.sub("\n\n", text)


def _on_one_line(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(value, 4000)
    if isinstance(value, Mapping):
        return {name: _on_one_line(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_on_one_line(inner) for inner in value]
    return value


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name) and str(name).endswith(".html"),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(request_word=_request_word)
    environment.filters.update(instant=_instant, day=_day, weekly=_weekly, role=_role, service=_service, shared=_shared)
    return environment


@pass_context
def _instant(context: Context, value: datetime | str) -> str:
    return words.instant(value, context["language"])


@pass_context
def _day(context: Context, value: date | str) -> str:
    return words.day(value, context["language"])


@pass_context
def _weekly(context: Context, value: Any) -> str:
    return words.weekly(value, context["language"])


@pass_context
def _role(context: Context, value: str) -> str:
    return words.role(value, context["language"])


@pass_context
def _shared(context: Context, value: str | None) -> str:
    return words.shared(value, context["language"])


@pass_context
def _request_word(context: Context, value: str, group: str) -> str:
    return request_word(group, value, context["language"])


@pass_context
def _service(context: Context, value: str) -> str:
    return words.service(value, context["language"])
