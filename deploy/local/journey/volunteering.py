"""The steps of a volunteer: registration by a mailed link, what is missing, the course, the suggestion, the placement."""

from typing import Any

from deploy.local.journey.mails import link_of, token_of
from deploy.local.journey.organisation import POSTAL_CODE
from deploy.local.journey.people import Person
from deploy.local.journey.walk import Walk

CONFIRMATION = "/volunteers/confirmation"


def first_registers(walk: Walk) -> None:
    """The volunteer of this journey registers and confirms."""
    registers_and_confirms(walk, walk.people.volunteers[0], "uk")


def others_register(walk: Walk) -> None:
    """So do the two who will want the last place."""
    for person, language in zip(walk.people.volunteers[1:], ("ar", "uk"), strict=True):
        registers_and_confirms(walk, person, language)


def registers_and_confirms(walk: Walk, person: Person, language: str) -> None:
    """Registration, mail by SMTP, its link: GET shows a button and does nothing, POST confirms and signs in."""
    walk.calls.post(
        None,
        "registry",
        "/volunteers",
        {
            "name": person.name,
            "mail": person.mail,
            "language": "de",
            "postal_code": POSTAL_CODE,
            "languages": [{"language": language, "level": "native"}, {"language": "de", "level": "B2"}],
            "wishes": ["homework"],
            "availability": [{"day": "tuesday", "part": "afternoon"}],
            "travel": ["bicycle"],
            "consent": True,
            "consent_text_version": "2026-01",
            "consents": [
                {"purpose": "suggestions_by_mail", "text_version": "2026-01"},
                {"purpose": "contact_by_organisations", "text_version": "2026-01"},
            ],
        },
        expected=202,
    )
    mail = walk.mails.wait_for(person, "Bitte bestätigen", "registry")
    token = token_of(link_of(mail, CONFIRMATION))
    person.secrets.append(token)
    for told in ("a page with a button", "once more, nothing has happened"):
        page = walk.calls.get(None, "registry", f"{CONFIRMATION}?token={token}", told=f"GET {CONFIRMATION}: {told}")
        walk.expect('method="post"' in page.text and "<button" in page.text, "a page with a button", page.text)
    # The link is still good: looking at it twice, as mail scanners do, has not used it up.
    tokens = walk.calls.post(None, "registry", CONFIRMATION, {"token": token}).json
    person.subject_id = tokens["volunteer_id"]
    person.holds(tokens["access_token"])
    person.secrets.append(tokens["refresh_token"])
    me = walk.calls.get(person, "registry", "/volunteers/me").json
    walk.expect(me["mail"] == person.mail, "the volunteer who registered", me)


def nothing_is_suggested(walk: Walk) -> None:
    """No suggestion; but what is missing for the offer, and a course that would help."""
    person = walk.people.volunteers[0]
    found = walk.calls.until(
        person,
        "matching",
        f"/volunteers/{person.subject_id}/suggestions",
        lambda answer: _missing(walk, answer) is not None,
        hop=("registry", "the volunteer is known"),
        expected="the offer, with what is missing for it,",
    )
    walk.expect(_suggested(walk, found) is None, "no suggestion yet", found)
    lacking = _missing(walk, found)
    assert lacking is not None
    basic = next(each for each in lacking["missing"] if each["requirement"] == "qualification")
    walk.telling.note(basic["sentence"])
    if basic["course"] is None:
        walk.calls.until(
            person,
            "matching",
            f"/volunteers/{person.subject_id}/suggestions",
            lambda answer: _course_named(walk, answer),
            hop=("training", "the course is known"),
            expected="a course that would help",
        )


def first_completes_the_course(walk: Walk) -> None:
    """The volunteer of this journey becomes qualified."""
    _complete_the_course(walk, walk.people.volunteers[:1])


def others_complete_the_course(walk: Walk) -> None:
    """So do the two others."""
    _complete_the_course(walk, walk.people.volunteers[1:])


