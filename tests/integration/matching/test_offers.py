"""Offers: who may publish, change, close and see them."""

import csv
import io
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts.vocabulary import Role
from tests.integration.matching.people import CELLE, GOETTINGEN, HANNOVER, Person, Platform


async def test_a_published_offer_is_announced_whole_and_seen_by_everybody(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(
        coordinator, organisation, qualifications=["basic"], minimum_age=16, ends_on="2026-12-31", urgency=5
    )
    assert offer["places_free"] == 2 and offer["status"] == "published" and offer["version"] == 1
    (event,) = await platform.announced(offer["offer_id"])
    assert (event.topic, event.type) == ("matching.offers", "offer-created")
    assert event.data is not None
    assert event.data["coordinator_id"] == str(coordinator.subject_id)
    assert event.data["weekly"] == [{"day": "tuesday", "start": "15:00", "end": "17:00"}]
    assert (event.data["minimum_age"], event.data["qualifications"]) == (16, ["basic"])
    seen = await platform.get(f"/offers/{offer['offer_id']}")
    assert offer.pop("similar") == []
    assert offer.items() <= seen.json().items()
    assert seen.headers["ETag"] == '"1"'
    assert "coordinator_id" not in seen.text


@pytest.mark.parametrize("status", ["registered", "suspended"])
async def test_only_a_verified_organisation_publishes(platform: Platform, status: str) -> None:
    organisation_id = await platform.organisation(status)
    coordinator = await platform.member(Role.COORDINATOR, organisation_id)
    answer = await platform.post("/offers", coordinator, platform.offer_body(organisation_id))
    assert (answer.status_code, answer.json()["code"]) == (409, "organisation-not-verified")


async def test_an_organisation_that_is_not_known_yet_is_asked_for_again(platform: Platform) -> None:
    organisation_id = uuid4()
    coordinator = await platform.member(Role.COORDINATOR, organisation_id)
    answer = await platform.post("/offers", coordinator, platform.offer_body(organisation_id))
    assert (answer.status_code, answer.json()["code"]) == (409, "not-yet-known")
    assert answer.headers["Retry-After"] == "1"


async def test_whoever_is_out_of_scope_publishes_nothing(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    body = platform.offer_body(organisation)
    elsewhere = await platform.member(Role.COORDINATOR, organisation, [HANNOVER])
    admin = await platform.member(Role.ORGANISATION_ADMIN, organisation)
    volunteer = await platform.volunteer()
    for person, status in ((elsewhere, 404), (admin, 403), (volunteer, 403), (None, 401)):
        answer = await platform.post("/offers", person, body)
        assert answer.status_code == status, answer.text
    assert await platform.value("SELECT count(*) FROM offers") == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"postal_code": "99999"}, "postal-code-unknown"),
        ({"postal_code": "30159"}, "district-does-not-fit"),
        ({"starts_on": "2026-05-02", "ends_on": "2026-05-01"}, "offer-period"),
        ({"weekly": [{"day": "tuesday", "start": "17:00", "end": "15:00"}]}, "invalid-input"),
        ({"minimum_age": 15}, "invalid-input"),
        ({"places": 0}, "invalid-input"),
        ({"favourite_colour": "blue"}, "invalid-input"),
        ({"languages_required": ["xx"]}, "invalid-input"),
    ],
)
async def test_a_contradictory_offer_is_refused_and_nothing_is_kept(
    platform: Platform, organisation: UUID, coordinator: Person, changes: dict[str, Any], code: str
) -> None:
    answer = await platform.post("/offers", coordinator, platform.offer_body(organisation, **changes))
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert answer.json()["detail_de"] and answer.json()["detail_en"]
    assert await platform.value("SELECT count(*) FROM offers") == 0
    assert await platform.announced() == []


async def test_a_change_needs_the_version_that_was_read(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation)
    path = f"/offers/{offer['offer_id']}"
    assert (await platform.send("PATCH", path, coordinator, {"urgency": 5})).status_code == 428
    assert (await platform.send("PATCH", path, coordinator, {"urgency": 5}, version=7)).status_code == 412
    changed = await platform.send("PATCH", path, coordinator, {"urgency": 5}, version=1)
    assert (changed.status_code, changed.json()["version"], changed.json()["urgency"]) == (200, 2, 5)
    assert await platform.types(offer["offer_id"]) == ["offer-created", "offer-updated"]


async def test_a_change_that_changes_nothing_is_not_announced(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation)
    same = await platform.send(
        "PATCH", f"/offers/{offer['offer_id']}", coordinator, {"urgency": offer["urgency"]}, version=1
    )
    assert same.json()["version"] == 1
    assert await platform.types(offer["offer_id"]) == ["offer-created"]


async def test_an_offer_cannot_be_moved_out_of_the_coordinators_reach(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation)
    path, body = f"/offers/{offer['offer_id']}", {"district": HANNOVER, "postal_code": "30159"}
    assert (await platform.send("PATCH", path, coordinator, body, version=1)).status_code == 404
    both = await platform.member(Role.COORDINATOR, organisation, [CELLE, HANNOVER])
    assert (await platform.send("PATCH", path, both, body, version=1)).json()["place_name"] == "Hannover"


