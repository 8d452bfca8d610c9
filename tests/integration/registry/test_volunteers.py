"""A volunteer registers, confirms, changes what they told; nobody learns who is registered."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.registry.platform import CELLE, REGISTRATION, Person, Registry


async def test_nothing_is_announced_of_a_volunteer_before_they_confirm(registry: Registry) -> None:
    volunteer_id = await registry.register()
    assert [(e.topic, e.type) for e in await registry.announced()] == [
        ("registry.volunteer-contacts", "volunteer-contact-updated"),
        ("registry.notices", "confirmation-requested"),
    ]
    answer = await registry.post(
        "/volunteers/confirmation", None, {"token": registry.link("confirmation", volunteer_id)}
    )
    assert answer.status_code == 200
    state = await registry.last("volunteer-registered")
    assert state["volunteer_id"] == str(volunteer_id)
    assert (state["version"], state["district"], state["age_reached"], state["reach_km"]) == (1, CELLE, 18, 15)
    assert state["languages"] == REGISTRATION["languages"]


async def test_no_name_address_or_birth_date_is_in_what_everybody_reads(registry: Registry) -> None:
    await registry.volunteer()
    for event in await registry.announced():
        if event.topic != "registry.volunteer-contacts":
            for secret in ("Mensch", "example.org", "1990"):
                assert secret not in str(event.data)


async def test_the_date_of_birth_is_not_stored(registry: Registry) -> None:
    person, _ = await registry.volunteer(birth_date="2009-01-10")
    row = await registry.value("SELECT row_to_json(v)::text FROM volunteers AS v")
    assert "2009-01-10" not in row
    assert "2025-01-10" not in row
    exported = (await registry.get("/me/export", person)).json()
    assert exported["volunteer"]["reaches_18_on"] == "2027-01-10"


async def test_turning_eighteen_is_announced(registry: Registry) -> None:
    person, _ = await registry.volunteer(birth_date="2008-03-03")
    assert (await registry.last("volunteer-registered"))["age_reached"] == 16
    assert await registry.let_timer_run("reach-thresholds-of-age") == 0
    registry.clock.advance(timedelta(days=1))
    assert await registry.let_timer_run("reach-thresholds-of-age") == 1
    state = await registry.last("volunteer-updated")
    assert (state["age_reached"], state["version"]) == (18, 2)
    assert (
        await registry.value("SELECT reaches_18_on FROM volunteers WHERE volunteer_id = $1", person.subject_id) is None
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"postal_code": "00000"}, "postal-code-unknown"),
        ({"postal_code": "99999"}, "postal-code-unknown"),
        ({"postal_code": "80331"}, "place-not-served"),
        ({"postal_code": "29221", "district": "03159"}, "district-not-here"),
        ({"birth_date": "2014-03-02"}, "too-young"),
        ({"wishes": ["world_peace"]}, "term-unknown"),
        ({"skills": ["Kochen"]}, "invalid-input"),
        ({"skills": ["juggling"]}, "term-unknown"),
        ({"birth_date": "2030-01-01"}, "birth-date-impossible"),
        ({"consent": False}, "invalid-input"),
        ({"mail": "no mail"}, "invalid-input"),
        ({"name": "x" * 201}, "invalid-input"),
        ({"unknown": 1}, "invalid-input"),
        ({"languages": [{"language": "de", "level": "B1"}, {"language": "de", "level": "C1"}]}, "invalid-input"),
    ],
)
async def test_what_is_wrong_is_said_in_two_languages_and_nothing_is_stored(
    registry: Registry, changes: dict[str, Any], code: str
) -> None:
    answer = await registry.post("/volunteers", None, REGISTRATION | changes)
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == code
    assert problem["detail_de"] != problem["detail_en"]
    assert await registry.value("SELECT count(*) FROM volunteer_contacts") == 0
    assert await registry.announced() == []


async def test_where_several_districts_come_in_question_the_volunteer_chooses(registry: Registry) -> None:
    place = (await registry.get("/places/29303")).json()
    assert len(place["districts"]) > 1
    answer = await registry.post("/volunteers", None, REGISTRATION | {"postal_code": "29303"})
    assert answer.json()["code"] == "district-needed"
    assert answer.json()["details"]["districts"] == place["districts"]
    person, _ = await registry.volunteer(postal_code="29303", district=CELLE)
    assert (await registry.get("/volunteers/me", person)).json()["district"] == CELLE


async def test_the_answer_is_the_same_whether_the_address_is_known(registry: Registry) -> None:
    unknown = await registry.post("/volunteers", None, REGISTRATION)
    unconfirmed = await registry.post("/volunteers", None, REGISTRATION | {"mail": "Demo.Mensch@Example.ORG"})
    volunteer_id = (await registry.announced("confirmation-requested"))[0].key
    token = registry.link("confirmation", volunteer_id)
    await registry.post("/volunteers/confirmation", None, {"token": token})
    confirmed = await registry.post("/volunteers", None, REGISTRATION)
    nobody = await registry.post("/sign-in", None, {"mail": "nobody@example.org"})
    somebody = await registry.post("/sign-in", None, {"mail": REGISTRATION["mail"]})
    answers = [unknown, unconfirmed, confirmed, nobody, somebody]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert len({frozenset(answer.headers) for answer in answers}) == 1
    assert await registry.value("SELECT count(*) FROM volunteers") == 1
    assert [e.type for e in await registry.announced()] == [
        "volunteer-contact-updated",
        "confirmation-requested",
        "volunteer-contact-updated",
        "confirmation-requested",
        # Of the other one with that address nothing is left.
        "tombstone",
        "volunteer-registered",
        "consent-given",
        "sign-in-requested",
        "sign-in-requested",
    ]


async def test_mails_to_one_address_are_limited_whether_it_is_known_or_not(registry: Registry) -> None:
    for mail in (REGISTRATION["mail"], "nobody@example.org"):
        answers = [await registry.post("/sign-in", None, {"mail": mail}) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [202] * 5 + [429]


async def test_an_unconfirmed_registration_keeps_nobody_else_from_the_address(registry: Registry) -> None:
    stranger = await registry.register(name="Demo Fremd")
    owner = await registry.register(name="Demo Mensch")
    assert stranger != owner
    body = {"token": registry.link("confirmation", owner)}
    confirmed = await registry.post("/volunteers/confirmation", None, body)
    assert confirmed.json()["volunteer_id"] == str(owner)
    person = Person(confirmed.json()["access_token"], owner)
    assert (await registry.get("/volunteers/me", person)).json()["name"] == "Demo Mensch"
    assert await registry.value("SELECT count(*) FROM volunteers") == 1
    assert await registry.value("SELECT count(*) FROM volunteer_contacts") == 1
    late = await registry.post("/volunteers/confirmation", None, {"token": registry.link("confirmation", stranger)})
    assert (late.status_code, late.json()["code"]) == (422, "link-expired")


async def test_of_many_registrations_with_one_address_the_first_confirmed_has_it(registry: Registry) -> None:
    volunteers = [await registry.register(name=f"Demo {number}") for number in range(4)]
    tokens = [registry.link("confirmation", volunteer_id) for volunteer_id in volunteers]
    answers = await asyncio.gather(
        *(registry.post("/volunteers/confirmation", None, {"token": token}) for token in tokens)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]
    assert len(await registry.announced("volunteer-registered")) == 1
    assert await registry.value("SELECT count(*) FROM volunteer_contacts") == 1


async def test_a_link_confirms_once_and_the_same_request_may_come_again(registry: Registry) -> None:
    body = {"token": registry.link("confirmation", await registry.register())}
    first = await registry.post("/volunteers/confirmation", None, body, key="first-request")
    again = await registry.post("/volunteers/confirmation", None, body, key="first-request")
    other = await registry.post("/volunteers/confirmation", None, body)
    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 409)
    assert other.json()["code"] == "link-used"
    assert first.json()["volunteer_id"] == again.json()["volunteer_id"]
    assert len(await registry.announced("volunteer-registered")) == 1


@pytest.mark.parametrize("purpose", ["sign-in", "invitation"])
async def test_a_link_for_something_else_does_not_confirm(registry: Registry, purpose: str) -> None:
    token = registry.link(purpose, await registry.register())
    answer = await registry.post("/volunteers/confirmation", None, {"token": token})
    assert (answer.status_code, answer.json()["code"]) == (422, "link-invalid")


async def test_a_forged_link_does_not_confirm(registry: Registry) -> None:
    token = registry.link("confirmation", await registry.register(), key=registry.staff_key)
    answer = await registry.post("/volunteers/confirmation", None, {"token": token})
    assert (answer.status_code, answer.json()["code"]) == (422, "link-invalid")


async def test_whoever_does_not_confirm_in_time_is_forgotten(registry: Registry) -> None:
    volunteer_id = await registry.register()
    token = registry.link("confirmation", volunteer_id)
    registry.clock.advance(timedelta(days=6, hours=23))
    assert await registry.let_timer_run("forget-unconfirmed") == 0
    registry.clock.advance(timedelta(hours=2))
    assert await registry.let_timer_run("forget-unconfirmed") == 1
    for table in ("volunteers", "volunteer_contacts", "consents"):
        assert await registry.value(f"SELECT count(*) FROM {table}") == 0
    buried = (await registry.announced())[-1]
    assert (buried.topic, buried.key, buried.data) == ("registry.volunteer-contacts", str(volunteer_id), None)
    assert (await registry.post("/volunteers/confirmation", None, {"token": token})).status_code == 422


async def test_a_volunteer_changes_what_they_told(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    path = f"/volunteers/{person.subject_id}"
    seen = await registry.get(path, person)
    assert seen.headers["etag"] == '"1"'
    answer = await registry.send("PATCH", path, person, {"reach_km": 30, "paused": True, "name": "Demo Neu"}, version=1)
    assert answer.status_code == 200
    assert (answer.json()["version"], answer.json()["reach_km"], answer.json()["name"]) == (2, 30, "Demo Neu")
    state = await registry.last("volunteer-updated")
    assert (state["version"], state["reach_km"], state["paused"]) == (2, 30, True)
    assert state["skills"] == ["cooking"]
    contact = await registry.last("volunteer-contact-updated")
    assert (contact["version"], contact["name"]) == (2, "Demo Neu")
    stale = await registry.send("PATCH", path, person, {"reach_km": 31}, version=1)
    assert (stale.status_code, stale.json()["code"]) == (412, "version-mismatch")
    assert (await registry.send("PATCH", path, person, {"reach_km": 31})).status_code == 428


async def test_a_change_that_changes_nothing_announces_nothing(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    before = len(await registry.announced())
    answer = await registry.send(
        "PATCH", f"/volunteers/{person.subject_id}", person, {"skills": ["cooking"], "reach_km": 15}, version=1
    )
    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert len(await registry.announced()) == before


async def test_absences_and_a_new_place(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    absence = {"first_day": "2026-08-01", "last_day": "2026-08-14"}
    answer = await registry.send(
        "PATCH",
        f"/volunteers/{person.subject_id}",
        person,
        {"postal_code": "38518", "district": "03151", "absences": [absence]},
        version=1,
    )
    assert answer.status_code == 200, answer.text
    state = await registry.last("volunteer-updated")
    assert (state["postal_code"], state["district"], state["absences"]) == ("38518", "03151", [absence])
    backwards = {"first_day": "2026-08-14", "last_day": "2026-08-01"}
    refused = await registry.send(
        "PATCH", f"/volunteers/{person.subject_id}", person, {"absences": [backwards]}, version=2
    )
    assert refused.status_code == 422


async def test_others_are_not_found(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    other, _ = await registry.volunteer(mail="other@example.org")
    for method, path in (
        ("GET", f"/volunteers/{other.subject_id}"),
        ("GET", f"/persons/{other.subject_id}/export"),
        ("PATCH", f"/volunteers/{other.subject_id}"),
        ("POST", f"/volunteers/{other.subject_id}/erasure"),
        ("GET", f"/volunteers/{uuid4()}"),
    ):
        answer = await registry.send(method, path, person, {} if method == "PATCH" else None, version=1)
        assert answer.status_code == 404, (method, path, answer.text)
    assert (await registry.get("/volunteers/me")).status_code == 401


async def test_the_export_holds_everything(registry: Registry) -> None:
    person, _ = await registry.volunteer()
    for path in ("/me/export", f"/persons/{person.subject_id}/export"):
        exported = (await registry.get(path, person)).json()
        assert exported["address"]["mail"] == REGISTRATION["mail"]
        assert exported["address"]["name"] == REGISTRATION["name"]
        (consent,) = exported["consents"]
        assert (consent["purpose"], consent["text_version"], consent["channel"]) == ("processing", "2026-01", "web")
        assert len(exported["sign_ins"]) == 1


async def test_what_is_refused_does_not_use_up_the_mails_to_an_address(registry: Registry) -> None:
    """Nobody learns by it whether the address is known: what is refused is refused before it is looked at."""
    for changes in ({"postal_code": "29303"}, {"consent_text_version": "2019-01"}, {"postal_code": "00001"}) * 2:
        assert (await registry.post("/volunteers", None, REGISTRATION | changes)).status_code == 422
    answers = [await registry.post("/volunteers", None, REGISTRATION) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
