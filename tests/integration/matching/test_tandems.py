"""Tandems over HTTP: from the wish to the end, with what nobody may see."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from shared.contracts import registry
from shared.contracts.vocabulary import Role
from tests.integration.matching.pairing import Pairing
from tests.integration.matching.people import HANNOVER, Person, Platform


@pytest.fixture
async def pairing(platform: Platform, organisation: UUID, coordinator: Person) -> AsyncIterator[Pairing]:
    yield Pairing(platform, organisation, coordinator, await platform.offer(coordinator, organisation, places=5))


async def test_from_the_wishes_of_both_sides_to_an_agreed_tandem(platform: Platform, pairing: Pairing) -> None:
    person = await pairing.placed(undertaking_valid=True)
    wishes = f"/volunteers/{person.subject_id}/tandem-wishes"
    assert (await platform.read(wishes, person))["version"] == 1
    stated = await platform.send("PUT", wishes, person, {"wishes": ["work", "sport", "work"]}, version=1)
    assert (stated.status_code, stated.json()["wishes"]) == (200, ["work", "sport"])
    other = await pairing.counterpart(languages=["uk"], wishes=["work", "housing"])
    (fits,) = (await platform.read(f"/counterparts/{other['counterpart_id']}/volunteers", pairing.coordinator))[
        "volunteers"
    ]
    assert (fits["volunteer_id"], fits["languages"], fits["wishes"]) == (str(person.subject_id), ["uk"], ["work"])
    tandem = await pairing.proposed(person, other)
    assert tandem["reference"] == other["reference"]
    assert (await platform.read(f"/counterparts/{other['counterpart_id']}", pairing.coordinator))["status"] == "paired"
    trial = await pairing.step(person, tandem, "acceptance")
    assert (trial["status"], trial["trial_until"]) == ("trial", str((platform.clock.now() + timedelta(56)).date()))
    one = await pairing.step(pairing.coordinator, trial, "agreement")
    assert (one["status"], one["agreed_by_volunteer_at"]) == ("trial", None)
    both = await pairing.step(person, one, "agreement")
    assert both["status"] == "agreed"
    assert await platform.types(tandem["tandem_id"]) == [
        "tandem-proposed",
        "tandem-trial-started",
        "tandem-updated",
        "tandem-agreed",
    ]
    ended = await pairing.step(person, both, "end", {"reason": "goal_reached"})
    assert (ended["status"], ended["end_reason"]) == ("ended", "goal_reached")
    assert (await platform.read(f"/counterparts/{other['counterpart_id']}", pairing.coordinator))["status"] == "open"
    assert (await platform.read_placement(person, pairing.placements[person.subject_id]))["status"] == "active"


async def test_neither_the_volunteer_nor_an_event_nor_an_export_tells_the_reference(
    platform: Platform, pairing: Pairing
) -> None:
    person = await pairing.placed(undertaking_valid=True)
    other = await pairing.counterpart(reference="Q7-90210")
    tandem = await pairing.proposed(person, other)
    shown = [
        await platform.get(f"/tandems/{tandem['tandem_id']}", person),
        await platform.get("/tandems", person),
        await platform.get("/tandems", person, format="csv"),
        await platform.get("/me/export", person),
    ]
    assert all(answer.status_code == 200 and "90210" not in answer.text for answer in shown)
    told = await platform.announced(tandem["tandem_id"])
    assert told
    assert "90210" not in str(told)
    assert "90210" in (await platform.get("/tandems", pairing.coordinator, format="csv")).text


async def test_the_trial_begins_with_a_signed_undertaking_within_a_placement_that_has_begun(
    platform: Platform, pairing: Pairing
) -> None:
    person = await pairing.placed(started=False)
    tandem = await pairing.proposed(person, await pairing.counterpart())
    assert (await pairing.try_step(person, tandem, "acceptance")).json()["code"] == "placement-not-active"
    await pairing.start(person)
    assert (await pairing.try_step(person, tandem, "acceptance")).json()["code"] == "undertaking-missing"
    await platform.volunteer(person.subject_id, undertaking_valid=True)
    assert (await pairing.step(person, tandem, "acceptance"))["status"] == "trial"


async def test_for_one_reference_one_volunteer_at_a_time(platform: Platform, pairing: Pairing) -> None:
    first, second = await pairing.placed(), await pairing.placed()
    other = await pairing.counterpart(reference="F-1")
    again = await platform.post("/counterparts", pairing.coordinator, pairing.told(reference="F-1"))
    assert (again.status_code, again.json()["code"]) == (409, "reference-taken")
    tandem = await pairing.proposed(first, other)
    refused = await pairing.propose(second, other)
    assert (refused.status_code, refused.json()["code"]) == (409, "counterpart-not-open")
    await pairing.step(first, tandem, "decline")
    assert (await pairing.propose(second, other)).status_code == 201
    closing = await platform.post(
        f"/counterparts/{other['counterpart_id']}/closure", pairing.coordinator, version=other["version"]
    )
    assert closing.status_code == 412


async def test_who_has_nothing_to_do_with_it_sees_nothing(
    platform: Platform, pairing: Pairing, organisation: UUID
) -> None:
    person, stranger = await pairing.placed(undertaking_valid=True), await platform.volunteer()
    elsewhere = await platform.member(Role.COORDINATOR, organisation, districts=(HANNOVER,))
    other_body = await platform.member(Role.COORDINATOR, await platform.organisation())
    other = await pairing.counterpart()
    tandem = await pairing.proposed(person, other)
    trial = await pairing.step(person, tandem, "acceptance")
    due = (await platform.read(f"/tandems/{tandem['tandem_id']}/check-ins", person))["check_ins"][0]
    for who in (stranger, elsewhere, other_body):
        assert (await platform.get(f"/tandems/{tandem['tandem_id']}", who)).status_code == 404
        assert (await platform.get(f"/tandems/{tandem['tandem_id']}/check-ins", who)).status_code == 404
        assert (await platform.read("/tandems", who))["items"] == []
        assert (await pairing.try_step(who, trial, "agreement")).status_code == 404
    for who in (elsewhere, other_body):
        assert (await platform.get(f"/counterparts/{other['counterpart_id']}", who)).status_code == 404
        settled = await platform.post(
            f"/tandem-check-ins/{due['check_in_id']}/completion", who, {"outcome": "going_well"}, version=1
        )
        assert settled.status_code == 404
        assert (await platform.read("/tandem-check-ins", who))["items"] == []
    assert (await platform.get(f"/counterparts/{other['counterpart_id']}", person)).status_code == 403


async def test_check_ins_are_due_one_at_a_time_and_told_of_once(platform: Platform, pairing: Pairing) -> None:
    tandem = await pairing.running()
    assert await platform.let_timer_run("remind-of-check-ins") == 0
    platform.clock.advance(timedelta(days=28))
    assert await platform.let_timer_run("remind-of-check-ins") == 1
    assert await platform.let_timer_run("remind-of-check-ins") == 0
    (notice,) = await pairing.notices()
    assert notice["number"] == 1
    (due,) = (await platform.read("/tandem-check-ins", pairing.coordinator))["items"]
    path = f"/tandem-check-ins/{due['check_in_id']}"
    unfit = await platform.post(f"{path}/completion", pairing.coordinator, {"outcome": "on_holiday"}, version=1)
    assert (unfit.status_code, unfit.json()["code"]) == (422, "check-in-outcome")
    done = await platform.post(f"{path}/completion", pairing.coordinator, {"outcome": "going_well"}, version=1)
    assert (done.status_code, done.json()["status"]) == (200, "done")
    again = await platform.post(f"{path}/skipping", pairing.coordinator, {"outcome": "other"}, version=2)
    assert (again.status_code, again.json()["code"]) == (409, "check-in-settled")
    due_by = str(platform.clock.today())
    assert (await platform.get("/tandem-check-ins", pairing.coordinator, due_by=due_by)).json()["items"] == []
    found = (await platform.read(f"/tandems/{tandem['tandem_id']}/check-ins", pairing.coordinator))["check_ins"]
    assert [each["status"] for each in found] == ["done", "due"]


async def test_both_are_asked_when_the_trial_is_over_and_again_when_it_was_prolonged(
    platform: Platform, pairing: Pairing
) -> None:
    tandem = await pairing.running()
    platform.clock.advance(timedelta(days=57))
    await platform.let_timer_run("remind-of-check-ins")
    assert [each["number"] for each in await pairing.notices()] == [1, 0]
    later = (platform.clock.now() + timedelta(days=14)).date()
    tandem = await pairing.step(pairing.coordinator, tandem, "trial", {"trial_until": str(later)})
    assert tandem["trial_until"] == str(later)
    platform.clock.advance(timedelta(days=15))
    await platform.let_timer_run("remind-of-check-ins")
    assert [each["number"] for each in await pairing.notices()] == [1, 0, 0]


async def test_while_the_placement_rests_nobody_is_asked_and_afterwards_both_are(
    platform: Platform, pairing: Pairing
) -> None:
    await pairing.running()
    placement = await platform.read_placement(pairing.person, pairing.placements[pairing.person.subject_id])
    rests = await platform.step(pairing.coordinator, placement, "suspension", {"because": "volunteer_asked"})
    platform.clock.advance(timedelta(days=57))
    assert await platform.let_timer_run("remind-of-check-ins") == 0
    await platform.step(pairing.coordinator, rests, "resumption")
    await platform.let_timer_run("remind-of-check-ins")
    assert [each["number"] for each in await pairing.notices()] == [1, 0]


async def test_whose_data_may_only_be_stored_begins_no_tandem_and_nobody_is_asked_how_theirs_goes(
    platform: Platform, pairing: Pairing
) -> None:
    """Art. 18 DSGVO: proposal, acceptance, agreement, prolongation and check-ins are refused; declining and ending stay."""
    person = await pairing.placed(undertaking_valid=True)
    running = await pairing.step(person, await pairing.proposed(person, await pairing.counterpart()), "acceptance")
    proposed = await pairing.proposed(person, await pairing.counterpart())
    (due, *_) = (await platform.read(f"/tandems/{running['tandem_id']}/check-ins", person))["check_ins"]
    check_in = f"/tandem-check-ins/{due['check_in_id']}/completion"
    await platform.rights(person, restricted=True)
    later = {"trial_until": str((platform.clock.now() + timedelta(days=90)).date())}
    for refused in (
        await pairing.propose(person, await pairing.counterpart()),
        await pairing.try_step(person, proposed, "acceptance"),
        await pairing.try_step(person, running, "agreement"),
        await pairing.try_step(pairing.coordinator, running, "agreement"),
        await pairing.try_step(pairing.coordinator, running, "trial", later),
        await platform.post(check_in, pairing.coordinator, {"outcome": "going_well"}, version=1),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "processing-restricted")
    platform.clock.advance(timedelta(days=57))
    assert await platform.let_timer_run("remind-of-check-ins") == 0
    await platform.rights(person, restricted=False)
    await platform.let_timer_run("remind-of-check-ins")
    assert [each["number"] for each in await pairing.notices()] == [1, 0], "and when it ends they are asked"
    await platform.rights(person, restricted=True)
    assert (await pairing.step(person, proposed, "decline"))["status"] == "ended"
    assert (await pairing.step(person, running, "end", {"reason": "no_time"}))["status"] == "ended"


async def test_it_ends_with_its_placement(platform: Platform, pairing: Pairing) -> None:
    tandem = await pairing.running()
    person = pairing.person
    placement = await platform.read_placement(person, pairing.placements[person.subject_id])
    await platform.step(person, placement, "withdrawal")
    assert await platform.let_timer_run("end-tandems-without-placement") > 0
    ended = await platform.read(f"/tandems/{tandem['tandem_id']}", person)
    assert (ended["status"], ended["end_reason"], ended["next_check_in_on"]) == ("ended", "placement_over", None)
    assert (await platform.types(tandem["tandem_id"]))[-1] == "tandem-ended"
    assert await platform.value("SELECT count(*) FROM tandem_checks") == 0


async def test_an_erasure_ends_and_buries_it_and_leaves_the_other_side_open(
    platform: Platform, pairing: Pairing
) -> None:
    tandem = await pairing.running()
    record = await platform.read("/me/export", pairing.person)
    assert [each["tandem_id"] for each in record["tandems"]] == [tandem["tandem_id"]]
    assert [each["status"] for each in record["tandem_check_ins"]] == ["due"]
    await platform.erase(pairing.person)
    assert (await platform.types(tandem["tandem_id"]))[-2:] == ["tandem-ended", "tombstone"]
    for table in ("tandems", "tandem_check_ins", "tandem_wishes"):
        assert await platform.value(f"SELECT count(*) FROM {table}") == 0
    assert await platform.value("SELECT status FROM counterparts") == "open"


@pytest.mark.parametrize("timer_was_faster", [True, False])
async def test_a_tandem_given_up_by_a_merge_is_there_again_when_that_is_undone(
    platform: Platform, pairing: Pairing, timer_was_faster: bool
) -> None:
    tandem = await pairing.running()
    survivor, merged = pairing.person, await pairing.placed(started=True)
    # Of two placements that have begun the later asked for is given up: the one with the tandem is made that.
    other = await pairing.counterpart()
    await platform.volunteer(merged.subject_id, undertaking_valid=True)
    second = await pairing.step(merged, await pairing.proposed(merged, other), "acceptance")
    done = registry.VolunteerMerged(
        volunteer_id=merged.subject_id,
        version=platform.next_version(merged.subject_id),
        survivor_id=survivor.subject_id,
        merge_id=uuid4(),
        merged_at=platform.clock.now(),
        undo_until=platform.in_days(30),
    )
    await platform.hear(done)
    if timer_was_faster:
        await platform.let_timer_run("end-tandems-without-placement")
        given_up = await platform.read(f"/tandems/{second['tandem_id']}", survivor)
        assert (given_up["status"], given_up["end_reason"]) == ("ended", "placement_over")
        assert (await platform.read(f"/counterparts/{other['counterpart_id']}", pairing.coordinator))[
            "status"
        ] == "open"
    state = platform.volunteer_event(merged.subject_id).model_dump()
    again = {"survivor_id": survivor.subject_id, "merge_id": done.merge_id}
    await platform.hear(registry.VolunteerRestored.model_validate(state | again))
    await platform.let_timer_run("end-tandems-without-placement")
    found = await platform.read(f"/tandems/{second['tandem_id']}", merged)
    assert (found["status"], found["end_reason"], found["trial_until"]) == ("trial", None, second["trial_until"])
    due = await platform.read(f"/tandems/{second['tandem_id']}/check-ins", pairing.coordinator)
    assert [each["status"] for each in due["check_ins"]].count("due") == 1
    assert (await platform.read(f"/counterparts/{other['counterpart_id']}", pairing.coordinator))["status"] == "paired"
    assert (await platform.read(f"/tandems/{tandem['tandem_id']}", survivor))["status"] == "trial"


async def test_it_moves_with_a_merge_and_back(platform: Platform, pairing: Pairing) -> None:
    tandem = await pairing.running()
    merged, survivor = pairing.person, await platform.volunteer()
    wished = f"/volunteers/{merged.subject_id}/tandem-wishes"
    assert (await platform.send("PUT", wished, merged, {"wishes": ["work"]}, version=1)).status_code == 200
    merge_id = uuid4()
    event = registry.VolunteerMerged(
        volunteer_id=merged.subject_id,
        version=platform.next_version(merged.subject_id),
        survivor_id=survivor.subject_id,
        merge_id=merge_id,
        merged_at=platform.clock.now(),
        undo_until=platform.in_days(30),
    )
    await platform.hear(event)
    moved = await platform.read(f"/tandems/{tandem['tandem_id']}", survivor)
    assert moved["version"] == tandem["version"] + 1
    assert (await platform.read(f"/volunteers/{survivor.subject_id}/tandem-wishes", survivor))["wishes"] == ["work"]
    state = platform.volunteer_event(merged.subject_id).model_dump()
    await platform.hear(
        registry.VolunteerRestored.model_validate(state | {"survivor_id": survivor.subject_id, "merge_id": merge_id})
    )
    assert (await platform.read(f"/tandems/{tandem['tandem_id']}", merged))["version"] == tandem["version"] + 2
    assert (await platform.read(wished, merged))["wishes"] == ["work"]


async def test_a_closed_reference_is_forgotten_after_a_year(platform: Platform, pairing: Pairing) -> None:
    other = await pairing.counterpart()
    path = f"/counterparts/{other['counterpart_id']}"
    changed = await platform.send(
        "PUT", path, pairing.coordinator, {"languages": ["fa", "fa"], "wishes": []}, version=1
    )
    assert (changed.status_code, changed.json()["languages"]) == (200, ["fa"])
    closed = await platform.post(f"{path}/closure", pairing.coordinator, version=2)
    assert closed.json()["status"] == "closed"
    listed = f"/organisations/{pairing.organisation_id}/counterparts"
    assert len((await platform.get(listed, pairing.coordinator, status="closed", language="fa")).json()["items"]) == 1
    assert (await platform.get(listed, pairing.coordinator, status="open")).json()["items"] == []
    platform.clock.advance(timedelta(days=364))
    assert await platform.let_timer_run("forget-counterparts") == 0
    platform.clock.advance(timedelta(days=2))
    assert await platform.let_timer_run("forget-counterparts") == 1