async def test_places_never_fall_below_those_taken(platform: Platform, organisation: UUID, coordinator: Person) -> None:
    offer = await platform.offer(coordinator, organisation, places=2)
    for person in await platform.volunteers(2):
        await platform.request(person, offer)
    answer = await platform.send("PATCH", f"/offers/{offer['offer_id']}", coordinator, {"places": 1}, version=1)
    assert (answer.status_code, answer.json()["code"]) == (409, "places-below-taken")
    assert answer.json()["details"]["places_taken"] == 2


async def test_more_places_go_to_those_who_wait_in_order(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, places=1)
    people = await platform.volunteers(4)
    placements = [await platform.request(person, offer) for person in people]
    answer = await platform.send("PATCH", f"/offers/{offer['offer_id']}", coordinator, {"places": 3}, version=1)
    assert (answer.json()["places_free"], answer.json()["waiting"]) == (0, 1)
    now = [await platform.read_placement(*each) for each in zip(people, placements, strict=True)]
    assert [each["status"] for each in now] == ["requested", "offered", "offered", "waitlisted"]


async def test_closing_declines_the_undecided_and_keeps_the_confirmed(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, places=2)
    people = await platform.volunteers(3)
    placements = [await platform.request(person, offer) for person in people]
    await platform.step(coordinator, placements[0], "confirmation")
    closed = await platform.post(f"/offers/{offer['offer_id']}/closure", coordinator, version=1)
    assert (closed.json()["status"], closed.json()["version"], closed.json()["waiting"]) == ("closed", 2, 0)
    now = [await platform.read_placement(*each) for each in zip(people, placements, strict=True)]
    assert [each["status"] for each in now] == ["confirmed", "declined", "declined"]
    assert (await platform.types(placements[2]["placement_id"]))[-1] == "placement-declined"
    again = await platform.post(f"/offers/{offer['offer_id']}/closure", coordinator, version=2)
    assert (again.status_code, again.json()["code"]) == (409, "offer-closed")
    late = await platform.post("/placements", await platform.volunteer(), {"offer_id": offer["offer_id"]})
    assert (late.status_code, late.json()["code"]) == (409, "offer-closed")


async def test_a_closed_offer_is_seen_by_its_staff_only(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation)
    await platform.post(f"/offers/{offer['offer_id']}/closure", coordinator, version=1)
    admin = await platform.member(Role.ORGANISATION_ADMIN, organisation)
    stranger = await platform.member(Role.COORDINATOR, await platform.organisation())
    for person, status in ((None, 404), (stranger, 404), (coordinator, 200), (admin, 200)):
        assert (await platform.get(f"/offers/{offer['offer_id']}", person)).status_code == status
    listed = await platform.get(f"/organisations/{organisation}/offers", coordinator)
    assert [each["status"] for each in listed.json()["items"]] == ["closed"]
    assert (await platform.get(f"/organisations/{organisation}/offers", stranger)).status_code == 404
    assert (await platform.get("/offers")).json()["items"] == []


async def test_a_coordinator_lists_the_offers_of_their_districts_and_an_admin_all(
    platform: Platform, organisation: UUID
) -> None:
    both = await platform.member(Role.COORDINATOR, organisation, [CELLE, HANNOVER])
    await platform.offer(both, organisation)
    await platform.offer(both, organisation, district=HANNOVER, postal_code="30159")
    one = await platform.member(Role.COORDINATOR, organisation, [HANNOVER])
    admin = await platform.member(Role.ORGANISATION_ADMIN, organisation)
    path = f"/organisations/{organisation}/offers"
    assert [each["district"] for each in (await platform.get(path, one)).json()["items"]] == [HANNOVER]
    assert len((await platform.get(path, admin)).json()["items"]) == 2


async def test_an_organisation_that_is_suspended_disappears_with_its_offers(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, places=1)
    people = await platform.volunteers(2)
    held = await platform.request(people[0], offer)
    await platform.organisation("suspended", organisation)
    assert (await platform.get("/offers")).json()["items"] == []
    assert (await platform.get(f"/offers/{offer['offer_id']}")).status_code == 404
    assert (await platform.suggestions(people[1]))["suggestions"] == []
    late = await platform.post("/placements", people[1], {"offer_id": offer["offer_id"]})
    assert (late.status_code, late.json()["code"]) == (404, "offer-not-found")
    for path in (f"/offers/{offer['offer_id']}/suggestions", f"/placements/{held['placement_id']}"):
        assert (await platform.get(path, coordinator)).json()["code"] == "organisation-not-verified"
    assert (await platform.try_step(coordinator, held, "confirmation")).status_code == 409
    assert (await platform.get("/placements", coordinator)).json()["code"] == "organisation-not-verified"
    await platform.organisation("verified", organisation)
    assert len((await platform.get("/placements", coordinator)).json()["items"]) == 1
    assert len((await platform.get("/offers")).json()["items"]) == 1


