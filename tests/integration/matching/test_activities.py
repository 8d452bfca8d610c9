"""The public directory: who keeps it, who finds what, and what nobody confirms."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts.vocabulary import Role
from tests.integration.matching.people import CELLE, HANNOVER, Person, Platform


def body_of(organisation_id: UUID, **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "organisation_id": str(organisation_id),
        "kind": "language_cafe",
        "title": "Sprachcafé",
        "description": "Reden und Kaffee trinken mit Menschen aus aller Welt.",
        "topic": "language",
        "district": CELLE,
        "postal_code": "29221",
        "venue": "Stadtteilhaus",
        "weekly": [{"day": "thursday", "start": "16:00", "end": "18:00"}],
        "languages": ["uk", "ar"],
    }
    return body | changes


async def entered(platform: Platform, person: Person, organisation_id: UUID, **changes: Any) -> dict[str, Any]:
    return await platform.made("/activities", person, body_of(organisation_id, **changes))


async def titles(platform: Platform, **asked: Any) -> list[str]:
    found = await platform.get("/activities", **asked)
    assert found.status_code == 200, found.text
    return [each["title"] for each in found.json()["items"]]


async def test_everybody_finds_what_there_is(platform: Platform, organisation: UUID) -> None:
    both = await platform.member(Role.COORDINATOR, organisation, [CELLE, HANNOVER])
    cafe = await entered(platform, both, organisation)
    await entered(platform, both, organisation, title="Bergen", postal_code="29303", weekly=[], languages=["fa"])
    await entered(
        platform,
        both,
        organisation,
        title="Fahrradwerkstatt",
        kind="bicycle_workshop",
        topic="bicycles",
        district=HANNOVER,
        postal_code="30159",
    )
    for asked, found in (
        ({}, ["Fahrradwerkstatt", "Bergen", "Sprachcafé"]),
        ({"district": CELLE}, ["Bergen", "Sprachcafé"]),
        ({"topic": "bicycles"}, ["Fahrradwerkstatt"]),
        ({"kind": "language_cafe", "language": "fa"}, ["Bergen"]),
        ({"day": "thursday"}, ["Fahrradwerkstatt", "Sprachcafé"]),
        ({"text": "bergen or werkstatt"}, ["Bergen"]),
        ({"text": "Kaffees -Fahrradwerkstätten -Bergen"}, ["Sprachcafé"]),
        ({"postal_code": "29221", "sort": "distance", "distance_km": 30}, ["Sprachcafé", "Bergen"]),
        ({"postal_code": "29221", "sort": "distance", "distance_km": 60}, ["Sprachcafé", "Bergen", "Fahrradwerkstatt"]),
        ({"organisation_id": str(uuid4())}, []),
    ):
        assert await titles(platform, **asked) == found
    seen = await platform.get(f"/activities/{cafe['activity_id']}")
    assert (seen.json()["place_name"], seen.headers["ETag"]) == ("Celle", '"1"')
    assert "coordinator_id" not in seen.text
    file = await platform.get("/activities", format="csv")
    assert len(file.text.splitlines()) == 4
    assert (await platform.get("/activities", sort="distance")).json()["code"] == "postal-code-missing"
    assert (await platform.get("/activities", sort="published")).json()["code"] == "newest-first-only"


async def test_coordinators_keep_what_lies_in_their_reach(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    stranger = await platform.member(Role.COORDINATOR, await platform.organisation())
    elsewhere = await platform.member(Role.COORDINATOR, organisation, [HANNOVER])
    for person, status in ((stranger, 404), (elsewhere, 404), (await platform.volunteer(), 403), (None, 401)):
        assert (await platform.post("/activities", person, body_of(organisation))).status_code == status
    activity = await entered(platform, coordinator, organisation)
    path = f"/activities/{activity['activity_id']}"
    assert (await platform.send("PATCH", path, stranger, {"title": "Meins"}, version=1)).status_code == 404
    assert (await platform.send("PATCH", path, coordinator, {"title": "Neu"})).status_code == 428
    moved = {"district": HANNOVER, "postal_code": "30159"}
    assert (await platform.send("PATCH", path, coordinator, moved, version=1)).status_code == 404
    admin = await platform.member(Role.ORGANISATION_ADMIN, organisation)
    changed = await platform.send("PATCH", path, admin, {"title": "Neu", "weekly": []}, version=1)
    assert (changed.json()["title"], changed.json()["version"]) == ("Neu", 2)
    assert await titles(platform, day="thursday") == []
    own = await platform.get(f"/organisations/{organisation}/activities", coordinator)
    assert len(own.json()["items"]) == 1
    assert (await platform.get(f"/organisations/{organisation}/activities", elsewhere)).json()["items"] == []
    assert (await platform.get(f"/organisations/{organisation}/activities", stranger)).status_code == 404
    assert (await platform.send("DELETE", path, coordinator, version=2)).status_code == 204
    assert (await platform.get(path)).status_code == 404


async def test_what_nobody_confirms_sinks_says_so_and_somebody_is_reminded_once(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    old = await entered(platform, coordinator, organisation, title="Alt")
    platform.clock.instant = platform.in_days(60)
    await entered(platform, coordinator, organisation, title="Neu")
    await entered(platform, coordinator, organisation, title="Neuer")
    platform.clock.instant = platform.in_days(33)
    assert await platform.let_timer_run("remind-of-activities") == 1
    assert await platform.let_timer_run("remind-of-activities") == 0
    (due,) = await platform.announced(old["activity_id"])
    assert (due.topic, due.type) == ("matching.notices", "activity-confirmation-due")
    assert due.data and due.data["subject_id"] == str(coordinator.subject_id)
    assert await titles(platform) == ["Neuer", "Neu", "Alt"]
    assert await titles(platform, postal_code="29221", sort="distance") in (
        ["Neu", "Neuer", "Alt"],
        ["Neuer", "Neu", "Alt"],
    )
    stale = await platform.read(f"/activities/{old['activity_id']}")
    assert stale["is_stale"] is True
    waiting = await platform.get(f"/organisations/{organisation}/activities", coordinator, is_stale="true")
    assert [each["title"] for each in waiting.json()["items"]] == ["Alt"]
    confirmed = await platform.post(
        f"/activities/{old['activity_id']}/confirmation", coordinator, version=stale["version"]
    )
    assert (confirmed.json()["is_stale"], confirmed.json()["version"]) == (False, 3)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"postal_code": "99999"}, "postal-code-unknown"),
        ({"postal_code": "30159"}, "district-does-not-fit"),
        ({"translations": {"de": {"title": "x"}}}, "translation-into-german"),
        ({"website": "javascript:alert(1)"}, "invalid-input"),
        ({"kind": "Language café"}, "invalid-input"),
        ({"languages": ["xx"]}, "invalid-input"),
        ({"translations": {"xx": {"title": "x"}}}, "invalid-input"),
    ],
)
async def test_an_entry_that_cannot_be_is_refused(
    platform: Platform, organisation: UUID, coordinator: Person, changes: dict[str, Any], code: str
) -> None:
    answer = await platform.post("/activities", coordinator, body_of(organisation, **changes))
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_an_organisation_that_is_suspended_disappears_from_the_directory(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    activity = await entered(platform, coordinator, organisation)
    await platform.organisation("suspended", organisation)
    assert await titles(platform) == []
    assert (await platform.get(f"/activities/{activity['activity_id']}")).status_code == 404
    late = await platform.post("/activities", coordinator, body_of(organisation))
    assert late.json()["code"] == "organisation-not-verified"
