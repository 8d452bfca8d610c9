"""Searching offers without an account: by place, distance, words, language and day; what is similar; what a district has."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.vocabulary import Role
from shared.runtime.clock import BERLIN
from tests.integration.matching.people import CELLE, GOETTINGEN, HANNOVER, Person, Platform


@pytest.fixture
async def everywhere(platform: Platform, organisation: UUID) -> Person:
    return await platform.member(Role.COORDINATOR, organisation, [CELLE, HANNOVER, GOETTINGEN])


async def titles(platform: Platform, **asked: Any) -> list[str]:
    found = await platform.get("/offers", **asked)
    assert found.status_code == 200, found.text
    return [each["title"] for each in found.json()["items"]]


async def test_the_nearest_come_first_and_distances_are_told(
    platform: Platform, organisation: UUID, everywhere: Person
) -> None:
    for title, district, code in (
        ("Göttingen", GOETTINGEN, "37073"),
        ("Celle", CELLE, "29221"),
        ("Hannover", HANNOVER, "30159"),
        ("Bergen", CELLE, "29303"),
    ):
        await platform.offer(everywhere, organisation, title=title, district=district, postal_code=code)
    near = (await platform.get("/offers", postal_code="29221", distance_km=200, sort="distance")).json()["items"]
    assert [each["title"] for each in near] == ["Celle", "Bergen", "Hannover", "Göttingen"]
    assert [round(each["distance_km"]) for each in near] == [0, 23, 36, 122]
    assert await titles(platform, postal_code="29221", distance_km=30, sort="distance") == ["Celle", "Bergen"]
    assert await titles(platform, postal_code="29221", distance_km=30) == ["Bergen", "Celle"]
    first = (await platform.get("/offers", postal_code="29221", distance_km=200, sort="distance", limit=3)).json()
    rest = await titles(platform, postal_code="29221", distance_km=200, sort="distance", cursor=first["next"])
    assert rest == ["Göttingen"]
    for asked, code in (
        ({"sort": "distance"}, "postal-code-missing"),
        ({"distance_km": 10}, "postal-code-missing"),
        ({"postal_code": "99999"}, "postal-code-unknown"),
        ({"postal_code": "29221", "sort": "-distance"}, "nearest-first-only"),
        ({"sort": "published"}, "newest-first-only"),
        ({"sort": "urgency"}, "newest-first-only"),
        ({"postal_code": "29221", "distance_km": 0}, "invalid-input"),
    ):
        assert (await platform.get("/offers", **asked)).json()["code"] == code


async def test_what_is_stale_sinks_in_every_order_and_pages_go_on(
    platform: Platform, organisation: UUID, everywhere: Person
) -> None:
    for title, urgency in (("Alt", 5), ("Neu", 1), ("Neuer", 2)):
        await platform.offer(everywhere, organisation, title=title, urgency=urgency)
    await platform.execute("UPDATE offers SET is_stale = true WHERE title = 'Alt'")
    assert await titles(platform) == ["Neuer", "Neu", "Alt"]
    assert await titles(platform, sort="-urgency") == ["Neuer", "Neu", "Alt"]
    around: dict[str, Any] = {"postal_code": "29221", "sort": "distance"}
    assert (await titles(platform, **around))[-1] == "Alt"
    orders: list[dict[str, Any]] = [{}, {"sort": "-urgency"}, around]
    for order in orders:
        seen: list[str] = []
        cursor: dict[str, Any] = {}
        for _ in range(3):
            page = (await platform.get("/offers", limit=1, **order, **cursor)).json()
            seen += [each["title"] for each in page["items"]]
            cursor = {"cursor": page["next"]}
        assert page["next"] is None
        assert (sorted(seen), seen[-1]) == (["Alt", "Neu", "Neuer"], "Alt")
    shown = (await platform.get("/offers", format="csv", **around)).text.splitlines()
    assert len(shown) == 4


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Kinder", ["Spielnachmittag"]),
        ("kindern", ["Spielnachmittag"]),
        ("Fahrräder reparieren", ["Fahrradwerkstatt"]),
        ("-Kinder", ["Fahrradwerkstatt"]),
        ('"mit Kindern"', ["Spielnachmittag"]),
        ("Kinder or Fahrrad", ["Fahrradwerkstatt", "Spielnachmittag"]),
        ("x & | ! ( :*", []),
    ],
)
async def test_words_are_german_and_may_be_bent(
    platform: Platform, organisation: UUID, coordinator: Person, words: str, found: list[str]
) -> None:
    await platform.offer(
        coordinator, organisation, title="Spielnachmittag", description="Basteln und Singen mit Kindern."
    )
    await platform.offer(
        coordinator,
        organisation,
        title="Fahrradwerkstatt",
        description="Wir reparieren jedes Fahrrad, viele Fahrräder.",
    )
    assert await titles(platform, text=words) == found


async def test_days_languages_and_topics_narrow(platform: Platform, organisation: UUID, coordinator: Person) -> None:
    friday = [{"day": "friday", "start": "10:00", "end": "12:00"}]
    await platform.offer(coordinator, organisation, title="Freitag", weekly=friday, languages_welcome=[])
    await platform.offer(
        coordinator, organisation, title="Immer", weekly=[], languages_required=["ar"], languages_welcome=["uk"]
    )
    await platform.offer(coordinator, organisation, title="Sport", topic="sport", languages_welcome=["ar"])
    for asked, found in (
        ({"day": "friday"}, ["Freitag"]),
        ({"day": "tuesday"}, ["Sport"]),
        ({"language": "ar"}, ["Sport", "Immer"]),
        ({"language": "ar", "topic": "sport", "day": "tuesday", "postal_code": "29221"}, ["Sport"]),
        ({"day": "friday", "topic": "sport"}, []),
    ):
        assert await titles(platform, **asked) == found
    assert (await platform.get("/offers", day="someday")).json()["code"] == "invalid-input"


async def test_a_day_of_shifts_ends_with_the_last_shift_on_it(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, title="Schichten", weekly=[])
    tomorrow = platform.clock.today() + timedelta(days=1)
    for ahead in (0, 1, 7):
        await platform.shift_of(coordinator, offer, day=(tomorrow + timedelta(days=ahead)).isoformat())
    first, second = (f"{tomorrow + timedelta(days=ahead):%A}".lower() for ahead in (0, 1))
    for days, found in ((0, (True, True)), (3, (True, False)), (10, (False, False))):
        platform.clock.instant = datetime.combine(tomorrow + timedelta(days=days), time(1), BERLIN).astimezone(UTC)
        await platform.let_timer_run("renew-shift-days")
        assert (await titles(platform, day=first) != [], await titles(platform, day=second) != []) == found
    assert await platform.let_timer_run("renew-shift-days") == 0


async def test_whoever_states_an_offer_sees_what_is_similar_near_it(
    platform: Platform, organisation: UUID, coordinator: Person, everywhere: Person
) -> None:
    other = await platform.organisation()
    colleague = await platform.member(Role.COORDINATOR, other)
    same = await platform.offer(colleague, other, title="Lesen und Rechnen")
    words = await platform.offer(colleague, other, title="Hausaufgabenhilfe am Samstag", topic="children")
    await platform.offer(colleague, other, title="Nähen", topic="sewing")
    await platform.offer(everywhere, organisation, title="Hausaufgaben", district=HANNOVER, postal_code="30159")
    draft = await platform.offer(coordinator, organisation, title="Hausaufgabenhilfe", status="draft")
    told = {each["offer_id"]: (each["same_topic"], each["same_organisation"]) for each in draft["similar"]}
    assert told == {same["offer_id"]: (True, False), words["offer_id"]: (False, False)}
    path = f"/offers/{draft['offer_id']}/similar"
    assert len((await platform.get(path, coordinator)).json()) == 2
    assert (await platform.get(path)).status_code == 404
    published = await platform.post(f"/offers/{draft['offer_id']}/publication", coordinator, version=1)
    assert len(published.json()["similar"]) == 2
    assert len((await platform.get(path)).json()) == 2


async def test_a_district_sees_what_is_not_covered_and_what_is_done_twice(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    other = await platform.organisation()
    colleague = await platform.member(Role.COORDINATOR, other)
    await platform.offer(coordinator, organisation, topic="sport", places=3, urgency=5)
    await platform.offer(coordinator, organisation, topic="sewing", places=1, urgency=2)
    taken = await platform.offer(colleague, other, topic="sewing", places=1)
    await platform.request(await platform.volunteer(), taken)
    far = await platform.offer(colleague, other, topic="sport", postal_code="29303")
    admin = await platform.member(Role.DISTRICT_ADMIN, await platform.organisation(), [CELLE])
    seen = (await platform.get(f"/districts/{CELLE}/coverage", admin)).json()
    assert [(each["topic"], each["places_free"], each["offers"]) for each in seen["uncovered"]] == [
        ("sport", 3 + far["places"], 2),
        ("sewing", 1, 2),
    ]
    assert [(each["topic"], each["organisations"]) for each in seen["doubled"]] == [("sewing", 2)]
    assert sorted(seen["doubled"][0]["doubled_by"]) == sorted([str(organisation), str(other)])
    assert (await platform.get(f"/districts/{CELLE}/coverage", coordinator)).status_code == 200
    for person, status in ((await platform.volunteer(), 403), (None, 401)):
        assert (await platform.get(f"/districts/{CELLE}/coverage", person)).status_code == status
    assert (await platform.get(f"/districts/{HANNOVER}/coverage", admin)).status_code == 404
    assert (await platform.get(f"/districts/{HANNOVER}/coverage", coordinator)).status_code == 404


async def test_pages_of_what_is_stale_in_one_place_neither_repeat_nor_leave_out(
    platform: Platform, organisation: UUID, everywhere: Person
) -> None:
    """All of them are equally far away: where a page ends is told exactly."""
    places = [("29303", CELLE), ("29303", CELLE), ("30159", HANNOVER), ("30159", HANNOVER), ("29221", CELLE)]
    for code, district in (*places, *places):
        await platform.offer(everywhere, organisation, postal_code=code, district=district)
    await platform.execute("UPDATE offers SET is_stale = true")
    around: dict[str, Any] = {"postal_code": "29221", "distance_km": 200, "sort": "distance", "limit": 1}
    seen: list[str] = []
    cursor: dict[str, Any] = {}
    for _ in range(10):
        page = (await platform.get("/offers", **around, **cursor)).json()
        seen += [each["offer_id"] for each in page["items"]]
        cursor = {"cursor": page["next"]}
    assert page["next"] is None
    assert len(seen) == len(set(seen)) == 10