async def test_the_public_list_is_filtered_and_paged(platform: Platform, organisation: UUID) -> None:
    both = await platform.member(Role.COORDINATOR, organisation, [CELLE, HANNOVER])
    made = [await platform.offer(both, organisation, title=f"Angebot {number}") for number in range(3)]
    made.append(
        await platform.offer(
            both,
            organisation,
            district=HANNOVER,
            postal_code="30159",
            topic="sport",
            languages_required=["so"],
        )
    )
    ids = [each["offer_id"] for each in made]
    first = (await platform.get("/offers", limit=3)).json()
    rest = (await platform.get("/offers", limit=3, cursor=first["next"])).json()
    assert [each["offer_id"] for each in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next"] is None
    for name, sought in (("district", HANNOVER), ("topic", "sport"), ("language", "so")):
        found = (await platform.client.get("/offers", params={name: sought})).json()["items"]
        assert [each["offer_id"] for each in found] == ids[3:]
    assert len((await platform.get("/offers", language="uk")).json()["items"]) == 4
    assert (await platform.get("/offers", district=GOETTINGEN)).json()["items"] == []
    assert (await platform.get("/offers", cursor="rubbish")).status_code == 400


async def test_an_offer_whose_last_day_has_passed_is_closed_by_itself(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, ends_on="2026-03-05")
    person = await platform.volunteer()
    placement = await platform.request(person, offer)
    assert await platform.let_timer_run("close-offers-that-are-over") == 0
    platform.clock.instant = platform.in_days(4)
    assert (await platform.get(f"/offers/{offer['offer_id']}")).status_code == 404
    assert await platform.let_timer_run("close-offers-that-are-over") == 1
    assert await platform.types(offer["offer_id"]) == ["offer-created", "offer-closed"]
    assert (await platform.read_placement(person, placement))["status"] == "declined"


async def test_a_repeated_post_is_done_once(platform: Platform, organisation: UUID, coordinator: Person) -> None:
    body, key = platform.offer_body(organisation), str(uuid4())
    answers = [await platform.post("/offers", coordinator, body, key=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    assert await platform.value("SELECT count(*) FROM offers") == 1


async def test_the_public_list_is_sorted_and_is_a_file_too(platform: Platform, organisation: UUID) -> None:
    coordinator = await platform.member(Role.COORDINATOR, organisation, [CELLE])
    made = [
        await platform.offer(coordinator, organisation, title=title, urgency=urgency)
        for title, urgency in (("=1+1", 2), ("Zwei; drei", 5), ("Drei", 2))
    ]
    ids = [each["offer_id"] for each in made]

    async def listed(**asked: Any) -> list[str]:
        return [each["offer_id"] for each in (await platform.get("/offers", **asked)).json()["items"]]

    assert await listed() == ids[::-1]
    assert (await platform.get("/offers", sort="published")).json()["code"] == "newest-first-only"
    assert await listed(sort="-urgency") == [ids[1], ids[2], ids[0]]
    assert await listed(organisation_id=str(organisation)) == ids[::-1]
    first = (await platform.get("/offers", sort="-urgency", limit=2)).json()
    assert await listed(sort="-urgency", cursor=first["next"]) == [ids[0]]
    file = await platform.get("/offers", format="csv")
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert [row["title"] for row in rows] == ["Drei", "Zwei; drei", "'=1+1"]
    assert (await platform.get("/offers", topics="sport")).json()["code"] == "unknown-parameter"
    placements = await platform.get("/placements", coordinator, format="csv")
    assert placements.text.splitlines()[0].startswith("\ufeffplacement_id;version;offer_id")


async def test_whoever_is_placed_is_told_of_other_times_and_where_they_overlap(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, places=3)
    busy, free, asks, away = await platform.volunteers(4)
    other = await platform.offer(
        coordinator, organisation, weekly=[{"day": "friday", "start": "15:00", "end": "17:00"}]
    )
    for person in (busy, free):
        await platform.confirmed(coordinator, offer, person)
    await platform.confirmed(coordinator, other, busy)
    await platform.request(asks, offer)
    await platform.step(away, await platform.request(away, other), "withdrawal")
    told = {"weekly": [{"day": "friday", "start": "16:00", "end": "18:00"}], "title": "Freitags (Demo)"}
    for change in (told, {"title": "Immer noch freitags (Demo)"}):
        version = (await platform.read_offer(offer, coordinator))["version"]
        path = f"/offers/{offer['offer_id']}"
        assert (await platform.send("PATCH", path, coordinator, change, version=version)).status_code == 200
        while await platform.let_timer_run("tell-of-moved-offers"):
            pass
    notices = await platform.notices("offer-moved")
    assert {each["volunteer_id"]: each["overlaps"] for each in notices} == {
        str(busy.subject_id): True,
        str(free.subject_id): False,
        str(asks.subject_id): False,
    }
    assert len(notices) == 3 and {each["weekly"][0]["day"] for each in notices} == {"friday"}