def _complete_the_course(walk: Walk, persons: tuple[Person, ...]) -> None:
    """They enrol, the trainer records that they came, and each holds the qualification."""
    for person in persons:
        enrolled = walk.calls.post(
            person,
            "training",
            f"/courses/{walk.course['course_id']}/enrolments",
            expected=201,
            hop=("registry", "the volunteer is known"),
            told="POST /courses/…/enrolments",
        ).json
        walk.expect(enrolled["status"] == "enrolled", "a place in the course", enrolled)
        walk.enrolments[str(person.subject_id)] = enrolled["enrolment_id"]
    _record_attendance(walk)
    for person in persons:
        mine = walk.calls.get(person, "training", "/qualifications").json["items"]
        walk.expect([each["qualification"] for each in mine] == ["basic"], "the qualification „basic“", mine)
        walk.mails.wait_for(person, "Kurs abgeschlossen", "training")


def _record_attendance(walk: Walk) -> None:
    trainer = walk.people.trainer
    session = walk.course["sessions"][0]["session_id"]
    path = f"/courses/{walk.course['course_id']}/sessions/{session}/attendance"
    before = walk.calls.get(trainer, "training", path, told="")
    walk.calls.call(
        trainer,
        "training",
        "PUT",
        path,
        {"attended": sorted(walk.enrolments.values()), "absent": []},
        expected=200,
        version=before.version,
        told="PUT /courses/…/sessions/…/attendance",
    )


def offer_is_suggested(walk: Walk) -> None:
    """Matching suggests the offer with its reasons, and a mail tells of it."""
    person = walk.people.volunteers[0]
    found = walk.calls.until(
        person,
        "matching",
        f"/volunteers/{person.subject_id}/suggestions",
        lambda answer: _suggested(walk, answer) is not None,
        hop=("training", "the qualification counts, the offer is suggested"),
        expected="the offer among the suggestions",
    )
    suggestion = _suggested(walk, found)
    assert suggestion is not None
    walk.expect(len(suggestion["parts"]) >= 3, "reasons", suggestion)
    walk.telling.note(" ".join(part["sentence"] for part in suggestion["parts"]))
    walk.mails.wait_for(person, f"Ein Engagement, das zu Ihnen passt: {walk.offer['title']}", "matching")


def placement_is_confirmed(walk: Walk) -> None:
    """The volunteer asks, the coordinator is told and confirms, both get mail."""
    person = walk.people.volunteers[0]
    placement = request(walk, person)
    walk.expect(placement["status"] == "requested", "a requested placement", placement)
    walk.mails.wait_for(walk.people.coordinator, f"Anfrage für: {walk.offer['title']}", "matching")
    confirm(walk, placement)
    walk.mails.wait_for(person, f"Ihr Einsatz ist bestätigt: {walk.offer['title']}", "matching")
    walk.mails.wait_for(walk.people.coordinator, f"Einsatz bestätigt: {walk.offer['title']}", "matching")


def request(walk: Walk, person: Person) -> dict[str, Any]:
    """The volunteer asks for the placement."""
    answer = walk.calls.post(
        person,
        "matching",
        "/placements",
        {"offer_id": walk.offer["offer_id"]},
        expected=201,
        not_yet=("requirements-missing",),
    )
    walk.placements[str(person.subject_id)] = answer.json
    found: dict[str, Any] = answer.json
    return found


def confirm(walk: Walk, placement: dict[str, Any]) -> None:
    """The coordinator confirms."""
    confirmed = walk.calls.post(
        walk.people.coordinator,
        "matching",
        f"/placements/{placement['placement_id']}/confirmation",
        version=placement["version"],
        told="POST /placements/…/confirmation",
    ).json
    walk.expect(confirmed["status"] == "confirmed", "a confirmed placement", confirmed)


def _suggested(walk: Walk, answer: dict[str, Any]) -> dict[str, Any] | None:
    return _of_offer(walk, answer["suggestions"])


def _missing(walk: Walk, answer: dict[str, Any]) -> dict[str, Any] | None:
    return _of_offer(walk, answer["missing"])


def _course_named(walk: Walk, answer: dict[str, Any]) -> bool:
    lacking = _missing(walk, answer)
    return lacking is not None and any(each["course"] for each in lacking["missing"])


def _of_offer(walk: Walk, entries: list[dict[str, Any]]) -> dict[str, Any] | None:
    return next((entry for entry in entries if entry["offer"]["offer_id"] == walk.offer["offer_id"]), None)
