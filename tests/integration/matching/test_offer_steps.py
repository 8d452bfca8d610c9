"""Offers on their way: drafts, pausing, filled by itself, confirmation, decay, templates."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts import registry
from shared.contracts.vocabulary import Role
from tests.integration.matching.people import CELLE, HANNOVER, Person, Platform


async def moved(platform: Platform, person: Person, offer: dict[str, Any], step: str) -> dict[str, Any]:
    answer = await platform.post(f"/offers/{offer['offer_id']}/{step}", person, version=offer["version"])
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_draft_is_known_to_its_organisation_only_until_it_is_published(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    draft = await platform.offer(coordinator, organisation, status="draft")
    changed = await platform.send(
        "PATCH", f"/offers/{draft['offer_id']}", coordinator, {"places": 4, "urgency": 4}, version=1
    )
    assert (changed.json()["status"], changed.json()["places"]) == ("draft", 4)
    assert await platform.announced() == []
    assert (await platform.get(f"/offers/{draft['offer_id']}")).status_code == 404
    assert (await platform.get("/offers")).json()["items"] == []
    listed = await platform.get(f"/organisations/{organisation}/offers", coordinator, status="draft")
    assert [each["offer_id"] for each in listed.json()["items"]] == [draft["offer_id"]]
    volunteer = await platform.volunteer()
    asked = await platform.post("/placements", volunteer, {"offer_id": draft["offer_id"]})
    assert asked.status_code in (404, 409)
    published = await moved(platform, coordinator, changed.json(), "publication")
    assert published["status"] == "published"
    assert await platform.types(draft["offer_id"]) == ["offer-created"]
    again = await platform.post(f"/offers/{draft['offer_id']}/publication", coordinator, version=published["version"])
    assert (again.status_code, again.json()["code"]) == (409, "offer-step-impossible")
    assert again.json()["details"]["possible"] == ["pause", "close"]


async def test_a_draft_is_closed_without_anybody_having_heard_of_it(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    draft = await platform.offer(coordinator, organisation, status="draft", ends_on="2026-03-05")
    platform.clock.instant = platform.in_days(10)
    late = await platform.post(f"/offers/{draft['offer_id']}/publication", coordinator, version=1)
    assert late.json()["code"] == "offer-over"
    assert (await moved(platform, coordinator, draft, "closure"))["status"] == "closed"
    assert await platform.announced() == []


async def test_a_paused_offer_is_hidden_and_its_list_stays(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, places=1)
    people = await platform.volunteers(3)
    placements = [await platform.request(person, offer) for person in people[:2]]
    paused = await moved(platform, coordinator, offer, "pause")
    assert (paused["status"], paused["waiting"]) == ("paused", 1)
    assert (await platform.get("/offers")).json()["items"] == []
    late = await platform.post("/placements", people[2], {"offer_id": offer["offer_id"]})
    assert late.status_code == 409
    await platform.step(people[0], placements[0], "withdrawal")
    await platform.let_timer_run("move-waiting-lists")
    assert (await platform.read_placement(people[1], placements[1]))["status"] == "waitlisted"
    resumed = await moved(platform, coordinator, paused, "resumption")
    assert resumed["status"] == "published"
    await platform.let_timer_run("move-waiting-lists")
    assert (await platform.read_placement(people[1], placements[1]))["status"] == "offered"
    assert await platform.types(offer["offer_id"]) == ["offer-created", "offer-updated", "offer-updated"]


async def test_an_offer_is_filled_and_not_filled_any_more_by_itself(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, places=1)
    people = await platform.volunteers(2)
    first = await platform.request(people[0], offer)
    assert (await platform.read_offer(offer))["status"] == "published"
    confirmed = await platform.step(coordinator, first, "confirmation")
    assert (await platform.read_offer(offer))["status"] == "filled"
    waiting = await platform.request(people[1], offer)
    assert waiting["status"] == "waitlisted"
    assert len((await platform.get("/offers")).json()["items"]) == 1
    await platform.step(people[0], confirmed, "withdrawal")
    seen = await platform.read_offer(offer)
    assert (seen["status"], seen["version"]) == ("published", 3)
    assert (await platform.read_placement(people[1], waiting))["status"] == "offered"
    states = [each.data and each.data["status"] for each in await platform.announced(offer["offer_id"])]
    assert states == ["published", "filled", "published"]


async def test_more_places_open_a_filled_offer_again(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation, places=1)
    placement = await platform.request(await platform.volunteer(), offer)
    await platform.step(coordinator, placement, "confirmation")
    filled = await platform.read_offer(offer)
    more = await platform.send(
        "PATCH", f"/offers/{offer['offer_id']}", coordinator, {"places": 2}, version=filled["version"]
    )
    assert (more.json()["status"], more.json()["places_free"]) == ("published", 1)


async def test_what_nobody_confirms_is_stale_after_three_months_and_somebody_is_reminded_once(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation)
    draft = await platform.offer(coordinator, organisation, status="draft")
    platform.clock.instant = platform.in_days(92)
    assert await platform.let_timer_run("remind-of-offers") == 0
    platform.clock.instant = platform.in_days(1)
    assert await platform.let_timer_run("remind-of-offers") == 1
    assert await platform.let_timer_run("remind-of-offers") == 0
    stale = await platform.read_offer(offer)
    assert (stale["is_stale"], (await platform.read_offer(draft, coordinator))["is_stale"]) == (True, False)
    *_, last, due = await platform.announced(offer["offer_id"])
    assert (last.type, last.data and last.data["is_stale"]) == ("offer-updated", True)
    assert (due.type, due.data and due.data["subject_id"]) == ("offer-confirmation-due", str(coordinator.subject_id))
    confirmed = await moved(platform, coordinator, stale, "confirmation")
    assert (confirmed["is_stale"], confirmed["confirmed_on"] > stale["confirmed_on"]) == (False, True)


async def test_when_the_coordinator_has_left_the_organisations_admins_are_reminded(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(coordinator, organisation)
    admin = await platform.member(Role.ORGANISATION_ADMIN, organisation)
    await platform.member(Role.COORDINATOR, await platform.organisation(), subject_id=coordinator.subject_id)
    platform.clock.instant = platform.in_days(100)
    await platform.let_timer_run("remind-of-offers")
    due = [each for each in await platform.announced(offer["offer_id"]) if each.type == "offer-confirmation-due"]
    assert [each.data and each.data["subject_id"] for each in due] == [str(admin.subject_id)]


async def test_urgency_decays_and_the_order_follows(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    decaying = await platform.offer(
        coordinator, organisation, urgency=5, urgency_half_life_days=7, urgency_reason="Notunterkunft"
    )
    steady = await platform.offer(coordinator, organisation, urgency=4)
    ids = [decaying["offer_id"], steady["offer_id"]]

    async def order() -> list[str]:
        return [each["offer_id"] for each in (await platform.get("/offers", sort="-urgency")).json()["items"]]

    assert await order() == ids
    platform.clock.instant = platform.in_days(7)
    assert await platform.let_timer_run("let-urgency-decay") == 1
    assert await platform.let_timer_run("let-urgency-decay") == 0
    assert await order() == ids[::-1]
    seen = await platform.read_offer(decaying)
    assert (seen["urgency"], seen["effective_urgency"], seen["urgency_reason"]) == (5, 3.0, "Notunterkunft")
    await platform.send("PATCH", f"/offers/{ids[0]}", coordinator, {"urgency": 5}, version=1)
    assert (await platform.read_offer(decaying))["effective_urgency"] == 3.0, "the same again is no change"
    await platform.send("PATCH", f"/offers/{ids[0]}", coordinator, {"urgency": 4}, version=1)
    assert (await platform.read_offer(decaying))["effective_urgency"] == 4.0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"clearance_basis": "sgb8_72a"}, "clearance-without-basis"),
        ({"clearance_activity": "homework_help"}, "clearance-without-basis"),
        ({"clearance_basis": "other", "clearance_activity": "sport"}, "clearance-without-basis"),
        ({"languages_required": ["uk", "ar"], "language_levels": ["B1"]}, "language-levels"),
        ({"translations": {"de": {"title": "Hilfe"}}}, "translation-into-german"),
        ({"translations": {f"a{letter}": {"title": "x"} for letter in "abcdefghijklm"}}, "invalid-input"),
        ({"urgency_half_life_days": 0}, "invalid-input"),
    ],
)
async def test_requirements_that_cannot_be_are_refused(
    platform: Platform, organisation: UUID, coordinator: Person, changes: dict[str, Any], code: str
) -> None:
    answer = await platform.post("/offers", coordinator, platform.offer_body(organisation, **changes))
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_named_contact_and_a_task_boundary_are_ones_own(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    contacts = {"own": uuid4(), "of others": uuid4()}
    for name, organisation_id in (("own", organisation), ("of others", uuid4())):
        await platform.hear(
            registry.ContactRegistered(
                contact_id=contacts[name], version=1, organisation_id=organisation_id, district=CELLE, topic="sport"
            )
        )
    agreed = {"responsible_organisation_id": organisation, "tasks": (), "agreed_on": "2026-01-01"}
    boundaries = {"agreed": uuid4(), "proposed": uuid4(), "elsewhere": uuid4()}
    for name, boundary_id in boundaries.items():
        sides: dict[str, Any] = {
            "boundary_id": boundary_id,
            "version": 1,
            "district": HANNOVER if name == "elsewhere" else CELLE,
            "kind_of_activity": "homework_help",
            "organisation_ids": (organisation, uuid4()),
            "status": "proposed" if name == "proposed" else "agreed",
        }
        terms = {"revision": 1, "valid_until": "2026-12-31", **agreed}
        await platform.hear(
            registry.BoundaryProposed.model_validate(sides)
            if name == "proposed"
            else registry.BoundaryAgreed.model_validate(sides | {"agreed": terms})
        )
    for changes, code in (
        ({"contact_id": str(contacts["of others"])}, "contact-not-of-organisation"),
        ({"contact_id": str(uuid4())}, "not-yet-known"),
        ({"boundary_id": str(boundaries["proposed"])}, "boundary-does-not-fit"),
        ({"boundary_id": str(boundaries["elsewhere"])}, "boundary-does-not-fit"),
        ({"boundary_id": str(uuid4())}, "not-yet-known"),
    ):
        answer = await platform.post("/offers", coordinator, platform.offer_body(organisation, **changes))
        assert answer.json()["code"] == code
    ones_own = {"contact_id": str(contacts["own"]), "boundary_id": str(boundaries["agreed"])}
    offer = await platform.offer(coordinator, organisation, **ones_own)
    assert ones_own.items() <= offer.items()
    await platform.hear(registry.ContactWithdrawn(contact_id=contacts["own"], version=2))
    changed = await platform.send("PATCH", f"/offers/{offer['offer_id']}", coordinator, {"places": 3}, version=1)
    assert changed.status_code == 200, "what stays as it was is not asked again"


async def test_levels_stay_with_their_languages(platform: Platform, organisation: UUID, coordinator: Person) -> None:
    offer = await platform.offer(
        coordinator, organisation, languages_required=["uk", "ar", "uk"], language_levels=["B2", "A1", "C1"]
    )
    assert (offer["languages_required"], offer["language_levels"]) == (["uk", "ar"], ["B2", "A1"])
    changed = await platform.send(
        "PATCH", f"/offers/{offer['offer_id']}", coordinator, {"languages_required": ["fa", "uk"]}, version=1
    )
    assert changed.json()["language_levels"] == ["A2", "B2"]
    (_, event) = await platform.announced(offer["offer_id"])
    assert event.data and event.data["language_levels"] == ["A2", "B2"]


async def test_an_offer_is_saved_as_a_template_and_made_from_it_again(
    platform: Platform, organisation: UUID, coordinator: Person
) -> None:
    offer = await platform.offer(
        coordinator,
        organisation,
        translations={"en": {"title": "Homework help"}},
        clearance_basis="sgb8_72a",
        clearance_activity="homework_help",
        volunteer_tasks="Lesen",
        staff_tasks="Anleiten",
        accompanied_first=True,
        ends_on="2026-12-31",
    )
    template = await platform.made(
        "/offer-templates", coordinator, {"offer_id": offer["offer_id"], "name": "Hausaufgaben"}
    )
    path = f"/offer-templates/{template['template_id']}"
    again = await platform.made(f"{path}/offers", coordinator, {"places": 7, "starts_on": "2027-01-08"})
    assert (again["status"], again["places"], again["starts_on"], again["ends_on"]) == ("draft", 7, "2027-01-08", None)
    for name in ("translations", "clearance_basis", "volunteer_tasks", "staff_tasks", "accompanied_first", "weekly"):
        assert again[name] == offer[name]
    listed = (await platform.get(f"/organisations/{organisation}/offer-templates", coordinator)).json()["items"]
    assert [each["name"] for each in listed] == ["Hausaufgaben"]
    renamed = await platform.send("PATCH", path, coordinator, {"name": "Lernhilfe"}, version=1)
    assert (renamed.json()["name"], renamed.json()["version"]) == ("Lernhilfe", 2)
    stranger = await platform.member(Role.COORDINATOR, await platform.organisation())
    assert (await platform.get(path, stranger)).status_code == 404
    assert (await platform.post(f"{path}/offers", stranger, {})).status_code == 404
    elsewhere = await platform.member(Role.COORDINATOR, organisation, [HANNOVER])
    assert (await platform.post(f"{path}/offers", elsewhere, {})).status_code == 404
    assert (await platform.send("DELETE", path, coordinator, version=1)).status_code == 412
    assert (await platform.send("DELETE", path, coordinator, version=2)).status_code == 204
    assert (await platform.get(path, coordinator)).status_code == 404
    assert (await platform.read_offer(again, coordinator))["places"] == 7
